//! The snapshots of the database that deployments take: found by their tags, and deleted by them alone.
//!
//! They are no resources of the environment: `destroy` leaves them, because they are what one restores from.

use std::time::Duration;

use aws_sdk_rds::types::{DbSnapshot, Tag};
use tokio::time::{Instant, sleep};

use crate::deploy::Snapshot;
use crate::run::fault::{Class, Fault, Forgive as _};
use crate::run::{pace, poll};

use super::tags::{self, Tags};
use super::{Aws, error};

/// The tag that says for which release it was taken.
const RELEASE: &str = "drucloud:release";
/// The tag that says whether its deployment goes on.
const DEPLOYMENT: &str = "drucloud:deployment";
const OPEN: &str = "open";
const CLOSED: &str = "closed";
/// How long one usually takes: the first of a database is the slow one.
const EXPECTED: Duration = Duration::from_secs(180);
/// How long one may take.
const LIMIT: Duration = Duration::from_secs(3 * 3600);

/// Those of this environment's database.
pub async fn list(aws: &Aws, database: &str) -> Result<Vec<Snapshot>, Fault> {
    let found = poll::ask("snapshots", async || {
        let call = aws.rds().describe_db_snapshots().db_instance_identifier(database).snapshot_type("manual");
        let mut pages = call.into_paginator().items().send();
        let mut found = Vec::new();
        while let Some(snapshot) = pages.next().await {
            found.push(snapshot.map_err(error::read("rds:DescribeDBSnapshots"))?);
        }
        Ok(found)
    });
    Ok(found.await?.iter().filter_map(|snapshot| ours(aws, snapshot)).collect())
}

/// A snapshot that a deployment of this environment took; what has failed is none.
fn ours(aws: &Aws, snapshot: &DbSnapshot) -> Option<Snapshot> {
    let told: Tags = tags::read!(snapshot.tag_list());
    let is = |key: &str, value: &str| told.get(key).is_some_and(|found| found == value);
    let ours = is(tags::STACK, &aws.scope.stack) && is(tags::ENV, &aws.scope.env);
    let at = told.get(tags::BORN).and_then(|at| at.parse().ok())?;
    (ours && told.contains_key(DEPLOYMENT)).then(|| Snapshot {
        name: snapshot.db_snapshot_identifier().unwrap_or_default().to_owned(),
        release: told.get(RELEASE).cloned().unwrap_or_default(),
        open: is(DEPLOYMENT, OPEN) && snapshot.status() != Some("failed"),
        at,
    })
}

fn marks(aws: &Aws, snapshot: &Snapshot, state: &str) -> Vec<Tag> {
    let marks = Tags::from([
        (tags::STACK.to_owned(), aws.scope.stack.clone()),
        (tags::ENV.to_owned(), aws.scope.env.clone()),
        (tags::BORN.to_owned(), snapshot.at.to_string()),
        (RELEASE.to_owned(), snapshot.release.clone()),
        (DEPLOYMENT.to_owned(), state.to_owned()),
    ]);
    tags::list!(marks => Tag)
}

/// Takes it unless it is there, and waits until it is available. Its name makes repeating safe.
pub async fn take(aws: &Aws, database: &str, snapshot: &Snapshot, tell: &dyn Fn(&str)) -> Result<(), Fault> {
    let begun = poll::ask(&snapshot.name, async || {
        let call = aws.rds().create_db_snapshot().db_instance_identifier(database);
        let call = call.db_snapshot_identifier(&snapshot.name).set_tags(Some(marks(aws, snapshot, OPEN)));
        call.send().await.map(|_| ()).map_err(error::create("rds:CreateDBSnapshot")).or_exists()
    });
    begun.await?;
    let started = Instant::now();
    let mut told = String::new();
    while started.elapsed() < LIMIT {
        let seen = poll::ask(&snapshot.name, async || look(aws, &snapshot.name).await).await?;
        match seen.status().unwrap_or_default() {
            "available" => return Ok(()),
            status @ ("failed" | "deleted") => {
                return Err(Fault::fatal("rds:CreateDBSnapshot", format!("`{}` is {status}", snapshot.name)));
            }
            status => {
                let state = match seen.percent_progress() {
                    Some(percent) if percent > 0 => format!("{status}, {percent} %"),
                    _ => status.to_owned(),
                };
                if state != told {
                    tell(&state);
                    told = state;
                }
            }
        }
        sleep(pace::look(started.elapsed(), EXPECTED)).await;
    }
    let hours = LIMIT.as_secs() / 3600;
    let why = format!("`{}` is still not available after {hours} hours", snapshot.name);
    Err(Fault::fatal("rds:CreateDBSnapshot", why))
}

async fn look(aws: &Aws, name: &str) -> Result<DbSnapshot, Fault> {
    let call = aws.rds().describe_db_snapshots().db_snapshot_identifier(name).send().await;
    let answer = call.map_err(error::read("rds:DescribeDBSnapshots"))?;
    let missing =
        || Fault::fatal("rds:DescribeDBSnapshots", format!("`{name}` is not there")).as_class(Class::Gone);
    answer.db_snapshots.unwrap_or_default().into_iter().next().ok_or_else(missing)
}

/// Notes that its deployment is over.
pub async fn close(aws: &Aws, snapshot: &Snapshot) -> Result<(), Fault> {
    let seen = poll::ask(&snapshot.name, async || look(aws, &snapshot.name).await).await?;
    poll::ask(&snapshot.name, async || {
        let call = aws.rds().add_tags_to_resource().set_resource_name(seen.db_snapshot_arn.clone());
        let call = call.set_tags(Some(marks(aws, snapshot, CLOSED))).send().await;
        call.map(|_| ()).map_err(error::update("rds:AddTagsToResource"))
    })
    .await
}

/// Deletes it. Repeating it is safe.
pub async fn forget(aws: &Aws, snapshot: &Snapshot) -> Result<(), Fault> {
    poll::ask(&snapshot.name, async || {
        let call = aws.rds().delete_db_snapshot().db_snapshot_identifier(&snapshot.name).send().await;
        call.map(|_| ()).map_err(error::delete("rds:DeleteDBSnapshot")).or_gone()
    })
    .await
}
