//! Instance that stands alone, and the volumes that go from one to its successor.

use aws_sdk_ec2::types::{Instance as Described, InstanceStateName};
use drucloud::aws::kinds::volume::Volume;
use drucloud::model::diff;
use drucloud::model::live::Live;
use drucloud::model::spec::Id;
use drucloud::run::fault::Class;
use serde_json::{Value, json};

use crate::law::law;
use crate::tier::Place;
use crate::world::{World, eventually, insist, room};

const KIND: &str = "instance";

struct Ground {
    world: World,
    place: Place,
    role: String,
}

impl Ground {
    async fn new() -> Self {
        let world = World::new().await;
        let place = world.place().await;
        let role = world.role().await.to_string();
        Self { world, place, role }
    }

    fn server(&self) -> Value {
        json!({"image": "resolve:ssm:/aws/service/debian/release/13/latest/arm64", "instance_type": "t4g.small",
            "profile": {"$id": self.role, "$kind": "role"}, "subnet": self.place.subnets[0],
            "security_groups": [self.place.group],
            "root": {"device": "/dev/xvda", "size_gib": 20, "type": "gp3", "encrypted": true}, "volumes": {},
            "user_data": "#!/bin/sh\necho grüße\n", "configuration": key("0a"), "metadata_tokens": true, "metadata_hops": 1,
            "detailed_monitoring": false, "running": true})
    }

    fn with(&self, others: &Value) -> Value {
        let mut properties = self.server();
        for (name, value) in others.as_object().expect("properties") {
            properties[name] = value.clone();
        }
        properties
    }

    async fn volume(&self, name: &str) -> Id<Volume> {
        let properties = json!({"zone": "us-east-1a", "gib": 20, "type": "gp3", "encrypted": true});
        self.world.id(&format!("search.{name}"), properties).await
    }

    async fn described(&self, id: &str) -> Described {
        let answer = self.world.aws.ec2().describe_instances().instance_ids(id).send().await;
        answer.expect("an answer").reservations()[0].instances()[0].clone()
    }
}

/// The key of a configuration with that digest.
fn key(sha256: &str) -> String {
    format!("bundles/search.configuration/{sha256}.tar.gz")
}

