//! References in the text of a resource: `${network.vpc.id}`, alone or inside of other text; `$${` is a plain `${`.
//!
//! A property's type knows nothing of references. So each is replaced by a stand-in while the type has its say, and
//! put back afterwards, wherever the type has moved it.

use serde_json::{Map, Value, json};

use crate::model::address::Reference;
use crate::model::spec::Spec;
use crate::stack::node::excerpt;
use crate::stack::text::Wrong;

/// Around the number of a reference: characters for private use, which no text of a stack has.
const OPEN: char = '\u{e000}';
const CLOSE: char = '\u{e001}';

/// The references of one resource.
#[derive(Debug, Default)]
pub struct References {
    found: Vec<Reference>,
    wrong: bool,
}

impl References {
    /// Whether something that looked like a reference was none.
    pub fn is_wrong(&self) -> bool {
        self.wrong
    }

    /// The text with a stand-in for each reference.
    ///
    /// # Errors
    /// What looks like a reference and is none.
    pub fn replace(&mut self, text: &str) -> Result<String, Wrong> {
        let mut replaced = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find("${") {
            let (before, from) = rest.split_at(at);
            if let Some(plain) = before.strip_suffix('$') {
                replaced.push_str(plain);
                replaced.push_str("${");
                rest = &from[2..];
                continue;
            }
            replaced.push_str(before);
            let reference =
                from[2..].split_once('}').and_then(|(inside, after)| Some((inside.parse().ok()?, after)));
            let Some((reference, after)) = reference else {
                self.wrong = true;
                return Err(no_reference(from));
            };
            replaced.extend([OPEN.to_string(), self.found.len().to_string(), CLOSE.to_string()]);
            self.found.push(reference);
            rest = after;
        }
        replaced.push_str(rest);
        Ok(replaced)
    }

    /// The spec with its references in the place of the stand-ins.
    pub fn restore(&self, spec: &Spec) -> Spec {
        spec.iter().map(|(name, value)| (self.text(name), self.value(value))).collect()
    }

    fn value(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => self.parts(text),
            Value::Array(items) => items.iter().map(|item| self.value(item)).collect(),
            Value::Object(map) => {
                if let (Some(id), Some(kind)) = (map.get("$id").and_then(Value::as_str), map.get("$kind")) {
                    return self.id(id, kind);
                }
                let inner = map.iter().map(|(key, value)| (self.text(key), self.value(value)));
                Value::Object(inner.collect::<Map<_, _>>())
            }
            other => other.clone(),
        }
    }

    fn id(&self, id: &str, kind: &Value) -> Value {
        match self.parts(id) {
            Value::Object(mut reference) if reference.contains_key("$ref") => {
                reference.insert("$kind".to_owned(), kind.clone());
                reference.into()
            }
            known => json!({"$id": known, "$kind": kind}),
        }
    }

    /// A text, a reference, or both joined.
    fn parts(&self, text: &str) -> Value {
        let mut parts: Vec<Value> = Vec::new();
        let mut rest = text;
        while let Some((before, reference, after)) = self.next(rest) {
            if !before.is_empty() {
                parts.push(before.into());
            }
            parts.push(json!({"$ref": reference.to_string()}));
            rest = after;
        }
        if parts.is_empty() {
            return rest.into();
        }
        if !rest.is_empty() {
            parts.push(rest.into());
        }
        if let [only] = parts.as_slice() { only.clone() } else { json!({ "$join": parts }) }
    }

    /// What stands before the next stand-in, its reference, and what stands after it.
    fn next<'t>(&self, text: &'t str) -> Option<(&'t str, &Reference, &'t str)> {
        let (before, from) = text.split_once(OPEN)?;
        let (number, after) = from.split_once(CLOSE)?;
        Some((before, self.found.get(number.parse::<usize>().ok()?)?, after))
    }

    /// A key as it was written: keys hold no references.
    fn text(&self, key: &str) -> String {
        let mut text = String::new();
        let mut rest = key;
        while let Some((before, reference, after)) = self.next(rest) {
            text.extend([before, "${", &reference.to_string(), "}"]);
            rest = after;
        }
        text + rest
    }
}

fn no_reference(from: &str) -> Wrong {
    let end = from.find('}').map_or(from.len(), |at| at + 1);
    let found = excerpt(&from[..end]);
    let help =
        "a reference is an address and an output, such as `${network.vpc.id}`; `$${` stands for a plain `${`";
    Wrong::new(format!("`{found}` is no reference"), help)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn restored(text: &str) -> Value {
        let mut references = References::default();
        let replaced = references.replace(text).expect("references");
        references.value(&replaced.into())
    }

    #[test]
    fn a_text_becomes_a_reference_or_a_join() {
        assert_eq!(restored("plain $5 {x}"), json!("plain $5 {x}"));
        assert_eq!(restored("${network.vpc.id}"), json!({"$ref": "network.vpc.id"}));
        assert_eq!(
            restored("arn:${resources.a.b.arn}/*"),
            json!({"$join": ["arn:", {"$ref": "resources.a.b.arn"}, "/*"]})
        );
        assert_eq!(
            restored("${a.b.id}${a.c.id}"),
            json!({"$join": [{"$ref": "a.b.id"}, {"$ref": "a.c.id"}]})
        );
        assert_eq!(restored("home/$${aws:username}"), json!("home/${aws:username}"));
    }

    #[test]
    fn an_id_keeps_its_kind() {
        let mut references = References::default();
        let replaced = references.replace("${network.vpc.id}").expect("a reference");
        let id = references.value(&json!({"$id": replaced, "$kind": "vpc"}));
        assert_eq!(id, json!({"$ref": "network.vpc.id", "$kind": "vpc"}));
        assert_eq!(
            references.value(&json!({"$id": "vpc-1", "$kind": "vpc"})),
            json!({"$id": "vpc-1", "$kind": "vpc"})
        );
    }

    #[test]
    fn what_is_no_reference_is_said() {
        for text in
            ["${}", "${network}", "${network.vpc", "x ${Network.vpc.id}", "${aws:username}", "${a..id}"]
        {
            let mut references = References::default();
            let wrong = references.replace(text).expect_err(text);
            assert!(wrong.message.ends_with("is no reference") && references.is_wrong(), "{wrong}");
        }
    }
}
