//! Prices of single resources, of changes, and of what the book does not know.

use std::rc::Rc;

use serde_json::{Value, json};

use super::*;
use crate::model::live::{Live, Status};
use crate::model::spec::Spec;

fn book() -> Book {
    embedded("us-east-1").unwrap().unwrap()
}

fn today() -> Date {
    jiff::civil::date(2026, 11, 22)
}

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
        protected: false,
    })
}

fn plan(kept: Vec<Rc<Live>>) -> Plan {
    Plan { kept, ..Plan::default() }
}

/// The price of one resource that stands alone, in cents.
fn cents(kind: &'static str, properties: &Value) -> Option<i64> {
    price_of(vec![kept("part.one", kind, properties)])
}

#[expect(clippy::cast_possible_truncation, reason = "cents of a test")]
fn price_of(kept: Vec<Rc<Live>>) -> Option<i64> {
    let total = bill(&plan(kept), &book(), None, today()).total();
    (total.after.unknown == 0).then_some((total.after.known * 100.0).round() as i64)
}

#[test]
fn single_resources_cost_what_aws_lists() {
    let root = json!({"size_gib": 20, "type": "gp3"});
    for (kind, properties, wanted) in [
        // 730 h at $0.0816, and 20 GB at $0.08.
        ("instance", json!({"instance_type": "m7g.large", "root": root, "running": true}), Some(6117)),
        ("instance", json!({"instance_type": "m7g.large", "root": root, "running": false}), Some(160)),
        ("volume", json!({"type": "gp3", "gib": 100}), Some(800)),
        (
            "volume",
            json!({"type": "gp3", "gib": 100, "iops": 4000, "throughput": 225}),
            Some(800 + 500 + 400),
        ),
        ("nat_gateway", json!({}), Some(3285)),
        ("elastic_ip", json!({}), Some(365)),
        // $16.425 and two addresses.
        ("load_balancer", json!({"internet_facing": true, "subnets": ["a", "b"]}), Some(2373)),
        ("load_balancer", json!({"internet_facing": false, "subnets": ["a", "b"]}), Some(1643)),
        ("hosted_zone", json!({}), Some(50)),
        ("alarm", json!({"period_seconds": 300}), Some(10)),
        ("dashboard", json!({}), Some(300)),
        ("cache_cluster", json!({"node_type": "cache.m7g.large", "nodes": 2}), Some(23068)),
        (
            "replication_group",
            json!({"engine": "valkey", "node_type": "cache.m7g.large", "nodes": 2}),
            Some(18454),
        ),
        (
            "db_instance",
            json!({"engine": "mysql", "version": "8.4", "class": "db.t4g.small", "multi_az": false,
            "storage": {"gib": 20, "type": "gp3"}}),
            Some(2336 + 230),
        ),
        (
            "db_instance",
            json!({"engine": "mysql", "version": "8.4", "class": "db.t4g.small", "multi_az": true,
            "managed_password": true, "storage": {"gib": 20, "type": "gp3"}}),
            Some(4745 + 460 + 40),
        ),
        (
            "db_instance",
            json!({"engine": "mysql", "version": "5.7.44", "class": "db.t3.large", "multi_az": false,
            "running": false, "storage": {"gib": 20, "type": "gp2"}}),
            Some(230),
        ),
        // In the third year of extended support: two processors at $0.20 an hour.
        (
            "db_instance",
            json!({"engine": "mysql", "version": "5.7.44", "class": "db.t3.large", "multi_az": false,
            "storage": {"gib": 20, "type": "gp2"}}),
            Some(9928 + 230 + 29200),
        ),
        (
            "db_instance",
            json!({"engine": "mysql", "version": "8.0", "class": "db.t3.large", "multi_az": false,
            "storage": {"gib": 20, "type": "gp2"}}),
            Some(9928 + 230 + 14600),
        ),
        (
            "db_instance",
            json!({"engine": "mariadb", "version": "10.6", "class": "db.t3.large", "multi_az": false,
            "storage": {"gib": 20, "type": "gp2"}}),
            Some(9928 + 230),
        ),
        ("bucket", json!({}), Some(0)),
        ("log_group", json!({}), Some(0)),
        ("role", json!({}), Some(0)),
    ] {
        assert_eq!(cents(kind, &properties), wanted, "{kind} {properties}");
    }
}

#[test]
fn what_the_book_does_not_know_is_no_zero() {
    for (kind, properties) in [
        ("instance", json!({"instance_type": "x9z.large", "running": true})),
        ("db_instance", json!({"class": "db.m3.large", "storage": {"gib": 10, "type": "gp2"}})),
        ("volume", json!({"type": "gp9", "gib": 1})),
        ("kind_of_tomorrow", json!({})),
        ("autoscaling_group", json!({"desired": 2, "template": {"$ref": "no.where.id"}})),
    ] {
        assert_eq!(cents(kind, &properties), None, "{kind}");
        let plan = plan(vec![kept("part.one", kind, &properties)]);
        assert_eq!(missing(&plan, &book(), today()).len(), 1, "{kind}");
    }
}

/// A group of so many nodes, and its template.
fn nodes(desired: u64, kind: &str) -> Vec<Rc<Live>> {
    let template = json!({"instance_type": kind, "volume": {"size_gib": 20, "type": "gp3"}});
    let group = json!({"desired": desired, "min": 2, "max": 8,
        "template": {"$id": "web.template", "$kind": "launch_template"}});
    vec![kept("web.template", "launch_template", &template), kept("web.group", "autoscaling_group", &group)]
}

