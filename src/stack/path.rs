//! Paths into a stack file, such as `web.scale.schedule[0].max`.
//!
//! Rules name the values that they are about by path; the tree answers with the place in the file.

use std::fmt;
use std::fmt::Write as _;

use super::node::{Node, Value};
use super::schema;
use super::source::Span;

/// A way from the top of a stack to one of its values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Path(Vec<Step>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Key(String),
    Index(usize),
}

/// Where a path leads in a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// The value if it is single, else its key; of the nearest section above if nothing is written there.
    pub span: Span,
    /// Whether the value itself is written in the file.
    pub exact: bool,
}

impl Found {
    /// What to write at the place: the path, and its default if that is what counts.
    pub fn label(self, path: &Path) -> String {
        match schema::default(path.keys()) {
            _ if self.exact => format!("`{path}`"),
            Some(default) => format!("`{path}` is {default} by default"),
            None => format!("`{path}` is not given"),
        }
    }
}

impl Path {
    /// The keys on the way; `None` if an index is among them.
    fn keys(&self) -> impl Iterator<Item = Option<&str>> {
        self.0.iter().map(|step| match step {
            Step::Key(key) => Some(key.as_str()),
            Step::Index(_) => None,
        })
    }

    /// Follows a key.
    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        let mut path = self.clone();
        path.0.push(Step::Key(key.to_owned()));
        path
    }

    /// Follows an index.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        let mut path = self.clone();
        path.0.push(Step::Index(index));
        path
    }

    /// Whether one of the two leads to or through the other.
    pub fn touches(&self, other: &Path) -> bool {
        self.0.iter().zip(&other.0).all(|(a, b)| a == b)
    }

    /// Where it leads; `home` is the place of the whole tree.
    pub fn find(&self, tree: &Node, home: Span) -> Found {
        let mut found = Found { span: home, exact: true };
        let mut node = tree;
        for step in &self.0 {
            let next = match (step, &node.value) {
                (Step::Key(key), Value::Map(_)) => node.get(key).map(|entry| (&entry.node, entry.key_span)),
                (Step::Index(index), Value::List(items)) => items
                    .get(*index)
                    .map(|item| (item, item.entries().first().map_or(found.span, |e| e.key_span))),
                _ => None,
            };
            let Some((value, key_span)) = next else { return Found { exact: false, ..found } };
            found.span = value.place(key_span);
            node = value;
        }
        found
    }
}

impl Node {
    /// Where to point for this value: itself when it is single, else its key.
    pub fn place(&self, key_span: Span) -> Span {
        match self.scalar() {
            Some(_) if !self.span.is_empty() => self.span,
            _ => key_span,
        }
    }
}

impl From<&str> for Path {
    /// Keys are separated by dots, an index stands in brackets.
    fn from(text: &str) -> Self {
        let mut path = Self::default();
        for part in text.split('.').filter(|part| !part.is_empty()) {
            let (key, indices) = part.split_once('[').unwrap_or((part, ""));
            path = path.key(key);
            for index in indices.split(['[', ']']).filter_map(|index| index.parse().ok()) {
                path = path.index(index);
            }
        }
        path
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(key) => {
                    if at > 0 {
                        f.write_char('.')?;
                    }
                    f.write_str(&super::node::excerpt(key))?;
                }
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::read::read;
    use super::*;

    #[test]
    fn a_path_finds_its_value_or_the_section_above() {
        let text = "web:\n  scale: {min: 2}\n  list: [{a: 1}, {a: 2}]\n";
        let tree = read(text).unwrap().root;
        let home = Span::new(0, 0);
        for (path, shown, exact) in [
            ("web.scale.min", "2", true),
            ("web.scale", "scale", true),
            ("web.scale.max", "scale", false),
            ("web.list[1].a", "2", true),
            ("web.list[0].b", "a", false),
            ("web.list[7].a", "list", false),
            ("web.volume", "web", false),
            ("database.engine", "", false),
        ] {
            let found = Path::from(path).find(&tree, home);
            assert_eq!((&text[found.span.start..found.span.end], found.exact), (shown, exact), "{path}");
            assert_eq!(Path::from(path).to_string(), path);
        }
        assert!(Path::from("a.b").touches(&Path::from("a")) && Path::from("a").touches(&Path::from("a.b")));
        assert!(!Path::from("a.b").touches(&Path::from("a.c")));
    }
}
