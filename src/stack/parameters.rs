//! The database's parameters: which of them exist in an engine, what they take, and what Drupal wants.
//!
//! RDS refuses a parameter or a value only when the group is changed, in the middle of an apply; here before.

use std::borrow::Cow;
use std::collections::BTreeMap;

use indexmap::IndexMap;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::engine::{ENGINES, Engine};
use super::node::excerpt;
use super::parameter_table::{Engines, PARAMETERS};
use super::suggest;
use super::text::Wrong;

/// A parameter of MySQL or MariaDB as RDS has it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// Where it exists.
    pub engines: Engines,
    /// Whether it takes effect at once; else with the next restart.
    pub dynamic: bool,
}

/// What a parameter takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// On or off; AWS writes 1 and 0.
    Flag,
    /// A whole number from the least to the greatest; of a database also a formula of RDS in braces.
    Integer(i64, i64),
    /// A number from the least to the greatest.
    Number(f64, f64),
    /// One of these.
    Choice(&'static [&'static str]),
    /// A single word, such as the name of a character set.
    Word,
    /// Anything.
    Text,
}

/// A parameter with the value that it shall have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The value as RDS writes it.
    pub value: String,
    /// Whether it takes effect at once; else with the next restart.
    pub dynamic: bool,
}

/// Parameters as the user wrote them, in the order of the file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Parameters(pub IndexMap<String, String>);

impl JsonSchema for Parameters {
    fn schema_name() -> Cow<'static, str> {
        "Parameters".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "propertyNames": { "enum": PARAMETERS.iter().map(|parameter| parameter.name).collect::<Vec<_>>() },
            "additionalProperties": { "type": ["string", "integer", "number", "boolean"] },
        })
    }
}

/// What Drupal wants of its database. The transaction isolation goes beside it, under the engine's name for it.
const DRUPAL: [(&str, &str); 10] = [
    ("character_set_server", "utf8mb4"),
    ("innodb_flush_log_at_trx_commit", "1"),
    ("innodb_lock_wait_timeout", "50"),
    ("log_output", "FILE"),
    ("long_query_time", "2"),
    ("max_allowed_packet", "67108864"),
    ("max_heap_table_size", "67108864"),
    ("slow_query_log", "1"),
    ("tmp_table_size", "67108864"),
    ("wait_timeout", "300"),
];

/// The name of the parameter that is nearest to a name, of those that an engine has.
pub fn find(name: &str, engine: Engine) -> Result<&'static Parameter, Wrong> {
    let here = || PARAMETERS.iter().filter(|parameter| parameter.engines.has(engine));
    if let Some(parameter) = here().find(|parameter| parameter.name == name) {
        return Ok(parameter);
    }
    if name.ends_with("x_isolation") || name == "transaction_isolation" {
        let right = engine.isolation_parameter();
        return Err(Wrong::new(format!("`{name}` has another name in {engine}"), format!("write `{right}`")));
    }
    if let Some(elsewhere) = PARAMETERS.iter().find(|parameter| parameter.name == name) {
        let engines: Vec<String> = ENGINES
            .iter()
            .filter(|engine| elsewhere.engines.has(**engine))
            .map(ToString::to_string)
            .collect();
        let engines = suggest::all_of(engines.iter().map(String::as_str));
        return Err(Wrong::new(
            format!("`{name}` does not exist in {engine}"),
            format!("leave it out; only {engines} have it"),
        ));
    }
    let guess = suggest::did_you_mean(name, here().map(|parameter| parameter.name));
    Err(Wrong::new(
        format!("no parameter is named `{}`{guess}", excerpt(name)),
        "the reference lists the parameters that may be set",
    ))
}

/// The settings of an engine's parameter group: Drupal's, and over them the user's.
///
/// What is not valid is left out: the stack's rules have refused it before.
pub fn settings(engine: Engine, user: &Parameters) -> BTreeMap<&'static str, Setting> {
    let isolation = (engine.isolation_parameter(), "READ-COMMITTED");
    let drupal = DRUPAL.into_iter().chain([isolation]);
    let user = user.0.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    drupal
        .chain(user)
        .filter_map(|(name, value)| {
            let parameter = find(name, engine).ok()?;
            let value = parameter.canonical(value).ok()?;
            Some((parameter.name, Setting { value, dynamic: parameter.dynamic }))
        })
        .collect()
}

