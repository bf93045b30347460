//! From an address or a path to the line of the stack file that asks for it.
//!
//! Whoever finds out something about a plan knows addresses and properties of resources; the reader of a pull
//! request wants the line.

use crate::model::address::Address;
use crate::model::place::Place;
use crate::model::select::Pattern;
use crate::stack::path::Path;
use crate::stack::resources;

use super::Environment;

/// The keys that decide about properties: an address or the beginning of one, a property (empty: any), and the path
/// of the key. The first that fits counts.
const KEYS: &[(&str, &str, &str)] = &[
    ("network.vpc", "cidr", "network.cidr"),
    ("network.nat", "", "network.nat"),
    ("network.address", "", "network.nat"),
    ("network.subnet", "zone", "network.zones"),
    ("network.flow", "", "network.flow_logs"),
    ("security.load-balancer", "", "load_balancer.allow"),
    ("load_balancer.http", "", "load_balancer.https"),
    ("load_balancer.https", "", "load_balancer.https"),
    ("load_balancer.certificate", "", "load_balancer.https"),
    ("load_balancer.targets", "algorithm", "load_balancer.algorithm"),
    ("web.template", "instance_type", "web.instance"),
    ("web.template", "image", "web.image"),
    ("web.template", "volume", "web.volume"),
    ("web.group", "min", "web.scale.min"),
    ("web.group", "max", "web.scale.max"),
    ("web.group", "subnets", "network.zones"),
    ("web.group", "", "web.scale"),
    ("database.instance", "class", "database.instance"),
    ("database.instance", "version", "database.engine"),
    ("database.instance", "backup_days", "database.backups.days"),
    ("database.replica", "class", "database.instance"),
    ("database.replica", "version", "database.engine"),
    ("database.replica", "", "database.replicas"),
    ("cache.cluster", "node_type", "cache.node"),
    ("cache.cluster", "version", "cache.engine"),
    ("cache.cluster", "across_zones", "cache.nodes"),
    ("cache.group", "node_type", "cache.node"),
    ("cache.group", "version", "cache.engine"),
    ("media.bucket", "versioning", "media.versions.days"),
    ("media.cdn", "", "media.cdn"),
    ("search", "instance_type", "search.instance"),
    ("search.volume", "gib", "search.volume"),
    ("files", "instance_type", "files.instance"),
    ("files.volume", "gib", "files.volume"),
    ("control", "instance_type", "control.instance"),
    ("monitoring.logs", "", "monitoring.logs.days"),
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
    /// Of a section's resource that is the key that decides, else the section; of one in `resources` its own
    /// property, else its name.
    pub fn place_of(&self, address: &Address, property: Option<&str>) -> Place {
        let section = address.section();
        if section == resources::SECTION {
            return self.of_resource(address, property);
        }
        self.place(&path(address, property))
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

/// The path of the key that decides.
fn path(address: &Address, property: Option<&str>) -> String {
    let wanted = property.unwrap_or_default();
    let fits = |(prefix, name, _): &&(&str, &str, &str)| {
        Pattern::new(prefix).covers(address) && (name.is_empty() || *name == wanted)
    };
    match KEYS.iter().find(fits) {
        Some((_, _, key)) => (*key).to_owned(),
        None if property.is_none() => address.to_string(),
        None => format!("{}.{wanted}", address.section()),
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
        assert_eq!(line("web.role", None), 3);
        assert_eq!(line("web.group", None), 10, "the scale, which the overlay writes");
        assert_eq!(line("web.template", Some("instance_type")), 4);
        assert_eq!(line("web.template", Some("image")), 3, "what is not written is asked for by its section");
        assert_eq!(line("database.instance", Some("version")), 5);
        assert_eq!(line("resources.partners.logs", Some("retention_days")), 7);
        assert_eq!(line("resources.partners.logs", None), 7);
        assert_eq!(line("network.vpc", None), 9, "a section of defaults is asked for by the environment");
        let place = environment.place("web.scale.min");
        assert_eq!((place.file.as_str(), place.line, place.column), ("stack.yaml", 10, 26));
    }

    #[test]
    fn what_is_found_leads_to_the_line_that_causes_it() {
        let text = "stack: site\ndatabase:\n  multi_az: false\n  backups: { days: 0 }\nweb:\n  scale:\n    min: 1\n\
                    resources:\n  gate: { kind: log_group, retention_days: 1 }\nenvironments:\n  dev:\n    \
                    database: { multi_az: true }\n  prod: {}\n";
        let stack = Stack::parse("site.yaml", text).unwrap();
        let at = |env: &str, address: &str, property: Option<&str>| {
            let environment = stack.environment(env).unwrap();
            let place = environment.place_of(&address.parse().unwrap(), property);
            assert_eq!(place.file, "site.yaml");
            (place.line, place.column)
        };
        assert_eq!(at("prod", "database.instance", Some("multi_az")), (3, 13));
        assert_eq!(at("dev", "database.instance", Some("multi_az")), (12, 27));
        assert_eq!(at("prod", "database.instance", Some("backup_days")), (4, 20));
        assert_eq!(at("prod", "database.instance", Some("encrypted")), (2, 1));
        assert_eq!(at("prod", "web.group", Some("min")), (7, 10));
        assert_eq!(at("prod", "resources.gate", Some("retention_days")), (9, 44));
        // Nothing of the network is written: the environment itself.
        assert_eq!(at("prod", "network.nat.a", Some("subnet")), (13, 3));
    }
}
