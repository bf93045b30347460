//! Where in the stack file something about a resource is decided: the line of the key that causes it.
//!
//! Most sections expand to resources at addresses of their own name, and most properties have the name of their key.
//! What is called otherwise stands in a table; whatever has no key of its own leads to its section.

use super::environment::Environment;
use super::resources::SECTION;
use crate::model::address::Address;
use crate::model::place::Place;
use crate::model::select::Pattern;

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
    /// The line that decides about a resource, or about one of its properties; of the section, or of the
    /// environment, if a default counts. `address` may be a path in the stack as well, such as `budget.monthly`.
    pub fn place(&self, address: &Address, property: Option<&str>) -> Option<Place> {
        let path = path(address, property);
        Some(self.place_at(&path))
    }

    /// The place of the value that a path such as `web.scale.min` leads to, or of what is nearest above it.
    pub fn place_at(&self, path: &str) -> Place {
        let span = self.problem_at(path, "", "").places().next().map(|(span, _)| span).unwrap_or_default();
        let (line, column) = self.source().line_column(span.start);
        Place { file: self.source().name().to_owned(), line, column }
    }
}

/// The path of the key that decides.
fn path(address: &Address, property: Option<&str>) -> String {
    if let Some(name) = address.as_str().strip_prefix(SECTION).and_then(|rest| rest.strip_prefix('.')) {
        return own(name, property);
    }
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

/// The path of one of the user's own resources. Its name may have dots, which a path would take for keys.
fn own(name: &str, property: Option<&str>) -> String {
    match property {
        Some(property) if !name.contains('.') => format!("{SECTION}.{name}.{property}"),
        _ => format!("{SECTION}.{name}"),
    }
}

#[cfg(test)]
mod tests {
    use crate::stack::Stack;

    #[test]
    fn what_is_found_leads_to_the_line_that_causes_it() {
        let text = "stack: site\ndatabase:\n  multi_az: false\n  backups: { days: 0 }\nweb:\n  scale:\n    min: 1\n\
                    resources:\n  gate: { kind: log_group, retention_days: 1 }\nenvironments:\n  dev:\n    \
                    database: { multi_az: true }\n  prod: {}\n";
        let stack = Stack::parse("site.yaml", text).unwrap();
        let at = |env: &str, address: &str, property: Option<&str>| {
            let environment = stack.environment(env).unwrap();
            let place = environment.place(&address.parse().unwrap(), property).unwrap();
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
