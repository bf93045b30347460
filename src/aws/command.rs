//! A shell command on one machine, by Systems Manager's Run Command: nothing needs port 22.
//!
//! `SendCommand` takes no client token. So every command carries a mark of its own in its comment, by which one whose
//! answer was lost is found again before it would be sent a second time, and by which those of a run that died are
//! waited for.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::Duration;

use aws_sdk_ssm::types::{CommandFilter, CommandFilterKey, InstanceInformationStringFilter, PingStatus};
use tokio::time::{Instant, sleep};

use crate::run::cloud::Cloud as _;
use crate::run::fault::{Class, Fault};
use crate::run::{pace, poll};

use super::{Aws, error, names};

mod outcome;

pub use outcome::{CommandError, Done};
use outcome::{Seen, judge};

/// AWS's document that runs lines of `/bin/sh` as root.
const DOCUMENT: &str = "AWS-RunShellScript";
/// How long AWS tries to hand a command to a machine's agent; 30 s at least (`SendCommand`, API reference).
const DELIVERY: Duration = Duration::from_secs(120);
/// What may lie between the end of a command's time and AWS saying so.
const MARGIN: Duration = Duration::from_secs(60);
/// How long a command may be missing from the list although it was sent.
const LAG: Duration = Duration::from_secs(10);
/// How the comment of every command of ours begins; 100 characters at most (API reference).
const COMMENT: &str = "drucloud";
const LONGEST_COMMENT: usize = 100;
/// How many bytes of a long output arrive: in characters always fewer than AWS cuts off.
const ENDING: usize = 20_000;

/// What shall run.
#[derive(Clone, Debug)]
pub struct Script {
    /// What it does, for people: `activate release 1a2b3c`.
    pub what: String,
    /// The lines for `/bin/sh`. `{{` has a meaning of its own for Systems Manager: [`quote`] hides it.
    pub lines: Vec<String>,
    /// How long it usually takes.
    pub expected: Duration,
    /// After how long it is ended.
    pub limit: Duration,
}

impl Script {
    /// One program with its arguments; usually seconds, at most an hour.
    pub fn call(what: impl Into<String>, words: &[&str]) -> Self {
        let words: Vec<String> = words.iter().map(|word| quote(word)).collect();
        Self {
            what: what.into(),
            lines: vec![words.join(" ")],
            expected: Duration::from_secs(5),
            limit: Duration::from_secs(3600),
        }
    }

