//! docs/preflight.md: every check that is made before an apply, from the rules in the code.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use drucloud::aws::preflight::rules;
use drucloud::model::lint::Severity;

use super::rows::cell;

const HEAD: &str = "\
# Preflight

What would fail in the apply fails in the plan. Before a plan with changes is shown, AWS is asked whether it would
succeed; this page is generated from the rules of these checks and held true by a test.

- Only what the plan makes or changes is asked about, all at once. A plan without changes asks nothing, and one that
  makes a whole platform about forty questions, none of which changes anything.
- A check that fails with the severity *error* means that the apply would fail: `up` then changes nothing and ends with
  exit code 3. A *warning* is told and goes on. `--no-preflight` asks nothing and refuses nothing.
- What cannot be found out, because the identity may not ask or AWS does not tell, is listed as not checked, with why.
- Each failed check tells the resource, the line of the stack that asks for it, and what to do.

";

/// The page.
pub fn page() -> String {
    let mut text = HEAD.to_owned();
    text.push_str("| check | severity | what is checked | if it fails |\n|---|---|---|---|\n");
    for rule in rules() {
        let severity = match rule.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        };
        writeln!(text, "| `{}` | {severity} | {} | {} |", rule.id, cell(rule.what), cell(rule.remedy))
            .expect("text");
    }
    text.push_str("\n## What is asked\n\n| check | operations |\n|---|---|\n");
    let mut all: BTreeSet<&str> = BTreeSet::new();
    for rule in rules() {
        let calls: Vec<String> = rule.calls.iter().map(|call| format!("`{call}`")).collect();
        writeln!(text, "| `{}` | {} |", rule.id, calls.join(", ")).expect("text");
        all.extend(rule.calls);
    }
    writeln!(
        text,
        "\nIn all {} operations; [permissions.md](permissions.md) has them among what `plan` needs.",
        all.len()
    )
    .expect("text");
    text
}
