//! `--fail-on`: findings that make `plan` fail, for pipelines.

use clap::{Args, ValueEnum};

use crate::model::lint::{Finding, Severity};

use super::Failure;

/// Findings at or above the asked severity.
const FINDINGS: u8 = 5;

/// From which severity on findings are a failure.
#[derive(Clone, Copy, Debug, Args)]
pub struct FailOn {
    /// Exit with code 5 if there are findings of this severity or above that the stack does not accept
    #[arg(long, value_enum, value_name = "SEVERITY", default_value_t = Threshold::Never)]
    fail_on: Threshold,
}

/// A severity, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Threshold {
    /// Findings that must not be applied without a reason
    Error,
    /// Findings worth a second look, and errors
    Warning,
    /// Every finding
    Note,
    /// No finding fails
    Never,
}

impl FailOn {
    /// Fails where a finding weighs enough.
    pub fn check(self, findings: &[Finding]) -> Result<(), Failure> {
        let Some(threshold) = self.fail_on.severity() else { return Ok(()) };
        let weighs = |finding: &&Finding| finding.accepted.is_none() && finding.severity >= threshold;
        let count = findings.iter().filter(weighs).count();
        if count == 0 {
            return Ok(());
        }
        let noun = if count == 1 { "finding" } else { "findings" };
        Err(Failure::plain(
            format!("{count} {noun} of severity `{}` or above, see above", threshold.name()),
            "mend what they say, or accept them with a reason in the stack's `findings.accept`",
        )
        .code(FINDINGS))
    }
}

impl Threshold {
    fn severity(self) -> Option<Severity> {
        match self {
            Self::Error => Some(Severity::Error),
            Self::Warning => Some(Severity::Warning),
            Self::Note => Some(Severity::Note),
            Self::Never => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(severity: Severity, accepted: Option<&str>) -> Finding {
        Finding {
            code: "single-zone",
            severity,
            address: "a.b".parse().unwrap(),
            message: String::new(),
            help: None,
            place: None,
            accepted: accepted.map(str::to_owned),
        }
    }

    #[test]
    fn only_what_weighs_enough_and_is_not_accepted_fails() {
        let findings = [finding(Severity::Warning, None), finding(Severity::Error, Some("as agreed"))];
        for (fail_on, fails) in [
            (Threshold::Never, false),
            (Threshold::Error, false),
            (Threshold::Warning, true),
            (Threshold::Note, true),
        ] {
            assert_eq!(FailOn { fail_on }.check(&findings).is_err(), fails, "{fail_on:?}");
        }
    }
}
