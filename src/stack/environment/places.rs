//! From an address or a path to the line of the stack file that asks for it.
//!
//! Whoever finds out something about a plan knows addresses and properties of resources; the reader of a pull
//! request wants the line.

use crate::model::address::Address;
use crate::model::place::Place;
use crate::stack::path::Path;
use crate::stack::resources;

use super::Environment;

/// The keys of sections from which properties of resources come, where the two have different names.
const KEYS: &[(&str, &str)] = &[
    ("certificate", "https"),
    ("class", "instance"),
    ("instance_type", "instance"),
    ("node_type", "node"),
    ("protocol", "https"),
    ("restore_from", "snapshot"),
    ("size_gib", "volume"),
    ("version", "engine"),
];

impl Environment {
    /// The line to which a path such as `web.scale.min` leads; that of the section above it, or that of the
    /// environment, if nothing is written there.
    pub fn place(&self, path: &str) -> Place {
        let found = Path::from(path).find(&self.tree, self.home);
        self.at(found.span.start)
    }

    /// The line that asks for a resource, and for this property of it where one is named.
    ///
    /// Of a section's resource that is the key from which the property comes, else the section; of one in
    /// `resources` its own property, else its name.
    pub fn place_of(&self, address: &Address, property: Option<&str>) -> Place {
        let section = address.section();
        if section == resources::SECTION {
            return self.of_resource(address, property);
        }
        let key = property.map(|property| {
            KEYS.iter().find(|(name, _)| *name == property).map_or(property, |(_, key)| *key)
        });
        match key {
            Some(key) => self.place(&format!("{section}.{key}")),
            None => self.place(section),
        }
    }

    /// A resource's name may have dots in it, so no path leads there.
    fn of_resource(&self, address: &Address, property: Option<&str>) -> Place {
        let name = address.as_str().get(resources::SECTION.len() + 1..).unwrap_or_default();
        let entry = self.tree.get(resources::SECTION).and_then(|section| section.node.get(name));
        let Some(entry) = entry else { return self.place(resources::SECTION) };
        let inner = property.and_then(|property| entry.node.get(property));
        let span = inner.map_or(entry.key_span, |inner| inner.node.place(inner.key_span));
        self.at(span.start)
    }

    fn at(&self, offset: usize) -> Place {
        let (line, column) = self.source.line_column(offset);
        Place { file: self.source.name().to_owned(), line, column }
    }
}

#[cfg(test)]
mod tests {
    use crate::stack::Stack;

    const STACK: &str = "\
stack: s
region: us-east-1
web:
  instance: m7g.large
database: { engine: mysql-8.4 }
resources:
  partners.logs: { kind: log_group, retention_days: 30 }
environments:
  prod:
    web: { scale: { min: 3 } }
";

    #[test]
    fn addresses_lead_to_the_lines_that_ask_for_them() {
        let stack = Stack::parse("stack.yaml", STACK).expect("a stack");
        let environment = &stack.environments()[0];
        let line = |address: &str, property: Option<&str>| {
            environment.place_of(&address.parse().expect("an address"), property).line
        };
        assert_eq!(line("web.group", None), 3);
        assert_eq!(line("web.template", Some("instance_type")), 4);
        assert_eq!(line("web.template", Some("image")), 3, "what is not written is asked for by its section");
        assert_eq!(line("database.instance", Some("version")), 5);
        assert_eq!(line("resources.partners.logs", Some("retention_days")), 7);
        assert_eq!(line("resources.partners.logs", None), 7);
        assert_eq!(line("network.vpc", None), 9, "a section of defaults is asked for by the environment");
        let place = environment.place("web.scale.min");
        assert_eq!((place.file.as_str(), place.line, place.column), ("stack.yaml", 10, 26));
    }
}
