//! A plan that is saved and applied later: exactly that, or nothing.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::account::Account;
use crate::program::Ended;
use crate::sandbox::Sandbox;
use crate::stack::{STACK, changed};

/// A plan of a stack in a file.
struct Saved<'s> {
    sandbox: &'s Sandbox,
    file: PathBuf,
}

impl<'s> Saved<'s> {
    fn of(sandbox: &'s Sandbox, stack: &str) -> Self {
        let saved = Self { sandbox, file: sandbox.path("saved.json") };
        sandbox.run(&["plan", stack, "--env", "sandbox", "--out", saved.name()]).with(2);
        saved
    }

    fn name(&self) -> &str {
        self.file.to_str().expect("a plain path")
    }

    fn apply(&self) -> Ended {
        self.sandbox.run(&["apply", self.name()])
    }

    fn json(&self) -> Value {
        serde_json::from_str(&fs::read_to_string(&self.file).expect("the file")).expect("JSON")
    }

    /// A refusal, which changes nothing.
    #[track_caller]
    fn refused(&self, why: &str) {
        self.sandbox.forget_calls();
        self.apply().with(3).says(why).says("nothing was changed");
        assert_eq!(self.sandbox.changes(), [""; 0], "a refused plan changes nothing");
    }
}

#[test]
fn what_was_saved_is_done_without_a_question() {
    let sandbox = Sandbox::start();
    let saved = Saved::of(&sandbox, STACK);
    let text = fs::read_to_string(&saved.file).expect("the file");
    assert!(!text.contains("m7g.large") && !text.contains("user_data\": \"#"), "no values are in it: {text}");
    assert_eq!(saved.json()["summary"]["create"], 104);
    saved.apply().with(0).says("104 of 104 steps done").says("load_balancer");
    sandbox.settled(STACK, "sandbox");
    // Once more there is nothing left to do.
    sandbox.forget_calls();
    saved.apply().with(0).says("No changes.");
    assert_eq!(sandbox.changes(), [""; 0]);
    let bigger =
        changed(&sandbox, "bigger.yaml", &[("web:\n  instance: m7g.large", "web:\n  instance: m7g.xlarge")]);
    let saved = Saved::of(&sandbox, &bigger);
    saved.apply().with(0).says("3 of 3 steps done");
    sandbox.settled(&bigger, "sandbox");
}

#[test]
fn what_has_changed_since_is_said_and_nothing_is_done() {
    let sandbox = Sandbox::start();
    sandbox.up(STACK, "sandbox");
    let stack = changed(&sandbox, "new.yaml", &[("long_query_time: 2", "long_query_time: 3")]);
    let saved = Saved::of(&sandbox, &stack);
    // The stack.
    let text = fs::read_to_string(&stack).expect("the stack");
    fs::write(&stack, text.replace("cpu: 60", "cpu: 50")).expect("written");
    saved.refused("has changed since the plan was saved");
    fs::write(&stack, &text).expect("written");
    // The live state.
    let account = Account::of(&sandbox);
    let ec2 = account.ec2();
    let dns = |on: bool| {
        account.wait(async {
            let vpcs = ec2.describe_vpcs().filters(tag()).send().await.expect("VPCs");
            let id = vpcs.vpcs()[0].vpc_id().expect("an id").to_owned();
            let value = aws_sdk_ec2::types::AttributeBooleanValue::builder().value(on).build();
            let call = ec2.modify_vpc_attribute().vpc_id(id).enable_dns_hostnames(value);
            call.send().await.expect("changed");
        });
    };
    dns(false);
    saved.refused("`network.vpc` would be changed, which the saved plan does not say");
    dns(true);
    // The endpoint, and the file itself.
    let mut json = saved.json();
    json["target"]["region"] = json!("eu-central-1");
    let good = fs::read_to_string(&saved.file).expect("the file");
    fs::write(&saved.file, json.to_string()).expect("written");
    saved.refused_as("was changed by hand");
    fs::write(&saved.file, good).expect("written");
    saved.apply().with(0);
    sandbox.settled(&stack, "sandbox");
}

impl Saved<'_> {
    /// A refusal before AWS is asked anything.
    #[track_caller]
    fn refused_as(&self, why: &str) {
        self.sandbox.forget_calls();
        self.apply().with(3).says(why);
        assert_eq!(self.sandbox.calls().len(), 0, "nothing was asked");
    }
}

fn tag() -> aws_sdk_ec2::types::Filter {
    aws_sdk_ec2::types::Filter::builder().name("tag:drucloud:stack").values("drucloud").build()
}

#[test]
fn a_plan_that_must_not_be_applied_is_shown_and_not_saved() {
    let sandbox = Sandbox::start();
    sandbox.up(STACK, "sandbox");
    let stack = changed(&sandbox, "small.yaml", &[("storage: 100 GiB", "storage: 50 GiB")]);
    let file = sandbox.path("blocked.json");
    let name = file.to_str().expect("a plain path");
    let plan = sandbox.run(&["plan", &stack, "--env", "sandbox", "--out", name]).with(3);
    plan.says("Blocked, so nothing of this can be applied:");
    assert!(!file.exists());
    sandbox.run(&["apply", name]).with(1).says("cannot read");
}

#[test]
fn killed_in_the_middle_the_same_file_goes_on() {
    let sandbox = Sandbox::start();
    sandbox.up(STACK, "sandbox");
    let census = Account::of(&sandbox).census();
    sandbox.destroy(STACK, "sandbox");
    let saved = Saved::of(&sandbox, STACK);
    let fresh = fs::read_to_string(&saved.file).expect("the file");
    for (n, fault) in [(40, "hang-after"), (110, "hang-before")] {
        sandbox.forget_calls();
        sandbox.strike(fault, n);
        let mut program = sandbox.program(&["apply", saved.name()]).start();
        program.until("a call that hangs", |_| sandbox.hits() > 0);
        program.kill();
        sandbox.heal();
        assert_eq!(saved.json()["begun"], true);
        // A copy of the file that knows of no run: the lease of the dead one does.
        fs::write(&saved.file, &fresh).expect("written");
    }
    saved.apply().with(0).says("the process of tester is gone");
    sandbox.settled(STACK, "sandbox");
    assert_eq!(Account::of(&sandbox).census(), census, "nothing twice, nothing missing");
}

#[test]
fn a_part_that_somebody_else_did_is_not_taken_for_its_own() {
    let sandbox = Sandbox::start();
    let saved = Saved::of(&sandbox, STACK);
    sandbox.run(&["up", STACK, "--env", "sandbox", "--yes", "--only", "network"]).with(0);
    saved.refused("a part of it is done already: `drucloud up` shows and does the rest");
    // Begun by this very file, and then somebody adds something: that is not its rest.
    let denied = json!({"operation": "CreateDBInstance", "do": "error", "code": "AccessDenied", "message": "no", "status": 403});
    sandbox.faults(&json!([denied]));
    let saved = Saved::of(&sandbox, STACK);
    saved.apply().with(4);
    sandbox.heal();
    let more = changed(
        &sandbox,
        "more.yaml",
        &[("environments:\n", "resources:\n  extra: { kind: topic }\nenvironments:\n")],
    );
    sandbox.run(&["up", &more, "--env", "sandbox", "--yes", "--only", "resources.extra"]).with(0);
    saved.refused("would be destroyed, which the saved plan does not say");
    sandbox.run(&["up", STACK, "--env", "sandbox", "--yes", "--only", "resources.extra"]).with(0);
    saved.apply().with(0);
    sandbox.settled(STACK, "sandbox");
}
