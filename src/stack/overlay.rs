//! Lays an environment's part of the file over the sections that all environments share.
//!
//! Mappings merge, single values and lists replace. Every value keeps the place where it was written, so that
//! a finding points into the overlay or into the base, whichever is to blame.

use std::collections::HashSet;

use super::node::{Entry, Node, Value};
use super::path::Path;
use super::source::Span;

/// The base with the overlay over it.
pub fn merge(base: &Node, overlay: &Node) -> Node {
    let (Value::Map(below), Value::Map(above)) = (&base.value, &overlay.value) else {
        // A section without a value changes nothing.
        return if overlay.is_null() { base.clone() } else { overlay.clone() };
    };
    let mut entries: Vec<Entry> = below
        .iter()
        .map(|entry| match overlay.get(&entry.key) {
            None => entry.clone(),
            Some(over) => {
                let node = merge(&entry.node, &over.node);
                let both = matches!((&entry.node.value, &node.value), (Value::Map(_), Value::Map(_)));
                // A section that is only added to stays where it is; a value that is replaced moves.
                let key_span = if both { entry.key_span } else { over.key_span };
                Entry { key: entry.key.clone(), key_span, node }
            }
        })
        .collect();
    entries.extend(above.iter().filter(|entry| base.get(&entry.key).is_none()).cloned());
    Node { span: base.span, value: Value::Map(entries) }
}

/// Takes the values at the given places out of a tree, and says where they were.
///
/// What the checker refused must not reach the types; defaults stand in, and rules about them stay silent.
pub fn without(node: &mut Node, refused: &HashSet<Span>) -> Vec<Path> {
    let mut paths = Vec::new();
    prune(node, refused, &Path::default(), &mut paths);
    paths
}

fn prune(node: &mut Node, refused: &HashSet<Span>, at: &Path, paths: &mut Vec<Path>) {
    match &mut node.value {
        Value::Scalar(_) => {}
        Value::List(items) => {
            let before = items.len();
            let first = items.iter().position(|item| refused.contains(&item.span)).unwrap_or(before);
            items.retain(|item| !refused.contains(&item.span));
            // Those behind it move up: what a rule says about them would point to their neighbours.
            paths.extend((first..before).map(|index| at.index(index)));
            for (index, item) in items.iter_mut().enumerate() {
                prune(item, refused, &at.index(index), paths);
            }
        }
        Value::Map(entries) => entries.retain_mut(|entry| {
            let path = at.key(&entry.key);
            let keep = !refused.contains(&entry.node.span) && !refused.contains(&entry.key_span);
            if keep {
                prune(&mut entry.node, refused, &path, paths);
            } else {
                paths.push(path);
            }
            keep
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::super::read::read;
    use super::*;

    fn tree(text: &str) -> Node {
        read(text).unwrap().root
    }

    fn shown(node: &Node) -> String {
        match &node.value {
            Value::Scalar(scalar) => scalar.text.clone(),
            Value::List(items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(" ")),
            Value::Map(entries) => {
                let entries: Vec<_> =
                    entries.iter().map(|e| format!("{}:{}", e.key, shown(&e.node))).collect();
                format!("{{{}}}", entries.join(" "))
            }
        }
    }

    #[test]
    fn mappings_merge_all_else_replaces() {
        for (base, overlay, merged) in [
            ("a: {x: 1, y: 2}", "a: {y: 3, z: 4}", "{a:{x:1 y:3 z:4}}"),
            ("a: [1, 2]", "a: [3]", "{a:[3]}"),
            ("a: {x: 1}", "a: none", "{a:none}"),
            ("a: none", "a: {x: 1}", "{a:{x:1}}"),
            ("a: {x: 1}", "a:", "{a:{x:1}}"),
            ("a: 1", "b: 2", "{a:1 b:2}"),
        ] {
            assert_eq!(shown(&merge(&tree(base), &tree(overlay))), merged, "{base} <- {overlay}");
        }
    }

    #[test]
    fn every_value_keeps_its_place() {
        let text = "base: {a: {x: 1, y: 2}}\nover: {a: {y: 3}}\n";
        let tree = tree(text);
        let merged = merge(&tree.get("base").unwrap().node, &tree.get("over").unwrap().node);
        let place = |path: &str| Path::from(path).find(&merged, Span::default()).span.start;
        assert_eq!(place("a.x"), text.find('1').unwrap());
        assert_eq!(place("a.y"), text.find('3').unwrap());
        assert_eq!(place("a"), text.find("a: {x").unwrap());
    }

    #[test]
    fn what_was_refused_is_taken_out() {
        let mut tree = tree("a: {x: bad, y: 2}\nl: [ok, bad, moved]\n");
        let bad = |path: &str| Path::from(path).find(&tree, Span::default()).span;
        let refused = HashSet::from([bad("a.x"), bad("l[1]")]);
        let paths = without(&mut tree, &refused);
        assert_eq!(shown(&tree), "{a:{y:2} l:[ok moved]}");
        assert_eq!(paths, [Path::from("a.x"), Path::from("l[1]"), Path::from("l[2]")]);
    }
}
