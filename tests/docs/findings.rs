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

`drucloud plan --sarif FILE` (or `--format sarif`) writes findings and failed checks for code scanning of GitHub and
GitLab; what is accepted is marked as suppressed, with its reason.

## Policies of your own

```yaml
policies: [./policies/names.sh, conftest test --output json -]
```

Each is a program that gets the plan on standard input, as `drucloud plan --format json` writes it: `resource_changes`
are those of Terraform's plan JSON. `drucloud plan --policy COMMAND` asks another one. A path is taken from the folder
of the stack file, which is also where the program runs; a bare name is looked up in PATH; spaces separate arguments.
There is no shell, so there are no quotes and no variables: write a script where you need them.

Exit code 0 passes. With any other, what the program prints becomes findings `policy` of severity `error`:

- text, as it is;
- JSON: `[\"message\", ...]`, or `{\"findings\": [{\"message\": ..., \"address\": \"web.group\", \"severity\": \"error\"}]}`;
- what `conftest test --output json` prints; `metadata.address` of a failure names the resource. Its warnings are told
  as warnings, also of a policy that passes.

A program that is missing, takes more than 60 seconds or prints more than 256 KiB is an error. Like every finding, these
stop an apply only by `--fail-on error` in the pipeline before it.

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
