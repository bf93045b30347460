//! IAM role.

use drucloud::run::cloud::Farewell;
use serde_json::{Value, json};

use crate::law::law;
use crate::world::{World, insist, room};

const SESSIONS: &str = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore";
const AGENT: &str = "arn:aws:iam::aws:policy/CloudWatchAgentServerPolicy";

fn read(resources: &[&str]) -> Value {
    json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": resources}})
}

#[tokio::test]
async fn laws() {
    let world = World::new().await;
    let properties = json!({"service": "ec2.amazonaws.com", "policies": {"read": read(&["arn:aws:s3:::b/*"])},
        "managed": [SESSIONS], "instance_profile": true});
    let written = |policies: Value| {
        let spec =
            drucloud::model::spec::Spec::of(&json!({"service": "", "policies": policies, "managed": [],
            "instance_profile": false}));
        let spec = (room("role").schema().canonical)(&spec.expect("a spec"));
        spec.get("policies").cloned().expect("policies")
    };
    let updates = [
        ("service", json!("vpc-flow-logs.amazonaws.com")),
        (
            "policies",
            written(json!({"read": read(&["arn:aws:s3:::b/*", "arn:aws:s3:::a/*"]), "more": read(&["*"])})),
        ),
        ("policies", written(json!({"more": read(&["*"])}))),
        ("managed", json!([SESSIONS, AGENT])),
        ("managed", json!([])),
        ("instance_profile", json!(false)),
        ("instance_profile", json!(true)),
    ];
    law(&world, "role", "web.role", properties, &updates).await;
}

#[tokio::test]
async fn a_profile_that_lost_its_role_goes_with_the_role() {
    let world = World::new().await;
    let name = world.role().await.to_string();
    let call = world.aws.iam().remove_role_from_instance_profile().instance_profile_name(&name);
    call.role_name(&name).send().await.expect("removed");
    let live = world.ready("role", &"web.role".parse().expect("an address")).await;
    assert_eq!(live.spec.get("instance_profile"), Some(&json!(false)));
    let delete = async || room("role").delete(&world.aws, &live, &Farewell::default()).await;
    insist("delete", &[], delete).await;
    let left = world.aws.iam().get_instance_profile().instance_profile_name(&name).send().await;
    assert!(left.is_err(), "the profile is left over: {left:?}");
}
