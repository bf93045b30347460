//! The words of the checker: what was expected, and how to mend what was found.
//!
//! Apart from the checking, so that the wording can be read and changed in one place.

use serde_json::Value as Schema;

use super::{Judgement, choices, fits, grammar};
use crate::stack::node::{Kind, Node, Scalar, Value, excerpt};
use crate::stack::report::Problem;
use crate::stack::schema;
use crate::stack::source::Span;
use crate::stack::suggest;
use crate::stack::text::Grammar;

/// What a schema takes, to follow "expected".
pub fn expected(schema: &Schema) -> String {
    if let Some(branches) = schema["anyOf"].as_array() {
        let branches: Vec<String> = branches.iter().map(expected).collect();
        return branches.join(" or ");
    }
    if let Some(choices) = choices(schema) {
        return suggest::either(choices.iter().map(String::as_str));
    }
    if let Some(grammar) = grammar(schema) {
        return grammar.what.to_owned();
    }
    let kind = schema["type"].as_str().or_else(|| schema["type"][0].as_str()).unwrap_or_default();
    match kind {
        "object" => "a mapping",
        "array" => "a list",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "true or false",
        _ if schema["type"].is_array() => "a single value",
        _ => "text",
    }
    .to_owned()
}

/// How to make the value that was found one of the kind that was expected, where that can be guessed.
pub fn remedy(node: &Node, schema: &Schema) -> Option<String> {
    let takes = |kind: &str| {
        let branches = schema["anyOf"].as_array().into_iter().flatten().chain([schema]);
        branches.into_iter().any(|branch| branch["type"] == kind)
    };
    let keys = || {
        let keys = schema::properties(schema).map(|(key, _)| key.as_str());
        format!("it takes the keys {}", suggest::all_of(keys))
    };
    let scalar = match &node.value {
        Value::List(_) if takes("object") => {
            return Some("write `key: value` lines, without the `-`".to_owned());
        }
        Value::Map(_) if takes("array") => return Some("begin each entry with `- `".to_owned()),
        Value::Scalar(scalar) => scalar,
        _ => return None,
    };
    let text = scalar.text.as_str();
    match scalar.kind {
        Kind::Null => Some("write a value, or leave the key out for its default".to_owned()),
        Kind::Text if takes("boolean") => {
            let word = match text.to_ascii_lowercase().as_str() {
                "yes" | "y" | "on" | "true" | "1" => Some("true"),
                "no" | "n" | "off" | "false" | "0" | "none" => Some("false"),
                _ => None,
            };
            word.map(|word| format!("write `{word}`, without quotes"))
        }
        Kind::Text if takes("integer") || takes("number") => {
            let digits: String = text.trim().chars().take_while(char::is_ascii_digit).collect();
            let rest = text.trim()[digits.len()..].trim();
            match (digits.as_str(), rest) {
                ("", _) => Some("write it in digits".to_owned()),
                (digits, "") => Some(format!("write `{digits}`, without quotes")),
                (digits, _) => Some(format!("write `{digits}`: the unit is fixed")),
            }
        }
        // More digits than a whole number may have make one of these as well.
        Kind::Number(value) if takes("integer") && value.abs() > 1e15 => {
            Some("write a smaller number".to_owned())
        }
        Kind::Number(_) if takes("integer") => Some("write it without a fraction".to_owned()),
        Kind::Integer(_) if takes("boolean") => Some("write `true` or `false`".to_owned()),
        _ if takes("object") => {
            let off = ["off", "no", "false", "disabled"].contains(&text.to_ascii_lowercase().as_str());
            let switched_off =
                Node { span: node.span, value: Value::Scalar(Scalar::plain("none".to_owned())) };
            if off && fits(&switched_off, schema) {
                Some("write `none` to leave it out".to_owned())
            } else {
                Some(keys())
            }
        }
        _ if takes("array") => Some(format!("write `[{}]`", element(text))),
        _ if takes("string") => Some(format!("write `\"{}\"`, with quotes", excerpt(text))),
        _ => None,
    }
}

/// A text as an element of a list; in quotes where YAML would read something else.
fn element(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/');
    let begins = text.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '/'));
    if begins && text.chars().all(plain) { excerpt(text) } else { format!("\"{}\"", excerpt(text)) }
}

/// A key that its section does not have.
pub fn unknown_key(key: &str, span: Span, schema: &Schema, path: &str) -> Problem {
    let known = schema["properties"].as_object().into_iter().flatten().map(|(key, _)| key.as_str());
    let section =
        path.strip_prefix("environments.").map_or(path, |rest| rest.split_once('.').map_or("", |(_, p)| p));
    let mut homes = schema::homes(key);
    let below = |home: &String| section.is_empty() || home.starts_with(&format!("`{section}."));
    if homes.iter().any(below) {
        homes.retain(below);
    }
    let guess = suggest::nearest(key, known.clone());
    let belongs = suggest::listed(&homes, "or");
    // A letter or two off a key of this section is the likelier mistake than a key of another.
    let near = guess.is_some_and(|guess| strsim::damerau_levenshtein(guess, key) == 1);
    if !homes.is_empty() && !near {
        let message = format!("unknown key `{}`{}; it belongs to {belongs}", excerpt(key), within(path));
        return Problem::error(message, span, format!("belongs to {belongs}"))
            .help(format!("move it to {belongs}"));
    }
    unknown(key, span, path, guess).help(match known.clone().next() {
        Some(_) => format!("the keys here are {}", suggest::all_of(known)),
        None => "leave it out".to_owned(),
    })
}

