//! AWS as a deployment sees it: scripts on machines, the pointer in S3, snapshots of RDS, targets of the balancer.

use std::rc::Rc;
use std::time::Duration;

use futures::future::try_join_all;
use tokio::time::{Instant, sleep};

use crate::deploy::platform::Node;
use crate::deploy::{Hitch, Platform, Snapshot};
use crate::model::live::Live;
use crate::model::machine;
use crate::model::release::{Pointer, Release};
use crate::run::cloud::Cloud as _;
use crate::run::fault::{Class, Fault};
use crate::run::{pace, poll};

use super::command::{self, CommandError, Done, Script};
use super::{Aws, error, health, snapshots, store};

/// The scripts on the machines (`templates/`).
const BUILD: &str = "/usr/local/sbin/drucloud-build";
const UPDATE: &str = "/usr/local/sbin/drucloud-update";
const RELEASE: &str = "/usr/local/sbin/drucloud-release";
/// How long a target usually needs to become healthy, and how long it may take.
const HEALTHY: (Duration, Duration) = (Duration::from_secs(30), Duration::from_secs(600));

/// The parts of a live environment that a deployment touches.
pub struct Site<'a> {
    /// The clients.
    pub aws: &'a Aws,
    /// The configuration bucket.
    pub bucket: String,
    /// The control server's instance.
    pub control: String,
    /// The database's name in RDS; none without one.
    pub database: Option<String>,
    /// The target groups.
    pub targets: Vec<Rc<Live>>,
}

impl Site<'_> {
    async fn on(&self, machine: &str, script: &Script, tell: &dyn Fn(&str)) -> Result<Done, Hitch> {
        command::run(self.aws, machine, script, tell).await.map_err(hitch)
    }

    /// Waits until a node is healthy behind every load balancer that it is a target of.
    pub async fn healthy(&self, node: &str, tell: &dyn Fn(&str)) -> Result<(), Hitch> {
        let started = Instant::now();
        let mut told = String::new();
        loop {
            let groups = poll::ask(node, async || health::targets(self.aws, &self.targets).await).await?;
            let targets = groups.iter().flat_map(|group| &group.targets).filter(|target| target.id == node);
            // "unused": no listener leads to the group yet.
            let sick = targets.into_iter().find(|t| !["healthy", "unused"].contains(&t.state.as_str()));
            let Some(sick) = sick else { return Ok(()) };
            let why = sick.why.as_ref().map_or_else(String::new, |why| format!(" ({why})"));
            let state = format!("the load balancer says {}{why}", sick.state);
            if started.elapsed() > HEALTHY.1 {
                let minutes = HEALTHY.1.as_secs() / 60;
                return Err(Hitch::Failed(format!("{state}, for {minutes} minutes")));
            }
            if state != told {
                tell(&state);
                told = state;
            }
            sleep(pace::look(started.elapsed(), HEALTHY.0)).await;
        }
    }
}

fn hitch(error: CommandError) -> Hitch {
    match error {
        CommandError::NotManaged { .. } | CommandError::Undelivered { .. } => {
            Hitch::Silent(error.to_string())
        }
        CommandError::Fault(fault) => fault.into(),
        other => Hitch::Failed(other.to_string()),
    }
}

