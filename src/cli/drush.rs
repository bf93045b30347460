//! `drucloud drush`: Drupal's command line on the control server, over Systems Manager.

use std::io::{Read as _, Write as _};

use clap::Args;
use flate2::read::GzDecoder;

use crate::aws::command::{self, CommandError, Done, Script, quote};

use super::aside::Aside;
use super::context::Context;
use super::{Failure, machine, plan};

/// The script on the control server.
const DRUSH: &str = "/usr/local/sbin/drucloud-drush";

/// Run drush on the control server; its output and its exit code are handed on.
///
/// What stands after `--`, or after drush's own command, is drush's: `drucloud drush --env prod -- user:login --uid=1`.
#[derive(Debug, Args)]
pub struct Drush {
    #[command(flatten)]
    aside: Aside,

    /// End it after so many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 3600, value_parser = clap::value_parser!(u64).range(5..=172_800))]
    timeout: u64,

    /// The command of drush and its arguments
    #[arg(value_name = "ARGS", required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<String>,
}

impl Drush {
    /// Runs the command.
    pub async fn run(&self) -> Result<u8, Failure> {
        let context = Context::open(&self.aside.target()).await?;
        let (_, machines) = machine::read(&context).await?;
        let control = machine::running(&machines, "control")?;
        let (code, done) = match command::run(&context.aws, &control.id, &self.script(), &|_| {}).await {
            Ok(done) => (0, done),
            // What a shell would say of a program that says more than it can.
            Err(CommandError::Failed { code, done, .. }) => (u8::try_from(code).unwrap_or(u8::MAX), done),
            Err(error) => return Err(error.into()),
        };
        show(&done)?;
        Ok(code)
    }

    fn script(&self) -> Script {
        let mut words: Vec<&str> = vec![DRUSH];
        words.extend(self.args.iter().map(String::as_str));
        let call: Vec<String> = words.iter().map(|word| quote(word)).collect();
        let mut script = Script::call("drush", &words).taking(5, self.timeout);
        // AWS hands on the first 24,000 characters; packed, that is enough for all but dumps.
        script.lines = vec![
            r#"out=$(mktemp) && trap 'rm -f "$out"' EXIT || exit 1"#.to_owned(),
            format!(r#"{} >"$out""#, call.join(" ")),
            "code=$?".to_owned(),
            r#"gzip -9 -c "$out" | base64 -w 0"#.to_owned(),
            "exit $code".to_owned(),
        ];
        script
    }
}

/// Prints what it wrote, where it wrote it.
fn show(done: &Done) -> Result<(), Failure> {
    let (text, whole) = unpack(&done.output);
    plan::say(&text)?;
    // Nobody is left to tell if standard error is gone.
    let _: std::io::Result<()> = anstream::stderr().write_all(done.errors.as_bytes());
    if whole {
        return Ok(());
    }
    Err(Failure::plain(
        "the output is longer than Systems Manager hands on; what is above is its beginning",
        "let drush write it to a file (`--result-file`), or open a shell with `drucloud ssh control`",
    ))
}

/// Unpacks as much as arrived; whether that is all.
fn unpack(packed: &str) -> (String, bool) {
    let packed = packed.trim();
    if packed.is_empty() {
        return (String::new(), true);
    }
    // What was cut may end within a group of four.
    let groups = &packed[..packed.len() - packed.len() % 4];
    let Ok(bytes) = aws_smithy_types::base64::decode(groups) else {
        return (packed.to_owned(), false);
    };
    let (mut reader, mut text, mut piece) = (GzDecoder::new(&bytes[..]), Vec::new(), [0; 4096]);
    loop {
        match reader.read(&mut piece) {
            Ok(0) => return (String::from_utf8_lossy(&text).into_owned(), true),
            Ok(read) => text.extend_from_slice(&piece[..read]),
            Err(_) => return (String::from_utf8_lossy(&text).into_owned(), false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn drush(args: &[&str]) -> Drush {
        let aside = clap::Parser::parse_from(["x"]);
        let Whole { aside } = aside;
        Drush { aside, timeout: 60, args: args.iter().map(|&arg| arg.to_owned()).collect() }
    }

    #[derive(clap::Parser)]
    struct Whole {
        #[command(flatten)]
        aside: Aside,
    }

    /// What a machine would answer whose drush is this program.
    fn answer(args: &[&str], program: &str) -> (Option<i32>, String) {
        let lines = drush(args).script().lines.join("\n").replace(DRUSH, program);
        let output = std::process::Command::new("/bin/sh").args(["-c", &lines]).output().expect("a shell");
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    }

    #[test]
    fn output_and_exit_code_arrive() {
        let (code, packed) = answer(&["-c", "seq 1 20000; exit 3"], "/bin/sh");
        let (text, whole) = unpack(&packed);
        assert_eq!((code, whole, text.lines().count()), (Some(3), true, 20_000));
        let (text, whole) = unpack(&packed[..9001]);
        assert!(!whole && text.starts_with("1\n2\n3\n"), "{}", &text[..40]);
        assert_eq!(unpack(""), (String::new(), true));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn arguments_arrive_as_they_were_given(args in proptest::collection::vec("[^\u{0}]{1,16}", 1..4)) {
            let words: Vec<&str> = args.iter().map(String::as_str).collect();
            let (_, packed) = answer(&[&["<%s>"], &words[..]].concat(), "/usr/bin/printf --");
            let expected: String = args.iter().flat_map(|arg| ["<", arg, ">"]).collect();
            prop_assert_eq!(unpack(&packed), (expected, true));
        }
    }
}
