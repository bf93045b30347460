//! How an environment is: nothing there, well, and with something wrong.

use crate::account::Account;
use crate::hands::Hands;
use crate::sandbox::Sandbox;
use crate::stack::STACK;

#[test]
fn status_tells_what_is_wrong_and_who_is_at_work() {
    let sandbox = Sandbox::start();
    let status = |rest: &[&str]| sandbox.run(&[&["status", STACK, "--env", "sandbox"][..], rest].concat());
    status(&[]).with(2).says("nothing is there: `drucloud up` makes it");
    sandbox.up(STACK, "sandbox");
    let mut well = status(&[]);
    for _ in 0..20 {
        if well.code == Some(0) {
            break;
        }
        // Targets become healthy a while after their machines.
        std::thread::sleep(std::time::Duration::from_millis(500));
        well = status(&[]);
    }
    let well = well.with(0).says("all is well").says("Multi-AZ, 100 GiB").says("Nobody is at work here.");
    assert!(well.out.contains("machines: 2 in service, 2 wanted (2 to 8)"), "{}", well.out);
    sandbox.forget_calls();
    let json = status(&["--format", "json"]).with(0);
    let json: serde_json::Value = serde_json::from_str(&json.out).expect("JSON");
    assert_eq!((&json["healthy"], &json["stack"]), (&true.into(), &"drucloud".into()));
    assert!(
        json["target_groups"][0]["targets"].as_array().is_some_and(|targets| targets.len() == 2),
        "{json:#}"
    );
    let calls = sandbox.calls();
    assert!(calls.iter().all(|call| !call.mutating) && calls.len() < 75, "{} calls", calls.len());
    let hands = Hands(Account::of(&sandbox));
    hands.0.wait(hands.no_table());
    status(&[])
        .with(2)
        .says("1 thing is wrong")
        .says("! network.routes.data the stack names it, and it is not there");
}

#[test]
fn watching_ends_with_ctrl_c() {
    let sandbox = Sandbox::start();
    let mut watch = sandbox
        .program(&["status", STACK, "--env", "sandbox", "--watch", "--interval", "1", "--format", "json"])
        .start();
    watch.until("a second look", |watch| watch.wrote().lines().count() >= 2);
    watch.signal("INT");
    watch.end().with(2);
}