impl Platform for Site<'_> {
    fn now(&self) -> u64 {
        self.aws.now()
    }

    async fn nodes(&self) -> Result<Vec<Node>, Fault> {
        let fleets = poll::ask("fleets", async || health::fleets(self.aws).await).await?;
        let members =
            fleets.iter().filter(|fleet| fleet.address.section() == "web").flat_map(|f| &f.machines);
        let mut nodes: Vec<Node> = members
            .filter(|member| member.state == "InService" || member.state.starts_with("Pending"))
            .map(|member| Node { id: member.id.clone(), serves: member.state == "InService" })
            .collect();
        nodes.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(nodes)
    }

    async fn settle(&self, tell: &dyn Fn(&str)) -> Result<(), Fault> {
        let nodes = self.nodes().await?;
        let machines = nodes.iter().map(|node| &node.id).chain([&self.control]);
        try_join_all(machines.map(|machine| command::settle(self.aws, machine, tell))).await?;
        Ok(())
    }

    async fn pointer(&self) -> Result<Option<Pointer>, Fault> {
        store::pointer(self.aws, &self.bucket).await
    }

    async fn point(&self, pointer: &Pointer) -> Result<(), Fault> {
        store::point(self.aws, &self.bucket, pointer).await
    }

    async fn build(&self, reference: &str, tell: &dyn Fn(&str)) -> Result<Release, Hitch> {
        let script =
            Script::ending(format!("the build of {reference}"), &[BUILD, reference]).taking(120, 3600);
        let done = self.on(&self.control, &script, tell).await?;
        let named = done.output.lines().rev().find_map(|line| line.trim().parse().ok());
        named.ok_or_else(|| {
            let said = command::tail(&done.output, 5);
            Hitch::Failed(format!("the build of {reference} does not end with the id of its commit:\n{said}"))
        })
    }

    async fn fetch(&self, node: &str, release: &Release) -> Result<(), Hitch> {
        let what = format!("fetching release {}", release.short());
        let script = Script::ending(what, &[RELEASE, "fetch", release.as_str()]).taking(10, 900);
        self.on(node, &script, &|_| {}).await?;
        Ok(())
    }

    async fn update(&self, release: &Release, tell: &dyn Fn(&str)) -> Result<(), Hitch> {
        let what = format!("the update to release {}", release.short());
        let script = Script::ending(what, &[UPDATE, release.as_str()]).taking(60, 3600);
        self.on(&self.control, &script, tell).await?;
        Ok(())
    }

    async fn activate(&self, node: &str, release: &Release, tell: &dyn Fn(&str)) -> Result<(), Hitch> {
        let what = format!("activating release {}", release.short());
        let script = Script::ending(what, &[RELEASE, "activate", release.as_str()]).taking(5, 600);
        self.on(node, &script, &|_| {}).await?;
        self.healthy(node, tell).await
    }

    fn has_database(&self) -> bool {
        self.database.is_some()
    }

    async fn snapshots(&self) -> Result<Vec<Snapshot>, Fault> {
        match &self.database {
            Some(database) => snapshots::list(self.aws, database).await,
            None => Ok(Vec::new()),
        }
    }

    async fn snapshot(&self, snapshot: &Snapshot, tell: &dyn Fn(&str)) -> Result<(), Fault> {
        match &self.database {
            Some(database) => snapshots::take(self.aws, database, snapshot, tell).await,
            None => Ok(()),
        }
    }

    async fn close(&self, snapshot: &Snapshot) -> Result<(), Fault> {
        snapshots::close(self.aws, snapshot).await
    }

    async fn forget(&self, snapshot: &Snapshot) -> Result<(), Fault> {
        snapshots::forget(self.aws, snapshot).await
    }

    async fn stored(&self) -> Result<Vec<Release>, Fault> {
        store::releases(self.aws, &self.bucket).await
    }

    async fn discard(&self, release: &Release) -> Result<(), Fault> {
        store::discard(self.aws, &self.bucket, release).await
    }
}

/// The machines of the environment: those that stand alone from what was read, those of groups by one look.
pub async fn machines(aws: &Aws, live: &[Rc<Live>]) -> Result<Vec<machine::Machine>, Fault> {
    let fleets = poll::ask("fleets", async || health::fleets(aws).await).await?;
    Ok(machine::machines(live, &fleets))
}

/// Whether a secret is there; its value is not read.
pub async fn has_secret(aws: &Aws, name: &str) -> Result<bool, Fault> {
    poll::ask("secret", async || {
        let call = aws.secrets().describe_secret().secret_id(name).send().await;
        match call.map_err(error::read("secretsmanager:DescribeSecret")) {
            Ok(answer) => Ok(answer.deleted_date.is_none()),
            Err(fault) if fault.class == Class::Gone => Ok(false),
            Err(fault) => Err(fault),
        }
    })
    .await
}
