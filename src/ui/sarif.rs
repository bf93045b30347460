//! Findings and checks as SARIF, which code scanning of GitHub, GitLab and editors show at the lines of the stack.
//!
//! The form is that of the OASIS standard, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0".

use serde_json::{Value, json};

use crate::model::check::{Check, Verdict};
use crate::model::lint::{Finding, RULES, Severity};
use crate::model::place::Place;
use crate::model::preview::Preview;

use super::plan::Context;

/// The version of the standard.
const VERSION: &str = "2.1.0";
/// The schema that readers look at, the one that GitHub names in its documentation.
const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0-rtm.5.json";

/// The preview as one run: every finding, every check that failed, and what blocks the plan.
pub fn sarif(preview: &Preview<'_>, context: &Context) -> Value {
    let findings = preview.findings.iter().map(of_finding);
    let checks =
        preview.checks.iter().flatten().filter(|check| check.verdict == Verdict::Failed).map(of_check);
    let blocked = preview.plan.blocked.iter().map(|blocked| {
        let text = format!("{}; {}", blocked.why, blocked.help);
        result("blocked", Severity::Error, blocked.address.as_str(), &text, None)
    });
    let results: Vec<Value> = findings.chain(checks).chain(blocked).collect();
    json!({
        "$schema": SCHEMA,
        "version": VERSION,
        "runs": [{
            "tool": { "driver": {
                "name": "drucloud",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules(preview),
            } },
            "automationDetails": { "id": format!("drucloud/{}/{}/", context.stack, context.env) },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

/// What the results name: the registry of the findings, and the checks that failed.
fn rules(preview: &Preview<'_>) -> Vec<Value> {
    let mut rules: Vec<Value> = RULES
        .iter()
        .map(|rule| {
            json!({
                "id": rule.id,
                "shortDescription": { "text": rule.title },
                "fullDescription": { "text": rule.why },
                "help": { "text": rule.remedy },
                "defaultConfiguration": { "level": rule.severity.name() },
            })
        })
        .collect();
    let mut named: Vec<&str> = Vec::new();
    for check in preview.checks.iter().flatten().filter(|check| check.verdict == Verdict::Failed) {
        if !named.contains(&check.id) {
            named.push(check.id);
            let text = "AWS would refuse what the plan asks for, or would do it only in part.";
            rules.push(json!({ "id": check.id, "shortDescription": { "text": text } }));
        }
    }
    let blocked = "The plan must not be applied as it is.";
    rules.push(json!({ "id": "blocked", "shortDescription": { "text": blocked } }));
    rules
}

fn of_finding(finding: &Finding) -> Value {
    let text = sentence(finding.address.as_str(), &finding.message, finding.help.as_deref());
    let address = finding.address.as_str();
    let mut result = result(finding.code, finding.severity, address, &text, finding.place.as_ref());
    if let Some(reason) = &finding.accepted {
        result["suppressions"] = json!([{ "kind": "inSource", "justification": reason }]);
    }
    result
}

fn of_check(check: &Check) -> Value {
    let address = check.address.as_ref().map_or("", |address| address.as_str());
    let text = sentence(address, &check.message, check.remedy.as_deref());
    result(check.id, check.severity, address, &text, check.place.as_ref())
}

fn sentence(address: &str, message: &str, help: Option<&str>) -> String {
    let about = if address.is_empty() { String::new() } else { format!("{address}: ") };
    let help = help.map(|help| format!(" Remedy: {help}.")).unwrap_or_default();
    format!("{about}{message}.{help}")
}

fn result(rule: &str, severity: Severity, address: &str, text: &str, place: Option<&Place>) -> Value {
    let mut location = json!({});
    if let Some(Place { file, line, column }) = place {
        location["physicalLocation"] = json!({
            "artifactLocation": { "uri": uri(file) },
            "region": { "startLine": line, "startColumn": column },
        });
    }
    if !address.is_empty() {
        location["logicalLocations"] = json!([{ "fullyQualifiedName": address, "kind": "resource" }]);
    }
    let mut result = json!({
        "ruleId": rule,
        "level": severity.name(),
        "message": { "text": text },
        // Lines move; a finding is the same as long as its rule and its resource are.
        "partialFingerprints": { "resource/v1": format!("{rule}:{address}") },
    });
    if location.as_object().is_some_and(|location| !location.is_empty()) {
        result["locations"] = json!([location]);
    }
    result
}

/// The file as a URI reference: relative to where the command ran, as code scanning wants it (RFC 3986).
fn uri(file: &str) -> String {
    let path = file.strip_prefix("./").unwrap_or(file).replace('\\', "/");
    let scheme = if path.starts_with('/') { "file://" } else { "" };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    let encoded: String = path
        .bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect();
    format!("{scheme}{encoded}")
}

#[cfg(test)]
mod tests {
    use super::super::{samples, testing};
    use super::*;

    #[test]
    fn a_file_is_named_as_a_uri() {
        for (file, wanted) in [
            ("stacks/drucloud.yaml", "stacks/drucloud.yaml"),
            ("./my stack.yaml", "my%20stack.yaml"),
            ("/srv/ä.yaml", "file:///srv/%C3%A4.yaml"),
        ] {
            assert_eq!(uri(file), wanted);
        }
    }

    #[test]
    fn the_schema_of_the_standard_is_kept() {
        let text = include_str!("../../tests/schemas/sarif-2.1.0-rtm.5.json");
        let mut schema: Value = serde_json::from_str(text).unwrap();
        // As published, the pattern of a language has a bracket too many and is no regular expression.
        for holder in ["run", "toolComponent"] {
            let language = &mut schema["definitions"][holder]["properties"]["language"];
            language.as_object_mut().unwrap().remove("pattern");
        }
        let validator = jsonschema::validator_for(&schema).unwrap();
        let plan = testing::everything();
        let log = sarif(&samples::remarked(&plan), &testing::context());
        let wrong: Vec<String> = validator.iter_errors(&log).map(|error| error.to_string()).collect();
        assert!(wrong.is_empty(), "{wrong:?}");
        let mut broken = log.clone();
        broken["runs"][0]["results"][0]["level"] = json!("fatal");
        assert!(!validator.is_valid(&broken), "the validator would see a mistake");
        let results = log["runs"][0]["results"].as_array().unwrap();
        let rules: Vec<&Value> = log["runs"][0]["tool"]["driver"]["rules"]
            .as_array()
            .unwrap()
            .iter()
            .map(|rule| &rule["id"])
            .collect();
        assert!(results.iter().any(|result| result["suppressions"][0]["justification"].is_string()));
        assert!(
            results
                .iter()
                .any(|result| { result["locations"][0]["physicalLocation"]["region"]["startLine"].is_u64() })
        );
        assert!(results.iter().any(|result| rules.contains(&&result["ruleId"])));
    }
}
