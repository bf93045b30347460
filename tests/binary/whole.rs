//! Every environment of the shipped stack, from nothing to nothing.

use serde_json::{Value, json};

use crate::account::Account;
use crate::sandbox::Sandbox;
use crate::stack::{FAREWELL, STACK, changed};

/// Up, plan, up again, outputs; the census before.
fn rise(sandbox: &Sandbox, env: &str, resources: u32) -> crate::account::Census {
    let account = Account::of(sandbox);
    let before = account.census();
    sandbox
        .run(&["plan", STACK, "--env", env])
        .with(2)
        .says(&format!("{resources} to add, 0 to change, 0 to replace, 0 to destroy"));
    let up = sandbox.up(STACK, env);
    let endpoints = ["database.endpoint", "database.host", "load_balancer", "network.vpc", "url"];
    let machines = ["search.host", "files.host.1", "files.host.2", "control.host", "control.instance"];
    for output in endpoints.into_iter().chain(machines) {
        assert!(up.out.lines().any(|line| line.starts_with(output)), "no output `{output}`: {}", up.out);
    }
    sandbox.settled(STACK, env);
    sandbox.forget_calls();
    sandbox.up(STACK, env).says("No changes.");
    assert_eq!(sandbox.changes(), [""; 0], "an up without changes changes nothing");
    let host = sandbox.run(&["output", "database.host", "--env", env]).with(0);
    assert_eq!(host.out, format!("db.drucloud-{env}.internal\n"));
    let all = sandbox.run(&["output", "--env", env, "--format", "json"]).with(0);
    let all: Value = serde_json::from_str(&all.out).expect("JSON");
    assert_eq!(all["database.host"], json!(format!("db.drucloud-{env}.internal")));
    before
}

/// Destroys from another directory, by names alone; nothing is left.
fn fall(sandbox: &Sandbox, env: &str, before: &crate::account::Census) {
    let names = ["destroy", "--stack", "drucloud", "--env", env, "--region", "us-east-1"];
    let farewell = [&names[..], &FAREWELL].concat();
    sandbox.program(&farewell).within(sandbox.home()).run().with(0).says("Nothing is left of");
    assert_eq!(Account::of(sandbox).census(), *before, "what was there before, and no more");
    sandbox.run(&["plan", STACK, "--env", env]).with(2).says("0 to change, 0 to replace, 0 to destroy");
    sandbox.program(&farewell).within(sandbox.home()).run().with(0);
}

/// A destroy that is refused changes nothing.
fn refused(sandbox: &Sandbox, env: &str, more: &[&str], why: &str) {
    sandbox.forget_calls();
    sandbox.run(&[&["destroy", STACK, "--env", env, "--yes"], more].concat()).with(3).says(why);
    assert_eq!(sandbox.changes(), [""; 0], "a refused destroy changes nothing");
    sandbox.settled(STACK, env);
}

#[test]
fn sandbox_environment() {
    let sandbox = Sandbox::start();
    let before = rise(&sandbox, "sandbox", 104);
    refused(&sandbox, "sandbox", &[], "loses the files in it");
    fall(&sandbox, "sandbox", &before);
}

#[test]
fn dev_environment() {
    let sandbox = Sandbox::start();
    let before = rise(&sandbox, "dev", 100);
    refused(&sandbox, "dev", &["--allow-data-loss", "web.group"], "loses the files in it");
    fall(&sandbox, "dev", &before);
}

#[test]
fn prod_environment_is_protected_until_the_stack_says_otherwise() {
    let sandbox = Sandbox::start();
    let before = rise(&sandbox, "prod", 104);
    refused(&sandbox, "prod", &[], "protected");
    refused(&sandbox, "prod", &["--allow-data-loss", "all", "--skip-final-snapshot"], "protected");
    let open = changed(&sandbox, "open.yaml", &[("protect: true", "protect: false")]);
    sandbox.run(&["plan", &open, "--env", "prod"]).with(2);
    sandbox.up(&open, "prod");
    sandbox.settled(&open, "prod");
    fall(&sandbox, "prod", &before);
}