/// The volumes by the devices that they are on.
fn on(volumes: &[(&str, &Id<Volume>)]) -> Value {
    volumes
        .iter()
        .map(|(device, volume)| ((*device).to_owned(), json!(volume)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

#[tokio::test]
async fn laws() {
    let ground = Ground::new().await;
    let (one, two) = (ground.volume("one").await, ground.volume("two").await);
    let other = ground.world.security_group(&ground.place.vpc, "other").await;
    let mut groups = [json!(ground.place.group), json!(other)];
    groups.sort_by_key(ToString::to_string);
    let role =
        json!({"service": "ec2.amazonaws.com", "policies": {}, "managed": [], "instance_profile": true});
    let role = ground.world.create("role", "search.role", role).await;
    let updates = [
        ("volumes", on(&[("/dev/sdf", &one)])),
        ("volumes", on(&[("/dev/sdf", &one), ("/dev/sdg", &two)])),
        ("volumes", on(&[("/dev/sdf", &two)])),
        ("instance_type", json!("t4g.medium")),
        ("profile", json!({"$id": role.id, "$kind": "role"})),
        ("security_groups", json!(groups)),
        ("root", json!({"device": "/dev/xvda", "size_gib": 30, "type": "gp3", "encrypted": true})),
        ("root", json!({"device": "/dev/xvda", "size_gib": 30, "type": "gp2", "encrypted": true})),
        ("configuration", json!(key("1b"))),
        ("metadata_tokens", json!(false)),
        ("metadata_hops", json!(2)),
        ("detailed_monitoring", json!(true)),
        ("running", json!(false)),
        ("running", json!(true)),
    ];
    law(&ground.world, KIND, "search.server", ground.server(), &updates).await;
}

#[tokio::test]
async fn what_is_started_is_as_ordered_and_has_no_public_address() {
    let ground = Ground::new().await;
    let live = ground.world.create(KIND, "search.server", ground.server()).await;
    let described = ground.described(&live.id).await;
    assert_eq!(described.public_ip_address(), None);
    assert_eq!(live.output("private_ip").as_deref(), described.private_ip_address());
    assert_eq!(live.output("state").as_deref(), Some("running"));
    let answer =
        ground.world.aws.ec2().describe_volumes().volume_ids(&live.outputs["root_volume"]).send().await;
    let root = answer.expect("the root volume").volumes()[0].clone();
    assert_eq!((root.size(), root.encrypted()), (Some(20), Some(true)));
    assert_eq!(ground.world.at("volume", &live.address).await, [], "a root volume stands at no address");
    let other = ground.world.order(KIND, "search.server", &ground.with(&json!({"user_data": "#!/bin/sh\n"})));
    let changes = ground.world.differences(&other).await.1;
    assert_eq!(changes, [], "what is for the first boot is for the next machine");
}

#[tokio::test]
async fn a_root_volume_without_its_tags_is_found_all_the_same() {
    let ground = Ground::new().await;
    let live = ground.world.create(KIND, "search.server", ground.server()).await;
    let call = ground.world.aws.ec2().delete_tags().resources(&live.outputs["root_volume"]);
    call.send().await.expect("untagged");
    let again = ground.world.ready(KIND, &live.address).await;
    assert_eq!(again.spec.get("root"), live.spec.get("root"));
}

/// Starts a successor with another image, as the executor does while the old one stands.
async fn successor(ground: &Ground, old: &Live, properties: Value) -> Live {
    let order = ground.world.order(KIND, "search.server", &properties);
    let room = room(KIND);
    insist("create the successor", &[], async || room.create(&ground.world.aws, &order).await).await;
    let look = async || {
        let found = ground.world.at(KIND, &order.address).await;
        let new = found.into_iter().find(|live| live.id != old.id).ok_or("not there yet")?;
        let changes = diff::diff(&order.spec, &new.spec, room.schema());
        if new.status != drucloud::model::live::Status::Ready {
            return Err(format!("{:?}", new.status));
        }
        if changes.is_empty() {
            return Ok(new);
        }
        match room.update(&ground.world.aws, &new, &order, &changes).await {
            Err(fault) if fault.class != Class::Busy => panic!("{fault}"),
            _ => Err(format!("{changes:?}")),
        }
    };
    eventually("the successor is as it should be", look).await
}

#[tokio::test]
async fn a_successor_takes_the_volume_over_when_the_old_one_is_stopped() {
    let ground = Ground::new().await;
    let volume = ground.volume("volume").await;
    let volumes = on(&[("/dev/sdf", &volume)]);
    let old = ground.world.create(KIND, "search.server", ground.with(&json!({"volumes": volumes}))).await;
    let image = "resolve:ssm:/aws/service/debian/release/12/latest/arm64";
    let new = successor(&ground, &old, ground.with(&json!({"volumes": volumes, "image": image}))).await;
    assert_ne!(new.id, old.id);
    assert_eq!(new.spec.get("image"), Some(&json!(image)));
    let left = ground.described(&old.id).await;
    assert_eq!(left.state().and_then(|s| s.name()).map(InstanceStateName::as_str), Some("stopped"));
    ground.world.remove(&old).await;
    let answer = ground.world.aws.ec2().describe_volumes().volume_ids(volume.as_str()).send().await;
    let attachments = answer.expect("the volume").volumes()[0].attachments().to_vec();
    assert_eq!(attachments[0].instance_id(), Some(&*new.id));
}

#[tokio::test]
async fn a_volume_of_somebody_else_is_left_to_them() {
    let ground = Ground::new().await;
    let volume = ground.volume("volume").await;
    let ec2 = ground.world.aws.ec2();
    let subnet = ground.place.subnets[0]["$id"].as_str().expect("an id").to_owned();
    let call = ec2.run_instances().min_count(1).max_count(1).subnet_id(subnet);
    let call = call.image_id("resolve:ssm:/aws/service/debian/release/13/latest/arm64");
    let answer = call.instance_type("t4g.nano".into()).send().await.expect("a stranger's instance");
    let stranger = answer.instances()[0].instance_id().expect("an id").to_owned();
    let attach = ec2.attach_volume().volume_id(volume.as_str()).instance_id(&stranger).device("/dev/sdf");
    eventually("it is attached", async || attach.clone().send().await.map_err(|error| format!("{error:?}")))
        .await;
    let properties = ground.with(&json!({"volumes": on(&[("/dev/sdf", &volume)])}));
    let order = ground.world.order(KIND, "search.server", &properties);
    let room = room(KIND);
    insist("create", &[], async || room.create(&ground.world.aws, &order).await).await;
    let (live, changes) = ground.world.differences(&order).await;
    let fault = room.update(&ground.world.aws, &live, &order, &changes).await.expect_err("it is not ours");
    assert!(fault.class == Class::Fatal && fault.message.contains(&stranger), "{fault}");
    let described = ground.described(&stranger).await;
    assert_eq!(described.state().and_then(|s| s.name()).map(InstanceStateName::as_str), Some("running"));
}

#[tokio::test]
async fn another_configuration_is_applied_by_one_command_and_is_not_the_machines_before_it_is_done() {
    let ground = Ground::new().await;
    let live = ground.world.create(KIND, "search.server", ground.server()).await;
    let order = ground.world.order(KIND, "search.server", &ground.with(&json!({"configuration": key("1b")})));
    let changes = ground.world.differences(&order).await.1;
    let room = room(KIND);
    // The agent of a young machine has not registered yet; then the command is begun and runs.
    let begun = async || match room.update(&ground.world.aws, &live, &order, &changes).await {
        Err(fault) if fault.class == Class::Busy => Ok(()),
        Err(fault) if fault.class == Class::NotYet => Err(fault.to_string()),
        answer => panic!("{answer:?}"),
    };
    eventually("it is begun", begun).await;
    let still = ground.world.ready(KIND, &order.address).await;
    assert_eq!(still.spec.get("configuration"), Some(&json!(key("0a"))), "it is not done yet");
    ground.world.converge(&order).await;
    let done = ground.world.ready(KIND, &order.address).await;
    assert!(!done.tags.contains_key("drucloud:configuring"), "{:?}", done.tags);
    let commands =
        ground.world.aws.ssm().list_commands().instance_id(&live.id).send().await.expect("commands");
    let [command] = commands.commands() else { panic!("one command was sent: {commands:?}") };
    let lines = command.parameters().expect("parameters")["commands"].join("\n");
    let call = format!("/usr/local/sbin/drucloud-boot --key {} --sha256 1b ", key("1b"));
    assert!(lines.contains(&call), "{lines}");
}
