//! What configured machines need around them, and what they may do.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::aws::kinds;
use crate::model::graph::Graph;
use crate::model::live::LiveState;
use crate::model::plan::{Plan, Step};
use crate::model::planner::{self, Consent};
use crate::stack::expand::testing::{applied, effects, graph, property};

const ALL: &str = "search: {}\nfiles: {}\ncontrol: {}\nsite: { domain: www.example.org, source: { git: \
                   \"git@github.com:example/site.git\", deploy_key: secret:key } }";

/// What a role may do because its machines are configured, a line a statement: actions, and to what.
fn allowed(graph: &Graph, role: &str) -> Vec<String> {
    let policies = property(graph, role, "policies");
    let statements = policies["configuration"]["Statement"].as_array().expect("statements").clone();
    let words = |value: &Value| -> String {
        let all = value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
        let words = all.iter().filter_map(Value::as_str).map(|word| {
            let word = word.trim_start_matches("arn:*:s3:::site-sandbox-configuration-bucket-");
            word.trim_start_matches("arn:*:secretsmanager:us-east-1:*:").to_owned()
        });
        // The unique part of the bucket's name.
        words
            .map(|word| {
                word.split_once('/')
                    .filter(|(head, _)| head.len() == 10)
                    .map_or(word.clone(), |(_, key)| key.to_owned())
            })
            .collect::<Vec<_>>()
            .join(" ")
    };
    statements.iter().map(|one| format!("{} {}", words(&one["Action"]), words(&one["Resource"]))).collect()
}

#[test]
fn each_role_may_do_what_it_needs_and_nothing_else() {
    let graph = graph(ALL);
    let own = |role: &str| {
        vec![format!("s3:GetObject bundles/{role}.configuration*"), format!("s3:PutObject outcomes/{role}/*")]
    };
    for role in ["search", "files"] {
        assert_eq!(allowed(&graph, &format!("{role}.role")), own(role));
    }
    let secrets =
        "secret:site-sandbox-site-database-password-?????? secret:site-sandbox-site-hash-salt-??????";
    let web = allowed(&graph, "web.role");
    assert_eq!(web[..3], [&own("web")[..], &["s3:GetObject releases/*".to_owned()]].concat());
    assert!(web[3].starts_with("s3:ListBucket "), "{web:?}");
    assert_eq!(web[4..], [format!("secretsmanager:GetSecretValue {secrets}")]);
    let control = allowed(&graph, "control.role");
    assert_eq!(control[2], "s3:GetObject s3:PutObject releases/*");
    assert_eq!(control[4], format!("secretsmanager:GetSecretValue secret:key-?????? {secrets}"));
    assert_eq!(control[5..], ["s3:PutObject dumps/*"]);
}

#[test]
fn one_kind_of_machine_alone_has_the_masters_password() {
    let policies = |sections: &str, role: &str| -> Vec<String> {
        let policies = property(&graph(sections), role, "policies");
        policies.as_object().expect("policies").keys().cloned().collect()
    };
    assert_eq!(policies("control: {}", "web.role"), ["configuration"]);
    assert_eq!(policies("control: {}", "control.role"), ["configuration", "database-secret", "web-nodes"]);
    assert_eq!(policies("", "web.role"), ["configuration", "database-secret"]);
    assert_eq!(policies("database: none", "web.role"), ["configuration"]);
}

#[test]
fn no_property_holds_a_password_and_rds_keeps_its_own() {
    let graph = graph(&format!("{ALL}\ncache: {{ engine: valkey }}\ndatabase: {{ replicas: 1 }}"));
    let properties = graph.in_order().flat_map(|node| node.spec.iter().map(move |it| (&node.address, it)));
    let secret = |name: &str| ["password", "secret", "token"].iter().any(|word| name.contains(word));
    for (address, (name, value)) in properties.filter(|(_, (name, _))| secret(name)) {
        let is_choice = value.is_boolean() || name == "metadata_tokens";
        assert!(is_choice, "`{name}` of {address} is {value}");
    }
    assert_eq!(property(&graph, "database.instance", "managed_password"), true);
}

#[test]
fn the_bucket_is_private_and_the_passwords_are_made() {
    let graph = graph("control: {}");
    assert_eq!(property(&graph, "configuration.bucket", "public_access_blocked"), true);
    let document = property(&graph, "configuration.policy", "document");
    assert_eq!(document["Statement"].as_array().map(Vec::len), Some(1));
    assert_eq!(document["Statement"][0]["Condition"], json!({"Bool": {"aws:SecureTransport": "false"}}));
    for secret in ["site.hash-salt", "site.database-password"] {
        assert_eq!(property(&graph, secret, "length"), 48);
    }
}

