//! The program as a user starts it: arguments, a clean environment, a hard limit of time, and what it said.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::sandbox::{Sandbox, root};

/// How long a command may take; a clean `up` takes about five seconds here.
pub const LIMIT: Duration = Duration::from_secs(90);
/// How long to wait between two looks at a process.
const BETWEEN: Duration = Duration::from_millis(10);

/// A command that is about to be started.
pub struct Program {
    command: Command,
    out: PathBuf,
    err: PathBuf,
    note: String,
    unheard: bool,
}

/// A command that runs.
pub struct Running {
    child: Child,
    out: PathBuf,
    err: PathBuf,
    began: Instant,
    words: String,
}

/// A command that has ended.
#[derive(Debug)]
pub struct Ended {
    /// The exit code; none: killed.
    pub code: Option<i32>,
    /// What it wrote to standard output.
    pub out: String,
    /// What it wrote to standard error.
    pub err: String,
    /// How long it took.
    pub took: Duration,
    words: String,
}

impl Sandbox {
    /// The program with these arguments, connected to this server and to nothing else.
    pub fn program(&self, arguments: &[&str]) -> Program {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let mut command = Command::new(binary());
        command
            .args(arguments)
            .current_dir(root())
            .stdin(Stdio::null())
            .env_clear()
            .env("HOME", self.home())
            .env("USER", "tester")
            .env("AWS_ENDPOINT_URL", &self.endpoint)
            .env("AWS_ACCESS_KEY_ID", "sandbox")
            .env("AWS_SECRET_ACCESS_KEY", "sandbox")
            .env("AWS_EC2_METADATA_DISABLED", "true");
        let path = |what: &str| self.path(&format!("{number}.{what}"));
        Program { command, out: path("out"), err: path("err"), note: String::new(), unheard: false }
    }

    /// Runs the program with these arguments.
    pub fn run(&self, arguments: &[&str]) -> Ended {
        self.program(arguments).run()
    }
}

/// The binary. Nextest says at run time where it is, cargo when the test is built.
fn binary() -> PathBuf {
    std::env::var_os("NEXTEST_BIN_EXE_drucloud")
        .map_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_drucloud")), PathBuf::from)
}

impl Program {
    /// With another environment variable; `None` takes it away.
    #[must_use]
    pub fn env(mut self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.command.env(name, value),
            None => self.command.env_remove(name),
        };
        self
    }

    /// With words that say in a failure which run it was.
    #[must_use]
    pub fn called(mut self, note: &str) -> Self {
        note.clone_into(&mut self.note);
        self
    }

    /// In another directory.
    #[must_use]
    pub fn within(mut self, directory: &Path) -> Self {
        self.command.current_dir(directory);
        self
    }

    /// Nobody hears what it says on standard error: the terminal is gone.
    #[must_use]
    pub fn unheard(mut self) -> Self {
        self.unheard = true;
        self
    }

    /// Starts it.
    pub fn start(mut self) -> Running {
        self.command.stdout(File::create(&self.out).expect("a file"));
        let err = File::create(&self.err).expect("a file");
        if self.unheard {
            let (_, gone) = std::io::pipe().expect("a pipe");
            self.command.stderr(gone);
        } else {
            self.command.stderr(err);
        }
        let words = format!("{:?} {}", self.command.get_args().collect::<Vec<_>>(), self.note);
        let child = self.command.spawn().expect("the program starts");
        Running { child, out: self.out, err: self.err, began: Instant::now(), words }
    }

    /// Runs it to its end.
    pub fn run(self) -> Ended {
        self.start().end()
    }
}

impl Running {
    /// Waits for its end; too late is a failure of the test.
    pub fn end(mut self) -> Ended {
        let status = loop {
            if let Some(status) = self.status() {
                break status;
            }
            if self.began.elapsed() > LIMIT {
                self.child.kill().expect("it can be killed");
                self.child.wait().expect("its end");
                panic!("{} does not end:\n{}\n{}", self.words, self.said(), read(&self.out));
            }
            sleep(BETWEEN);
        };
        self.ended(status)
    }

    /// Waits until the condition holds while it runs.
    pub fn until(&mut self, what: &str, mut condition: impl FnMut(&Self) -> bool) {
        while !condition(self) {
            let status = self.status();
            let fits = status.is_none() && self.began.elapsed() < LIMIT;
            assert!(
                fits,
                "{} ({status:?}) without: {what}\n{}\n{}",
                self.words,
                self.said(),
                read(&self.out)
            );
            sleep(BETWEEN);
        }
    }

    /// What it has written to standard error so far.
    pub fn said(&self) -> String {
        read(&self.err)
    }

    /// What it has written to standard output so far.
    pub fn wrote(&self) -> String {
        read(&self.out)
    }

    /// Sends it a signal, by name as in `kill -INT`.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status();
        assert!(sent.expect("kill runs").success(), "no signal could be sent");
    }

    /// Ends it at once, as the kernel does when memory runs out.
    pub fn kill(mut self) -> Ended {
        self.child.kill().expect("it can be killed");
        let status = self.child.wait().expect("its end");
        self.ended(status)
    }

    fn status(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("a status")
    }

    fn ended(&self, status: ExitStatus) -> Ended {
        let ended = Ended {
            code: status.code(),
            out: read(&self.out),
            err: read(&self.err),
            took: self.began.elapsed(),
            words: self.words.clone(),
        };
        for text in [&ended.out, &ended.err] {
            assert!(!text.contains("panicked at"), "{ended:?}");
            assert!(!text.contains('\u{1b}'), "escape sequences without a terminal: {text}");
        }
        ended
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended long ago.
        let _: std::io::Result<()> = self.child.kill();
        let _: std::io::Result<ExitStatus> = self.child.wait();
    }
}

impl Ended {
    /// Asserts the exit code.
    #[track_caller]
    pub fn with(self, code: i32) -> Self {
        let Self { words, out, err, .. } = &self;
        assert_eq!(self.code, Some(code), "the exit code of {words}\n--- out\n{out}\n--- err\n{err}");
        self
    }

    /// Asserts that it said this, on whichever stream.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        let Self { words, out, err, .. } = &self;
        let flat =
            |text: &str| text.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ");
        let found = flat(out).contains(text) || flat(err).contains(text);
        assert!(found, "{words} does not say `{text}`\n--- out\n{out}\n--- err\n{err}");
        self
    }
}

fn read(path: &Path) -> String {
    String::from_utf8_lossy(&fs::read(path).expect("what it wrote")).into_owned()
}
