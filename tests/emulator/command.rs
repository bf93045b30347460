//! Shell commands on machines: how they end, and that one whose answer was lost is not sent twice.

use std::cell::RefCell;

use drucloud::aws::command::{self, CommandError, Script};
use drucloud::model::live::Live;
use serde_json::{Value, json};

use crate::world::{World, eventually};

struct Ground {
    world: World,
    machine: Live,
}

impl Ground {
    /// A machine whose agent has registered.
    async fn new() -> Self {
        let world = World::new().await;
        let place = world.place().await;
        let role = world.role().await.to_string();
        let server = json!({"image": "resolve:ssm:/aws/service/debian/release/13/latest/arm64",
            "instance_type": "t4g.small", "profile": {"$id": role, "$kind": "role"}, "subnet": place.subnets[0],
            "security_groups": [place.group],
            "root": {"device": "/dev/xvda", "size_gib": 20, "type": "gp3", "encrypted": true}, "volumes": {},
            "user_data": "", "metadata_tokens": true, "metadata_hops": 1, "detailed_monitoring": false,
            "running": true});
        let machine = world.create("instance", "control.server", server).await;
        let ground = Self { world, machine };
        eventually("the agent has registered", async || match ground.run("true", &json!({})).await {
            Err(error @ CommandError::NotManaged { .. }) => Err(error.to_string()),
            answer => answer.map_err(|error| panic!("{error}")),
        })
        .await;
        ground
    }

    /// Runs a line that ends as the emulator is told.
    async fn run(&self, line: &str, end: &Value) -> Result<command::Done, CommandError> {
        let mut script = Script::call("try it", &["true"]).taking(1, 60);
        script.lines = vec![line.to_owned(), format!("# sandbox {end}")];
        command::run(&self.world.aws, &self.machine.id, &script, &|_| {}).await
    }
}

#[tokio::test]
async fn a_command_ends_as_it_ended_on_the_machine() {
    let ground = Ground::new().await;
    let done = ground.run("uname", &json!({"out": "Linux\n", "err": "hm\n"})).await.expect("done");
    assert_eq!((done.output.as_str(), done.errors.as_str(), done.cut), ("Linux\n", "hm\n", false));
    let failed = ground.run("false", &json!({"exit": 3, "out": "one\n", "err": "two\n"})).await;
    let words = failed.expect_err("it failed").to_string();
    assert_eq!(words, format!("try it failed on {} with exit code 3:\none\ntwo", ground.machine.id));
    let lost = ground.run("true", &json!({"state": "Undeliverable"})).await;
    assert!(matches!(lost, Err(CommandError::Undelivered { .. })), "{lost:?}");
    let late = ground.run("sleep 90", &json!({"state": "ExecutionTimedOut"})).await;
    assert!(matches!(late, Err(CommandError::TimedOut { seconds: 60, .. })), "{late:?}");
    let long = ground.run("yes", &json!({"out": "y\n".repeat(20_000)})).await.expect("done");
    assert!(long.cut);
}

#[tokio::test]
async fn a_machine_without_an_agent_is_a_case_of_its_own() {
    let world = World::new().await;
    let script = Script::call("try it", &["true"]);
    let error = command::run(&world.aws, "i-00000000000000000", &script, &|_| {}).await;
    assert!(matches!(error, Err(CommandError::NotManaged { .. })), "{error:?}");
}

#[tokio::test]
async fn what_a_dead_run_has_left_is_waited_for() {
    let ground = Ground::new().await;
    let (aws, machine) = (&ground.world.aws, &ground.machine.id);
    let told = RefCell::new(Vec::new());
    let settle = async || {
        // The command is on its way when this looks for the first time: it was begun before, and takes a second.
        eventually("the command is seen", async || {
            let told_before = told.borrow().len();
            let tell = |what: &str| told.borrow_mut().push(what.to_owned());
            command::settle(aws, machine, &tell).await.expect("a look");
            if told.borrow().len() > told_before { Ok(()) } else { Err("nothing runs".to_owned()) }
        })
        .await;
    };
    let end = json!({"seconds": 1});
    let (done, ()) = tokio::join!(ground.run("sleep 1", &end), settle());
    done.expect("done");
    assert_eq!(*told.borrow(), ["try it"]);
    command::settle(aws, machine, &|what| panic!("{what} does not run any more")).await.expect("a look");
}
