//! docs/stack.md: every section and key of a stack file, from the schema that checks it.

use std::fmt::Write as _;

use drucloud::stack::json_schema;
use serde_json::Value;

use super::rows::{Row, cell, rows};

const HEAD: &str = "\
# The stack file

Every section and key, from the schema by which the file is checked: this page is generated and held true by a test.
`drucloud init` writes a file to begin with, `drucloud validate` tells everything that is wrong with one,
`drucloud schema` prints the schema for editors.

Every key has a default and may be left out, except where it says *required*. A section under an environment's name
lies over the section of that name at the top: mappings merge, single values and lists replace.

";

const RESOURCES: &str = "\
Any kind of [kinds.md](kinds.md), by a name of one's own; the address is `resources.NAME`. What the properties of the
kind are, and which of them are required, is checked before anything is done.

```yaml
resources:
  partners: { kind: security_group, vpc: \"${network.vpc.id}\", description: Machines of partners }
  partners.logs: { kind: log_group, retention_days: 30 }
```

`${network.vpc.id}` is a reference: the address of a resource of this environment and one of its outputs, alone or
inside of other text. It decides what is made first, and what follows when something is replaced. `$${` stands for a
plain `${`. Two names that differ only in dots and hyphens would have one name in AWS and are refused.

";

/// The page.
pub fn page() -> String {
    let mut text = HEAD.to_owned();
    let sections = json_schema()["properties"].as_object().expect("sections");
    text.push_str("| section | |\n|---|---|\n");
    for (name, schema) in sections {
        let off = takes_none(schema);
        let default = match (&schema["default"], off) {
            (Value::String(default), true) if default == "none" => "; there is none unless it is written",
            (_, true) => "; `none` leaves it out",
            _ => "",
        };
        let line = schema["description"].as_str().unwrap_or_default().lines().collect::<Vec<_>>().join(" ");
        let line = if off {
            line.split(';').next().unwrap_or_default().trim_end_matches('.').to_owned()
        } else {
            line
        };
        let line = format!("{}{default}", cell(&line));
        writeln!(text, "| [`{name}`](#{name}) | {}. |", line.trim_end_matches('.')).expect("text");
    }
    for (name, schema) in sections {
        section(&mut text, name, schema);
    }
    text
}

fn takes_none(schema: &Value) -> bool {
    let branches = schema["anyOf"].as_array().into_iter().flatten();
    branches.into_iter().any(|branch| branch["enum"] == serde_json::json!(["none"]))
}

fn section(text: &mut String, name: &str, schema: &Value) {
    let described = schema["description"].as_str().unwrap_or_default();
    writeln!(text, "\n## {name}\n\n{described}\n").expect("text");
    match name {
        "resources" => text.push_str(RESOURCES),
        "environments" => {
            text.push_str("| key | takes | default | meaning |\n|---|---|---|---|\n");
            let overlay = &schema["additionalProperties"]["properties"];
            let protect = &overlay["protect"]["description"];
            let meaning = protect.as_str().unwrap_or_default();
            writeln!(text, "| `NAME.protect` | `true` or `false` | `false` | {meaning} |").expect("text");
            text.push_str(
                "| `NAME.SECTION` | what the section takes | | What is different in this environment. |\n",
            );
        }
        _ => {
            let found = rows(schema);
            table(text, &if found.is_empty() { only(name, schema) } else { found });
        }
    }
}

/// A section that is a single value is its own row.
fn only(name: &str, schema: &Value) -> Vec<Row> {
    let required = &json_schema()["required"];
    let whole = serde_json::json!({ "properties": { name: schema }, "required": required });
    rows(&whole)
}

fn table(text: &mut String, rows: &[Row]) {
    text.push_str("| key | takes | default | meaning |\n|---|---|---|---|\n");
    for Row { path, kind, default, required, meaning } in rows {
        let default = if *required { "*required*" } else { default };
        writeln!(text, "| `{path}` | {} | {} | {} |", cell(kind), cell(default), cell(meaning))
            .expect("text");
    }
}
