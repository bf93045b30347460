//! docs/findings.md: every rule of the registry, and the dates that some of them go by.

use std::fmt::Write as _;

use drucloud::model::lint::{RULES, SUPPORT, Subject};

use super::rows::cell;

const HEAD: &str = "\
# Findings

What a preview says besides what would be done: what could be lost, what everybody can reach, what one failed zone
takes with it, what grows old. This page is generated from the registry of the rules and held true by a test.

Findings are about the environment as it will be, whether the plan touches a resource or not, and about what the plan
does on the way. They never stop an apply; `drucloud plan --fail-on warning` makes them fail a pipeline, with exit
code 5. Each points to the line of the stack that causes it.

Many weigh less where data is not protected (`protect: true`): an environment that is thrown away tomorrow needs no
second zone. A stack decides otherwise, and accepts what it has a reason for:

```yaml
findings:
  severity: { single-zone: note, plain-http: none }
  accept:
    - { id: single-zone, address: database.instance, reason: restored within an hour, which is enough here }
```

An exception stays in every preview with its reason. `address` is that of a resource, or the beginning of several
(`files`). One that fits nothing any more is a finding of its own.

";

/// The page.
pub fn page() -> String {
    let mut text = HEAD.to_owned();
    text.push_str("| id | | protected | elsewhere |\n|---|---|---|---|\n");
    for rule in RULES {
        let (severity, unprotected) = (rule.severity.name(), rule.unprotected.name());
        writeln!(text, "| [`{0}`](#{0}) | {1} | {severity} | {unprotected} |", rule.id, rule.title)
            .expect("text");
    }
    for rule in RULES {
        let about = match rule.subject {
            Subject::Step => "what the plan does",
            Subject::Stack => "the environment as it will be",
        };
        writeln!(text, "\n## {}\n\n{} It is about {about}.\n\n*Remedy:* {}.", rule.id, rule.why, rule.remedy)
            .expect("text");
    }
    text.push_str(
        "\n## Ends of support\n\n| product | version | the last day | source |\n|---|---|---|---|\n",
    );
    for end in SUPPORT {
        let row = [end.product, end.version, &end.day.to_string(), &format!("<{}>", end.source)].map(cell);
        writeln!(text, "| {} |", row.join(" | ")).expect("text");
    }
    text
}
