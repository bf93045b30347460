//! Every rule with a case in which it speaks and one in which it keeps silent.

use std::collections::BTreeSet;
use std::rc::Rc;

use serde_json::{Value, json};

use super::super::bill::{Bill, Item, Price};
use super::super::live::{Live, Status};
use super::super::planner::{self, Consent};
use super::super::select::Pattern;
use super::super::spec::Spec;
use super::super::testing;
use super::*;

/// A resource that stays; `protected` as the property of that name says.
fn kept(address: &str, kind: &'static str, properties: &Value) -> Rc<Live> {
    Rc::new(Live {
        address: address.parse().unwrap(),
        kind,
        id: address.to_owned(),
        born: None,
        status: Status::Ready,
        spec: Spec::of(properties).unwrap(),
        outputs: [].into(),
        tags: [].into(),
        protected: properties["protected"] == true,
    })
}

fn of(kind: &'static str, properties: &Value) -> Plan {
    Plan { kept: vec![kept("part.one", kind, properties)], ..Plan::default() }
}

fn id(address: &str, kind: &str) -> Value {
    json!({"$id": address, "$kind": kind})
}

fn circumstances() -> Circumstances<'static> {
    Circumstances { protect: true, today: Some(jiff::civil::date(2026, 11, 22)), ..Circumstances::unknown() }
}

