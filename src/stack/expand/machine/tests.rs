//! What the sections of single machines become: `search`, `files` and `control`.

use serde_json::{Value, json};

use crate::aws::kinds;
use crate::model::graph::Graph;
use crate::model::plan::{Action, Step};
use crate::model::planner::{self, Consent};
use crate::stack::expand::testing::{applied, effects, graph, property};

/// The addresses of a section's resources.
fn addresses(graph: &Graph, section: &str) -> Vec<String> {
    let nodes = graph.in_order().map(|node| node.address.to_string());
    let mut found: Vec<_> = nodes.filter(|address| address.contains(section)).collect();
    found.sort_unstable();
    found
}

#[test]
fn each_machine_has_a_role_a_name_and_a_place() {
    let graph = graph("search: {}\nfiles: {}\ncontrol: {}");
    let search = ["search.configuration", "search.dns", "search.role", "search.server", "search.volume"];
    assert_eq!(addresses(&graph, "search."), [&search[..], &["security.search.rules"]].concat());
    let control = ["control.configuration", "control.dns", "control.role", "control.server"];
    assert_eq!(addresses(&graph, "control."), [&control[..], &["security.control.rules"]].concat());
    let server = |name| property(&graph, "search.server", name);
    assert_eq!(server("subnet"), json!({"$ref": "network.subnet.app-a.id", "$kind": "subnet"}));
    assert_eq!(server("volumes"), json!({"/dev/sdf": {"$ref": "search.volume.id", "$kind": "volume"}}));
    assert_eq!(server("image"), "resolve:ssm:/aws/service/debian/release/13/latest/arm64");
    assert_eq!(property(&graph, "search.dns", "name"), "search.site-sandbox.internal");
    let answer = json!({"ttl": 60, "values": [{"$ref": "search.server.private_ip"}]});
    assert_eq!(property(&graph, "search.dns", "answer"), answer);
}

#[test]
fn an_arbiter_is_reached_like_a_file_server_and_stands_in_a_zone_of_its_own() {
    let of = |zones: u8| {
        graph(&format!("network: {{ zones: {zones} }}\nfiles: {{ arbiter: true }}\ncontrol: {{}}"))
    };
    let from = |tier: &str| [(tier.to_owned(), 24007, 24008), (tier.to_owned(), 49152, 60999)];
    assert_eq!(inbound(&of(2), "control"), [from("files"), from("web")].concat());
    let zone = |zones| property(&of(zones), "control.server", "subnet")["$ref"].to_string();
    assert_eq!([zone(2), zone(3)], ["\"network.subnet.app-a.id\"", "\"network.subnet.app-c.id\""]);
}

#[test]
fn file_servers_and_their_volumes_are_in_different_zones() {
    let graph = graph("network: { zones: 3 }\nfiles: { nodes: 3, instance: m1.small }");
    for (number, zone) in [(1, 'a'), (2, 'b'), (3, 'c')] {
        let server = |name| property(&graph, &format!("files.server.{number}"), name);
        let subnet = json!({"$ref": format!("network.subnet.app-{zone}.id"), "$kind": "subnet"});
        assert_eq!(server("subnet"), subnet);
        assert_eq!(server("image"), "resolve:ssm:/aws/service/debian/release/13/latest/amd64");
        let volume = |name| property(&graph, &format!("files.volume.{number}"), name);
        assert_eq!((volume("zone"), volume("encrypted")), (json!(format!("us-east-1{zone}")), json!(true)));
        let name = property(&graph, &format!("files.dns.{number}"), "name");
        assert_eq!(name, format!("files-{number}.site-sandbox.internal"));
    }
}

/// The inbound rules of a tier: from whom, and to which ports.
fn inbound(graph: &Graph, tier: &str) -> Vec<(String, u64, u64)> {
    let rules = property(graph, &format!("security.{tier}.rules"), "rules");
    let rules = rules.as_array().unwrap().iter().filter(|rule| rule["direction"] == "in");
    let from = |rule: &Value| match rule["group"]["$ref"].as_str() {
        Some(group) => group.trim_start_matches("security.").trim_end_matches(".id").to_owned(),
        None => rule.get("self").or(rule.get("cidr")).unwrap().to_string(),
    };
    let port = |rule: &Value, which: &str| rule[which].as_u64().unwrap();
    let mut found: Vec<_> =
        rules.map(|rule| (from(rule), port(rule, "from_port"), port(rule, "to_port"))).collect();
    found.sort_unstable();
    found
}

