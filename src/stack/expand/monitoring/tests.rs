//! What the section `monitoring` becomes.

use serde_json::{Value, json};

use crate::model::graph::Graph;
use crate::stack::expand::testing::{effects, graph, property};

/// The names of what the section makes, sorted.
fn made(graph: &Graph) -> Vec<String> {
    let names = graph.in_order().filter_map(|node| node.address.as_str().strip_prefix("monitoring."));
    let mut names: Vec<String> = names.map(str::to_owned).collect();
    names.sort_unstable();
    names
}

fn alarm(graph: &Graph, name: &str, property_name: &str) -> Value {
    property(graph, &format!("monitoring.alarm.{name}"), property_name)
}

#[test]
fn without_the_section_nothing_is_watched() {
    assert_eq!(made(&graph("")), Vec::<String>::new());
    assert_eq!(property(&graph(""), "web.group", "metrics"), false);
}

#[test]
fn alarms_are_for_what_there_is() {
    let bare = graph("load_balancer: none\nweb: none\ndatabase: none\nmonitoring: { dashboard: false }");
    assert_eq!(made(&bare), ["topic"]);
    let usual = graph("monitoring: { email: ops@example.org }");
    let expected = [
        "alarm.database-instance-connections",
        "alarm.database-instance-cpu",
        "alarm.database-instance-storage",
        "alarm.load-balancer-errors",
        "alarm.web-errors",
        "alarm.web-group-at-maximum",
        "alarm.web-unhealthy",
        "dashboard",
        "email",
        "logs.web",
        "topic",
    ];
    assert_eq!(made(&usual), expected);
    assert_eq!(property(&usual, "web.group", "metrics"), true);
    assert_eq!(alarm(&usual, "web-group-at-maximum", "threshold"), 8.0);
    let name = json!({"$ref": "web.group.name"});
    assert_eq!(alarm(&usual, "web-group-at-maximum", "dimensions"), json!({"AutoScalingGroupName": name}));
    let told = json!([{"$ref": "monitoring.topic.arn"}]);
    assert_eq!(
        (alarm(&usual, "web-errors", "actions"), alarm(&usual, "web-errors", "ok_actions")),
        (told.clone(), told)
    );
}

#[test]
fn thresholds_follow_the_stack() {
    let text = "database: { storage: 200 GiB, instance: db.r7g.xlarge }\nmonitoring: { alarms: { database_storage: 5, errors: 7 } }";
    let said = graph(text);
    assert_eq!(alarm(&said, "database-instance-storage", "threshold"), 10.0 * 1_073_741_824.0);
    // 32 GiB / 12,582,880, and of these four fifths.
    assert_eq!(alarm(&said, "database-instance-connections", "threshold"), 2184.0);
    assert_eq!(alarm(&said, "web-errors", "threshold"), 7.0);
    let own = graph("database: { parameters: { max_connections: 500 } }\nmonitoring: {}");
    assert_eq!(alarm(&own, "database-instance-connections", "threshold"), 400.0);
    let unknown = graph("database: { instance: db.x2g.large }\nmonitoring: {}");
    assert!(!made(&unknown).iter().any(|name| name.ends_with("connections")));
}

#[test]
fn each_node_of_a_cache_is_watched_by_the_names_of_its_metrics() {
    let memcached = graph("cache: { nodes: 2 }\nmonitoring: {}");
    let dimensions = alarm(&memcached, "cache-cluster-2-evictions", "dimensions");
    assert_eq!(dimensions, json!({"CacheClusterId": {"$ref": "cache.cluster.id"}, "CacheNodeId": "0002"}));
    let valkey = graph("cache: { engine: valkey, nodes: 2 }\nmonitoring: {}");
    let cluster = json!({"$join": [{"$ref": "cache.group.id"}, "-002"]});
    let dimensions = alarm(&valkey, "cache-group-2-evictions", "dimensions");
    assert_eq!(dimensions, json!({"CacheClusterId": cluster, "CacheNodeId": "0001"}));
}