/// A key that is not known, and the one that was probably meant.
pub fn unknown(key: &str, span: Span, path: &str, guess: Option<&str>) -> Problem {
    let did_you_mean = guess.map(|guess| format!("; did you mean `{guess}`?")).unwrap_or_default();
    let label = guess.map_or_else(|| "not known".to_owned(), |guess| format!("did you mean `{guess}`?"));
    Problem::error(format!("unknown key `{}`{}{did_you_mean}", excerpt(key), within(path)), span, label)
}

fn within(path: &str) -> String {
    if path.is_empty() { String::new() } else { format!(" in `{path}`") }
}

/// A few words for the place of a refused value: the value that was meant, or what was expected.
pub fn label(message: &str, schema: &Schema) -> String {
    match message.rsplit_once("; ") {
        Some((_, guess)) if guess.starts_with("did you mean") => guess.to_owned(),
        _ => match message.strip_prefix("must be ").and_then(|range| range.split_once(", found")) {
            Some((range, _)) if range.len() <= 40 => range.to_owned(),
            _ => format!("expected {}", expected(schema)),
        },
    }
}

/// Judges a value of a list of choices.
pub fn choice(scalar: &Scalar, choices: &[String]) -> Judgement {
    if choices.contains(&scalar.text) {
        return Ok(());
    }
    let found = excerpt(&scalar.text);
    let known = suggest::either(choices.iter().map(String::as_str));
    let one_of = if choices.len() == 1 { "" } else { "one of " };
    if let Some(guess) = suggest::nearest(&scalar.text, choices.iter().map(String::as_str)) {
        let message = format!("must be {one_of}{known}, found `{found}`; did you mean `{guess}`?");
        return Err((message, Some(format!("write `{guess}`"))));
    }
    let number = |text: &str| text.parse::<i64>().ok();
    let nearest = number(&scalar.text).and_then(|found| {
        choices.iter().filter_map(|choice| number(choice)).min_by_key(|choice| choice.abs_diff(found))
    });
    Err((
        format!("must be {one_of}{known}, found `{found}`"),
        nearest.map(|nearest| format!("the nearest is {nearest}")),
    ))
}

/// Judges a magnitude by the least and greatest text that the schema gives.
pub fn measure(found: u64, text: &str, grammar: &Grammar, schema: &Schema) -> Judgement {
    let bound = |key: &str| {
        let text = schema[key].as_str()?;
        let magnitude = (grammar.judge)(text).ok().flatten()?;
        Some((magnitude, text.to_owned()))
    };
    let (least, greatest) = (bound("formatMinimum"), bound("formatMaximum"));
    let fits = least.as_ref().is_none_or(|(least, _)| found >= *least)
        && greatest.as_ref().is_none_or(|(greatest, _)| found <= *greatest);
    if fits {
        return Ok(());
    }
    let range = range(least.map(|(_, text)| text), greatest.map(|(_, text)| text));
    Err((format!("must be {range}, found {}", excerpt(text)), None))
}

/// Judges the length of a text.
pub fn length(text: &str, schema: &Schema) -> Judgement {
    let bound = |key: &str| schema[key].as_u64().map(i128::from);
    let length = text.chars().count();
    match outside(length as i128, bound("minLength"), bound("maxLength")) {
        Some(range) => Err((format!("the number of characters must be {range}, found {length}"), None)),
        None => Ok(()),
    }
}

/// The range in words, if a number is outside of it.
pub fn outside(found: i128, least: Option<i128>, greatest: Option<i128>) -> Option<String> {
    let inside =
        least.is_none_or(|least| found >= least) && greatest.is_none_or(|greatest| found <= greatest);
    (!inside).then(|| range(least.map(|n| n.to_string()), greatest.map(|n| n.to_string())))
}

/// A range in words, to follow "must be".
pub fn range(least: Option<String>, greatest: Option<String>) -> String {
    match (least, greatest) {
        (Some(least), Some(greatest)) => format!("between {least} and {greatest}"),
        (Some(least), None) => format!("at least {least}"),
        (None, Some(greatest)) => format!("at most {greatest}"),
        (None, None) => "something else".to_owned(),
    }
}

/// "add `key: example`" for a key that is missing.
pub fn example(schema: &Schema, key: &str) -> String {
    match schema["examples"][0].as_str() {
        Some(example) => format!("add `{key}: {example}`"),
        None => format!("add `{key}: ...`"),
    }
}