#[test]
fn machines_are_reached_by_those_that_need_them_and_at_their_ports() {
    let graph = graph("cache: {}\nsearch: {}\nfiles: {}\ncontrol: {}");
    let rules = |list: &[(&str, u64, u64)]| -> Vec<(String, u64, u64)> {
        list.iter().map(|(from, first, last)| ((*from).to_owned(), *first, *last)).collect()
    };
    assert_eq!(inbound(&graph, "search"), rules(&[("control", 8983, 8983), ("web", 8983, 8983)]));
    let gluster =
        ["control", "true", "web"].into_iter().flat_map(|from| [(from, 24007, 24008), (from, 49152, 60999)]);
    assert_eq!(inbound(&graph, "files"), rules(&gluster.collect::<Vec<_>>()));
    assert_eq!(inbound(&graph, "control"), []);
    assert_eq!(inbound(&graph, "database"), rules(&[("control", 3306, 3306), ("web", 3306, 3306)]));
    assert_eq!(inbound(&graph, "cache"), rules(&[("control", 11211, 11211), ("web", 11211, 11211)]));
    assert_eq!(inbound(&graph, "web"), rules(&[("control", 80, 80), ("load-balancer", 80, 80)]));
    for tier in ["load-balancer", "web", "database", "cache", "search", "files", "control"] {
        let ssh = inbound(&graph, tier).into_iter().find(|(_, first, last)| (*first..=*last).contains(&22));
        assert_eq!(ssh, None, "{tier}");
    }
}

#[test]
fn machines_may_do_what_they_need() {
    let policies = |sections: &str, role: &str| -> Vec<String> {
        let policies = property(&graph(sections), role, "policies");
        policies.as_object().unwrap().keys().cloned().collect()
    };
    let all = "media: {}\nsearch: {}\nfiles: {}\ncontrol: {}";
    assert_eq!(policies(all, "search.role"), ["configuration"]);
    assert_eq!(policies(all, "files.role"), ["configuration"]);
    assert_eq!(policies(all, "control.role"), ["configuration", "database-secret", "media", "web-nodes"]);
    let alone = "load_balancer: none\nweb: none\ndatabase: none\ncontrol: {}";
    assert_eq!(policies(alone, "control.role"), ["configuration"]);
}

#[test]
fn each_value_has_the_smallest_effect_that_it_can_have() {
    let table: &[(&str, &str, &[&str])] = &[
        ("search: {}", "search: {}", &[]),
        ("search: {}", "search: { volume: 60 GiB }", &["update search.volume gib"]),
        (
            "search: {}",
            "search: { instance: m7g.xlarge }",
            &["update search.configuration files", "update search.server instance_type! configuration!"],
        ),
        (
            "search: {}",
            "search: { image: ami-0123456789abcdef0 }",
            &["replace search.server image!!", "update search.dns answer"],
        ),
        // Another architecture needs another image.
        (
            "search: {}",
            "search: { instance: m7i.large }",
            &[
                "replace search.server image!! instance_type! configuration!",
                "update search.configuration files",
                "update search.dns answer",
            ],
        ),
        ("control: {}", "control: { instance: t4g.nano }", &["update control.server instance_type!"]),
        (
            "files: { nodes: 1 }",
            "files: { nodes: 2 }",
            // The web nodes and the other file servers are told the names of all of them.
            &[
                "create files.configuration.2",
                "create files.dns.2",
                "create files.server.2",
                "create files.volume.2",
                "update files.configuration.1 files",
                "update files.server.1 configuration!",
                "update web.configuration files",
                "update web.group version",
                "update web.template user_data",
            ],
        ),
        (
            "database: {}",
            "database: { replicas: 1 }",
            &["create database.replica.1", "create database.replica.dns.1"],
        ),
        (
            "database: { replicas: 1 }",
            "database: {}",
            &["delete database.replica.1", "delete database.replica.dns.1"],
        ),
        (
            "database: { replicas: 1 }",
            "database: { replicas: 1, instance: db.m7g.xlarge }",
            &["update database.instance class!", "update database.replica.1 class!"],
        ),
    ];
    for (before, after, expected) in table {
        assert_eq!(effects(before, after), *expected, "{before} -> {after}");
    }
}

#[test]
fn what_is_done_to_all_file_servers_is_done_to_one_after_the_other() {
    let before = applied(&graph("files: {}"));
    for after in ["files: { instance: t4g.medium }", "files: { image: ami-0123456789abcdef0 }"] {
        let after = graph(after);
        let plan = planner::plan(&after, &before, &kinds::catalog(), &Consent::default());
        assert!(plan.blocked.is_empty(), "{:?}", plan.blocked);
        let at = |address: &str, is: &dyn Fn(&Step) -> bool| {
            plan.steps.iter().position(|step| step.address.as_str() == address && is(step)).unwrap()
        };
        let made = |step: &Step| !matches!(step.action, Action::Delete);
        let (first, second) = (at("files.server.1", &made), at("files.server.2", &made));
        assert!(plan.steps[second].after.contains(&first), "{:?}", plan.steps);
        for step in plan.steps.iter().filter(|step| matches!(step.action, Action::Delete)) {
            let successor = at(step.address.as_str(), &made);
            assert!(step.after.contains(&successor), "the old one goes when the new one has its volume");
        }
    }
}

#[test]
fn without_consent_no_volume_is_lost() {
    let before = applied(&graph("search: {}"));
    let plan = planner::plan(&graph("search: none"), &before, &kinds::catalog(), &Consent::default());
    let [blocked] = plan.blocked.as_slice() else { panic!("{:?}", plan.blocked) };
    assert!(
        blocked.address.as_str() == "search.volume" && blocked.why.contains("the files on it"),
        "{blocked:?}"
    );
}