#[test]
fn machines_know_everything_else_by_names_of_the_private_zone() {
    let graph = graph(&format!("{ALL}\ncache: {{}}\ndatabase: {{ replicas: 1 }}"));
    let of = |kind: &'static str, name: &'static str| {
        let nodes = graph.in_order().filter(move |node| node.schema.kind == kind);
        nodes.filter_map(move |node| node.spec.get(name).cloned())
    };
    let records: Vec<Value> = of("dns_record", "name").collect();
    let files = of("configuration", "files").flat_map(|files| files.as_object().cloned().unwrap_or_default());
    let text: String = files.filter_map(|(_, text)| text.as_str().map(str::to_owned)).collect();
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || "-.".contains(c)));
    let told: BTreeSet<&str> = words.filter(|word| word.ends_with(".site-sandbox.internal")).collect();
    for name in ["db", "cache-1", "cache-2", "search", "files-1", "files-2"] {
        assert!(told.contains(format!("{name}.site-sandbox.internal").as_str()), "{name} in {told:?}");
    }
    let nowhere: Vec<&&str> = told.iter().filter(|name| !records.contains(&json!(name))).collect();
    assert_eq!(nowhere, [&""; 0], "of {records:?}");
}

#[test]
fn without_machines_there_is_nothing_to_configure() {
    let graph = graph("load_balancer: none\nweb: none");
    let names = graph.in_order().map(|node| node.address.to_string());
    let found: Vec<String> =
        names.filter(|name| name.starts_with("configuration.") || name.starts_with("site.")).collect();
    assert_eq!(found, [""; 0]);
}

fn plan(before: &str, after: &str) -> Plan {
    let before = applied(&graph(before));
    let plan = planner::plan(&graph(after), &before, &kinds::catalog(), &Consent::default());
    assert!(plan.blocked.is_empty(), "{:?}", plan.blocked);
    plan
}

/// Whether a step comes after another one, by however many others.
fn follows(plan: &Plan, later: &str, earlier: &str) -> bool {
    let at = |address: &str| {
        let found = plan.steps.iter().position(|step: &Step| step.address.as_str() == address);
        found.unwrap_or_else(|| panic!("{address} is not in the plan"))
    };
    let (mut open, earlier) = (vec![at(later)], at(earlier));
    while let Some(step) = open.pop() {
        if step == earlier {
            return true;
        }
        open.extend(&plan.steps[step].after);
    }
    false
}

#[test]
fn machines_come_after_their_configuration() {
    let new = plan("load_balancer: none\nweb: none", ALL);
    let changed = plan(ALL, &format!("{ALL}\ncache: {{}}"));
    for plan in [&new, &changed] {
        assert!(follows(plan, "web.template", "web.configuration"));
        assert!(follows(plan, "control.server", "control.configuration"));
    }
    assert!(follows(&new, "files.server.1", "files.configuration.1"));
    assert!(follows(&new, "web.configuration", "configuration.bucket"));
}

#[test]
fn no_machine_waits_for_what_it_knows_by_name() {
    let graph = graph(&format!("{ALL}\ncache: {{}}"));
    let plan = planner::plan(&graph, &LiveState::default(), &kinds::catalog(), &Consent::default());
    for machine in ["web.template", "web.group", "control.server", "search.server", "files.server.1"] {
        for other in ["database.instance", "cache.cluster"] {
            assert!(!follows(&plan, machine, other), "{machine} waits for {other}");
        }
    }
    assert!(follows(&plan, "database.dns", "database.instance"));
}

#[test]
fn a_change_reaches_those_that_it_concerns() {
    let control = ["update control.configuration files", "update control.server configuration!"];
    let web = ["update web.configuration files", "update web.group version", "update web.template user_data"];
    let elsewhere = effects(ALL, &ALL.replace("www.example.org", "example.org"));
    let of = |section: &str| elsewhere.iter().filter(|line| line.contains(section)).count();
    assert_eq!([of("search."), of("files."), of("web.configuration")], [0, 0, 1], "{elsewhere:?}");
    let lines = effects("control: {}", "control: {}\ncache: { nodes: 1 }");
    for line in control.iter().chain(&web) {
        assert!(lines.iter().any(|found| found == line), "{line}: {lines:?}");
    }
    let search = effects("search: {}", "search: { instance: m7g.xlarge }");
    assert_eq!(
        search,
        ["update search.configuration files", "update search.server instance_type! configuration!"]
    );
}
