//! Two runs at once: one works, the other says who does.

use std::time::Duration;

use serde_json::json;

use crate::program::Running;
use crate::sandbox::Sandbox;
use crate::stack::STACK;

const UP: [&str; 5] = ["up", STACK, "--env", "sandbox", "--yes"];

/// An `up` that holds the lease and hangs in the middle of its work, and the id of its lease.
fn at_work(sandbox: &Sandbox) -> (Running, String) {
    sandbox.faults(&json!([{"operation": "CreateSubnet", "nth": 1, "do": "hang-before"}]));
    let mut first = sandbox.program(&UP).start();
    first.until("a call that hangs", |_| sandbox.hits() > 0);
    let said = first.said();
    let (_, rest) = said.split_once("lease taken (").expect("the lease's id");
    let (id, _) = rest.split_once(')').expect("its end");
    (first, id.to_owned())
}

#[test]
fn the_second_run_names_the_first() {
    let sandbox = Sandbox::start();
    let (first, id) = at_work(&sandbox);
    let second = sandbox.run(&UP).with(1);
    assert!(second.took < Duration::from_secs(5), "it does not wait: {:?}", second.took);
    let second = second.says("somebody else holds the lease: tester on").says("runs `up` since 0 min");
    second.says(&format!("`drucloud unlock {id}`")).says("--lock-timeout SECONDS");
    sandbox.run(&["plan", STACK, "--env", "sandbox"]).with(2);
    sandbox.heal();
    first.end().with(0);
    sandbox.settled(STACK, "sandbox");
}

#[test]
fn with_patience_the_second_run_waits_and_works() {
    let sandbox = Sandbox::start();
    let (first, id) = at_work(&sandbox);
    let mut second = sandbox.program(&[&UP[..], &["--lock-timeout", "60"]].concat()).start();
    second.until("whom it waits for", |second| second.said().contains(&id));
    sandbox.heal();
    first.end().with(0);
    second.end().with(0).says("No changes.");
}

#[test]
fn unlock_takes_the_lease_with_that_id_and_no_other() {
    let sandbox = Sandbox::start();
    let (first, id) = at_work(&sandbox);
    let unlock = |id: &str| sandbox.run(&["unlock", id, STACK, "--env", "sandbox"]);
    unlock("01234567").with(1).says("no lease has the id `01234567`");
    sandbox.run(&UP).with(1);
    unlock(&id).with(0).says(&format!("The lease {id} is free."));
    unlock(&id).with(1);
    first.kill();
    sandbox.heal();
    sandbox.up(STACK, "sandbox");
    sandbox.settled(STACK, "sandbox");
}

#[test]
fn a_living_run_stops_when_its_lease_is_taken_away() {
    let sandbox = Sandbox::start();
    let (mut first, id) = at_work(&sandbox);
    sandbox.run(&["unlock", &id, STACK, "--env", "sandbox"]).with(0);
    first.until("its next renewal", |first| first.said().contains("somebody took it from this run"));
    sandbox.heal();
    first.end().with(130);
    sandbox.up(STACK, "sandbox");
    sandbox.settled(STACK, "sandbox");
}
