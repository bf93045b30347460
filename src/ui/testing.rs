//! Plans, runs and a terminal for the tests of what is shown.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

use serde_json::{Value, json};

use crate::model::live::{LiveState, Status};
use crate::model::plan::Plan;
use crate::model::planner::{self, Consent};
use crate::model::testing::{all, applied, catalog, graph, id, live};
use crate::run::event::{Class, Event, StepInfo, Verb, What};

use super::plan::Context;

pub type Nodes = Vec<(&'static str, &'static str, Value)>;

/// A small stack with every form of value: references, lists, maps, long texts.
pub fn stack() -> Nodes {
    let policy = |action: &str| {
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]}).to_string()
    };
    vec![
        ("network.vpc", "vpc", json!({"cidr": "10.0.0.0/16", "dns": true})),
        (
            "network.subnet.app-a",
            "subnet",
            json!({"vpc": id("network.vpc", "vpc"), "cidr": "10.0.0.0/24", "zone": "a"}),
        ),
        (
            "web.security",
            "security_group",
            json!({"vpc": id("network.vpc", "vpc"), "rules": [{"port": 80, "from": "10.0.0.0/8"}, {"port": 443, "from": "10.0.0.0/8"}], "policy": policy("s3:GetObject")}),
        ),
        (
            "web.lb",
            "load_balancer",
            json!({"subnets": [id("network.subnet.app-a", "subnet")], "groups": [id("web.security", "security_group")]}),
        ),
        (
            "web.template",
            "launch_template",
            json!({"image": "ami-1", "user_data": user_data("8.3"), "groups": [id("web.security", "security_group")], "tags": {"owner": "web", "tier": "app"}}),
        ),
        (
            "web.asg",
            "asg",
            json!({"template": id("web.template", "launch_template"), "version": {"$ref": "web.template.version"}, "subnets": [id("network.subnet.app-a", "subnet")], "desired": 2}),
        ),
        (
            "database.instance",
            "database",
            json!({"subnets": [id("network.subnet.app-a", "subnet")], "storage": 100, "class": "db.m7g.large"}),
        ),
        (
            "database.name",
            "record",
            json!({"value": {"$join": ["db-1.", {"$ref": "database.instance.endpoint"}]}}),
        ),
    ]
}

pub fn user_data(php: &str) -> String {
    let mut lines: Vec<String> = (1..=12).map(|line| format!("echo step {line}")).collect();
    lines[5] = format!("  install php {php}");
    lines.join("\n") + "\n"
}

pub fn set(nodes: &mut Nodes, address: &str, property: &str, value: Value) {
    nodes.iter_mut().find(|node| node.0 == address).expect("in the stack").2[property] = value;
}

pub fn plan(wanted: &Nodes, there: &LiveState) -> Plan {
    planner::plan(&graph(wanted), there, &catalog(), &Consent::Nothing)
}

/// The live state after `stack()` had been applied.
pub fn there() -> LiveState {
    live(&stack())
}

/// A plan with everything in it: blocked, destroyed, replaced, changed, added, waited for.
pub fn everything() -> Plan {
    let mut state = there();
    let mut second = applied("network.vpc", "vpc", &stack()[0].2);
    second.id = "vpc-second".into();
    second.born = Some(2000);
    state.resources.push(second.into());
    state.resources.push(applied("search.server", "database", &json!({"storage": 20})).into());
    for resource in all(&mut state) {
        match resource.address.as_str() {
            "web.lb" => resource.status = Status::Failed("no capacity in us-east-1a".into()),
            "database.instance" => resource.status = Status::Pending("backing-up".into()),
            "network.vpc" => resource.spec.set("dns", json!(false)),
            "web.security" => resource.tags.clear(),
            _ => {}
        }
    }
    let mut wanted = stack();
    set(
        &mut wanted,
        "web.security",
        "rules",
        json!([{"port": 443, "from": "10.0.0.0/8"}, {"port": 8080, "from": "10.0.0.0/8"}]),
    );
    set(&mut wanted, "web.template", "user_data", json!(user_data("8.4")));
    set(&mut wanted, "web.template", "tags", json!({"owner": "platform", "tier": "app", "cost": "42"}));
    set(&mut wanted, "web.asg", "template", json!({"$ref": "web.new.id", "$kind": "launch_template"}));
    wanted.push(("web.new", "launch_template", json!({"image": "ami-2", "user_data": user_data("8.4"), "groups": [id("web.security", "security_group")]})));
    plan(&wanted, &state)
}

pub fn context() -> Context {
    Context {
        stack: "drucloud".into(),
        env: "prod".into(),
        account: Some("123456789012".into()),
        region: "eu-central-1".into(),
        endpoint: None,
    }
}

pub fn info(address: &str, verb: Verb, expected: u32, after: &[usize]) -> StepInfo {
    StepInfo {
        address: address.parse().expect("an address"),
        title: "Thing",
        verb,
        replaced: false,
        expected,
        after: after.to_vec(),
    }
}

pub fn event(at: u64, calls: u64, what: What) -> Event {
    Event { at, calls, what }
}

