//! A sandbox server of the test's own: started, told to fail, asked what it was asked for, and stopped.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

/// The factor of every delay: pending states are short, but are there.
const DELAY: &str = "0.3";
/// How long a control request may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where nobody listens: the discard port, which is privileged.
const NOBODY: &str = "http://127.0.0.1:9";

/// The project's root.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A server; it ends with this value.
pub struct Sandbox {
    home: tempfile::TempDir,
    /// Where it listens, as `AWS_ENDPOINT_URL` wants it.
    pub endpoint: String,
}

/// One request that the server was asked for.
#[derive(Clone, Debug)]
pub struct Call {
    /// The service, as the sandbox names it.
    pub service: String,
    /// The operation, as AWS calls it.
    pub operation: String,
    /// Whether it changes something.
    pub mutating: bool,
    /// The fault that struck it.
    pub fault: Option<String>,
}

impl Sandbox {
    /// A fresh server on a free port.
    pub fn start() -> Self {
        let home = tempfile::tempdir().expect("a directory");
        control(home.path(), "start");
        let state = std::fs::read_to_string(home.path().join("state.json")).expect("the server's state");
        let state: Value = serde_json::from_str(&state).expect("JSON");
        Self { endpoint: format!("http://127.0.0.1:{}", state["port"]), home }
    }

    /// A directory and no server, for what asks AWS nothing: the endpoint refuses every connection.
    pub fn none() -> Self {
        Self { endpoint: NOBODY.to_owned(), home: tempfile::tempdir().expect("a directory") }
    }

    /// A directory that goes with the server.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// A path in that directory.
    pub fn path(&self, name: &str) -> PathBuf {
        self.home().join(name)
    }

    /// From now on these faults strike, and no other; whatever hangs is let go.
    pub fn faults(&self, rules: &Value) {
        self.ask("POST", "/sandbox/faults", rules);
    }

    /// From now on this fault strikes the `n`-th mutating call.
    pub fn strike(&self, fault: &str, n: u64) {
        self.faults(&json!([{"mutating": true, "nth": n, "do": fault}]));
    }

    /// From now on the account is like this: its quotas, what it may not do.
    pub fn account(&self, settings: &Value) {
        self.ask("POST", "/sandbox/account", settings);
    }

    /// No fault strikes any more; whatever hangs is let go.
    pub fn heal(&self) {
        self.faults(&json!([]));
    }

    /// How often the rules have struck.
    pub fn hits(&self) -> u64 {
        let rules = self.ask("GET", "/sandbox/faults", &Value::Null);
        rules.as_array().expect("rules").iter().filter_map(|rule| rule["hits"].as_u64()).sum()
    }

    /// Everything that was asked since the last reset, in order.
    pub fn calls(&self) -> Vec<Call> {
        let answer = self.ask("GET", "/sandbox/calls", &Value::Null);
        let call = |entry: &Value| Call {
            service: entry["service"].as_str().expect("a service").to_owned(),
            operation: entry["operation"].as_str().expect("an operation").to_owned(),
            mutating: entry["mutating"].as_bool().expect("a truth"),
            fault: entry["fault"].as_str().map(str::to_owned),
        };
        answer["log"].as_array().expect("a log").iter().map(call).collect()
    }

    /// The mutating calls since the last reset, without those of the lease.
    pub fn changes(&self) -> Vec<String> {
        let lease = ["PutParameter", "DeleteParameter"];
        let calls = self.calls().into_iter().filter(|call| call.mutating);
        calls.map(|call| call.operation).filter(|name| !lease.contains(&name.as_str())).collect()
    }

    /// From now on commands on machines end by these rules (`sandbox/mend/ssm_commands.py`), and by no other.
    pub fn commands_end(&self, rules: &Value) {
        self.ask("POST", "/sandbox/commands", rules);
    }

    /// The commands that machines were sent, in order: the machine and the lines.
    pub fn commands(&self) -> Vec<(String, String)> {
        let answer = self.ask("GET", "/sandbox/commands", &Value::Null);
        let text = |entry: &Value, name: &str| entry[name].as_str().expect("text").to_owned();
        let sent = answer.as_array().expect("a list").iter();
        sent.map(|entry| (text(entry, "machine"), text(entry, "lines"))).collect()
    }

    /// From now on the index of tags shows what there is now, whatever happens, until it is told to go on.
    pub fn index_stands_still(&self, still: bool) {
        self.ask("POST", "/sandbox/index", &json!({"still": still.then_some("us-east-1")}));
    }

    /// Begins a new log of calls.
    pub fn forget_calls(&self) {
        self.ask("POST", "/sandbox/calls/reset", &Value::Null);
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        let address = self.endpoint.strip_prefix("http://").expect("plain HTTP");
        let mut stream = TcpStream::connect(address).expect("the sandbox listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let head = format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n");
        let request = format!("{head}Content-Length: {}\r\n\r\n{body}", body.len());
        stream.write_all(request.as_bytes()).expect("the sandbox reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("the sandbox answers");
        let (head, content) = answer.split_once("\r\n\r\n").expect("an answer");
        assert!(head.starts_with("HTTP/1.1 200"), "{method} {path}: {answer}");
        serde_json::from_str(content).expect("JSON")
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        if self.endpoint == NOBODY {
            return;
        }
        if !std::thread::panicking() {
            return control(self.home.path(), "stop");
        }
        // The test has failed already; a second panic would hide why.
        let _: std::io::Result<std::process::Output> = controller(self.home.path(), "stop").output();
    }
}

fn control(home: &Path, action: &str) {
    let output = controller(home, action).output().expect("python3 runs");
    assert!(output.status.success(), "ctl.py {action}: {}", String::from_utf8_lossy(&output.stderr));
}

fn controller(home: &Path, action: &str) -> Command {
    let shared = std::env::var_os("DRUCLOUD_SANDBOX_PACKAGES").map(PathBuf::from);
    let mut command = Command::new("python3");
    command
        .arg(root().join("sandbox/ctl.py"))
        .arg(action)
        .env("DRUCLOUD_SANDBOX_DIR", home)
        .env("DRUCLOUD_SANDBOX_PACKAGES", shared.unwrap_or_else(|| root().join(".sandbox")))
        .env("DRUCLOUD_SANDBOX_DELAY", DELAY);
    command
}
