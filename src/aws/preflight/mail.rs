//! Mail: whether SES lets the account write to anybody.

use crate::aws::error;
use crate::aws::kinds::email_identity::EmailIdentity;
use crate::model::check::Check;
use crate::model::lint::Severity;
use crate::model::spec::Kinded as _;

use super::Rule;
use super::look::{Look, about};

/// The rules of this group.
pub const RULES: &[&Rule] = &[&SANDBOX];

const SANDBOX: Rule = Rule {
    id: "mail-sandbox",
    what: "SES has let the account out of its sandbox, in which it writes to verified addresses only.",
    severity: Severity::Warning,
    remedy: "ask for production access in the SES console, in this region; it takes a day",
    calls: &["ses:GetAccount"],
};

pub async fn check(look: &Look<'_>) -> Vec<Check> {
    let Some(step) = look.touched(EmailIdentity::KIND).next() else { return Vec::new() };
    let read = async || look.aws.ses().get_account().send().await.map_err(error::read("ses:GetAccount"));
    let about = about(step, "from");
    vec![match look.ask(read).await {
        Err(fault) => look.untold(&SANDBOX, Some(about), &fault),
        Ok(account) if !account.sending_enabled() => {
            look.failed(&SANDBOX, about, "SES has stopped this account's mail in this region")
        }
        Ok(account) if !account.production_access_enabled() => {
            let most = account.send_quota().map_or(0.0, aws_sdk_sesv2::types::SendQuota::max24_hour_send);
            let message = format!("SES sends {most:.0} messages a day, to verified addresses only");
            look.failed(&SANDBOX, about, message)
        }
        Ok(_) => look.passed(&SANDBOX, "SES sends to everybody"),
    }]
}