/// A run with everything in it; the last event is its end.
pub fn story() -> Vec<Event> {
    let steps = vec![
        info("network.vpc", Verb::Create, 12, &[]),
        info("network.subnet.app-a", Verb::Create, 4, &[0]),
        info("network.nat.a", Verb::Create, 100, &[1]),
        info("web.template", Verb::Update, 6, &[0]),
        info("web.asg", Verb::Replace, 80, &[2, 3]),
        info("database.instance", Verb::Create, 820, &[1]),
        StepInfo { replaced: true, ..info("web.asg", Verb::Delete, 60, &[4]) },
        info("cache.old", Verb::Delete, 30, &[]),
    ];
    let denied = "iam:PassRole: AccessDenied: not allowed";
    let retry = |step, wait| What::StepRetry {
        step,
        class: Class::Throttled,
        fault: "ec2:CreateVpc: RequestLimitExceeded: slow down".into(),
        wait,
    };
    vec![
        event(0, 1, What::LeaseAwaited { holder: "anna on ci-7, since 10:02, until 10:07".into() }),
        event(
            5_000,
            4,
            What::LeaseTaken {
                id: "lease-1".into(),
                healed: Some("anna's run on ci-7 had ended early".into()),
            },
        ),
        event(5_100, 10, What::ApplyStart { steps, bound: 836 }),
        event(5_100, 10, What::StepStart { step: 0 }),
        event(5_100, 10, What::StepStart { step: 7 }),
        event(
            5_400,
            12,
            What::StepRetry {
                step: 7,
                class: Class::Busy,
                fault: "elasticache:DeleteReplicationGroup: InvalidReplicationGroupState: modifying".into(),
                wait: 20_000,
            },
        ),
        event(5_500, 12, retry(0, 2_000)),
        event(7_500, 13, retry(0, 4_000)),
        event(12_000, 15, What::StepProgress { step: 0, state: "pending".into() }),
        event(14_000, 16, What::StepProgress { step: 0, state: "pending".into() }),
        event(18_000, 18, What::StepDone { step: 0, took: 12_900, id: Some("vpc-1".into()) }),
        event(18_000, 18, What::StepStart { step: 1 }),
        event(18_000, 18, What::StepStart { step: 3 }),
        event(18_340, 20, What::StepDone { step: 3, took: 340, id: None }),
        event(22_000, 22, What::StepDone { step: 1, took: 4_000, id: Some("subnet-1".into()) }),
        event(22_000, 22, What::StepStart { step: 2 }),
        event(22_000, 22, What::StepStart { step: 5 }),
        event(22_500, 24, What::StepProgress { step: 5, state: "creating".into() }),
        event(
            100_000,
            60,
            What::StepFailed {
                step: 7,
                took: 94_900,
                error: "elasticache:DeleteReplicationGroup: DependencyViolation: in use".into(),
                blockers: vec!["network interface eni-1 (ElastiCache)".into()],
            },
        ),
        event(130_000, 80, What::StepDone { step: 2, took: 108_000, id: Some("nat-1".into()) }),
        event(130_000, 80, What::StepStart { step: 4 }),
        event(131_000, 81, What::StepFailed { step: 4, took: 1_000, error: denied.into(), blockers: vec![] }),
        event(131_000, 81, What::StepSkipped { step: 6, because: "web.asg".parse().expect("an address") }),
        event(400_000, 120, What::Stopping { why: "interrupted".into() }),
        event(842_000, 143, What::StepDone { step: 5, took: 820_000, id: Some("db-1".into()) }),
        event(842_000, 143, What::ApplyEnd { done: 5, failed: 2, left: 1, took: 842_000, bound: 836 }),
    ]
}

/// A writer whose content can be looked at.
#[derive(Clone, Debug, Default)]
pub struct Sink(Rc<RefCell<Vec<u8>>>);

impl Sink {
    pub fn text(&self) -> String {
        String::from_utf8(self.0.borrow().clone()).expect("UTF-8")
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A writer that takes so many writes and no more.
#[derive(Debug)]
pub struct Full(pub usize);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 =
            self.0.checked_sub(1).ok_or_else(|| io::Error::new(io::ErrorKind::StorageFull, "disk full"))?;
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A terminal that understands what the progress sends: lines, cursor up, erase.
pub fn screen(sent: &str) -> String {
    let mut rows: Vec<Vec<char>> = vec![Vec::new()];
    let (mut row, mut column) = (0, 0);
    let mut chars = sent.chars();
    while let Some(c) = chars.next() {
        match c {
            '\n' => {
                (row, column) = (row + 1, 0);
                rows.resize(rows.len().max(row + 1), Vec::new());
            }
            '\r' => column = 0,
            '\u{1b}' => {
                assert_eq!(chars.next(), Some('['));
                let sequence: String = chars.by_ref().take_while_inclusive(char::is_ascii_alphabetic);
                let (number, command) = sequence.split_at(sequence.len() - 1);
                match command {
                    "A" => {
                        row = row.checked_sub(number.parse().expect("a number")).expect("not above the top");
                    }
                    "K" => rows[row].truncate(column),
                    "J" => {
                        rows[row].truncate(column);
                        rows.truncate(row + 1);
                    }
                    other => panic!("unknown sequence {other}"),
                }
            }
            other => {
                let wide = rows[row].len().max(column + 1);
                rows[row].resize(wide, ' ');
                rows[row][column] = other;
                column += 1;
            }
        }
    }
    rows.iter().map(|row| row.iter().collect::<String>()).collect::<Vec<_>>().join("\n")
}

trait TakeWhileInclusive: Iterator<Item = char> {
    fn take_while_inclusive(self, last: fn(&char) -> bool) -> String;
}

impl<I: Iterator<Item = char>> TakeWhileInclusive for I {
    fn take_while_inclusive(self, last: fn(&char) -> bool) -> String {
        let mut taken = String::new();
        for c in self {
            taken.push(c);
            if last(&c) {
                break;
            }
        }
        taken
    }
}
