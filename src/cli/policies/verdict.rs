//! What a policy says, in any of the forms that are understood.

use serde_json::Value;

use crate::model::lint::Severity;

/// The most objections of one policy that are told.
const TOLD: usize = 100;
/// The most characters of one.
const LONG: usize = 2000;

/// One thing that a policy objects to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Objection {
    /// What.
    pub message: String,
    /// The resource, if it names one.
    pub address: Option<String>,
    /// How bad.
    pub severity: Severity,
}

/// The objections. A policy that passes may still warn; one that fails always has an objection.
pub fn read(success: bool, code: &str, stdout: &str, stderr: &str) -> Vec<Objection> {
    let mut found = serde_json::from_str(stdout.trim()).map(|json| of_json(&json)).unwrap_or_default();
    if success {
        found.retain(|objection| objection.severity < Severity::Error);
    } else if !found.iter().any(|objection| objection.severity == Severity::Error) {
        found.insert(0, objection(&said(code, stdout, stderr), None, Severity::Error));
    }
    found.truncate(TOLD);
    found
}

/// What it says in plain text, or that it says nothing. JSON without an objection in it says nothing.
fn said(code: &str, stdout: &str, stderr: &str) -> String {
    let stdout = Some(stdout.trim()).filter(|text| serde_json::from_str::<Value>(text).is_err());
    let text = stdout.into_iter().chain([stderr.trim()]).find(|text| !text.is_empty());
    text.map_or_else(|| format!("it refuses the plan and does not say why ({code})"), str::to_owned)
}

fn of_json(json: &Value) -> Vec<Objection> {
    let entries: &[Value] = match json {
        Value::Array(entries) => entries,
        Value::Object(map) => match map.get("findings").and_then(Value::as_array) {
            Some(entries) => entries,
            None => std::slice::from_ref(json),
        },
        _ => return Vec::new(),
    };
    entries.iter().flat_map(entry).collect()
}

/// One entry: a text, a finding of our form, or the result of one file of conftest (`--output json`).
fn entry(entry: &Value) -> Vec<Objection> {
    if let Some(text) = entry.as_str() {
        return vec![objection(text, None, Severity::Error)];
    }
    let address = entry["address"].as_str();
    if let Some(message) = entry["message"].as_str() {
        let severity = match entry["severity"].as_str() {
            Some("note") => Severity::Note,
            Some("warning") => Severity::Warning,
            _ => Severity::Error,
        };
        return vec![objection(message, address, severity)];
    }
    let of = |key: &str, severity| {
        let results = entry[key].as_array().into_iter().flatten();
        let told = results.filter_map(move |result| {
            let address = result["metadata"]["address"].as_str();
            Some(objection(result["msg"].as_str()?, address, severity))
        });
        told.collect::<Vec<_>>()
    };
    [of("failures", Severity::Error), of("warnings", Severity::Warning)].concat()
}

fn objection(message: &str, address: Option<&str>, severity: Severity) -> Objection {
    Objection { message: message.chars().take(LONG).collect(), address: address.map(str::to_owned), severity }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(success: bool, stdout: &str, stderr: &str) -> Vec<(String, Option<String>, Severity)> {
        let found = read(success, "exit status: 1", stdout, stderr);
        found.into_iter().map(|one| (one.message, one.address, one.severity)).collect()
    }

    #[test]
    fn every_form_is_understood() {
        let error = |text: &str| (text.to_owned(), None, Severity::Error);
        assert_eq!(told(false, "no such names\n", ""), [error("no such names")]);
        assert_eq!(told(false, "", "broken\n"), [error("broken")]);
        assert_eq!(told(false, "", ""), [error("it refuses the plan and does not say why (exit status: 1)")]);
        assert_eq!(told(false, r#"["one", "two"]"#, ""), [error("one"), error("two")]);
        let own =
            r#"{"findings": [{"message": "too large", "address": "web.group", "severity": "warning"}]}"#;
        let warned = ("too large".to_owned(), Some("web.group".to_owned()), Severity::Warning);
        assert_eq!(told(true, own, ""), std::slice::from_ref(&warned));
        let refused = error("it refuses the plan and does not say why (exit status: 1)");
        assert_eq!(told(false, own, ""), [refused, warned]);
        assert!(told(true, "all is well", "").is_empty());
        assert!(told(true, r#"["not meant"]"#, "").is_empty(), "exit code 0 passes");
    }

    #[test]
    fn conftest_is_understood() {
        let output = r#"[{"filename": "", "namespace": "main", "successes": 3,
            "warnings": [{"msg": "few tags"}],
            "failures": [{"msg": "no backups", "metadata": {"address": "database.instance"}}]}]"#;
        let wanted = [
            ("no backups".to_owned(), Some("database.instance".to_owned()), Severity::Error),
            ("few tags".to_owned(), None, Severity::Warning),
        ];
        assert_eq!(told(false, output, ""), wanted);
    }

    #[test]
    fn a_flood_is_bounded() {
        let many: Vec<String> = (0..500).map(|n| format!("{n:03}{}", "x".repeat(5000))).collect();
        let found = read(false, "", &serde_json::to_string(&many).unwrap(), "");
        assert_eq!(found.len(), TOLD);
        assert!(found.iter().all(|one| one.message.chars().count() <= LONG));
    }
}
