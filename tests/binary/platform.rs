//! A small platform with machines that take commands: two web nodes, a control server and a database.

use std::cell::Cell;
use std::fs;

use aws_sdk_autoscaling::types::Instance;
use serde_json::Value;

use crate::account::Account;
use crate::hands::{at, done, named, only};
use crate::program::{Ended, Program};
use crate::sandbox::Sandbox;

const STACK: &str = r#"
stack: site
region: us-east-1
network: { cidr: 10.40.0.0/20, zones: 2, nat: single }
web: { instance: t4g.small, scale: { min: 2, max: 4 } }
database: { engine: mysql-8.4, instance: db.t4g.small, multi_az: false, storage: 20 GiB }
control: { instance: t4g.nano }
cache: none
media: none
search: none
files: none
monitoring: none
site:
  source: { git: "git@github.com:example/site.git", deploy_key: secret:deploy-key }
environments: { sandbox: {} }
"#;

/// The platform.
pub struct Platform {
    pub sandbox: Sandbox,
    pub account: Account,
    pub stack: String,
    /// The configuration bucket.
    pub bucket: String,
    /// The control server.
    pub control: String,
    /// The web nodes, by their ids.
    pub nodes: Vec<String>,
    /// How many commands were told before.
    heard: Cell<usize>,
}

impl Platform {
    /// The repository's key is there, and it stands.
    pub fn start() -> Self {
        let sandbox = Sandbox::start();
        let path = sandbox.path("site.yaml");
        fs::write(&path, STACK).expect("the stack");
        let stack = path.to_str().expect("a plain path").to_owned();
        let account = Account::of(&sandbox);
        account.wait(async {
            let call = account.secrets().create_secret().name("deploy-key").secret_string("a key");
            done!(call);
        });
        sandbox.up(&stack, "sandbox");
        let (bucket, control, nodes) = account.wait(async {
            let running = account.ec2().describe_instances().filters(at("control.server"));
            let answer = done!(running.filters(named("instance-state-name", "running")));
            let instances = answer.reservations.unwrap_or_default();
            let instances = instances.into_iter().flat_map(|r| r.instances.unwrap_or_default()).collect();
            let control =
                only(Some(instances), |instance: &aws_sdk_ec2::types::Instance| instance.instance_id());
            (bucket(&account).await, control, nodes(&account).await)
        });
        assert_eq!(nodes.len(), 2, "two web nodes");
        Self { sandbox, account, stack, bucket, control, nodes, heard: Cell::new(0) }
    }

    /// A command on this platform.
    pub fn program(&self, command: &[&str]) -> Program {
        let place = ["--stack-file", &self.stack, "--env", "sandbox"];
        self.sandbox.program(&[&command[..1], &place, &command[1..]].concat())
    }

    /// The same, run.
    pub fn run(&self, command: &[&str]) -> Ended {
        self.program(command).run()
    }

    /// What machines were told to run since this was last asked: `web.1 drucloud-release fetch b28b…`.
    pub fn told(&self) -> Vec<String> {
        let short = |(machine, lines): (String, String)| {
            let call = lines.lines().find(|line| line.starts_with("/usr/local/sbin/")).expect("a program");
            let call = call.trim_start_matches("/usr/local/sbin/");
            let words: Vec<&str> = call.split(" >").next().expect("words").split(' ').collect();
            format!("{} {}", self.called(&machine), words.join(" "))
        };
        let all = self.sandbox.commands();
        let before = self.heard.replace(all.len());
        all.into_iter().skip(before).map(short).collect()
    }

    fn called(&self, machine: &str) -> String {
        if machine == self.control {
            return "control".to_owned();
        }
        let number = self.nodes.iter().position(|node| node == machine);
        number.map_or_else(|| machine.to_owned(), |number| format!("web.{}", number + 1))
    }

    /// Puts an object into the configuration bucket.
    pub fn put(&self, key: &str, text: &str) {
        self.account.wait(async {
            let body = text.as_bytes().to_vec().into();
            done!(self.account.s3().put_object().bucket(&self.bucket).key(key).body(body));
        });
    }

    /// The text of an object; empty where there is none.
    pub fn object(&self, key: &str) -> String {
        self.account.wait(async {
            let Ok(answer) = self.account.s3().get_object().bucket(&self.bucket).key(key).send().await else {
                return String::new();
            };
            let bytes = answer.body.collect().await.expect("a body").into_bytes();
            String::from_utf8_lossy(&bytes).into_owned()
        })
    }

    /// The names and the tags of the snapshots of the database.
    pub fn snapshots(&self) -> Vec<(String, Value)> {
        self.account.wait(async {
            let answer = done!(self.account.rds().describe_db_snapshots().snapshot_type("manual"));
            let tags = |snapshot: &aws_sdk_rds::types::DbSnapshot| {
                let pairs = snapshot.tag_list().iter();
                pairs
                    .map(|tag| (tag.key().expect("a key").to_owned(), serde_json::json!(tag.value())))
                    .collect()
            };
            let name =
                |s: &aws_sdk_rds::types::DbSnapshot| s.db_snapshot_identifier().expect("a name").to_owned();
            answer.db_snapshots().iter().map(|snapshot| (name(snapshot), tags(snapshot))).collect()
        })
    }
}

async fn nodes(account: &Account) -> Vec<String> {
    let answer = done!(account.autoscaling().describe_auto_scaling_groups());
    let instances = answer.auto_scaling_groups()[0].instances();
    let mut ids: Vec<String> =
        instances.iter().filter_map(Instance::instance_id).map(str::to_owned).collect();
    ids.sort();
    ids
}

/// The configuration bucket.
async fn bucket(account: &Account) -> String {
    let buckets = done!(account.s3().list_buckets()).buckets.unwrap_or_default();
    let found = buckets.into_iter().filter_map(|bucket| bucket.name);
    found.into_iter().find(|name| name.contains("configuration")).expect("the stack makes it")
}
