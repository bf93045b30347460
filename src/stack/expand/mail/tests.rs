//! What the sections `mail` and `site` become, by what is known of their domains.

use serde_json::{Value, json};

use crate::aws::kinds;
use crate::aws::lookup::PublicZone;
use crate::model::graph::Graph;
use crate::stack::Stack;
use crate::stack::expand::expand;
use crate::stack::facts::{Facts, MailFacts};

const SECTIONS: &str = "site: { domain: www.example.org }\nmail: {}";

fn zone(id: &str, name: &str) -> PublicZone {
    PublicZone { id: id.to_owned(), name: name.to_owned() }
}

fn graph(sections: &str, public_zone: Option<PublicZone>, mail: MailFacts) -> Graph {
    let stack = Stack::parse("site.yaml", &format!("stack: site\nregion: eu-west-1\n{sections}\n"));
    let stack = stack.expect("a stack");
    let environment = stack.environments().first().expect("an environment");
    let facts = Facts { public_zone, mail, ..Facts::assumed(environment) };
    expand(environment, &facts, &kinds::catalog()).expect("a graph")
}

fn addresses(graph: &Graph, prefix: &str) -> Vec<String> {
    let all = graph.in_order().map(|node| node.address.to_string());
    let mut found: Vec<String> = all.filter(|address| address.starts_with(prefix)).collect();
    found.sort_unstable();
    found
}

fn property(graph: &Graph, address: &str, name: &str) -> Value {
    let node = graph.get(&address.parse().expect("an address")).expect(address);
    node.spec.get(name).cloned().unwrap_or(Value::Null)
}

#[test]
fn records_are_made_where_the_zone_is_ours() {
    let ours = MailFacts { zone: Some(zone("Z2", "example.org")), ..MailFacts::default() };
    let graph = graph(SECTIONS, Some(zone("Z1", "www.example.org")), ours);
    let expected = [
        "mail.bounce.mx",
        "mail.bounce.spf",
        "mail.dkim.1",
        "mail.dkim.2",
        "mail.dkim.3",
        "mail.dmarc",
        "mail.identity",
    ];
    assert_eq!(addresses(&graph, "mail."), expected);
    assert_eq!(property(&graph, "mail.identity", "domain"), "example.org");
    assert_eq!(property(&graph, "mail.dkim.2", "name"), json!({"$ref": "mail.identity.dkim_name_2"}));
    let answer = json!({"ttl": 300, "values": ["10 feedback-smtp.eu-west-1.amazonses.com"]});
    assert_eq!(property(&graph, "mail.bounce.mx", "answer"), answer);
    assert_eq!(property(&graph, "network.zone", "public_zones"), json!(["Z1", "Z2"]));
    let policies = property(&graph, "web.role", "policies").to_string();
    assert!(policies.contains("arn:*:ses:eu-west-1:*:identity/example.org"), "{policies}");
}

#[test]
fn without_a_zone_there_is_the_identity_alone() {
    let graph = graph(SECTIONS, None, MailFacts::default());
    assert_eq!(addresses(&graph, "mail."), ["mail.identity"]);
    assert_eq!(addresses(&graph, "load_balancer.dns"), Vec::<String>::new());
}

#[test]
fn what_others_have_made_is_used_as_it_is() {
    let facts = MailFacts { zone: Some(zone("Z1", "example.org")), has_dmarc: true, shared: false };
    assert!(!addresses(&graph(SECTIONS, None, facts.clone()), "mail.").contains(&"mail.dmarc".to_owned()));
    let shared = graph(SECTIONS, None, MailFacts { shared: true, ..facts });
    assert_eq!(addresses(&shared, "mail."), Vec::<String>::new());
    assert_eq!(property(&shared, "network.zone", "public_zones"), json!([]));
    assert!(property(&shared, "web.role", "policies").to_string().contains("ses:SendRawEmail"));
}

#[test]
fn mail_that_goes_out_otherwise_needs_nothing_of_ses() {
    let graph = graph("site: { domain: www.example.org }\nmail: { ses: false }", None, MailFacts::default());
    assert_eq!(addresses(&graph, "mail."), Vec::<String>::new());
    assert!(!property(&graph, "web.role", "policies").to_string().contains("ses:"));
}

#[test]
fn the_site_has_both_families_of_addresses_behind_a_cdn() {
    let site = "site: { domain: www.example.org }";
    let plain = graph(site, Some(zone("Z1", "example.org")), MailFacts::default());
    assert_eq!(addresses(&plain, "load_balancer.dns"), ["load_balancer.dns"]);
    // A domain without a certificate has its record too.
    let http = graph(
        &format!("{site}\nload_balancer: {{ https: off }}"),
        Some(zone("Z1", "example.org")),
        MailFacts::default(),
    );
    assert_eq!(addresses(&http, "load_balancer.dns"), ["load_balancer.dns"]);
    let stack = Stack::parse("s.yaml", &format!("stack: s\nregion: us-east-1\n{site}\nmedia: {{}}\n"))
        .expect("a stack");
    let environment = &stack.environments()[0];
    let facts = Facts { public_zone: Some(zone("Z1", "example.org")), ..Facts::assumed(environment) };
    let cdn = expand(environment, &facts, &kinds::catalog()).expect("a graph");
    assert_eq!(addresses(&cdn, "load_balancer.dns"), ["load_balancer.dns", "load_balancer.dns6"]);
    assert_eq!(property(&cdn, "load_balancer.dns6", "type"), "AAAA");
}
