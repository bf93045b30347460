//! How a command fails: a report with what is wrong and what to do, and an exit code.

use std::fmt::Write as _;
use std::io::Write as _;

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, MietteDiagnostic, Severity};

use crate::run::fault::{Class, Fault};
use crate::run::lease::LeaseError;
use crate::stack::Report;
use crate::stack::configuration::ConfigurationError;
use crate::stack::expand::ExpandError;
use crate::stack::facts::FactsError;
use crate::ui::annotations::Annotation;
use crate::ui::style::Style;

use super::annotate;

/// A failed command.
#[derive(Debug)]
pub struct Failure {
    report: Box<dyn Diagnostic + Send + Sync>,
    code: u8,
}

/// Something went wrong and nothing was changed.
const ERROR: u8 = 1;

impl Failure {
    /// What is wrong, and what to do about it.
    pub fn plain(message: impl Into<String>, help: impl Into<String>) -> Self {
        let report = MietteDiagnostic::new(message).with_help(help).with_severity(Severity::Error);
        Self { report: Box::new(report), code: ERROR }
    }

    /// The same with another exit code.
    #[must_use]
    pub fn code(mut self, code: u8) -> Self {
        self.code = code;
        self
    }

    /// What is wrong, for annotations.
    pub fn annotations(&self) -> Vec<Annotation> {
        annotate::of_report(self.report.as_ref())
    }

    /// Prints the report to standard error; the exit code.
    pub fn print(&self) -> u8 {
        let text = render(self.report.as_ref());
        // When standard error is gone there is nobody left to tell; the exit code still does.
        let told = write!(anstream::stderr(), "{text}").is_ok();
        if told { self.code } else { ERROR.max(self.code) }
    }
}

/// A report as text, for standard error.
pub fn render(report: &dyn Diagnostic) -> String {
    let style = Style::detect(&std::io::stderr());
    let theme = if style.colour { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let mut text = String::new();
    let handler = GraphicalReportHandler::new_themed(theme).with_width(style.width.clamp(40, 120));
    if handler.render_report(&mut text, report).is_err() {
        text.clear();
        // Writing to a string does not fail.
        let _: std::fmt::Result = writeln!(text, "{report}");
    }
    text
}

impl From<Report> for Failure {
    fn from(report: Report) -> Self {
        Self { report: Box::new(report), code: ERROR }
    }
}

impl From<FactsError> for Failure {
    fn from(error: FactsError) -> Self {
        match error {
            FactsError::Fault(fault) => fault.into(),
            FactsError::Report(report) => report.into(),
        }
    }
}

impl From<ExpandError> for Failure {
    fn from(error: ExpandError) -> Self {
        match error {
            ExpandError::Report(report) => report.into(),
            other => Self::plain(
                other.to_string(),
                "this is a fault of drucloud: please report it with the stack file",
            ),
        }
    }
}

impl From<ConfigurationError> for Failure {
    fn from(error: ConfigurationError) -> Self {
        ExpandError::from(error).into()
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        let help = help(&fault);
        Self::plain(fault.to_string(), help)
    }
}

impl From<LeaseError> for Failure {
    fn from(error: LeaseError) -> Self {
        match error {
            LeaseError::Fault(fault) => fault.into(),
            LeaseError::Held { ref id, .. } => {
                let help = format!(
                    "wait for it with `--lock-timeout SECONDS`; if that run is certainly dead, `drucloud unlock {id}` \
                     takes its lease away"
                );
                Self::plain(error.to_string(), help)
            }
        }
    }
}

fn help(fault: &Fault) -> String {
    let lower = fault.message.to_lowercase();
    let text = match fault.class {
        Class::Unreachable => {
            "look whether the endpoint is right (AWS_ENDPOINT_URL), whether it runs, and the network"
        }
        Class::Denied if lower.contains("region") => {
            "name a region: --region, `region:` in the stack, or AWS_REGION"
        }
        Class::Denied if fault.code.contains("Expired") || lower.contains("expired") => {
            "the session has expired: sign in again (`aws sso login`), or renew AWS_SESSION_TOKEN"
        }
        Class::Denied if fault.code.is_empty() => {
            "there are no usable credentials: set AWS_PROFILE or AWS_ACCESS_KEY_ID, or sign in with `aws sso login`"
        }
        Class::Denied => {
            "the identity lacks a permission: `aws sts get-caller-identity` shows who you are; docs/permissions.md lists what is needed"
        }
        Class::Throttled => {
            "AWS allows fewer calls than are made in this account right now: run it again later"
        }
        _ => "nothing is lost: the same command can be run again",
    };
    text.to_owned()
}