    /// The same with the end of a long output instead of its beginning, which is all that AWS hands on. What it says
    /// on standard error is among it.
    pub fn ending(what: impl Into<String>, words: &[&str]) -> Self {
        let mut script = Self::call(what, words);
        let call = script.lines.concat();
        script.lines = vec![
            r#"log=$(mktemp) && trap 'rm -f "$log"' EXIT || exit 1"#.to_owned(),
            format!(r#"{call} >"$log" 2>&1"#),
            "code=$?".to_owned(),
            format!(r#"tail -c {ENDING} "$log""#),
            "exit $code".to_owned(),
        ];
        script
    }

    /// The same with other times: what is usual and what is too long, in seconds.
    #[must_use]
    pub fn taking(mut self, expected: u64, limit: u64) -> Self {
        self.expected = Duration::from_secs(expected);
        self.limit = Duration::from_secs(limit);
        self
    }
}

/// A word for a POSIX shell. Systems Manager puts parameters where it reads `{{ssm:...}}`, so no two braces are left
/// beside each other.
pub fn quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    let mut quoted = String::from("'");
    let mut before = ' ';
    for c in word.chars() {
        match c {
            '\'' => quoted.push_str(r"'\''"),
            '{' if before == '{' => quoted.push_str("''{"),
            c => quoted.push(c),
        }
        before = c;
    }
    quoted.push('\'');
    quoted
}

/// Runs a script on a machine and waits for its end. `tell` hears AWS's word for the state whenever it changes.
pub async fn run(
    aws: &Aws,
    machine: &str,
    script: &Script,
    tell: &dyn Fn(&str),
) -> Result<Done, CommandError> {
    let id = send(aws, machine, script).await?;
    finish(aws, machine, &id, script, tell).await
}

/// Has a script begun on a machine; the command's id, by which [`look`] sees what became of it.
pub async fn start(aws: &Aws, machine: &str, script: &Script) -> Result<String, CommandError> {
    send(aws, machine, script).await
}

/// What became of a script that was begun: nothing yet, or its end. A command that AWS does not know (any more) is
/// a fault of the class `Gone`.
pub async fn look(aws: &Aws, machine: &str, id: &str, script: &Script) -> Result<Option<Done>, CommandError> {
    let call = aws.ssm().get_command_invocation().command_id(id).instance_id(machine);
    let answer = call.send().await.map_err(error::read("ssm:GetCommandInvocation"))?;
    match judge(machine, script, &answer) {
        Seen::Over(result) => result.map(Some),
        Seen::Working(_) => Ok(None),
    }
}

/// Sends it once, whatever becomes of the answer; the command's id.
async fn send(aws: &Aws, machine: &str, script: &Script) -> Result<String, CommandError> {
    let mark = mark(aws, machine, script);
    let comment = comment(&mark, &script.what);
    let mut unclear: Option<Instant> = None;
    let mut attempt = 0;
    loop {
        let answer = aws
            .ssm()
            .send_command()
            .instance_ids(machine)
            .document_name(DOCUMENT)
            .comment(&comment)
            .timeout_seconds(i32::try_from(DELIVERY.as_secs()).unwrap_or(i32::MAX))
            .parameters("commands", script.lines.clone())
            .parameters("executionTimeout", vec![script.limit.as_secs().to_string()]);
        // Sent again only once nobody can have it.
        let may_have_it = unclear.is_some_and(|since| since.elapsed() < LAG);
        let fault = if may_have_it {
            None
        } else {
            match answer.send().await.map_err(error::create("ssm:SendCommand")) {
                Ok(answer) => return id(answer.command.and_then(|command| command.command_id)),
                Err(fault) => Some(fault),
            }
        };
        match fault {
            Some(fault) if outcome::is_unmanaged(&fault) => {
                return Err(CommandError::NotManaged { machine: machine.to_owned() });
            }
            Some(fault) if attempt >= 12 => return Err(fault.into()),
            Some(fault) => match fault.class {
                Class::Unclear => unclear = Some(Instant::now()),
                Class::Throttled | Class::NotYet | Class::Busy => {}
                _ => return Err(fault.into()),
            },
            None => {}
        }
        sleep(pace::again(attempt, machine)).await;
        attempt += 1;
        if unclear.is_some()
            && let Some(sent) = ours(aws, machine, false).await?.into_iter().find(|sent| sent.mark == mark)
        {
            return Ok(sent.id);
        }
    }
}

fn id(id: Option<String>) -> Result<String, CommandError> {
    id.ok_or_else(|| Fault::fatal("ssm:SendCommand", "AWS answered without an id").into())
}

/// Text that is in no other command's comment: the same lines can be sent twice by one run, and by two.
fn mark(aws: &Aws, machine: &str, script: &Script) -> String {
    let (now, process) = (aws.now(), std::process::id());
    names::digest(&format!("{machine} {} {now} {process} {}", script.lines.join("\n"), aws.calls()), 12)
}

fn comment(mark: &str, what: &str) -> String {
    format!("{COMMENT} {mark} {what}").chars().take(LONGEST_COMMENT).collect()
}

/// Waits for a command's end.
async fn finish(
    aws: &Aws,
    machine: &str,
    id: &str,
    script: &Script,
    tell: &dyn Fn(&str),
) -> Result<Done, CommandError> {
    let started = Instant::now();
    let mut told = String::new();
    loop {
        sleep(pace::look(started.elapsed(), script.expected)).await;
        // One that was sent a moment ago is "not there" yet, which is asked again like a busy answer.
        let answer = poll::ask(machine, async || {
            let call = aws.ssm().get_command_invocation().command_id(id).instance_id(machine);
            call.send().await.map_err(error::read("ssm:GetCommandInvocation"))
        })
        .await?;
        match judge(machine, script, &answer) {
            Seen::Over(result) => return result,
            Seen::Working(state) if state != told => {
                tell(&state);
                told = state;
            }
            Seen::Working(_) => {}
        }
        if started.elapsed() > DELIVERY + script.limit + MARGIN {
            let (machine, what) = (machine.to_owned(), script.what.clone());
            return Err(CommandError::TimedOut { machine, what, seconds: script.limit.as_secs() });
        }
    }
}

/// A command of ours that AWS knows.
struct Sent {
    id: String,
    mark: String,
    what: String,
}

/// The commands of ours that a machine was sent; those alone that still run, or all that AWS remembers (newest
/// first, a page of them).
async fn ours(aws: &Aws, machine: &str, running: bool) -> Result<Vec<Sent>, Fault> {
    let executing = || {
        let filter = CommandFilter::builder().key(CommandFilterKey::ExecutionStage).value("Executing");
        filter.build().map_err(error::incomplete("ssm:ListCommands"))
    };
    let filter = if running { Some(vec![executing()?]) } else { None };
    let answer = poll::ask(machine, async || {
        let call = aws.ssm().list_commands().instance_id(machine).set_filters(filter.clone());
        call.send().await.map_err(error::read("ssm:ListCommands"))
    })
    .await?;
    let sent = answer.commands.unwrap_or_default().into_iter().filter_map(|command| {
        let mut words = command.comment.as_deref()?.splitn(3, ' ');
        let ours = words.next()? == COMMENT;
        let (mark, what) = (words.next()?.to_owned(), words.next().unwrap_or_default().to_owned());
        ours.then_some(Sent { id: command.command_id?, mark, what })
    });
    Ok(sent.collect())
}

/// Waits until no command of ours runs on a machine: who holds the lease waits for those of a run that died, because
/// two of the same at once are good for nothing. `tell` hears what is waited for.
pub async fn settle(aws: &Aws, machine: &str, tell: &dyn Fn(&str)) -> Result<(), Fault> {
    let started = Instant::now();
    let mut told = String::new();
    loop {
        let running = ours(aws, machine, true).await?;
        let Some(first) = running.first() else { return Ok(()) };
        if first.id != told {
            tell(&first.what);
            told.clone_from(&first.id);
        }
        sleep(pace::look(started.elapsed(), Duration::from_secs(30))).await;
    }
}

/// Which of these machines Systems Manager manages: their agent has registered and answers.
pub async fn managed(aws: &Aws, machines: &[&str]) -> Result<BTreeSet<String>, Fault> {
    let mut managed = BTreeSet::new();
    // A filter takes so many values.
    for some in machines.chunks(40) {
        let filter = InstanceInformationStringFilter::builder().key("InstanceIds");
        let filter = filter.set_values(Some(some.iter().map(|&id| id.to_owned()).collect())).build();
        let filter = filter.map_err(error::incomplete("ssm:DescribeInstanceInformation"))?;
        let answer = poll::ask("agents", async || {
            let call = aws.ssm().describe_instance_information().filters(filter.clone()).max_results(50);
            call.send().await.map_err(error::read("ssm:DescribeInstanceInformation"))
        });
        let online = answer.await?.instance_information_list.unwrap_or_default().into_iter();
        let online = online.filter(|agent| agent.ping_status == Some(PingStatus::Online));
        managed.extend(online.filter_map(|agent| agent.instance_id));
    }
    Ok(managed)
}

/// The last lines of what a command said, for a message.
pub fn tail(text: &str, lines: usize) -> String {
    let all: Vec<&str> = text.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    let mut tail = String::new();
    for line in &all[all.len().saturating_sub(lines)..] {
        // Writing to a string does not fail.
        let _: std::fmt::Result = writeln!(tail, "{line}");
    }
    tail.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What a shell makes of a line.
    fn shell(line: &str) -> Vec<u8> {
        let output = std::process::Command::new("/bin/sh").args(["-c", line]).output().expect("a shell");
        assert!(output.status.success(), "{line}");
        output.stdout
    }

    #[test]
    fn plain_words_stay_as_they_are() {
        assert_eq!(quote("/usr/local/sbin/drucloud-drush"), "/usr/local/sbin/drucloud-drush");
        assert_eq!(quote("--uri=https://example.org"), "--uri=https://example.org");
        assert_eq!(quote(""), "''");
        assert_eq!(quote("it's $HOME"), r"'it'\''s $HOME'");
        assert_eq!(quote("{{ssm:key}}"), "'{''{ssm:key}}'");
    }

    #[test]
    fn a_comment_is_no_longer_than_aws_takes() {
        let long = comment("abcdefghijkl", &"ü".repeat(200));
        assert!(long.starts_with("drucloud abcdefghijkl ü") && long.chars().count() == 100);
    }

    #[test]
    fn the_end_of_a_long_output_arrives_and_its_exit_code() {
        let script = Script::ending("count", &["sh", "-c", "seq 1 9999; echo bad >&2; exit 7"]);
        let output = std::process::Command::new("/bin/sh").args(["-c", &script.lines.join("\n")]).output();
        let output = output.expect("a shell");
        let said = String::from_utf8_lossy(&output.stdout);
        assert_eq!((output.status.code(), said.len()), (Some(7), ENDING));
        assert!(said.ends_with("9999\nbad\n"), "{}", tail(&said, 2));
    }

    #[test]
    fn the_tail_leaves_empty_lines_out() {
        assert_eq!(tail("a\n\nb\nc\n\n", 2), "b\nc");
        assert_eq!(tail("", 3), "");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_shell_gives_back_what_was_quoted(word in "[^\u{0}]{0,24}") {
            let quoted = quote(&word);
            prop_assert!(!quoted.contains("{{"));
            prop_assert_eq!(shell(&format!("printf %s {quoted}")), word.into_bytes());
        }

        #[test]
        fn words_stay_apart(words in proptest::collection::vec("[ '\"{}$`\\\\\n;&|*a-c]{0,6}", 1..4)) {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let line = &Script::call("x", &words).lines[0];
            let expected: String = words.iter().flat_map(|word| ["<", word, ">"]).collect();
            prop_assert_eq!(shell(&format!("printf '<%s>' {line}")), expected.into_bytes());
        }
    }
}
