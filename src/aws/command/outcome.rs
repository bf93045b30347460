//! What became of a command: AWS's states as the cases that a caller has to tell apart.
//!
//! "Understanding command statuses" (Systems Manager user guide) lists them; the details say more than the state.

use aws_sdk_ssm::operation::get_command_invocation::GetCommandInvocationOutput;
use aws_sdk_ssm::types::CommandInvocationStatus;

use crate::run::fault::{Class, Fault};

use super::{Script, tail};

/// How many lines of a failed command's output a message shows.
const SHOWN: usize = 12;
/// What `GetCommandInvocation` gives of standard output and standard error, in characters (API reference).
const MOST_OUTPUT: usize = 24_000;
const MOST_ERRORS: usize = 8_000;

/// A command that ended well.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// What it wrote to standard output: the first 24,000 characters.
    pub output: String,
    /// What it wrote to standard error: the first 8,000 characters.
    pub errors: String,
    /// Whether one of them is longer than AWS hands on.
    pub cut: bool,
}

/// Why a command did not end well.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// Its agent has not registered, or the machine is not running.
    #[error(
        "Systems Manager does not manage the machine {machine}: its agent has not registered, or it is not running"
    )]
    NotManaged {
        /// The instance's id.
        machine: String,
    },
    /// It ran and said no.
    #[error("{what} failed on {machine} with exit code {code}{}", said(.done))]
    Failed {
        /// The instance's id.
        machine: String,
        /// What was run.
        what: String,
        /// Its exit code.
        code: i32,
        /// What it wrote.
        done: Done,
    },
    /// It was still running when its time was over, and was ended.
    #[error("{what} on {machine} was not done after {seconds} s and was ended")]
    TimedOut {
        /// The instance's id.
        machine: String,
        /// What was run.
        what: String,
        /// The time that it had.
        seconds: u64,
    },
    /// It never ran: the machine's agent did not take it.
    #[error("{what} never ran on {machine}: its agent does not answer ({why})")]
    Undelivered {
        /// The instance's id.
        machine: String,
        /// What was to run.
        what: String,
        /// AWS's word.
        why: String,
    },
    /// Somebody ended it.
    #[error("{what} on {machine} was cancelled in AWS")]
    Cancelled {
        /// The instance's id.
        machine: String,
        /// What was run.
        what: String,
    },
    /// A call failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl CommandError {
    /// What would help.
    pub fn help(&self) -> &'static str {
        match self {
            Self::NotManaged { .. } => {
                "a machine registers within some minutes of its boot; `drucloud status` shows how the boot went"
            }
            Self::Failed { .. } | Self::TimedOut { .. } => {
                "`drucloud ssh ROLE` opens a shell on the machine: journalctl says more"
            }
            Self::Undelivered { .. } => {
                "look whether the machine runs and reaches the network; a reboot starts its agent again"
            }
            Self::Cancelled { .. } | Self::Fault(_) => "nothing is lost: the same command can be run again",
        }
    }
}

impl From<CommandError> for Fault {
    fn from(error: CommandError) -> Self {
        let class = match &error {
            CommandError::Fault(fault) => return fault.clone(),
            CommandError::NotManaged { .. } | CommandError::Undelivered { .. } => Class::NotYet,
            _ => Class::Fatal,
        };
        Self::fatal("ssm:SendCommand", error.to_string()).as_class(class)
    }
}

fn said(done: &Done) -> String {
    let of = |text: &str| tail(text, SHOWN);
    let said = match (of(&done.output), of(&done.errors)) {
        (output, errors) if errors.is_empty() => output,
        (output, errors) if output.is_empty() => errors,
        (output, errors) => format!("{output}\n{errors}"),
    };
    if said.is_empty() { ", without a word".to_owned() } else { format!(":\n{said}") }
}

/// Whether `SendCommand` was refused because the machine's agent is not there: one code for all of its reasons.
pub(super) fn is_unmanaged(fault: &Fault) -> bool {
    fault.code == "InvalidInstanceId"
}

/// What one look at a command shows.
pub(super) enum Seen {
    /// It goes on; AWS's word for it.
    Working(String),
    /// It is over.
    Over(Result<Done, CommandError>),
}