#[test]
fn a_group_costs_the_nodes_that_it_has() {
    // A node is $61.168.
    assert_eq!(price_of(nodes(2, "m7g.large")), Some(12234));
    assert_eq!(price_of(nodes(1, "m7g.large")), Some(12234), "there are never fewer than `min`");
    assert_eq!(price_of(nodes(8, "m7g.large")), Some(48934));
    let bill = bill(&plan(nodes(2, "m7g.large")), &book(), None, today());
    let further = &bill.items[0].usage[0];
    assert_eq!(further.what, "another node, up to 8 in all");
    assert!(further.price.is_some_and(|price| (price - 61.168).abs() < 0.001));
    assert!(price_of(nodes(2, "x9z.large")).is_none());
}

#[test]
fn a_bill_has_a_side_before_and_a_side_after() {
    let all = nodes(2, "m7g.large");
    let mut plan = plan(all[..1].to_vec());
    plan.left = Vec::new();
    let scene = bill(&plan, &book(), Some(10.0), today());
    assert!(scene.items.is_empty(), "a template costs nothing");
    assert_eq!(scene.as_of, "2025-06-01");
    assert_eq!(refusal(&scene), None);
}

#[test]
fn a_plan_beyond_the_budget_is_refused_with_its_numbers() {
    let item = |address: &str, before: f64, after: f64| Item {
        address: address.parse().unwrap(),
        kind: "x",
        before: Some(Price::Monthly(before)),
        after: Some(Price::Monthly(after)),
        usage: Vec::new(),
    };
    let mut bill = Bill {
        as_of: "2026-11-01".to_owned(),
        region: "us-east-1".to_owned(),
        items: vec![item("web.group", 100.0, 400.0), item("database.instance", 246.0, 246.0)],
        budget: Some(500.0),
    };
    let refused = refusal(&bill).unwrap();
    assert_eq!(refused.address.as_str(), "budget.monthly");
    assert_eq!(
        refused.why,
        "a month would cost $646.00, $146.00 more than it may ($346.00 today); the dearest: web.group $400.00, \
         database.instance $246.00"
    );
    bill.items[1].after = Some(Price::Unknown);
    bill.budget = Some(300.0);
    bill.items[1].before = Some(Price::Unknown);
    assert!(refusal(&bill).unwrap().why.ends_with("; one price is not known and comes on top"));
    bill.items[0].after = Some(Price::Monthly(90.0));
    assert_eq!(refusal(&bill), None);
    bill.budget = Some(50.0);
    assert_eq!(refusal(&bill), None, "cheaper than today is never refused");
}

#[test]
fn every_book_is_one_and_says_where_its_prices_are_from() {
    for region in REGIONS {
        let book = embedded(region).unwrap().unwrap();
        for (name, group) in &book.groups {
            assert!(group.source.starts_with("https://aws.amazon.com/"), "{region} {name}");
            assert!(group.as_of.parse::<jiff::civil::Date>().is_ok(), "{region} {name}");
            assert!(group.prices.values().all(|price| *price > 0.0), "{region} {name}: nothing is free");
        }
        for (group, name) in [("ec2", "t4g.small"), ("ebs", "gp3"), ("nat", "gateway"), ("alb", "balancer")] {
            assert!(book.entry(group, name).is_some(), "{region}: {group} {name}");
        }
    }
    assert!(embedded("mars-north-1").unwrap().is_none());
}

#[test]
fn a_book_of_the_users_takes_precedence() {
    let own = json!({"region": "us-east-1", "currency": "USD", "groups": {"ec2": {"unit": "hour", "source": "own",
        "as_of": "2026-11-20", "prices": {"m7g.large": 0.05, "x9z.large": 1.0}}}});
    let own = Book::read(&own.to_string(), "us-east-1").unwrap();
    let book = book().under(own);
    assert_eq!(book.entry("ec2", "m7g.large").map(|entry| entry.price), Some(0.05));
    assert_eq!(book.entry("ec2", "x9z.large").map(|entry| entry.price), Some(1.0));
    let other = book.entry("ec2", "t4g.small").unwrap();
    assert_eq!((other.price, other.as_of), (0.0168, "2026-02-09"), "what it lacks stays, with its day");
    for (text, wanted) in [
        (r#"{"region": "eu-west-1", "currency": "USD", "groups": {}}"#, "not of `us-east-1`"),
        (r#"{"region": "us-east-1", "currency": "EUR", "groups": {}}"#, "have to be in USD"),
        (r#"{"region": "us-east-1"}"#, "no price book"),
        (
            r#"{"region": "us-east-1", "currency": "USD", "groups": {"ec2": {"unit": "hour", "source": "x",
            "as_of": "2026-11-20", "prices": {"a": -1}}}}"#,
            "the price of `a` in `ec2` is -1",
        ),
    ] {
        let error = Book::read(text, "us-east-1").unwrap_err().to_string();
        assert!(error.contains(wanted), "{error}");
    }
}

#[test]
fn no_kind_is_both_free_and_charged() {
    let (charged, free) = known_kinds();
    assert!(charged.iter().all(|kind| !free.contains(kind)));
}
