//! What the section makes, without AWS.

use serde_json::{Value, json};

use crate::aws::kinds;
use crate::aws::lookup::PublicZone;
use crate::model::graph::Graph;
use crate::stack::facts::Facts;
use crate::stack::{Environment, Stack};

use super::super::{ExpandError, expand};

fn environment(text: &str) -> Environment {
    let text = format!("stack: s\nregion: us-east-1\n{text}");
    Stack::parse("test.yaml", &text).and_then(|stack| stack.environment("sandbox")).expect("a stack")
}

fn graph(text: &str, zone_is_ours: bool) -> Graph {
    let environment = environment(text);
    let mut facts = Facts::assumed(&environment);
    facts.public_zone =
        zone_is_ours.then(|| PublicZone { id: "Z1".to_owned(), name: "example.org".to_owned() });
    expand(&environment, &facts, &kinds::catalog()).expect("a graph")
}

fn spec(graph: &Graph, address: &str) -> Value {
    let node = graph.get(&address.parse().expect("an address"));
    serde_json::to_value(&node.unwrap_or_else(|| panic!("no `{address}`")).spec).expect("JSON")
}

fn addresses(graph: &Graph) -> Vec<&str> {
    let mut found: Vec<_> = graph.in_order().map(|node| node.address.as_str()).collect();
    found.retain(|address| address.starts_with("media."));
    found.sort_unstable();
    found
}

fn doors(graph: &Graph) -> Vec<Value> {
    let rules = spec(graph, "security.load-balancer.rules");
    let rules = rules["rules"].as_array().expect("rules").clone();
    rules.into_iter().filter(|rule| rule["direction"] == "in").collect()
}

#[test]
fn without_the_section_there_is_none_of_it() {
    assert_eq!(addresses(&graph("", false)), Vec::<&str>::new());
    assert_eq!(doors(&graph("", false)).len(), 2);
}

#[test]
fn elsewhere_the_cdn_has_a_certificate_of_its_own_and_one_record_proves_both() {
    let text = "stack: s\nregion: eu-west-1\nsite: {domain: www.example.org}\nmedia: {cdn: true}\n";
    let environment = Stack::parse("test.yaml", text).expect("a stack").environments()[0].clone();
    let mut facts = Facts::assumed(&environment);
    facts.public_zone = Some(PublicZone { id: "Z1".to_owned(), name: "example.org".to_owned() });
    let graph = expand(&environment, &facts, &kinds::catalog()).expect("a graph");
    assert_eq!(spec(&graph, "load_balancer.certificate")["region"], "eu-west-1");
    assert_eq!(spec(&graph, "media.certificate")["region"], "us-east-1");
    assert_eq!(
        spec(&graph, "media.certificate.validation")["records"],
        spec(&graph, "load_balancer.certificate.validation")["records"]
    );
    assert_eq!(
        spec(&graph, "media.cdn")["certificate"],
        json!({"$ref": "media.certificate.validation.id", "$kind": "certificate_validation"})
    );
}

#[test]
fn elsewhere_a_certificate_of_the_users_own_is_not_enough() {
    let arn = "arn:aws:acm:eu-west-1:123456789012:certificate/0d1c2b3a-0000-4000-8000-000000000000";
    let text = format!(
        "stack: s\nregion: eu-west-1\nsite: {{domain: www.example.org}}\nload_balancer: {{https: '{arn}'}}\n\
         media: {{cdn: true}}\n"
    );
    let environment = Stack::parse("test.yaml", &text).expect("a stack").environments()[0].clone();
    let error = expand(&environment, &Facts::assumed(&environment), &kinds::catalog()).expect_err("a report");
    let ExpandError::Report(report) = error else { panic!("{error}") };
    let said = format!("{:?}", report.problems());
    assert!(said.contains("CloudFront needs a certificate in `us-east-1`"), "{said}");
}

#[test]
fn the_bucket_is_protected_and_needs_no_cdn() {
    let text = "media: {cdn: false, cors: ['https://a.example'], versions: {days: 0}}\n\
                environments: {sandbox: {protect: true}}";
    let graph = graph(text, false);
    assert_eq!(addresses(&graph), ["media.bucket", "media.policy"]);
    let bucket = spec(&graph, "media.bucket");
    assert_eq!(bucket["versioning"], json!(false));
    assert_eq!(bucket["lifecycle"], json!({"unfinished-uploads": {"markers": false, "uploads_days": 7}}));
    assert_eq!(bucket["cors"][0]["origins"], json!(["https://a.example"]));
    assert!(graph.get(&"media.bucket".parse().expect("an address")).is_some_and(|node| node.protect));
    let statements = spec(&graph, "media.policy")["document"]["Statement"].clone();
    assert_eq!(statements.as_array().map(Vec::len), Some(1), "{statements}");
    assert_eq!(doors(&graph).len(), 2, "visitors still come to the load balancer");
}

