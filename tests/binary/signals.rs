//! Ctrl-C and SIGTERM, once and twice.

use std::time::Duration;

use serde_json::json;

use crate::program::Running;
use crate::sandbox::Sandbox;
use crate::stack::STACK;

const UP: [&str; 5] = ["up", STACK, "--env", "sandbox", "--yes"];

/// An `up` in the middle of its work, one call of which hangs. What only its tags can find again is made: for what has
/// merely been announced the next run would look for five minutes.
fn at_work(sandbox: &Sandbox) -> Running {
    sandbox.faults(&json!([{"operation": "CreateSubnet", "nth": 3, "do": "hang-after"}]));
    let mut up = sandbox.program(&UP).start();
    up.until("a call that hangs", |_| sandbox.hits() > 0);
    up.until("the gateway", |up| up.said().contains("network.gateway  created in"));
    up
}

/// The first signal ends the run in order.
fn once(name: &str, called: &str) {
    let sandbox = Sandbox::start();
    let mut up = at_work(&sandbox);
    up.signal(name);
    up.until("it heard", |up| up.said().contains(&format!("{called}: starting nothing new")));
    sandbox.heal();
    let ended = up.end().with(130).says("again");
    assert!(ended.took < Duration::from_secs(20), "{:?}", ended.took);
    // The lease is given back: the next command need not wait for it.
    sandbox.run(&["plan", STACK, "--env", "sandbox"]).with(2);
    sandbox.up(STACK, "sandbox");
    sandbox.settled(STACK, "sandbox");
}

/// The second signal ends it at once, whatever hangs.
fn twice(name: &str, called: &str) {
    let sandbox = Sandbox::start();
    let mut up = at_work(&sandbox);
    up.signal(name);
    up.until("it heard", |up| up.said().contains(&format!("{called}: starting nothing new")));
    up.signal(name);
    let ended = up.end().with(130).says("Nothing is lost").says("run again");
    assert!(ended.took < Duration::from_secs(20), "{:?}", ended.took);
    sandbox.heal();
    sandbox.up(STACK, "sandbox").says("the process of tester is gone");
    sandbox.settled(STACK, "sandbox");
}

#[test]
fn ctrl_c_once() {
    once("INT", "Ctrl-C");
}

#[test]
fn ctrl_c_twice() {
    twice("INT", "Ctrl-C");
}

#[test]
fn sigterm_once() {
    once("TERM", "SIGTERM");
}

#[test]
fn sigterm_twice() {
    twice("TERM", "SIGTERM");
}

/// A call that AWS refuses may be repeated for many minutes; whoever stops the run does not wait for that.
#[test]
fn what_is_refused_again_and_again_is_left() {
    let sandbox = Sandbox::start();
    sandbox.faults(&json!([{"operation": "CreateSubnet", "do": "throttle"}]));
    let mut up = sandbox.program(&UP).start();
    up.until("calls that are refused again and again", |_| sandbox.hits() > 20);
    up.signal("TERM");
    let ended = up.end().with(130).says("again");
    assert!(ended.took < Duration::from_secs(40), "{:?}", ended.took);
    sandbox.heal();
    sandbox.up(STACK, "sandbox");
    sandbox.settled(STACK, "sandbox");
}