/// Judges one look.
pub(super) fn judge(machine: &str, script: &Script, answer: &GetCommandInvocationOutput) -> Seen {
    use CommandInvocationStatus::{Cancelled, Failed, Success, TimedOut};
    let (machine, what) = (machine.to_owned(), script.what.clone());
    let details = answer.status_details().unwrap_or_default();
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let (output, errors) = (text(answer.standard_output_content()), text(answer.standard_error_content()));
    let cut = output.chars().count() >= MOST_OUTPUT || errors.chars().count() >= MOST_ERRORS;
    let done = Done { output, errors, cut };
    Seen::Over(match answer.status() {
        Some(Success) => Ok(done),
        // "Undeliverable" and "Delivery Timed Out" never ran, the execution's own timeout did.
        Some(Failed | TimedOut)
            if ["Undeliverable", "DeliveryTimedOut"].contains(&squeezed(details).as_str()) =>
        {
            Err(CommandError::Undelivered { machine, what, why: details.to_owned() })
        }
        Some(TimedOut) => Err(CommandError::TimedOut { machine, what, seconds: script.limit.as_secs() }),
        Some(Failed) => Err(CommandError::Failed { machine, what, code: answer.response_code(), done }),
        Some(Cancelled) => Err(CommandError::Cancelled { machine, what }),
        Some(other) => return Seen::Working(other.as_str().to_owned()),
        None => return Seen::Working("Pending".to_owned()),
    })
}

/// The guide writes the details with blanks, the API without.
fn squeezed(details: &str) -> String {
    details.split_whitespace().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(status: &str, details: &str, code: i32) -> Seen {
        let answer = GetCommandInvocationOutput::builder()
            .status(status.into())
            .status_details(details)
            .response_code(code)
            .standard_output_content("one\ntwo\n")
            .standard_error_content("composer: no such package\n")
            .build();
        judge("i-1", &Script::call("build main", &["drucloud-build", "main"]), &answer)
    }

    fn words(status: &str, details: &str, code: i32) -> String {
        match look(status, details, code) {
            Seen::Working(state) => state,
            Seen::Over(Ok(done)) => format!("done: {}", done.output),
            Seen::Over(Err(error)) => error.to_string(),
        }
    }

    #[test]
    fn every_state_is_one_of_the_cases() {
        let failed = "build main failed on i-1 with exit code 4:\none\ntwo\ncomposer: no such package";
        let cases = [
            ("Pending", "Pending", "Pending"),
            ("InProgress", "InProgress", "InProgress"),
            ("Delayed", "Delayed", "Delayed"),
            ("Cancelling", "Cancelling", "Cancelling"),
            ("Success", "Success", "done: one\ntwo\n"),
            ("Failed", "Failed", failed),
            (
                "Failed",
                "Undeliverable",
                "build main never ran on i-1: its agent does not answer (Undeliverable)",
            ),
            ("TimedOut", "ExecutionTimedOut", "build main on i-1 was not done after 3600 s and was ended"),
            (
                "TimedOut",
                "Delivery Timed Out",
                "build main never ran on i-1: its agent does not answer (Delivery Timed Out)",
            ),
            ("Cancelled", "Terminated", "build main on i-1 was cancelled in AWS"),
        ];
        for (status, details, expected) in cases {
            assert_eq!(words(status, details, 4), expected, "{status} {details}");
        }
    }

    #[test]
    fn a_machine_that_does_not_answer_yet_is_worth_another_try() {
        let class = |error: CommandError| Fault::from(error).class;
        assert_eq!(class(CommandError::NotManaged { machine: "i-1".to_owned() }), Class::NotYet);
        let failed = CommandError::Failed {
            machine: "i-1".to_owned(),
            what: "x".to_owned(),
            code: 1,
            done: Done::default(),
        };
        assert_eq!(failed.to_string(), "x failed on i-1 with exit code 1, without a word");
        assert_eq!(class(failed), Class::Fatal);
    }

    #[test]
    fn what_aws_cuts_is_known_to_be_cut() {
        let answer = GetCommandInvocationOutput::builder()
            .status(CommandInvocationStatus::Success)
            .standard_output_content("x".repeat(MOST_OUTPUT))
            .build();
        let Seen::Over(Ok(done)) = judge("i-1", &Script::call("x", &["true"]), &answer) else {
            panic!("it is over")
        };
        assert!(done.cut);
    }
}
