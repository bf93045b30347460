//! What the section `cache` becomes.

use serde_json::{Value, json};

use crate::model::graph::Graph;
use crate::stack::expand::testing::{effects, graph, property};

/// Addresses and kinds of what the section makes.
fn made(graph: &Graph) -> Vec<(String, &'static str)> {
    let nodes = graph.in_order().filter(|node| node.address.as_str().contains("cache"));
    let mut made: Vec<_> = nodes.map(|node| (node.address.to_string(), node.schema.kind)).collect();
    made.sort_unstable();
    made
}

fn reference(output: &str) -> Value {
    json!({ "$ref": output })
}

#[test]
fn without_the_section_there_is_no_cache() {
    assert_eq!(made(&graph("")), []);
    assert_eq!(made(&graph("cache: none")), []);
}

#[test]
fn memcached_has_a_name_for_each_node() {
    let graph = graph("cache: { nodes: 2, node: cache.t4g.small }");
    let expected = [
        ("cache.cluster", "cache_cluster"),
        ("cache.dns.1", "dns_record"),
        ("cache.dns.2", "dns_record"),
        ("cache.parameters", "cache_parameter_group"),
        ("cache.subnets", "cache_subnet_group"),
        ("security.cache", "security_group"),
        ("security.cache.rules", "security_group_rules"),
    ];
    assert_eq!(made(&graph), expected.map(|(address, kind)| (address.to_owned(), kind)));
    let cluster = |name| property(&graph, "cache.cluster", name);
    assert_eq!((cluster("version"), cluster("node_type")), (json!("1.6.22"), json!("cache.t4g.small")));
    assert_eq!((cluster("nodes"), cluster("across_zones")), (json!(2), json!(true)));
    assert_eq!(cluster("parameters_applied"), reference("cache.parameters.applied"));
    assert_eq!(property(&graph, "cache.parameters", "family"), "memcached1.6");
    assert_eq!(property(&graph, "cache.parameters", "parameters"), json!({"max_item_size": "4194304"}));
    assert_eq!(property(&graph, "cache.dns.2", "name"), "cache-2.site-sandbox.internal");
    let answer = json!({"ttl": 60, "values": [reference("cache.cluster.node_2")]});
    assert_eq!(property(&graph, "cache.dns.2", "answer"), answer);
}

#[test]
fn valkey_has_a_primary_and_replicas() {
    let graph = graph("cache: { engine: valkey, nodes: 3 }");
    let addresses: Vec<String> = made(&graph).into_iter().map(|(address, _)| address).collect();
    let expected = [
        "cache.dns.primary",
        "cache.dns.reader",
        "cache.group",
        "cache.parameters",
        "cache.subnets",
        "security.cache",
        "security.cache.rules",
    ];
    assert_eq!(addresses, expected);
    let group = |name| property(&graph, "cache.group", name);
    assert_eq!(
        (group("engine"), group("version"), group("nodes")),
        (json!("valkey"), json!("8.1"), json!(3))
    );
    assert_eq!((group("failover"), group("multi_az")), (json!(true), json!(true)));
    assert_eq!((group("encrypted_at_rest"), group("encrypted_in_transit")), (json!(true), json!(true)));
    assert_eq!(property(&graph, "cache.dns.primary", "name"), "cache.site-sandbox.internal");
    assert_eq!(property(&graph, "cache.dns.reader", "name"), "cache-ro.site-sandbox.internal");
}

#[test]
fn a_single_node_or_zone_has_nothing_to_spread() {
    let one = graph("cache: { engine: redis, nodes: 1 }");
    let group = |name| property(&one, "cache.group", name);
    assert_eq!((group("failover"), group("multi_az")), (json!(false), json!(false)));
    let one = graph("cache: { nodes: 1 }");
    assert_eq!(property(&one, "cache.cluster", "across_zones"), false);
}

#[test]
fn only_web_nodes_reach_it_and_only_at_its_port() {
    for (engine, port) in [("memcached", 11211), ("valkey", 6379)] {
        let graph = graph(&format!("cache: {{ engine: {engine} }}"));
        let rules = property(&graph, "security.cache.rules", "rules");
        let [rule] = rules.as_array().unwrap().as_slice() else { panic!("{rules}") };
        assert_eq!(
            (&rule["direction"], &rule["from_port"], &rule["to_port"]),
            (&json!("in"), &json!(port), &json!(port))
        );
        assert!(rule["group"].to_string().contains("security.web.id"), "{rule}");
        let out = property(&graph, "security.web.rules", "rules");
        let to_cache = |rule: &&Value| rule["group"].to_string().contains("security.cache.id");
        let ports: Vec<_> =
            out.as_array().unwrap().iter().filter(to_cache).map(|rule| &rule["to_port"]).collect();
        assert_eq!(ports, [&json!(port)]);
    }
}

#[test]
fn each_value_has_the_smallest_effect_that_it_can_have() {
    let table: &[(&str, &str, &[&str])] = &[
        ("{ nodes: 2 }", "{ nodes: 2 }", &[]),
        // The web nodes are told the names of all nodes.
        (
            "{ nodes: 2 }",
            "{ nodes: 3 }",
            &[
                "create cache.dns.3",
                "update cache.cluster nodes",
                "update web.configuration files",
                "update web.group version",
                "update web.template user_data",
            ],
        ),
        (
            "{ nodes: 3 }",
            "{ nodes: 2 }",
            &[
                "delete cache.dns.3",
                "update cache.cluster nodes",
                "update web.configuration files",
                "update web.group version",
                "update web.template user_data",
            ],
        ),
        (
            "{ nodes: 1 }",
            "{ nodes: 1, node: cache.r7g.large }",
            &["replace cache.cluster node_type!!", "update cache.dns.1 answer"],
        ),
        (
            "{}",
            "{ parameters: { max_item_size: 8388608 } }",
            &["update cache.cluster parameters_applied!", "update cache.parameters parameters"],
        ),
        ("{ engine: valkey, nodes: 2 }", "{ engine: valkey, nodes: 3 }", &["update cache.group nodes"]),
        (
            "{ engine: valkey, nodes: 2 }",
            "{ engine: valkey, nodes: 1 }",
            &["update cache.group nodes failover multi_az"],
        ),
        (
            "{ engine: valkey }",
            "{ engine: valkey, node: cache.r7g.large }",
            &["update cache.group node_type!"],
        ),
        (
            "{ engine: valkey }",
            "{ engine: valkey, parameters: { maxmemory-policy: noeviction } }",
            &["update cache.parameters parameters"],
        ),
        ("{ engine: valkey-8.0 }", "{ engine: valkey-8.1 }", &["update cache.group version!"]),
        (
            "{ engine: valkey-8.1 }",
            "{ engine: valkey-8.0 }",
            &[
                "replace cache.group version!!",
                "update cache.dns.primary answer",
                "update cache.dns.reader answer",
            ],
        ),
        (
            "{ engine: redis }",
            "{ engine: valkey }",
            &["replace cache.parameters family!!", "update cache.group engine! version! parameter_group"],
        ),
    ];
    for (before, after, expected) in table {
        let cache = |values: &str| format!("cache: {values}");
        assert_eq!(effects(&cache(before), &cache(after)), *expected, "{before} -> {after}");
    }
}