/// The first four sections, and nothing else.
const FOUR: &str = r"
stack: four
region: us-east-1
network: { cidr: 10.20.0.0/16, zones: 2, nat: per-zone }
load_balancer: { algorithm: least-connections, https: auto }
web: { instance: m7g.large, scale: { min: 2, max: 8, cpu: 60 } }
database: { engine: mysql-8.4, instance: db.m7g.large, storage: 100 GiB, parameters: { long_query_time: 2 } }
environments: { sandbox: {} }
";

#[test]
fn a_plan_without_changes_asks_little() {
    let sandbox = Sandbox::start();
    let four = sandbox.path("four.yaml");
    std::fs::write(&four, FOUR).expect("the stack");
    for (stack, most) in [(STACK, 45), (four.to_str().expect("a plain path"), 30)] {
        sandbox.up(stack, "sandbox");
        sandbox.forget_calls();
        sandbox.settled(stack, "sandbox");
        let mut asked: Vec<String> = sandbox.calls().into_iter().map(|call| call.operation).collect();
        asked.sort();
        assert!(asked.len() <= most, "{} calls: {asked:#?}", asked.len());
        // Without the index all that it tells is asked of the services, and the plan is the same.
        let denied = json!([{"operation": "GetResources", "do": "error", "code": "AccessDeniedException"}]);
        sandbox.faults(&denied);
        sandbox.forget_calls();
        sandbox.settled(stack, "sandbox");
        assert!(sandbox.calls().len() > asked.len());
        sandbox.heal();
    }
}

#[test]
fn environments_live_beside_each_other() {
    let sandbox = Sandbox::start();
    sandbox.up(STACK, "sandbox");
    let alone = Account::of(&sandbox).census();
    sandbox.up(STACK, "dev");
    sandbox.settled(STACK, "sandbox");
    sandbox.destroy(STACK, "dev");
    assert_eq!(Account::of(&sandbox).census(), alone);
    sandbox.settled(STACK, "sandbox");
}

#[test]
fn a_last_snapshot_is_kept() {
    let sandbox = Sandbox::start();
    let before = Account::of(&sandbox).census();
    sandbox.up(STACK, "dev");
    sandbox
        .run(
            &[
                &["destroy", STACK, "--env", "dev", "--yes", "--allow-data-loss", "database.instance"][..],
                &["--allow-data-loss", "media.bucket", "--allow-data-loss", "configuration.bucket"],
                &["--allow-data-loss", "search.volume"],
                &["--allow-data-loss", "files.volume.1", "--allow-data-loss", "files.volume.2"],
            ]
            .concat(),
        )
        .with(0);
    let mut after = Account::of(&sandbox).census();
    assert_eq!(after.insert("snapshots", 0), Some(1), "one last snapshot");
    let kept = after.insert("volume snapshots", before["volume snapshots"]);
    assert_eq!(kept, Some(before["volume snapshots"] + 3), "one of each volume");
    assert_eq!(after, before);
}

#[test]
fn a_tag_of_the_stack_reaches_also_what_tells_its_tags_only_when_asked() {
    let sandbox = Sandbox::start();
    sandbox.up(STACK, "sandbox");
    let tag = [("region: us-east-1", "region: us-east-1\ntags: { team: editors }")];
    let tagged = changed(&sandbox, "tagged.yaml", &tag);
    let plan = sandbox.run(&["plan", &tagged, "--env", "sandbox"]).with(2);
    assert!(plan.out.contains(" ~ database.parameters  "), "{}", plan.out);
    sandbox.up(&tagged, "sandbox");
    sandbox.settled(&tagged, "sandbox");
    let account = Account::of(&sandbox);
    let tags = account.wait(async {
        let groups = account.rds().describe_db_parameter_groups().send().await.expect("groups");
        let ours = groups
            .db_parameter_groups()
            .iter()
            .find(|group| group.description().is_some_and(|text| text.contains("database.parameters")));
        let arn = ours.and_then(|group| group.db_parameter_group_arn()).expect("the stack's group");
        let answer = account.rds().list_tags_for_resource().resource_name(arn).send().await.expect("tags");
        answer.tag_list().to_vec()
    });
    assert!(tags.iter().any(|tag| tag.key() == Some("team") && tag.value() == Some("editors")), "{tags:?}");
}
