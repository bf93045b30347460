//! What somebody changes by hand is shown as drift and mended by the next `up`; the plan after that is empty.

use crate::account::Account;
use crate::hands::Hands;
use crate::program::Ended;
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

/// What the plan says of a resource: its lines up to the next resource.
fn about<'a>(plan: &'a Ended, address: &str) -> &'a str {
    let heading = plan.out.find(&format!(" {address}  "));
    let heading = heading.unwrap_or_else(|| panic!("nothing about {address}:\n{}", plan.out));
    let text = &plan.out[heading..];
    let end = text.match_indices('\n').map(|(at, _)| at + 1).find(|&at| {
        let rest = &text[at..];
        !rest.starts_with("      ")
    });
    &text[..end.unwrap_or(text.len())]
}

#[test]
fn much_at_once() {
    let (sandbox, hands) = begin();
    let census = hands.0.census();
    hands.0.wait(async {
        hands.attributes().await;
        hands.routes().await;
        hands.rules().await;
        hands.endpoint().await;
        hands.role().await;
        hands.balancing().await;
        hands.listener().await;
        hands.template().await;
        hands.scaling().await;
        hands.database().await;
        hands.name().await;
        hands.memory().await;
    });
    let plan = plan(&sandbox);
    for (address, property) in [
        ("network.vpc", "dns_hostnames"),
        ("network.vpc", "default"),
        ("network.subnet.app-a", "public"),
        ("network.routes.data", "routes"),
        ("network.routes.public", "routes"),
        ("network.routes.app-a", "subnets"),
        ("security.web.rules", "rules"),
        ("security.database.rules", "rules"),
        ("network.s3", "policy"),
        ("web.role", "policies"),
        ("web.role", "managed"),
        ("load_balancer.alb", "idle_timeout_seconds"),
        ("load_balancer.targets", "deregistration_delay_seconds"),
        ("load_balancer.targets", "health_check"),
        ("web.template", "instance_type"),
        ("web.group", "min"),
        ("web.group", "max"),
        ("web.group", "policies"),
        ("database.parameters", "parameters"),
        ("database.instance", "backup_days"),
        ("database.dns", "answer"),
    ] {
        let text = about(&plan, address);
        assert!(
            text.contains(property) && text.contains("drifted in AWS"),
            "{address} {property}:\n{}",
            plan.out
        );
    }
    assert!(about(&plan, "load_balancer.http").contains("not there"), "{}", plan.out);
    sandbox.up(STACK, "sandbox");
    sandbox.settled(STACK, "sandbox");
    assert_eq!(hands.0.census(), census, "nothing twice, nothing too many");
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
}
