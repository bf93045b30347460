//! What a user wants to know of a live environment: its endpoints.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::model::live::Live;

/// How the addresses of names begin of which there are several, and what the outputs are called.
const HOSTS: [(&str, &str); 3] = [
    ("cache.dns.", "cache.host"),
    ("files.dns.", "files.host"),
    ("database.replica.dns.", "database.replica.host"),
];

/// The outputs by name; what does not exist has none.
pub fn outputs(live: &[Rc<Live>]) -> BTreeMap<String, String> {
    let find = |address: &str, output: &str| {
        let found = live.iter().find(|live| live.address.as_str() == address)?;
        found.output(output)
    };
    let property = |address: &str, name: &str| {
        let found = live.iter().find(|live| live.address.as_str() == address)?;
        found.spec.get(name)?.as_str().map(str::to_owned)
    };
    let balancer = find("load_balancer.alb", "dns_name");
    let hosts = live.iter().filter_map(|live| {
        let address = live.address.as_str();
        let (name, place) =
            HOSTS.iter().find_map(|(prefix, name)| Some((*name, address.strip_prefix(prefix)?)))?;
        let name = if place == "primary" { name.to_owned() } else { format!("{name}.{place}") };
        Some((name, property(address, "name")))
    });
    let cdn = find("media.cdn", "domain_name");
    let host = property("load_balancer.dns", "name").or_else(|| cdn.clone()).or_else(|| balancer.clone());
    let encrypted = cdn.is_some() || find("load_balancer.https", "id").is_some();
    let scheme = if encrypted { "https" } else { "http" };
    let named = [
        ("url", host.map(|host| format!("{scheme}://{host}/"))),
        ("load_balancer", balancer),
        ("network.vpc", find("network.vpc", "id")),
        ("cdn.domain", cdn),
        ("media.bucket", find("media.bucket", "id")),
        ("web.group", find("web.group", "id")),
        ("database.host", property("database.dns", "name")),
        ("database.endpoint", find("database.instance", "endpoint")),
        ("database.secret", find("database.instance", "secret_arn")),
        ("search.host", property("search.dns", "name")),
        ("files.host", property("files.dns", "name")),
        ("control.host", property("control.dns", "name")),
        ("control.instance", find("control.server", "id")),
        ("cache.endpoint", find("cache.cluster", "configuration").or_else(|| find("cache.group", "primary"))),
    ];
    let named = named.into_iter().map(|(name, value)| (name.to_owned(), value));
    named.chain(hosts).filter_map(|(name, value)| Some((name, value?))).collect()
}
