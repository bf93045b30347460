//! Parts of an environment: only some of it, all but some of it.

use crate::account::Account;
use crate::sandbox::Sandbox;
use crate::stack::STACK;

#[test]
fn a_part_is_made_then_the_rest_and_a_part_is_deleted() {
    let sandbox = Sandbox::start();
    let account = Account::of(&sandbox);
    let up = |rest: &[&str]| sandbox.run(&[&["up", STACK, "--env", "sandbox", "--yes"][..], rest].concat());
    let plan = |rest: &[&str]| sandbox.run(&[&["plan", STACK, "--env", "sandbox"][..], rest].concat());
    plan(&["--only", "databse"]).with(1).says("did you mean `database`?");
    plan(&["--except", "network.vpc"]).with(2).says("which `--except` leaves out");
    up(&["--except", "network.vpc"]).with(3);
    up(&["--only", "database"]).with(0).says("left out");
    let census = account.census();
    assert_eq!((census["databases"], census["load balancers"], census["autoscaling groups"]), (1, 0, 0));
    plan(&["--only", "database.*"]).with(0).says("No changes of what is selected").says("Left out (");
    up(&["--except", "cache"]).with(0);
    assert_eq!(account.census()["load balancers"], 1);
    up(&[]).with(0);
    sandbox.settled(STACK, "sandbox");
    let farewell = ["--yes", "--allow-data-loss", "all", "--skip-final-snapshot"];
    let destroy =
        |rest: &[&str]| sandbox.run(&[&["destroy", STACK, "--env", "sandbox"][..], &farewell, rest].concat());
    destroy(&["--only", "load_balancer.targets"])
        .with(0)
        .says("The rest of drucloud/sandbox stays as it is.");
    let census = account.census();
    assert_eq!((census["databases"], census["target groups"], census["autoscaling groups"]), (1, 0, 0));
    destroy(&[]).with(0).says("Nothing is left of");
}
