//! Secrets that the stack names: there, and readable by the machine that needs them.

use futures::future::join_all;
use serde_json::Value;

use crate::aws::error;
use crate::aws::kinds::instance::Instance;
use crate::aws::kinds::launch_template::LaunchTemplate;
use crate::aws::kinds::role::Role;
use crate::model::address::Address;
use crate::model::check::Check;
use crate::model::lint::Severity;
use crate::model::place::Place;
use crate::model::spec::Kinded as _;
use crate::run::fault::Class;

use super::Rule;
use super::look::Look;

/// The rules of this group.
pub const RULES: &[&Rule] = &[&EXISTS, &READABLE];

const EXISTS: Rule = Rule {
    id: "secret-exists",
    what: "Every secret that the stack names is in Secrets Manager.",
    severity: Severity::Error,
    remedy: "put it there: `aws secretsmanager create-secret --name NAME --secret-string file://FILE`",
    calls: &["secretsmanager:DescribeSecret"],
};

const READABLE: Rule = Rule {
    id: "secret-readable",
    what: "The role of the machine that needs a secret may read it, and decrypt it if its key is your own.",
    severity: Severity::Warning,
    remedy: "allow the role `secretsmanager:GetSecretValue` on the secret, and `kms:Decrypt` on its key",
    calls: &["secretsmanager:DescribeSecret"],
};

/// A secret that the stack names.
#[derive(Clone, Debug)]
pub struct Secret {
    /// Its name in Secrets Manager.
    pub name: String,
    /// The line that names it.
    pub place: Place,
    /// The role that reads it.
    pub reader: Address,
}

/// What a role's policies say to a call.
#[derive(Debug, PartialEq, Eq)]
enum Answer {
    Yes,
    No,
    /// It hangs on a condition or on something that is not there yet.
    Perhaps,
}

pub async fn check(look: &Look<'_>) -> Vec<Check> {
    let machines = [Instance::KIND, LaunchTemplate::KIND, Role::KIND];
    if !machines.iter().any(|kind| look.touched(kind).next().is_some()) {
        return Vec::new();
    }
    join_all(look.secrets().iter().map(|secret| judge(look, secret))).await.into_iter().flatten().collect()
}

async fn judge(look: &Look<'_>, secret: &Secret) -> Vec<Check> {
    let Secret { name, place, reader } = secret;
    let at = |check: Check| Check { place: Some(place.clone()), ..check };
    let read = async || {
        let call = look.aws.secrets().describe_secret().secret_id(name).send().await;
        call.map_err(error::read("secretsmanager:DescribeSecret"))
    };
    let told = match look.ask_once(read).await {
        Ok(told) => told,
        Err(fault) if fault.class == Class::Gone => {
            let remedy = EXISTS.remedy.replace("NAME", name);
            let check = look.failed_without(&EXISTS, format!("there is no secret `{name}`"));
            return vec![at(Check { remedy: Some(remedy), ..check })];
        }
        Err(fault) => return RULES.iter().map(|rule| at(look.untold(rule, None, &fault))).collect(),
    };
    if told.deleted_date().is_some() {
        let message = format!("the secret `{name}` is being deleted");
        return vec![at(look.failed_without(&EXISTS, message))];
    }
    let mut checks = vec![look.passed(&EXISTS, format!("the secret `{name}` is there"))];
    let Some(role) = look.at(reader) else { return checks };
    let policies = role.get("policies").cloned().unwrap_or_default();
    let arn = told.arn().unwrap_or_default();
    let reads = answer(&policies, "secretsmanager:GetSecretValue", arn);
    // The key of the service itself needs no permission of its own.
    let key = told.kms_key_id().filter(|key| !key.ends_with("alias/aws/secretsmanager"));
    let decrypts = key.map_or(Answer::Yes, |key| answer(&policies, "kms:Decrypt", key));
    checks.push(match (reads, decrypts) {
        (Answer::Yes, Answer::Yes) => look.passed(&READABLE, format!("`{reader}` may read `{name}`")),
        (Answer::No, _) => at(look.failed_without(&READABLE, format!("`{reader}` may not read `{name}`"))),
        (_, Answer::No) => {
            let key = key.unwrap_or_default();
            at(look
                .failed_without(&READABLE, format!("`{reader}` may not decrypt `{name}`, its key is {key}")))
        }
        _ => at(look.unknown(
            &READABLE,
            None,
            format!("whether `{reader}` may read `{name}` hangs on a condition"),
        )),
    });
    checks
}

/// What inline policies say about an action on a resource: those of the stack only allow, none denies.
fn answer(policies: &Value, action: &str, resource: &str) -> Answer {
    let documents = policies.as_object().into_iter().flat_map(|policies| policies.values());
    let mut answer = Answer::No;
    for statement in documents.flat_map(|document| list(&document["Statement"])) {
        let concerns =
            list(&statement["Action"]).any(|wanted| wanted.as_str().is_some_and(|w| like(w, action)));
        if statement["Effect"] != "Allow" || !concerns {
            continue;
        }
        let unconditional = statement.get("Condition").is_none();
        for allowed in list(&statement["Resource"]) {
            match allowed.as_str() {
                Some(pattern) if !like(pattern, resource) => {}
                Some(_) if unconditional => return Answer::Yes,
                _ => answer = Answer::Perhaps,
            }
        }
    }
    answer
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice).iter()
}

/// IAM's wildcards: `*` for any characters, `?` for one ("IAM JSON policy elements: Resource").
fn like(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_at_checked(1).or_else(|| pattern.is_empty().then_some(("", "")))
    else {
        return pattern == text;
    };
    match first {
        "" => text.is_empty(),
        "*" => (0..=text.len()).filter_map(|at| text.get(at..)).any(|tail| like(rest, tail)),
        _ => {
            let mut chars = text.chars();
            chars.next().is_some_and(|c| first == "?" || first == c.to_string()) && like(rest, chars.as_str())
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const KEY: &str = "arn:aws:secretsmanager:us-east-1:1:secret:deploy-key-AbCdEf";

    fn asked(statement: &Value) -> Answer {
        answer(&json!({"deploy": {"Statement": [statement]}}), "secretsmanager:GetSecretValue", KEY)
    }

    #[test]
    fn policies_are_read_as_iam_reads_them() {
        let allow = |resource: Value| json!({"Effect": "Allow", "Action": "secretsmanager:Get*", "Resource": resource});
        assert_eq!(asked(&allow(json!("arn:aws:secretsmanager:*:*:secret:deploy-key-??????"))), Answer::Yes);
        assert_eq!(asked(&allow(json!(["arn:aws:s3:::x", "*"]))), Answer::Yes);
        assert_eq!(asked(&allow(json!("arn:aws:secretsmanager:*:*:secret:rds!db-*"))), Answer::No);
        assert_eq!(asked(&allow(json!({"$ref": "site.secret.arn"}))), Answer::Perhaps);
        let mut conditional = allow(json!("*"));
        conditional["Condition"] = json!({"StringEquals": {"aws:ResourceTag/a": "b"}});
        assert_eq!(asked(&conditional), Answer::Perhaps);
        assert_eq!(asked(&json!({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})), Answer::No);
    }
}
