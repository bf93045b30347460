//! What templates can say beyond Handlebars itself: values as literals of the languages that they are written in.
//!
//! Whatever a value is, it stays a value: no text of a stack can end a string and go on as code.

use handlebars::{
    Context, Handlebars, Helper, HelperDef, HelperResult, JsonTruthy as _, Output, RenderContext,
    RenderError, RenderErrorReason, Renderable as _,
};
use serde_json::Value;

/// Adds them all.
pub fn register(handlebars: &mut Handlebars<'_>) {
    /// A name and what it writes.
    type Writer = (&'static str, fn(&Value) -> String);
    let all: [Writer; 5] =
        [("php", php), ("json", json), ("quote", quote), ("regex", regex), ("base64", base64)];
    for (name, write) in all {
        handlebars.register_helper(name, Box::new(Literal { name, write }));
    }
    handlebars.register_helper("join", Box::new(join));
    handlebars.register_helper("if", Box::new(Condition { name: "if", holds: true }));
    handlebars.register_helper("unless", Box::new(Condition { name: "unless", holds: false }));
}

/// A helper with one value.
struct Literal {
    name: &'static str,
    write: fn(&Value) -> String,
}

impl HelperDef for Literal {
    fn call<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
        out: &mut dyn Output,
    ) -> HelperResult {
        out.write(&(self.write)(value(helper, self.name, 0)?))?;
        Ok(())
    }
}

/// `if` and `unless`, which take a name that is unknown for false by themselves: a misspelt one would leave a
/// part of a file out, and nobody would be told.
struct Condition {
    name: &'static str,
    holds: bool,
}

impl HelperDef for Condition {
    fn call<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        handlebars: &'reg Handlebars<'reg>,
        context: &'rc Context,
        rendering: &mut RenderContext<'reg, 'rc>,
        out: &mut dyn Output,
    ) -> HelperResult {
        let holds = value(helper, self.name, 0)?.is_truthy(false) == self.holds;
        match if holds { helper.template() } else { helper.inverse() } {
            Some(template) => template.render(handlebars, context, rendering, out),
            None => Ok(()),
        }
    }
}

/// `{{join list ", "}}`: the texts of a list with something between them.
fn join(
    helper: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let list = value(helper, "join", 0)?;
    let Some(list) = list.as_array() else { return Err(refuse("join", "wants a list")) };
    let texts: Vec<String> = list.iter().map(text).collect();
    out.write(&texts.join(&text(value(helper, "join", 1)?)))?;
    Ok(())
}

/// A parameter, which must be there: strict rendering does not judge what a helper is given.
fn value<'a>(helper: &'a Helper<'_>, name: &str, at: usize) -> Result<&'a Value, RenderError> {
    let Some(param) = helper.param(at) else { return Err(refuse(name, "lacks a value")) };
    if param.is_value_missing() {
        let path = param.relative_path().cloned();
        return Err(RenderErrorReason::MissingVariable(path).into());
    }
    Ok(param.value())
}

fn refuse(name: &str, why: &str) -> RenderError {
    RenderErrorReason::Other(format!("the helper `{name}` {why}")).into()
}

/// A value as plain text: a text itself, anything else as JSON.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| json(value), str::to_owned)
}

/// JSON.
fn json(value: &Value) -> String {
    value.to_string()
}

/// A literal of PHP: nothing but a backslash and an apostrophe has a meaning between apostrophes.
fn php(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Bool(truth) => if *truth { "TRUE" } else { "FALSE" }.to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'")),
        Value::Array(list) => {
            let list: Vec<String> = list.iter().map(php).collect();
            format!("[{}]", list.join(", "))
        }
        Value::Object(map) => {
            let pair = |(key, value): (&String, &Value)| {
                format!("{} => {}", php(&Value::String(key.clone())), php(value))
            };
            let pairs: Vec<String> = map.iter().map(pair).collect();
            format!("[{}]", pairs.join(", "))
        }
    }
}

/// A word of a POSIX shell: between apostrophes nothing has a meaning but the apostrophe that ends them.
fn quote(value: &Value) -> String {
    format!("'{}'", text(value).replace('\'', "'\\''"))
}

/// A text in a pattern of PCRE that stands for itself: what is no letter, digit or space gets a backslash, which
/// PCRE takes as "this very character".
fn regex(value: &Value) -> String {
    text(value).chars().fold(String::new(), |mut out, c| {
        if c.is_ascii_punctuation() && c != '_' {
            out.push('\\');
        }
        out.push(c);
        out
    })
}

/// A text in Base64, which fits into any document.
fn base64(value: &Value) -> String {
    aws_smithy_types::base64::encode(text(value))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// The text that a shell reads from a word, and what is left behind it.
    fn shell_word(text: &str) -> (String, &str) {
        let (mut word, mut rest) = (String::new(), text);
        loop {
            if let Some(quoted) = rest.strip_prefix('\'') {
                let end = quoted.find('\'').expect("the quote is closed");
                word.push_str(&quoted[..end]);
                rest = &quoted[end + 1..];
            } else if let Some(after) = rest.strip_prefix("\\'") {
                word.push('\'');
                rest = after;
            } else {
                return (word, rest);
            }
        }
    }

    /// The text that PHP reads from a literal between apostrophes, and what is left behind it.
    fn php_text(text: &str) -> (String, &str) {
        let mut word = String::new();
        let mut chars = text.strip_prefix('\'').expect("a literal").char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '\'' => return (word, &text[at + 2..]),
                '\\' => {
                    let (_, next) = chars.next().expect("something is escaped");
                    if !matches!(next, '\\' | '\'') {
                        word.push('\\');
                    }
                    word.push(next);
                }
                c => word.push(c),
            }
        }
        panic!("not closed: {text}");
    }

    proptest! {
        #[test]
        fn no_text_leaves_its_literal(text in r#"([\\'"$`\n;?>{}a-z]|.){0,40}"#) {
            let value = Value::String(text.clone());
            let (shell, literal) = (quote(&value), php(&value));
            prop_assert_eq!(shell_word(&shell), (text.clone(), ""));
            prop_assert_eq!(php_text(&literal), (text.clone(), ""));
            let key = php(&json!({text.clone(): 1}));
            let (read, rest) = php_text(&key[1..]);
            prop_assert_eq!((read, rest), (text.clone(), " => 1]"));
            prop_assert_eq!(serde_json::from_str::<Value>(&json(&value)).expect("JSON"), value);
        }
    }

    #[test]
    fn values_are_literals() {
        let value = json!({"a": [1, true, null, "it's"], "b": {}});
        assert_eq!(php(&value), r"['a' => [1, TRUE, NULL, 'it\'s'], 'b' => []]");
        assert_eq!(regex(&json!("www.example.org/a_b c")), r"www\.example\.org\/a_b c");
        assert_eq!(quote(&json!(5)), "'5'");
        assert_eq!(base64(&json!("grüße")), "Z3LDvMOfZQ==");
    }
}
