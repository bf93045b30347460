//! What somebody changes by hand is shown as drift and mended by the next `up`; the plan after that is empty.

use std::collections::BTreeSet;
use std::time::Instant;

use aws_sdk_ec2::types::{Tag, TagDescription};
use drucloud::aws::kinds;

use crate::account::Account;
use crate::hands::{Hands, Meddling, done, meddling, named, only};
use crate::program::{Ended, LIMIT};
use crate::sandbox::Sandbox;
use crate::stack::STACK;

/// An environment, and hands in its account.
fn begin() -> (Sandbox, Hands) {
    let sandbox = Sandbox::start();
    sandbox.up(STACK, "sandbox");
    let hands = Hands(Account::of(&sandbox));
    (sandbox, hands)
}

fn plan(sandbox: &Sandbox) -> Ended {
    sandbox.run(&["plan", STACK, "--env", "sandbox"]).with(2)
}

fn heading(address: &str) -> String {
    format!(" {address}  ")
}

/// What the plan says of a resource: its lines up to the next resource.
fn about<'a>(plan: &'a Ended, address: &str) -> &'a str {
    let heading = plan.out.find(&heading(address));
    let heading = heading.unwrap_or_else(|| panic!("nothing about {address}:\n{}", plan.out));
    let text = &plan.out[heading..];
    let end = text.match_indices('\n').map(|(at, _)| at + 1).find(|&at| {
        let rest = &text[at..];
        !rest.starts_with("      ")
    });
    &text[..end.unwrap_or(text.len())]
}

/// A stack with all kinds of resources, and two tags so that one of them can be taken away.
const EVERY: &str = r#"
stack: every
region: us-east-1
tags: { team: web, site: shop }
site: { domain: www.example.org }
network: { nat: single, flow_logs: true }
web: { scale: { min: 1, max: 2, schedule: [{ name: night, cron: "0 22 * * *", min: 1, max: 1 }] } }
database: { engine: mysql-8.4, instance: db.t4g.medium, storage: 20 GiB, replicas: 1 }
cache: { engine: memcached, node: cache.t4g.small, nodes: 2 }
media: { cdn: true }
search: { instance: t4g.medium, volume: 10 GiB }
files: { engine: efs }
control: { instance: t4g.nano }
mail: { dmarc: reject }
monitoring: { email: ops@example.org }
resources:
  sessions.subnets:
    kind: cache_subnet_group
    subnets: ["${network.subnet.data-a.id}", "${network.subnet.data-b.id}"]
  sessions.parameters: { kind: cache_parameter_group, family: valkey8, parameters: { maxmemory-policy: allkeys-lru } }
  sessions:
    kind: replication_group
    engine: valkey
    version: "8.1"
    node_type: cache.t4g.small
    nodes: 2
    failover: true
    multi_az: true
    subnet_group: "${resources.sessions.subnets.id}"
    security_groups: ["${security.cache.id}"]
    parameter_group: "${resources.sessions.parameters.id}"
    encrypted_at_rest: true
    encrypted_in_transit: true
"#;

#[test]
fn every_kind_of_resource_at_once() {
    let all: BTreeSet<&str> = kinds::ALL.iter().map(|kind| kind.schema().kind).collect();
    let touched: BTreeSet<&str> = meddling().map(|meddling| meddling.kind).collect();
    assert_eq!(touched, all, "each kind has a change by hand");
    assert!(meddling().count() >= 60, "{}", meddling().count());

    let sandbox = Sandbox::start();
    let path = sandbox.path("every.yaml");
    std::fs::write(&path, EVERY).expect("the stack");
    let stack = path.to_str().expect("a plain path");
    let hands = Hands(Account::of(&sandbox));
    hands.0.wait(async {
        done!(hands.0.route53().create_hosted_zone().name("example.org").caller_reference("theirs"));
    });
    sandbox.up(stack, "sandbox");
    sandbox.settled(stack, "sandbox");
    let census = hands.0.census();
    sandbox.index_stands_still(true);
    hands.0.wait(async {
        for meddling in meddling() {
            (meddling.act)(&hands).await;
        }
        hands.memory().await;
    });
    // An index that lags behind may hide a tag; everything else is told all the same.
    told(&once_done(&sandbox, stack), |meddling| !meddling.says.starts_with("tags."));
    sandbox.index_stands_still(false);
    told(&once_done(&sandbox, stack), |_| true);
    sandbox.up(stack, "sandbox");
    sandbox.settled(stack, "sandbox");
    assert_eq!(hands.0.census(), census, "nothing twice, nothing missing");
}

