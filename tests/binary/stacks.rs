//! The other stacks that are shipped: each environment, from nothing to nothing.

use crate::account::Account;
use crate::sandbox::Sandbox;
use crate::stack::FAREWELL;

/// Up, plan, destroy; what was there before is there again.
fn there_and_back(stack: &str, env: &str, resources: u32) {
    let sandbox = Sandbox::start();
    let before = Account::of(&sandbox).census();
    let plan = sandbox.run(&["plan", stack, "--env", env]).with(2);
    plan.says(&format!("{resources} to add, 0 to change, 0 to replace, 0 to destroy"));
    sandbox.up(stack, env);
    sandbox.settled(stack, env);
    sandbox.destroy(stack, env);
    assert_eq!(Account::of(&sandbox).census(), before);
}

#[test]
fn the_first_deployment_as_it_was() {
    there_and_back("stacks/bootdev.yaml", "sandbox", 74);
}

#[test]
fn the_first_deployment_with_the_machines_of_today() {
    there_and_back("stacks/bootdev.yaml", "today", 74);
}

#[test]
fn the_smallest_platform() {
    there_and_back("stacks/minimal.yaml", "sandbox", 37);
}

#[test]
fn the_smallest_platform_is_protected_in_production() {
    const STACK: &str = "stacks/minimal.yaml";
    let sandbox = Sandbox::start();
    sandbox.up(STACK, "prod");
    sandbox.settled(STACK, "prod");
    sandbox.run(&[&["destroy", STACK, "--env", "prod"][..], &FAREWELL].concat()).with(3).says("protected");
    sandbox.settled(STACK, "prod");
}
