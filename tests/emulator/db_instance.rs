//! Database instance.

use drucloud::aws::kinds::db_parameter_group::DbParameterGroup;
use drucloud::aws::kinds::db_subnet_group::DbSubnetGroup;
use drucloud::model::diff::{Cause, Change};
use drucloud::model::live::{Live, Status};
use drucloud::model::schema::Effect;
use drucloud::model::spec::Id;
use drucloud::run::cloud::Farewell;
use drucloud::run::fault::Class;
use serde_json::{Value, json};

use crate::law::law;
use crate::world::{World, eventually, insist, room};

const KIND: &str = "db_instance";

/// Where databases can stand: subnets, security groups, parameters.
pub struct Place {
    pub world: World,
    subnets: Id<DbSubnetGroup>,
    pub groups: [Value; 2],
    pub parameters: [Id<DbParameterGroup>; 2],
}

impl Place {
    pub async fn new() -> Self {
        let world = World::new().await;
        let vpc = world.vpc().await;
        let (a, b) = (world.subnet(&vpc, 1, 'a').await, world.subnet(&vpc, 2, 'b').await);
        let subnets = world.id("database.subnets", json!({"subnets": [a, b]})).await;
        let mut parameters = Vec::new();
        for (address, seconds) in [("database.parameters", "2"), ("database.other", "5")] {
            let properties = json!({"family": "mysql8.4", "parameters": {"long_query_time": seconds}});
            parameters.push(world.id(address, properties).await);
        }
        let groups = [
            security_group(&world, vpc.as_str(), "one").await,
            security_group(&world, vpc.as_str(), "two").await,
        ];
        let parameters = parameters.try_into().expect("two groups");
        Self { world, subnets, groups, parameters }
    }

    fn database(&self) -> Value {
        json!({
            "engine": "mysql", "version": "8.4.3", "class": "db.m7g.large",
            "storage": {"gib": 20, "max_gib": 100, "type": "gp3"},
            "encrypted": true, "multi_az": true, "subnet_group": self.subnets,
            "security_groups": [self.groups[0]], "public": false, "parameter_group": self.parameters[0],
            "backup_days": 7, "backup_window": "02:00-02:30", "maintenance_window": "Sun:03:00-Sun:04:00",
            "minor_upgrades": true, "logs": ["error", "slowquery"], "performance_insights": true,
            "database": "drupal", "master_user": "drupal", "managed_password": true,
        })
    }

    /// The database with these properties instead.
    pub fn with(&self, others: &Value) -> Value {
        let mut properties = self.database();
        for (name, value) in others.as_object().expect("properties") {
            properties[name] = value.clone();
        }
        properties
    }

    async fn snapshot(&self, source: &Live) -> String {
        let rds = self.world.aws.rds();
        let name = format!("{}-seed", self.world.aws.scope.stack);
        let call = rds.create_db_snapshot().db_snapshot_identifier(&name).db_instance_identifier(&source.id);
        eventually("a snapshot can be taken", async || {
            call.clone().send().await.map(|_| ()).map_err(|error| format!("{error:?}"))
        })
        .await;
        eventually("the snapshot is there", async || {
            let seen = status_of_snapshot(self, &name).await;
            if seen.as_deref() == Some("available") { Ok(()) } else { Err(format!("{seen:?}")) }
        })
        .await;
        name
    }
}

async fn status_of_snapshot(place: &Place, name: &str) -> Option<String> {
    let call = place.world.aws.rds().describe_db_snapshots().db_snapshot_identifier(name);
    let answer = call.send().await.ok()?;
    Some(answer.db_snapshots().first()?.status()?.to_owned())
}

async fn security_group(world: &World, vpc: &str, name: &str) -> Value {
    let call = world.aws.ec2().create_security_group().vpc_id(vpc).group_name(name).description("for a test");
    let answer = call.send().await.expect("a security group");
    json!({"$id": answer.group_id().expect("an id"), "$kind": "security_group"})
}

fn protect(to: bool) -> [Change; 1] {
    [Change {
        property: "protect".to_owned(),
        from: (!to).into(),
        to: to.into(),
        effect: Effect::NoInterruption,
        cause: Cause::Unrecorded,
    }]
}