/// The plan tells of all these.
fn told(plan: &Ended, these: impl Fn(&Meddling) -> bool) {
    let told = |meddling: &&Meddling| {
        plan.out.contains(&heading(meddling.at)) && tells(about(plan, meddling.at), meddling.says)
    };
    let unsaid = meddling().filter(|meddling| these(meddling)).filter(|meddling| !told(meddling));
    let unsaid: Vec<String> = unsaid.map(|meddling| format!("{} {}", meddling.at, meddling.says)).collect();
    assert!(unsaid.is_empty(), "{}\n\n{}", unsaid.join("\n"), plan.out);
}

/// Whether a plan says of a resource that somebody has deleted it, or that this property has drifted.
fn tells(about: &str, says: &str) -> bool {
    if says == "not there" {
        return about.contains(says);
    }
    // A property's line may go on in the next one, which is indented more.
    let text = about.replace("\n          ", " ");
    let line = text.lines().find(|line| line.trim_start().starts_with(says));
    // A dashboard that is emptied has lost its record of what was applied, too.
    let unrecorded = about.contains(" monitoring.dashboard  ");
    line.is_some_and(|line| line.contains("drifted in AWS") || unrecorded && line.contains("no record"))
}

/// The plan once AWS is done with what was changed by hand.
fn once_done(sandbox: &Sandbox, stack: &str) -> Ended {
    let began = Instant::now();
    loop {
        let plan = sandbox.run(&["plan", stack, "--env", "sandbox"]).with(2);
        if !plan.out.contains("AWS is still working on it") {
            return plan;
        }
        assert!(began.elapsed() < LIMIT, "AWS does not come to an end: {}", plan.out);
    }
}

/// What the plan says of something that was deleted a moment ago.
const GONE: [&str; 2] = ["not there", "AWS is at it already"];

/// Something is done by hand; the plan says one of these of that resource, and `up` mends it.
macro_rules! mended {
    ($($name:ident: $address:literal, $says:expr);* $(;)?) => {
        #[test]
        fn one_by_one() {
            let (sandbox, hands) = begin();
            let census = hands.0.census();
            // As on AWS, where it takes minutes to show what has changed.
            sandbox.index_stands_still(true);
            $(
                hands.0.wait(hands.$name());
                let shown = plan(&sandbox);
                let told = $says.iter().any(|text: &&str| about(&shown, $address).contains(text));
                assert!(told, "{}: {}", stringify!($name), shown.out);
                sandbox.up(STACK, "sandbox");
                sandbox.settled(STACK, "sandbox");
                assert_eq!(hands.0.census(), census, "{}: nothing twice, nothing missing", stringify!($name));
            )*
        }
    };
}

mended! {
    no_name: "database.dns", ["drifted in AWS"];
    no_nat: "network.nat.a", GONE;
    no_table: "network.routes.data", GONE;
    no_balancer: "load_balancer.alb", GONE;
    no_fleet: "web.group", GONE;
    old_version: "web.group", ["drifted in AWS"];
    no_image: "web.template", ["drifted in AWS"];
    asleep: "database.instance", ["running: false"];
}

/// Takes the tag of the environment off something, and gives back its id.
async fn untag(hands: &Hands, address: &str) -> String {
    let ec2 = hands.0.ec2();
    let tagged =
        done!(ec2.describe_tags().filters(named("key", "drucloud:address")).filters(named("value", address)));
    let id = only(tagged.tags, TagDescription::resource_id);
    done!(ec2.delete_tags().resources(&id).tags(Tag::builder().key("drucloud:env").build()));
    id
}

/// What a plan says, without the breaks of its lines.
fn one_line(shown: &Ended) -> String {
    shown.out.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn what_lost_its_tags_is_not_made_a_second_time() {
    let (sandbox, hands) = begin();
    let census = hands.0.census();
    let vpc = hands.0.wait(untag(&hands, "network.vpc"));
    let shown = plan(&sandbox);
    let help = format!("help: give them back: `drucloud import network.vpc {vpc} --env sandbox`");
    let said = format!("no longer carries the tags of this environment {help}");
    assert!(one_line(&shown).contains(&said), "{}", shown.out);
    sandbox.run(&["up", STACK, "--env", "sandbox", "--yes"]).with(3);
    sandbox.run(&["import", "network.vpc", &vpc, STACK, "--env", "sandbox", "--yes"]).with(0);
    sandbox.settled(STACK, "sandbox");

    let volume = hands.0.wait(untag(&hands, "search.volume"));
    let shown = plan(&sandbox);
    let command = format!("aws ec2 create-tags --region us-east-1 --resources {volume}");
    assert!(one_line(&shown).contains(&command), "{}", shown.out);
    hands.0.wait(async {
        let tag = Tag::builder().key("drucloud:env").value("sandbox").build();
        done!(hands.0.ec2().create_tags().resources(&volume).tags(tag));
    });
    sandbox.settled(STACK, "sandbox");
    assert_eq!(hands.0.census(), census, "nothing twice, nothing missing");
}
