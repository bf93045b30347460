//! Turns a tree into typed values through serde.
//!
//! A deserializer of our own, because a scalar's text must reach a text field as written (`1.10` stays `1.10`),
//! and because an error must know its place.

use std::fmt;

use serde::Deserializer;
use serde::de::value::{MapDeserializer, SeqDeserializer, StrDeserializer};
use serde::de::{self, DeserializeOwned, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;

use super::node::{Entry, Kind, Node, Scalar, Value};
use super::report::Problem;
use super::source::Span;

/// Reads a typed value out of a tree.
///
/// # Errors
/// The first value that does not fit, with its place. The checker has looked at the tree before, so this is
/// seen only where the types ask for more than their schema says.
pub fn decode<T: DeserializeOwned>(node: &Node) -> Result<T, Problem> {
    T::deserialize(node).map_err(|error| {
        Problem::error(
            format!("this does not fit: {}", error.message),
            error.span.unwrap_or(node.span),
            "here",
        )
    })
}

/// Why a value does not fit its type, and where it is if that is known.
#[derive(Debug)]
pub struct Misfit {
    message: String,
    span: Option<Span>,
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Misfit {}

impl de::Error for Misfit {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self { message: message.to_string(), span: None }
    }
}

impl<'de> IntoDeserializer<'de, Misfit> for &'de Node {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl Node {
    /// Gives a misfit the innermost place that is known.
    fn placed<T>(&self, result: Result<T, Misfit>) -> Result<T, Misfit> {
        result.map_err(|misfit| Misfit { span: misfit.span.or(Some(self.span)), ..misfit })
    }

    fn visit<'de, V: Visitor<'de>>(&'de self, visitor: V) -> Result<V::Value, Misfit> {
        match &self.value {
            Value::Scalar(Scalar { text, kind }) => match *kind {
                Kind::Null => visitor.visit_unit(),
                Kind::Bool(value) => visitor.visit_bool(value),
                Kind::Integer(value) => match u64::try_from(value) {
                    Ok(value) => visitor.visit_u64(value),
                    Err(_) => visitor.visit_i64(value),
                },
                Kind::Number(value) => visitor.visit_f64(value),
                Kind::Text => visitor.visit_borrowed_str(text),
            },
            Value::List(items) => visitor.visit_seq(SeqDeserializer::new(items.iter())),
            Value::Map(entries) => {
                let pairs = entries.iter().map(|Entry { key, node, .. }| (key.as_str(), node));
                visitor.visit_map(MapDeserializer::new(pairs))
            }
        }
    }

    fn visit_text<'de, V: Visitor<'de>>(&'de self, visitor: V) -> Result<V::Value, Misfit> {
        match &self.value {
            Value::Scalar(scalar) if scalar.kind != Kind::Null => visitor.visit_borrowed_str(&scalar.text),
            _ => self.visit(visitor),
        }
    }

    /// A section without a value is an empty one.
    fn visit_section<'de, V: Visitor<'de>>(&'de self, visitor: V) -> Result<V::Value, Misfit> {
        if self.is_null() {
            let none = std::iter::empty::<(StrDeserializer<'de, Misfit>, &'de Node)>();
            return visitor.visit_map(MapDeserializer::new(none));
        }
        if let Value::List(_) = &self.value {
            // serde would take a list for the fields in their order.
            return Err(de::Error::invalid_type(de::Unexpected::Seq, &visitor));
        }
        self.visit(visitor)
    }
}

impl<'de> Deserializer<'de> for &'de Node {
    type Error = Misfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        self.placed(self.visit(visitor))
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        self.placed(self.visit_text(visitor))
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        self.placed(visitor.visit_some(self))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        self.placed(visitor.visit_newtype_struct(self))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        self.placed(self.visit_section(visitor))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        let text = self.scalar().map_or("", |scalar| scalar.text.as_str());
        let word: StrDeserializer<'de, Misfit> = text.into_deserializer();
        self.placed(visitor.visit_enum(word))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char bytes byte_buf unit unit_struct seq tuple
        tuple_struct identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::super::read::read;
    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(default, deny_unknown_fields)]
    struct Section {
        name: String,
        count: u8,
        word: Option<Word>,
        list: Vec<f64>,
        inner: Option<Box<Section>>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "kebab-case")]
    enum Word {
        PerZone,
    }

    impl Default for Section {
        fn default() -> Self {
            Self { name: "default".to_owned(), count: 7, word: None, list: Vec::new(), inner: None }
        }
    }

    fn section(text: &str) -> Result<Section, (String, usize)> {
        let reading = read(text).map_err(|problem| (problem.to_string(), 0))?;
        decode(&reading.root).map_err(|problem| {
            (problem.to_string(), problem.places().next().map_or(0, |(span, _)| span.start))
        })
    }

    #[test]
    fn text_arrives_as_written_and_what_is_absent_is_the_default() {
        let found = section("{name: 1.10, word: per-zone, list: [1, 2.5], inner: {count: 1}}").unwrap();
        let inner = Section { count: 1, ..Section::default() };
        let expected = Section {
            name: "1.10".to_owned(),
            word: Some(Word::PerZone),
            list: vec![1.0, 2.5],
            inner: Some(Box::new(inner)),
            ..Section::default()
        };
        assert_eq!(found, expected);
        let empty = section("inner:\n").unwrap();
        assert_eq!(empty.inner.as_deref(), Some(&Section::default()));
    }

    #[test]
    fn a_misfit_points_to_the_innermost_value() {
        let text = "name: x\ninner: {count: 300}\n";
        let (message, at) = section(text).unwrap_err();
        assert!(message.contains("300"), "{message}");
        assert_eq!(at, text.find("300").unwrap());
        assert!(section("inner: {word: nowhere}").unwrap_err().0.contains("nowhere"));
        assert!(section("inner: [1]").unwrap_err().0.contains("invalid type"));
    }
}