fn codes(plan: &Plan, about: &Circumstances<'_>) -> Vec<&'static str> {
    lint(plan, about).into_iter().map(|finding| finding.code).collect()
}

/// A kind, its properties, and what is found about it.
#[test]
fn rules_about_one_resource() {
    let open = |from: u64, to: u64, cidr: &str| {
        json!({"group": id("sg", "security_group"), "rules": [
            {"direction": "in", "protocol": "tcp", "from_port": from, "to_port": to, "cidr": cidr},
            {"direction": "out", "protocol": "all", "cidr": "0.0.0.0/0"}]})
    };
    let policy = |statement: Value| json!({"policies": {"own": {"Statement": [statement]}}, "managed": []});
    let anybody =
        json!({"document": {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"}}});
    let tls_only =
        json!({"document": {"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:*"}]}});
    let cases: &[(&'static str, Value, &[&str])] = &[
        ("db_instance", json!({"public": true, "protected": true}), &["public-database"]),
        ("db_instance", json!({"public": false, "multi_az": true, "backup_days": 7, "protected": true}), &[]),
        ("db_instance", json!({"multi_az": false, "protected": true}), &["single-zone"]),
        ("db_instance", json!({"backup_days": 0, "protected": true}), &["no-backups"]),
        ("db_instance", json!({"encrypted": false, "protected": true}), &["unencrypted-storage"]),
        ("db_instance", json!({}), &["no-deletion-protection"]),
        (
            "db_instance",
            json!({"engine": "mysql", "version": "8.0.40", "protected": true}),
            &["end-of-support"],
        ),
        ("db_instance", json!({"engine": "mysql", "version": "8.4", "protected": true}), &[]),
        ("db_instance", json!({"class": "db.m3.large", "protected": true}), &["previous-generation"]),
        (
            "replication_group",
            json!({"engine": "redis", "version": "6.2", "multi_az": true}),
            &["support-ends-soon"],
        ),
        ("replication_group", json!({"engine": "redis", "version": "7.1", "multi_az": true}), &[]),
        ("replication_group", json!({"multi_az": false, "encrypted_at_rest": true}), &["single-zone"]),
        ("cache_cluster", json!({"nodes": 1, "across_zones": false}), &["single-zone"]),
        ("cache_cluster", json!({"nodes": 2, "across_zones": true, "node_type": "cache.m7g.large"}), &[]),
        (
            "cache_cluster",
            json!({"nodes": 2, "across_zones": true, "node_type": "cache.m1.medium"}),
            &["previous-generation"],
        ),
        ("bucket", json!({"public_access_blocked": false, "versioning": true}), &["public-bucket"]),
        ("bucket", json!({"public_access_blocked": true, "versioning": true}), &[]),
        ("bucket", json!({"public_access_blocked": true, "versioning": false}), &["no-versions"]),
        ("bucket_policy", anybody, &["public-bucket"]),
        ("bucket_policy", tls_only, &[]),
        ("security_group_rules", open(22, 22, "0.0.0.0/0"), &["open-port"]),
        ("security_group_rules", open(80, 443, "::/0"), &["open-port"]),
        ("security_group_rules", open(443, 443, "0.0.0.0/0"), &[]),
        ("security_group_rules", open(22, 22, "10.0.0.0/8"), &[]),
        ("role", policy(json!({"Effect": "Allow", "Action": "*", "Resource": "*"})), &["wildcard-iam"]),
        (
            "role",
            policy(json!({"Effect": "Allow", "Action": ["s3:*"], "Resource": ["*"]})),
            &["wildcard-iam"],
        ),
        ("role", policy(json!({"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::x/*"})), &[]),
        ("role", policy(json!({"Effect": "Allow", "Action": "ec2:DescribeTags", "Resource": "*"})), &[]),
        ("role", json!({"managed": ["arn:aws:iam::aws:policy/AdministratorAccess"]}), &["wildcard-iam"]),
        ("launch_template", json!({"metadata_tokens": false, "volume": {"encrypted": true}}), &["imdsv1"]),
        (
            "launch_template",
            json!({"metadata_tokens": true, "volume": {"encrypted": false}}),
            &["unencrypted-storage"],
        ),
        (
            "instance",
            json!({"metadata_tokens": true, "root": {"encrypted": true}, "instance_type": "m7g.large"}),
            &[],
        ),
        ("instance", json!({"instance_type": "m1.small"}), &["previous-generation"]),
        ("volume", json!({"encrypted": false}), &["unencrypted-storage"]),
        ("file_system", json!({"encrypted": true, "backups": false}), &["no-backups"]),
        ("distribution", json!({"behaviours": [{"path": "*", "viewers": "allow-all"}]}), &["plain-http"]),
        ("distribution", json!({"behaviours": [{"path": "*", "viewers": "redirect-to-https"}]}), &[]),
        ("autoscaling_group", json!({"min": 1, "max": 4}), &["group-cannot-lose-zone"]),
        ("autoscaling_group", json!({"min": 2, "max": 4}), &[]),
        ("load_balancer", json!({"deletion_protection": false}), &["no-deletion-protection"]),
        ("load_balancer", json!({"deletion_protection": true}), &[]),
    ];
    for (kind, properties, wanted) in cases {
        assert_eq!(codes(&of(kind, properties), &circumstances()), *wanted, "{kind} {properties}");
    }
    let told: BTreeSet<&str> = cases.iter().flat_map(|(_, _, wanted)| wanted.iter().copied()).collect();
    let elsewhere = [
        "data-loss",
        "gap",
        "interruption",
        "rebuilt",
        "no-certificate",
        "over-budget",
        "budget-unchecked",
        "unused-exception",
        "policy",
    ];
    for rule in RULES {
        assert!(
            told.contains(rule.id) != elsewhere.contains(&rule.id),
            "`{}` is tested in one place",
            rule.id
        );
    }
}

/// A load balancer that serves plain HTTP to these addresses.
fn plain_http(cidr: &Value) -> Plan {
    let rules = json!({"group": id("lb.sg", "security_group"), "rules": [
        {"direction": "in", "protocol": "tcp", "from_port": 80, "to_port": 80, "cidr": cidr}]});
    let balancer = json!({"security_groups": [id("lb.sg", "security_group")], "internet_facing": true,
        "deletion_protection": true});
    let listener = json!({"load_balancer": id("lb.alb", "load_balancer"), "port": 80, "protocol": "http",
        "action": {"forward": id("lb.targets", "target_group")}});
    let kept = vec![
        kept("lb.sg", "security_group", &json!({})),
        kept("lb.sg.rules", "security_group_rules", &rules),
        kept("lb.alb", "load_balancer", &balancer),
        kept("lb.http", "listener", &listener),
    ];
    Plan { kept, ..Plan::default() }
}

#[test]
fn plain_http_matters_where_visitors_speak_it() {
    let open = lint(&plain_http(&json!("0.0.0.0/0")), &circumstances());
    assert_eq!((open[0].code, open[0].severity), ("no-certificate", Severity::Warning));
    let behind_a_cdn = lint(&plain_http(&Value::Null), &circumstances());
    assert_eq!((behind_a_cdn[0].code, behind_a_cdn[0].severity), ("no-certificate", Severity::Note));
    let mut redirected = plain_http(&json!("0.0.0.0/0"));
    Rc::make_mut(&mut redirected.kept[3]).spec.set("action", json!("redirect_https"));
    assert!(lint(&redirected, &circumstances()).is_empty());
}

#[test]
fn zones_are_counted_over_references() {
    let subnet = |name: &str, zone: &str| kept(name, "subnet", &json!({"zone": zone}));
    let table = |name: &str, nat: &str, subnet: &str| {
        let routes = json!([{"destination": "0.0.0.0/0", "via": {"nat": id(nat, "nat_gateway")}}]);
        kept(name, "route_table", &json!({"routes": routes, "subnets": [id(subnet, "subnet")]}))
    };
    let group = json!({"min": 2, "max": 4, "subnets": [id("n.a", "subnet")]});
    let mut plan = Plan {
        kept: vec![
            subnet("n.a", "us-east-1a"),
            subnet("n.b", "us-east-1b"),
            kept("n.nat", "nat_gateway", &json!({})),
            table("n.ra", "n.nat", "n.a"),
            table("n.rb", "n.nat", "n.b"),
            kept("web.group", "autoscaling_group", &group),
        ],
        ..Plan::default()
    };
    assert_eq!(codes(&plan, &circumstances()), ["single-zone", "group-cannot-lose-zone"]);
    plan.kept.push(kept("n.nat2", "nat_gateway", &json!({})));
    plan.kept[4] = table("n.rb", "n.nat2", "n.b");
    Rc::make_mut(&mut plan.kept[5]).spec.set("subnets", json!([id("n.a", "subnet"), id("n.b", "subnet")]));
    assert!(codes(&plan, &circumstances()).is_empty());
}

#[test]
fn what_a_plan_does_is_told() {
    let database = |class: &str, subnet: &str| {
        vec![
            ("net.vpc", "vpc", json!({"cidr": "10.0.0.0/16"})),
            ("net.a", "subnet", json!({"vpc": testing::id("net.vpc", "vpc"), "cidr": subnet, "zone": "a"})),
            ("db.main", "database", json!({"subnets": [testing::id("net.a", "subnet")], "class": class})),
        ]
    };
    let (before, after) = (database("small", "10.0.0.0/24"), database("small", "10.0.1.0/24"));
    let catalog = testing::catalog();
    let plan =
        planner::plan(&testing::graph(&after), &testing::live(&before), &catalog, &Consent::Everything);
    let found = codes(&plan, &Circumstances::unknown());
    assert_eq!(found[0], "data-loss", "{found:?}");
    assert!(found.contains(&"gap"), "{found:?}");
    let same = planner::plan(&testing::graph(&after), &testing::live(&after), &catalog, &Consent::Nothing);
    assert!(codes(&same, &Circumstances::unknown()).is_empty());
}

#[test]
fn steps_that_interrupt_and_rebuild_are_told() {
    use super::super::diff::{Cause, Change};
    use super::super::plan::{Action, Reason, Step};
    use super::super::schema::Effect;
    let change = Change {
        property: "class".to_owned(),
        from: json!("a"),
        to: json!("b"),
        effect: Effect::SomeInterruption,
        cause: Cause::Stack,
    };
    let step = |action, reason| Step {
        address: "db.main".parse().unwrap(),
        schema: testing::schema("database"),
        action,
        reason,
        live: None,
        desired: None,
        protect: false,
        after: Vec::new(),
    };
    let update = step(Action::Update { changes: vec![change] }, Reason::Differs);
    let rebuilt = step(Action::Create, Reason::Rebuilt("net.a".parse().unwrap()));
    let plan = Plan { steps: vec![update, rebuilt], ..Plan::default() };
    assert_eq!(codes(&plan, &Circumstances::unknown()), ["interruption", "rebuilt"]);
}

#[test]
fn an_environment_that_is_not_protected_needs_no_second_zone() {
    let plan = of("db_instance", &json!({"multi_az": false, "backup_days": 0}));
    let about = Circumstances { protect: false, ..circumstances() };
    let found: Vec<_> = lint(&plan, &about).iter().map(|finding| (finding.code, finding.severity)).collect();
    assert_eq!(found, [("no-backups", Severity::Note), ("single-zone", Severity::Note)]);
}

#[test]
fn the_version_of_drupal_has_an_end_too() {
    let about = |drupal| Circumstances { drupal: Some(drupal), ..circumstances() };
    assert_eq!(codes(&Plan::default(), &about(7)), ["end-of-support"]);
    assert_eq!(codes(&Plan::default(), &about(10)), ["support-ends-soon"]);
    assert!(codes(&Plan::default(), &about(11)).is_empty());
}

#[test]
fn budgets_are_said_where_they_do_not_refuse() {
    let bill = |before, after, unknown: bool| {
        let item = |address: &str, before, after| Item {
            address: address.parse().unwrap(),
            kind: "x",
            before: Some(before),
            after: Some(after),
            usage: Vec::new(),
        };
        let mut items = vec![item("a.b", Price::Monthly(before), Price::Monthly(after))];
        if unknown {
            items.push(item("a.c", Price::Unknown, Price::Unknown));
        }
        Bill { as_of: "2026-11-01".to_owned(), region: "us-east-1".to_owned(), items, budget: Some(100.0) }
    };
    let found = |bill: Option<&Bill>| {
        codes(&Plan::default(), &Circumstances { bill, budget: Some(100.0), ..circumstances() })
    };
    assert_eq!(found(Some(&bill(150.0, 120.0, false))), ["over-budget"]);
    assert_eq!(found(Some(&bill(90.0, 120.0, false))), [""; 0], "that plan is refused");
    assert_eq!(found(Some(&bill(90.0, 90.0, true))), ["budget-unchecked"]);
    assert_eq!(found(None), ["budget-unchecked"]);
}

#[test]
fn the_user_decides_what_weighs_how_much() {
    let plan =
        of("db_instance", &json!({"multi_az": false, "encrypted": false, "public": true, "protected": true}));
    let exception = |id: &str, pattern: &str| Exception {
        id: id.to_owned(),
        pattern: Pattern::new(pattern),
        reason: "as agreed".to_owned(),
        place: None,
    };
    let settings = Settings {
        severity: vec![
            ("unencrypted-storage".to_owned(), Some(Severity::Error)),
            ("public-database".to_owned(), None),
        ],
        accepted: vec![
            exception("single-zone", "part"),
            exception("no-backups", "part.one"),
            exception("gap", "x.y"),
        ],
    };
    let found = lint(&plan, &Circumstances { settings: &settings, ..circumstances() });
    let told: Vec<_> = found.iter().map(|f| (f.code, f.severity, f.accepted.as_deref())).collect();
    let wanted = [
        ("unencrypted-storage", Severity::Error, None),
        ("unused-exception", Severity::Note, None),
        ("single-zone", Severity::Warning, Some("as agreed")),
    ];
    assert_eq!(told, wanted);
    assert_eq!(gravest(&found), Some(Severity::Error));
    assert_eq!(gravest(&found[2..]), None, "what is accepted counts no more");
}

#[test]
fn findings_come_once_and_in_a_stable_order() {
    let rule =
        json!({"direction": "in", "protocol": "tcp", "from_port": 22, "to_port": 22, "cidr": "0.0.0.0/0"});
    let twice = json!({"group": id("sg", "security_group"), "rules": [rule, rule]});
    let kept = vec![
        kept("b.rules", "security_group_rules", &twice),
        kept("a.rules", "security_group_rules", &twice),
        kept("c.db", "db_instance", &json!({"public": true, "protected": true})),
    ];
    let found = lint(&Plan { kept, ..Plan::default() }, &circumstances());
    let order: Vec<_> = found.iter().map(|finding| finding.address.as_str()).collect();
    assert_eq!(order, ["c.db", "a.rules", "b.rules"]);
}

#[test]
fn rules_are_named_and_explained() {
    let ids: BTreeSet<&str> = RULES.iter().map(|rule| rule.id).collect();
    assert_eq!(ids.len(), RULES.len());
    for rule in RULES {
        assert!(
            rule.why.ends_with('.') && !rule.title.ends_with('.') && !rule.remedy.ends_with('.'),
            "{}",
            rule.id
        );
        assert!(rule.unprotected <= rule.severity, "{}", rule.id);
    }
}