#[test]
fn with_a_cdn_the_load_balancer_lets_nobody_else_in() {
    let graph = graph("media: {cdn: true}", false);
    let all = [
        "media.access",
        "media.bucket",
        "media.cache.files",
        "media.cache.pages",
        "media.cdn",
        "media.policy",
    ];
    assert_eq!(addresses(&graph), all);
    let doors = doors(&graph);
    assert_eq!(doors.len(), 1, "the list is too long for two: {doors:?}");
    assert_eq!((&doors[0]["prefix_list"], &doors[0]["from_port"]), (&json!("pl-cloudfront"), &json!(80)));
    let cdn = spec(&graph, "media.cdn");
    assert_eq!(cdn["origins"]["site"]["protocol"], json!("http-only"));
    assert_eq!((&cdn["aliases"], &cdn["certificate"]), (&json!([]), &Value::Null));
    let reader = &spec(&graph, "media.policy")["document"]["Statement"][1];
    assert_eq!(reader["Condition"]["StringEquals"]["AWS:SourceArn"], json!({"$ref": "media.cdn.arn"}));
}

#[test]
fn the_domain_leads_to_the_cdn_with_the_certificate() {
    let graph = graph("site: {domain: www.example.org}\nmedia: {cdn: true}", true);
    let cdn = spec(&graph, "media.cdn");
    assert_eq!(cdn["aliases"], json!(["www.example.org"]));
    assert_eq!(cdn["certificate"]["$ref"], json!("load_balancer.certificate.validation.id"));
    assert_eq!(cdn["origins"]["site"]["protocol"], json!("https-only"));
    assert_eq!(doors(&graph)[0]["from_port"], json!(443));
    let alias = spec(&graph, "load_balancer.dns");
    assert!(alias.to_string().contains("media.cdn.domain_name"), "{alias}");
    let before = spec(&self::graph("site: {domain: www.example.org}", true), "load_balancer.dns");
    assert!(before.to_string().contains("load_balancer.alb.dns_name"), "{before}");
}

#[test]
fn private_paths_come_before_what_is_cached_and_pages_last() {
    let cdn = spec(&graph("media: {cdn: true}", false), "media.cdn");
    let behaviours = cdn["behaviours"].as_array().expect("behaviours");
    let at = |path: &str| behaviours.iter().position(|behaviour| behaviour["path"] == path).expect("a path");
    assert!(at("/core/install.php") < at("/core/*") && at("/system/files/*") < at("*.css"));
    assert_eq!(at("*"), behaviours.len() - 1);
    // The quota of an account that has not asked for more.
    assert!(behaviours.len() <= 25);
    for behaviour in behaviours {
        let writes = behaviour["methods"].as_array().is_some_and(|methods| methods.contains(&json!("POST")));
        let uncached = behaviour["cache"] == super::CACHING_DISABLED;
        assert_eq!(writes, uncached || behaviour["path"] == "*", "{behaviour}");
    }
}

#[test]
fn without_web_nodes_the_cdn_serves_the_bucket_alone() {
    let graph = graph("web: none\nload_balancer: none\nmedia: {cdn: true}", false);
    assert_eq!(addresses(&graph), ["media.access", "media.bucket", "media.cdn", "media.policy"]);
    let cdn = spec(&graph, "media.cdn");
    assert_eq!(cdn["behaviours"].as_array().map(Vec::len), Some(1));
    assert_eq!(cdn["behaviours"][0]["path"], json!("*"));
}

#[test]
fn the_web_nodes_may_write_to_this_bucket_alone() {
    let role = spec(&graph("media: {cdn: false}", false), "web.role");
    let statements = role["policies"]["media"]["Statement"].as_array().expect("statements").clone();
    let resources: Vec<String> =
        statements.iter().map(|statement| statement["Resource"].to_string()).collect();
    assert!(resources.iter().all(|resource| resource.contains("media.bucket.arn")), "{resources:?}");
    assert!(spec(&graph("", false), "web.role")["policies"].get("media").is_none());
}
