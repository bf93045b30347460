//! Killed in the middle of a call, before it was executed or after, the same command run again converges.
//!
//! A story goes from nothing to nothing and is killed three times: in `up`, in an update with replacements and
//! deletions, and in `destroy`. Creations that nothing but tags can find again (VPC, address, internet gateway)
//! are looked for until five minutes are over. Where one of them was begun and not made, the test sets its time
//! back in the lease, as if the five minutes had passed; one that was made has to be found.

use aws_sdk_ec2::types::{Address, InternetGateway, Tag, Vpc};
use serde_json::Value;

use crate::account::{Account, Census};
use crate::program::Ended;
use crate::sandbox::Sandbox;
use crate::stack::{FAREWELL, changed};

/// The lease of the environment in which the stories are told.
const LEASE: &str = "/drucloud/drucloud/sandbox/lease";
/// Every fault twice: before the call is executed and after.
const FAULTS: [&str; 2] = ["hang-before", "hang-after"];

/// What there is before the update: a database of the version before.
const OLD: [(&str, &str); 1] = [("engine: mysql-8.4", "engine: mysql-8.0")];
/// The changes of the update: the database's version and with it another parameter group, one NAT gateway less,
/// another machine, which is rolled out, another algorithm.
const UPDATE: [(&str, &str); 4] = [
    ("nat: per-zone #", "nat: single #"),
    ("algorithm: least-connections", "algorithm: round-robin"),
    ("web:\n  instance: m7g.large", "web:\n  instance: m7g.xlarge"),
    ("long_query_time: 2", "long_query_time: 3"),
];

struct Story {
    sandbox: Sandbox,
    account: Account,
    old: String,
    new: String,
    nothing: Census,
    first: Census,
    second: Census,
}

impl Story {
    /// A run without any kill, which says what there has to be.
    fn begin() -> Self {
        let sandbox = Sandbox::start();
        let account = Account::of(&sandbox);
        let old = changed(&sandbox, "old.yaml", &OLD);
        let new = changed(&sandbox, "new.yaml", &UPDATE);
        let nothing = account.census();
        sandbox.up(&old, "sandbox");
        let first = account.census();
        sandbox.up(&new, "sandbox");
        let second = account.census();
        sandbox.destroy(&new, "sandbox");
        assert_eq!(account.census(), nothing);
        Self { sandbox, account, old, new, nothing, first, second }
    }

    /// Killed at the given mutating call of each command.
    fn tell(&self, fault: &str, [up, update, destroy]: [u64; 3]) {
        self.killed(fault, up, &["up", &self.old, "--env", "sandbox", "--yes"]);
        self.sandbox.settled(&self.old, "sandbox");
        assert_eq!(self.account.census(), self.first, "{fault} {up} of up: nothing twice, nothing missing");
        self.killed(fault, update, &["up", &self.new, "--env", "sandbox", "--yes"]);
        self.sandbox.settled(&self.new, "sandbox");
        assert_eq!(self.account.census(), self.second, "{fault} {update} of the update");
        let farewell = [&["destroy", &self.new, "--env", "sandbox"][..], &FAREWELL].concat();
        self.killed(fault, destroy, &farewell).says("Nothing is left of");
        assert_eq!(self.account.census(), self.nothing, "{fault} {destroy} of destroy: nothing is left");
    }

    /// Runs a command, kills it at its `n`-th mutating call, and runs it again.
    fn killed(&self, fault: &str, n: u64, arguments: &[&str]) -> Ended {
        self.sandbox.forget_calls();
        self.sandbox.strike(fault, n);
        let mut program = self.sandbox.program(arguments).start();
        let struck = || self.sandbox.calls().into_iter().find(|call| call.fault.is_some());
        program.until(&format!("the {n}-th mutating call"), |_| struck().is_some());
        program.kill();
        self.sandbox.heal();
        let struck = struck().expect("the call that hung").operation;
        self.let_the_horizon_pass();
        let held = self.account.wait(self.lease()).is_some_and(|record| !record["holder"].is_null());
        let what = format!("after a kill ({fault} of call {n}, {struck})");
        let again = self.sandbox.program(arguments).called(&what).run().with(0);
        assert!(!held || again.err.contains("the process of tester is gone"), "{what}: {}", again.err);
        assert!(!again.err.contains("waiting for the lease"), "{what}: {}", again.err);
        again
    }

    async fn lease(&self) -> Option<Value> {
        let answer = self.account.ssm().get_parameter().name(LEASE).send().await.ok()?;
        Some(serde_json::from_str(answer.parameter?.value()?).expect("a record"))
    }

    /// Sets back the time of everything that the dead run had begun to create and that is not there.
    fn let_the_horizon_pass(&self) {
        self.account.wait(async {
            let Some(mut record) = self.lease().await else { return };
            let ec2 = self.account.ec2();
            let vpcs = ec2.describe_vpcs().send().await.expect("VPCs");
            let gateways = ec2.describe_internet_gateways().send().await.expect("gateways");
            let addresses = ec2.describe_addresses().send().await.expect("addresses");
            let tags = vpcs.vpcs().iter().flat_map(Vpc::tags);
            let tags = tags.chain(gateways.internet_gateways().iter().flat_map(InternetGateway::tags));
            let tags = tags.chain(addresses.addresses().iter().flat_map(Address::tags));
            let tags = tags.filter(|tag| tag.key() == Some("drucloud:address"));
            let made: Vec<&str> = tags.filter_map(Tag::value).collect();
            let intents = record["intents"].as_object_mut().expect("intents");
            for (_, begun) in intents.iter_mut().filter(|(address, _)| !made.contains(&address.as_str())) {
                *begun = Value::from(begun.as_u64().expect("a time") - 300_000);
            }
            let put =
                self.account.ssm().put_parameter().name(LEASE).value(record.to_string()).overwrite(true);
            put.send().await.expect("the lease");
        });
    }
}

/// Of the changing calls of `up` every twelfth, of the other commands as many; both faults.
fn stories(first: u64) {
    let story = Story::begin();
    for (index, n) in (first..=68).step_by(12).enumerate() {
        let fault = FAULTS[(index + usize::from(first > 6)) % 2];
        story.tell(fault, [2 * n, 1 + n % 14, 1 + n * 80 / 68]);
    }
}

#[test]
fn killed_at_an_early_or_late_call() {
    stories(1);
}

#[test]
fn killed_in_between() {
    stories(7);
}
