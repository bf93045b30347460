//! Answers that are lost, calls that never arrive, and an API that throttles: the same run gets over them.
//!
//! `drop-before` leaves out `CreateVpc`, `CreateInternetGateway` and `AllocateAddress`: nothing but tags can find
//! what they make, so a run looks for five minutes before it makes them again. That is held against the simulated
//! cloud, on virtual time.

use serde_json::json;

use crate::account::Account;
use crate::sandbox::Sandbox;
use crate::stack::STACK;

/// The creations whose answer is lost, one run each.
const LOST: [&[&str]; 6] = [
    &["CreateVpc", "CreateSecurityGroup", "CreateNatGateway", "CreateListener"],
    &["AllocateAddress", "CreateSubnet", "CreateDBInstance", "PutScalingPolicy"],
    &["CreateInternetGateway", "CreateRole", "CreateLoadBalancer", "ChangeResourceRecordSets"],
    &["CreateHostedZone", "CreateLaunchTemplate", "CreateAutoScalingGroup", "CreateRoute"],
    &["CreateDBSubnetGroup", "CreateTargetGroup", "CreateRouteTable", "AssociateRouteTable"],
    &["CreateDBParameterGroup", "CreateVpcEndpoint", "CreateInstanceProfile", "AttachInternetGateway"],
];

/// The creations that never arrive.
const UNHEARD: [&[&str]; 2] = [
    &["CreateSubnet", "CreateRole", "CreateLaunchTemplate", "CreateDBInstance", "CreateAutoScalingGroup"],
    &["CreateSecurityGroup", "CreateNatGateway", "CreateLoadBalancer", "CreateHostedZone", "CreateListener"],
];

/// In each run the first call of each of these operations suffers the fault; what comes of it is what comes of
/// a run without any.
fn suffered(fault: &str, runs: &[&[&str]]) {
    let sandbox = Sandbox::start();
    let account = Account::of(&sandbox);
    let nothing = account.census();
    sandbox.up(STACK, "sandbox");
    let whole = account.census();
    for operations in runs {
        sandbox.destroy(STACK, "sandbox");
        assert_eq!(account.census(), nothing, "destroyed");
        let rule = |operation: &&str| json!({"operation": operation, "nth": 1, "do": fault});
        sandbox.faults(&operations.iter().map(rule).collect());
        sandbox.up(STACK, "sandbox");
        assert_eq!(sandbox.hits(), operations.len() as u64, "each fault struck: {operations:?}");
        sandbox.heal();
        sandbox.settled(STACK, "sandbox");
        assert_eq!(account.census(), whole, "{fault} of {operations:?}: nothing twice, nothing missing");
    }
}

#[test]
fn a_lost_answer_makes_nothing_twice() {
    suffered("drop-after", &LOST);
}

#[test]
fn a_call_that_never_arrives_is_made_again() {
    suffered("drop-before", &UNHEARD);
}

#[test]
fn throttling_only_takes_time() {
    let sandbox = Sandbox::start();
    let account = Account::of(&sandbox);
    let nothing = account.census();
    sandbox.faults(&json!([{"every": 3, "do": "throttle"}]));
    sandbox.up(STACK, "sandbox");
    assert!(sandbox.hits() > 20, "it was throttled");
    sandbox.settled(STACK, "sandbox");
    sandbox.destroy(STACK, "sandbox");
    sandbox.heal();
    assert_eq!(account.census(), nothing);
}

#[test]
fn a_throttled_question_is_asked_again_alone() {
    let sandbox = Sandbox::start();
    sandbox.up(STACK, "sandbox");
    let throttled = ["DescribeScheduledActions", "DescribeLaunchTemplateVersions", "GetPublicAccessBlock"];
    let rule = |operation: &&str| json!({"operation": operation, "nth": 1, "do": "throttle"});
    sandbox.faults(&throttled.iter().map(rule).collect());
    sandbox.forget_calls();
    sandbox.settled(STACK, "sandbox");
    assert_eq!(sandbox.hits(), 3);
    let calls = sandbox.calls();
    let count = |operation: &str| calls.iter().filter(|call| call.operation == operation).count();
    assert_eq!(throttled.map(count), [2, 2, 3], "two buckets");
    let beside = ["DescribePolicies", "DescribeAutoScalingGroups", "DescribeRouteTables", "GetResources"];
    assert_eq!(beside.map(count), [1; 4], "what was answered is not asked again");
}