#[tokio::test]
async fn laws() {
    let place = Place::new().await;
    let seed = place.with(&json!({"storage": {"gib": 20, "type": "gp3"}, "multi_az": false}));
    let seed = place.world.create(KIND, "database.seed", seed).await;
    let snapshot = place.snapshot(&seed).await;
    // RDS never takes the password's keeping back, so it starts as a restored database does: without.
    let start = json!({"restore_from": snapshot, "managed_password": false, "parameters_applied": null});
    let updates = [
        ("managed_password", json!(true)),
        ("class", json!("db.m7g.xlarge")),
        ("multi_az", json!(false)),
        ("security_groups", json!(place.groups)),
        ("public", json!(true)),
        ("backup_days", json!(14)),
        ("backup_window", json!("01:00-01:30")),
        ("maintenance_window", json!("Mon:05:00-Mon:06:00")),
        ("minor_upgrades", json!(false)),
        ("logs", json!(["error", "general"])),
        ("performance_insights", json!(false)),
        ("storage", json!({"gib": 30, "max_gib": 200, "type": "gp3"})),
        ("version", json!("8.4.5")),
        ("parameter_group", json!(place.parameters[1])),
        ("parameters_applied", json!("yes")),
    ];
    law(&place.world, KIND, "database.instance", place.with(&start), &updates).await;
}

#[tokio::test]
async fn an_empty_one_is_as_ordered_at_once_and_names_its_outputs() {
    let place = Place::new().await;
    let release = place.with(&json!({"version": "8.4"}));
    let order = place.world.order(KIND, "database.instance", &release);
    let create = async || room(KIND).create(&place.world.aws, &order).await;
    insist("create", &[], create).await;
    let (live, changes) = place.world.differences(&order).await;
    assert_eq!(changes, [], "the call that makes it sets everything");
    for output in ["endpoint", "port", "secret_arn", "arn", "resource_id"] {
        assert!(live.output(output).is_some_and(|value| !value.is_empty()), "no {output}: {live:?}");
    }
    assert!(live.born.is_some());
}

#[tokio::test]
async fn a_protected_one_is_not_deleted_and_leaves_a_snapshot_when_it_goes() {
    let place = Place::new().await;
    let live = place.world.create(KIND, "database.instance", place.database()).await;
    let mut order = place.world.order(KIND, "database.instance", &place.database());
    for protected in [true, false] {
        order.protect = protected;
        let change = protect(protected);
        let update = async || room(KIND).update(&place.world.aws, &live, &order, &change).await;
        insist("protect", &[], update).await;
        assert_eq!(place.world.ready(KIND, &order.address).await.protected, protected);
        if protected {
            let refused = room(KIND).delete(&place.world.aws, &live, &Farewell::default()).await;
            assert_eq!(refused.map_err(|fault| fault.class), Err(Class::Fatal));
        }
    }
    let name = format!("{}-last", place.world.aws.scope.stack);
    let farewell = Farewell { snapshot: Some(name.clone()) };
    let delete = async || room(KIND).delete(&place.world.aws, &live, &farewell).await;
    insist("delete", &[], delete).await;
    let leaving = place.world.at(KIND, &order.address).await;
    assert!(leaving.iter().all(|live| live.status == Status::Deleting), "{leaving:?}");
    insist("delete again", &[], async || match delete().await {
        Err(fault) if fault.class == Class::Gone => Ok(()),
        answer => answer,
    })
    .await;
    eventually("its last snapshot is there", async || {
        let seen = status_of_snapshot(&place, &name).await;
        if seen.as_deref() == Some("available") { Ok(()) } else { Err(format!("{seen:?}")) }
    })
    .await;
}

/// Stops the database as somebody else would.
async fn stop(place: &Place, live: &Live) -> Live {
    let call = place.world.aws.rds().stop_db_instance().db_instance_identifier(&live.id);
    eventually("it can be stopped", async || {
        call.clone().send().await.map(|_| ()).map_err(|error| format!("{error:?}"))
    })
    .await;
    let stopped = place.world.ready(KIND, &live.address).await;
    assert_eq!(stopped.spec.get("running"), Some(&json!(false)));
    stopped
}

#[tokio::test]
async fn one_that_was_stopped_is_started_and_then_changed() {
    let place = Place::new().await;
    let live = place.world.create(KIND, "database.instance", place.database()).await;
    stop(&place, &live).await;
    let order = place.world.order(KIND, "database.instance", &place.with(&json!({"backup_days": 14})));
    let (_, changes) = place.world.differences(&order).await;
    let seen: Vec<(&str, Effect)> = changes.iter().map(|c| (c.property.as_str(), c.effect)).collect();
    assert_eq!(seen, [("backup_days", Effect::NoInterruption), ("running", Effect::NoInterruption)]);
    let live = place.world.converge(&order).await;
    assert_eq!(live.spec.get("backup_days"), Some(&json!(14)));
}

