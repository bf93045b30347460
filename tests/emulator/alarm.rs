//! Alarm.

use serde_json::json;

use crate::law::law;
use crate::world::World;

#[tokio::test]
async fn laws() {
    let world = World::new().await;
    let recover = "arn:aws:automate:us-east-1:ec2:recover";
    let told = "arn:aws:sns:us-east-1:123456789012:ops";
    let properties = json!({"description": "The database's CPU is busy.", "namespace": "AWS/RDS",
        "metric": "CPUUtilization", "dimensions": {"DBInstanceIdentifier": "drucloud-prod"},
        "statistic": "Average", "period_seconds": 300, "periods": 3, "datapoints": 2,
        "comparison": "GreaterThanThreshold", "threshold": 80, "missing": "missing",
        "actions": [told], "ok_actions": []});
    let updates = [
        ("description", json!("Its memory is short.\nLook at its connections.")),
        ("statistic", json!("p99.5")),
        ("period_seconds", json!(60)),
        ("periods", json!(5)),
        ("datapoints", json!(5)),
        ("comparison", json!("LessThanOrEqualToThreshold")),
        ("threshold", json!(1.5)),
        ("missing", json!("breaching")),
        ("ok_actions", json!([told])),
        ("namespace", json!("AWS/EC2")),
        ("dimensions", json!({"InstanceId": "i-0123456789abcdef0"})),
        ("metric", json!("StatusCheckFailed_System")),
        ("actions", json!([recover, told])),
        ("actions", json!([])),
    ];
    law(&world, "alarm", "monitoring.database-cpu", properties, &updates).await;
}

#[tokio::test]
async fn actions_that_were_switched_off_are_a_difference() {
    let world = World::new().await;
    let properties = json!({"description": "Nodes fail.", "namespace": "AWS/EC2", "metric": "StatusCheckFailed",
        "dimensions": {}, "statistic": "Maximum", "period_seconds": 60, "periods": 2, "datapoints": 2,
        "comparison": "GreaterThanThreshold", "threshold": 0, "missing": "missing",
        "actions": ["arn:aws:sns:us-east-1:123456789012:ops"], "ok_actions": []});
    let order = world.order("alarm", "monitoring.nodes", &properties);
    let live = world.make(&order).await;
    let call = world.aws.cloudwatch().disable_alarm_actions().alarm_names(&live.id);
    call.send().await.expect("switched off");
    let (_, changes) = world.differences(&order).await;
    let seen: Vec<&str> = changes.iter().map(|change| change.property.as_str()).collect();
    assert_eq!(seen, ["actions"]);
    world.converge(&order).await;
}