impl Parameter {
    /// The value as RDS writes it, so that a plan compares like with like.
    pub fn canonical(&self, value: &str) -> Result<String, Wrong> {
        let value = value.trim();
        // RDS evaluates formulas such as {DBInstanceClassMemory*3/4} for the class of the instance.
        let formula = value.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        let known = ["DBInstanceClassMemory", "AllocatedStorage"];
        if matches!(self.kind, Kind::Integer(..))
            && formula.is_some_and(|formula| known.iter().any(|word| formula.contains(word)))
        {
            return Ok(value.to_owned());
        }
        self.kind.canonical(value)
    }
}

impl Kind {
    /// The value as AWS writes it.
    pub fn canonical(self, value: &str) -> Result<String, Wrong> {
        let value = value.trim();
        match self {
            Kind::Flag => match value.to_ascii_lowercase().as_str() {
                "1" | "true" | "on" | "yes" => Ok("1".to_owned()),
                "0" | "false" | "off" | "no" => Ok("0".to_owned()),
                _ => Err(refusal("true or false", value, "write `true` or `false`")),
            },
            Kind::Integer(least, greatest) => integer(value, least, greatest),
            Kind::Number(least, greatest) => match value.parse::<f64>() {
                Ok(number) if (least..=greatest).contains(&number) => Ok(number.to_string()),
                Ok(_) => Err(Wrong::new(
                    format!("must be between {least} and {greatest}, found {}", excerpt(value)),
                    "choose a number in that range",
                )),
                Err(_) => Err(refusal("a number", value, "write it in digits")),
            },
            Kind::Choice(choices) => choice(value, choices),
            Kind::Word => {
                let word = !value.is_empty()
                    && value.bytes().all(|b| b.is_ascii_alphanumeric() || b"_+-/:.".contains(&b));
                if word {
                    Ok(value.to_owned())
                } else {
                    Err(refusal("a single word", value, "such as `utf8mb4`"))
                }
            }
            Kind::Text => Ok(value.to_owned()),
        }
    }
}

fn refusal(expected: &str, found: &str, help: &str) -> Wrong {
    Wrong::new(format!("expected {expected}, found `{}`", excerpt(found)), help)
}

fn choice(value: &str, choices: &[&str]) -> Result<String, Wrong> {
    // A flag among the choices reaches us as YAML's `true`, a plain number as it is.
    let word = match value {
        "true" | "1" if choices.contains(&"yes") => "yes",
        "false" | "0" if choices.contains(&"no") => "no",
        "true" | "1" if choices.contains(&"ON") => "ON",
        "false" | "0" if choices.contains(&"OFF") => "OFF",
        value => value,
    };
    if let Some(known) = choices.iter().find(|known| known.eq_ignore_ascii_case(word)) {
        return Ok((*known).to_owned());
    }
    let guess = suggest::did_you_mean(value, choices.iter().copied());
    let known = suggest::either(choices.iter().copied());
    Err(Wrong::new(
        format!("must be one of {known}, found `{}`{guess}", excerpt(value)),
        "write one of these",
    ))
}

fn integer(value: &str, least: i64, greatest: i64) -> Result<String, Wrong> {
    let upper = if greatest == i64::MAX { String::new() } else { format!(" and {greatest}") };
    match value.parse::<i64>() {
        Ok(number) if (least..=greatest).contains(&number) => Ok(number.to_string()),
        Ok(number) => {
            let range = if upper.is_empty() {
                format!("at least {least}")
            } else {
                format!("between {least}{upper}")
            };
            Err(Wrong::new(format!("must be {range}, found {number}"), "choose a number in that range"))
        }
        Err(_) => {
            let help = in_bytes(value)
                .map_or_else(|| "write it in digits".to_owned(), |bytes| format!("write `{bytes}`"));
            Err(refusal("a whole number", value, &help))
        }
    }
}

/// `64M` and its like in bytes: RDS takes digits only.
fn in_bytes(value: &str) -> Option<u64> {
    let digits = value.trim_end_matches(|c: char| !c.is_ascii_digit());
    let shift = match value[digits.len()..].trim().to_ascii_lowercase().as_str() {
        "k" | "kb" | "kib" => 10,
        "m" | "mb" | "mib" => 20,
        "g" | "gb" | "gib" => 30,
        _ => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(1 << shift)
}

#[cfg(test)]
mod tests;
