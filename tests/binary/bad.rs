//! What a user sees who does something wrong: the whole transcript, with an exit code and nothing changed.

use std::fs;
use std::time::Duration;

use serde_json::{Value, json};

use crate::program::{Ended, Program};
use crate::sandbox::{Sandbox, root};
use crate::stack::{STACK, changed};

/// What the user saw, with what differs from run to run replaced.
fn transcript(sandbox: &Sandbox, ended: &Ended) -> String {
    let home = sandbox.home().to_str().expect("a plain path");
    let clean = |text: &str| {
        let text = text.replace(&sandbox.endpoint, "ENDPOINT").replace(home, "HOME");
        let text = text.replace(root().to_str().expect("a plain path"), "ROOT");
        // Where a message wraps depends on how long the paths are.
        let text = text.replace("\n  │ ", " ").replace("\n        ", " ");
        let lines = text.lines().map(|line| {
            if let Some((before, _)) = line.split_once("lease taken (") {
                return format!("{before}lease taken (ID)");
            }
            // Whichever of many questions at once is told of.
            match line.split_once(": dispatch failure: io error") {
                Some((_, after)) => format!("  × SERVICE:OPERATION: dispatch failure: io error{after}"),
                None => line.trim_end().to_owned(),
            }
        });
        lines.collect::<Vec<_>>().join("\n")
    };
    let code = ended.code.map_or_else(|| "killed".to_owned(), |code| code.to_string());
    // Plans have transcripts of their own.
    let out = ended.out.split_inclusive('\n').take(1).collect::<String>();
    format!("exit code {code}\n--- stdout\n{}\n--- stderr\n{}", clean(&out), clean(&ended.err))
}

/// Runs each and compares what the user saw; none of them changes anything.
fn all(sandbox: &Sandbox, programs: Vec<(&str, Program)>) {
    for (name, program) in programs {
        sandbox.forget_calls();
        let ended = program.run();
        assert!(ended.took < Duration::from_secs(15), "{name} took {:?}", ended.took);
        assert_eq!(sandbox.changes(), [""; 0], "{name} changes nothing");
        insta::assert_snapshot!(name, transcript(sandbox, &ended));
    }
}

#[test]
fn wrong_arguments() {
    let sandbox = Sandbox::start();
    let nowhere = sandbox.path("nowhere");
    fs::create_dir(&nowhere).expect("a directory");
    let run = |arguments: &[&str]| sandbox.program(arguments);
    let up = |more: &[&str]| run(&[&["up", STACK, "--env", "sandbox"][..], more].concat());
    let misspelt = changed(&sandbox, "misspelt.yaml", &[("  instance: m7g.large", "  instanze: m7g.large")]);
    let lost = sandbox.path("missing/events.ndjson");
    all(
        &sandbox,
        vec![
            ("no_stack_file", run(&["plan"]).within(&nowhere)),
            ("a_stack_file_that_is_not_there", run(&["plan", "missing.yaml"])),
            ("unknown_environment", run(&["plan", STACK, "--env", "prud"])),
            ("unknown_key", run(&["up", &misspelt, "--env", "sandbox", "--yes"])),
            ("no_command", run(&[])),
            ("unknown_command", run(&["upp"])),
            ("unknown_option", run(&["up", "--yess"])),
            ("no_terminal", up(&[])),
            ("events_into_nowhere", up(&["--yes", "--json-events", lost.to_str().expect("a plain path")])),
            ("a_wrong_address", up(&["--yes", "--allow-data-loss", "The Database"])),
            ("a_wrong_name", run(&["destroy", "--stack", "Not A Name", "--env", "sandbox", "--yes"])),
            ("standard_output_where_a_file_belongs", run(&["plan", STACK, "--json", "-"])),
            ("prices_of_no_region", run(&["prices", "refresh", "--region", "eu-nowhere"])),
            ("an_unknown_output", run(&["output", "nothing", "--env", "sandbox"])),
        ],
    );
}

#[test]
fn what_the_region_lacks() {
    let sandbox = Sandbox::start();
    let zones = changed(&sandbox, "zones.yaml", &[("  zones: 2", "  zones: [us-east-1a, us-east-1e]")]);
    let machine = changed(&sandbox, "machine.yaml", &[("  instance: m7g.large", "  instance: m99g.large")]);
    let plan = |stack: &str| sandbox.program(&["plan", stack, "--env", "sandbox"]);
    all(
        &sandbox,
        vec![
            ("a_zone_that_lacks_the_machine", plan(&zones)),
            ("a_machine_that_is_not_offered", plan(&machine)),
        ],
    );
}

#[test]
fn no_way_in() {
    let sandbox = Sandbox::start();
    let up = || sandbox.program(&["up", STACK, "--env", "sandbox", "--yes"]);
    let plan = || sandbox.program(&["plan", STACK, "--env", "sandbox"]);
    let nobody = |program: Program| program.env("AWS_ACCESS_KEY_ID", None).env("AWS_SECRET_ACCESS_KEY", None);
    all(
        &sandbox,
        vec![
            ("no_credentials", nobody(up())),
            // Although there are keys in the environment: who names a profile means that account.
            (
                "an_unknown_profile",
                sandbox.program(&["plan", STACK, "--env", "sandbox", "--profile", "nobody"]),
            ),
            // Nothing listens on the discard port.
            ("an_endpoint_that_does_not_answer", plan().env("AWS_ENDPOINT_URL", Some("http://127.0.0.1:9"))),
        ],
    );
}

/// Every call is answered with that error.
fn refused(name: &str, rule: &Value) {
    let sandbox = Sandbox::start();
    sandbox.faults(&json!([rule]));
    let up = sandbox.program(&["up", STACK, "--env", "sandbox", "--yes"]);
    let ended = up.run().with(1);
    assert!(ended.took < Duration::from_secs(15), "{name} took {:?}", ended.took);
    insta::assert_snapshot!(name, transcript(&sandbox, &ended));
    sandbox.heal();
    sandbox.up(STACK, "sandbox");
}

#[test]
fn an_expired_token() {
    let message = "The security token included in the request is expired";
    refused(
        "an_expired_token",
        &json!({"do": "error", "code": "ExpiredToken", "message": message, "status": 403}),
    );
}

#[test]
fn a_lacking_permission() {
    let message = "You are not authorized to perform this operation.";
    let rule = json!({"operation": "DescribeVpcs", "do": "error", "code": "UnauthorizedOperation", "message": message, "status": 403});
    refused("a_lacking_permission", &rule);
}