#[test]
fn a_cdn_is_watched_where_its_metrics_are() {
    let here = graph("region: us-east-1\nmedia: {}\nmonitoring: {}");
    assert!(made(&here).contains(&"alarm.media-cdn-errors".to_owned()));
    let away = graph("region: eu-west-1\nmedia: {}\nmonitoring: {}");
    assert!(!made(&away).contains(&"alarm.media-cdn-errors".to_owned()));
    // A dashboard shows metrics of any region.
    let widgets = property(&away, "monitoring.dashboard", "widgets");
    let regions: Vec<&str> = widgets
        .as_array()
        .into_iter()
        .flatten()
        .filter(|widget| widget["properties"]["title"].as_str().is_some_and(|title| title.starts_with("CDN")))
        .filter_map(|widget| widget["properties"]["region"].as_str())
        .collect();
    assert_eq!(regions, ["us-east-1", "us-east-1"]);
}

#[test]
fn widgets_lie_beside_each_other_and_not_over_each_other() {
    let all = graph("cache: { nodes: 3 }\nmedia: {}\nmonitoring: {}");
    let widgets = property(&all, "monitoring.dashboard", "widgets");
    let number = |widget: &Value, name: &str| widget[name].as_u64().expect("a number");
    let mut taken = std::collections::BTreeSet::new();
    for widget in widgets.as_array().expect("widgets") {
        let (x, y) = (number(widget, "x"), number(widget, "y"));
        assert!(x + number(widget, "width") <= 24, "{widget}");
        for column in x..x + number(widget, "width") {
            for row in y..y + number(widget, "height") {
                assert!(taken.insert((column, row)), "two widgets at {column}, {row}: {widget}");
            }
        }
    }
}

#[test]
fn every_machine_that_stands_alone_is_watched_and_moved_when_its_hardware_fails() {
    let machines = graph("region: eu-west-1\nsearch: {}\ncontrol: {}\nmonitoring: {}");
    let names = made(&machines);
    for name in ["control-server", "search-server"] {
        for what in ["disk", "recover", "status"] {
            assert!(names.contains(&format!("alarm.{name}-{what}")), "{names:?}");
        }
    }
    assert!(names.contains(&"logs.search".to_owned()), "{names:?}");
    let actions = json!(["arn:aws:automate:eu-west-1:ec2:recover", {"$ref": "monitoring.topic.arn"}]);
    assert_eq!(alarm(&machines, "search-server-recover", "actions"), actions);
    let role = property(&machines, "search.role", "managed").to_string();
    assert!(role.contains("CloudWatchAgentServerPolicy"), "{role}");
    assert!(
        !property(&graph("search: {}"), "search.role", "managed").to_string().contains("CloudWatchAgent")
    );
}

/// What a change of the section, or of what is watched, does to what is watched with.
#[test]
fn changes_have_the_smallest_effect() {
    let on = "monitoring: {}";
    let table: [(&str, &str, &[&str]); 9] = [
        (on, on, &[]),
        (on, "monitoring: { email: a@example.org }", &["create monitoring.email"]),
        (
            "monitoring: { email: a@example.org }",
            "monitoring: { email: b@example.org }",
            &["update monitoring.email endpoint"],
        ),
        ("monitoring: { email: a@example.org }", on, &["delete monitoring.email"]),
        (
            on,
            "monitoring: { alarms: { errors: 3 } }",
            &[
                "update monitoring.alarm.load-balancer-errors threshold",
                "update monitoring.alarm.web-errors threshold",
            ],
        ),
        (on, "monitoring: { logs: { days: 7 } }", &["update monitoring.logs.web retention_days"]),
        (on, "monitoring: { dashboard: false }", &["delete monitoring.dashboard"]),
        (
            on,
            "web: { scale: { max: 12 } }\nmonitoring: {}",
            &["update monitoring.alarm.web-group-at-maximum threshold", "update web.group max"],
        ),
        (
            on,
            "database: { storage: 150 GiB }\nmonitoring: {}",
            &[
                "update database.instance storage",
                "update monitoring.alarm.database-instance-storage threshold",
            ],
        ),
    ];
    for (before, after, expected) in table {
        assert_eq!(effects(before, after), expected, "{before} -> {after}");
    }
}