#[tokio::test]
async fn one_that_was_stopped_starts_for_its_last_snapshot() {
    let place = Place::new().await;
    let live = place.world.create(KIND, "database.instance", place.database()).await;
    let stopped = stop(&place, &live).await;
    let name = format!("{}-last", place.world.aws.scope.stack);
    let farewell = Farewell { snapshot: Some(name.clone()) };
    let asleep = room(KIND).delete(&place.world.aws, &stopped, &farewell).await.expect_err("a refusal");
    assert_eq!(asleep.class, Class::Busy, "{asleep}");
    let running = place.world.ready(KIND, &live.address).await;
    let delete = async || room(KIND).delete(&place.world.aws, &running, &farewell).await;
    insist("delete", &[], delete).await;
    eventually("its last snapshot is there", async || {
        let seen = status_of_snapshot(&place, &name).await;
        if seen.as_deref() == Some("available") { Ok(()) } else { Err(format!("{seen:?}")) }
    })
    .await;
}

#[tokio::test]
async fn a_snapshot_that_does_not_fit_is_refused_before_anything_is_made() {
    let place = Place::new().await;
    let seed = place.world.create(KIND, "database.seed", place.with(&json!({"encrypted": false}))).await;
    let snapshot = place.snapshot(&seed).await;
    let encrypted = place.with(&json!({"restore_from": snapshot}));
    let smaller = place
        .with(&json!({"restore_from": snapshot, "encrypted": false, "storage": {"gib": 10, "type": "gp3"}}));
    let missing = place.with(&json!({"restore_from": "nowhere"}));
    for (properties, why) in [(encrypted, "not encrypted"), (smaller, "needs 20 GiB"), (missing, "nowhere")] {
        let order = place.world.order(KIND, "database.instance", &properties);
        let fault = room(KIND).create(&place.world.aws, &order).await.expect_err("a refusal");
        assert!(fault.class == Class::Fatal && fault.message.contains(why), "{why}: {fault}");
        assert_eq!(place.world.at(KIND, &order.address).await, []);
    }
}

#[tokio::test]
async fn what_waits_for_the_maintenance_window_is_no_difference() {
    let place = Place::new().await;
    place.world.create(KIND, "database.instance", place.database()).await;
    let later = json!({"apply": "maintenance-window", "class": "db.m7g.xlarge", "version": "8.4.5",
        "storage": {"gib": 50, "max_gib": 100, "type": "gp3"}});
    let order = place.world.order(KIND, "database.instance", &place.with(&later));
    let live = place.world.converge(&order).await;
    assert_eq!(live.status, Status::Ready);
    let call = place.world.aws.rds().describe_db_instances().db_instance_identifier(&live.id);
    let answer = call.send().await.expect("the database");
    let described = answer.db_instances().first().expect("one");
    assert_eq!(described.db_instance_class(), Some("db.m7g.large"), "it waits");
}

#[tokio::test]
async fn static_parameters_get_their_restart() {
    let place = Place::new().await;
    let properties = place.with(&json!({"parameters_applied": "yes"}));
    place.world.create(KIND, "database.instance", properties.clone()).await;
    let parameters = json!({"family": "mysql8.4", "parameters": {"performance_schema": "1"}});
    let group = place.world.order("db_parameter_group", "database.parameters", &parameters);
    place.world.converge(&group).await;
    let order = place.world.order(KIND, "database.instance", &properties);
    let (_, changes) = place.world.differences(&order).await;
    let seen: Vec<&str> = changes.iter().map(|change| change.property.as_str()).collect();
    assert_eq!(seen, ["parameters_applied"]);
    place.world.converge(&order).await;
}

#[tokio::test]
async fn an_older_snapshot_is_upgraded_with_the_parameter_group_of_its_new_release() {
    let place = Place::new().await;
    let old = json!({"family": "mysql8.0", "parameters": {}});
    let old: Id<DbParameterGroup> = place.world.id("database.old", old).await;
    let seed = place.with(&json!({"version": "8.0", "parameter_group": old}));
    let seed = place.world.create(KIND, "database.seed", seed).await;
    let snapshot = place.snapshot(&seed).await;
    let wish = json!({"version": "8.4", "restore_from": snapshot, "parameters_applied": "yes"});
    let live = place.world.create(KIND, "database.instance", place.with(&wish)).await;
    assert!(
        live.spec.get("version").and_then(Value::as_str).is_some_and(|version| version.starts_with("8.4."))
    );
    assert_eq!(live.spec.get("parameter_group"), Some(&json!(place.parameters[0])));
}
