//! Preflight: every check passes where nothing stands in the way, and fails where something does.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use aws_sdk_ec2::types::DomainType;
use aws_sdk_route53::types::{Change, ChangeAction, ChangeBatch, ResourceRecord, ResourceRecordSet, RrType};
use drucloud::aws::preflight::rules;
use serde_json::{Value, json};

use crate::account::Account;
use crate::hands::done;
use crate::sandbox::{Sandbox, root};

const MINIMAL: &str = "stacks/minimal.yaml";

/// The smallest stack and what is added to it; its path.
fn stack(sandbox: &Sandbox, name: &str, more: &str) -> String {
    let shipped = fs::read_to_string(root().join(MINIMAL)).expect("the shipped stack");
    write(sandbox, name, &format!("{shipped}\n{more}"))
}

fn write(sandbox: &Sandbox, name: &str, text: &str) -> String {
    let path = sandbox.path(name);
    fs::write(&path, text).expect("the stack");
    path.to_str().expect("a plain path").to_owned()
}

/// The checks of a plan.
fn checks(sandbox: &Sandbox, stack: &str, env: &str) -> Vec<Value> {
    let ended = sandbox.run(&["plan", stack, "--env", env, "--format", "json"]).with(2);
    let plan: Value = serde_json::from_str(&ended.out).expect("JSON");
    plan["checks"].as_array().unwrap_or_else(|| panic!("no checks: {}", ended.out)).clone()
}

/// How each check of a plan ended, by its id: the worst of them, `failed` before `unknown` before `passed`.
fn verdicts(checks: &[Value]) -> BTreeMap<String, String> {
    let mut worst: BTreeMap<String, String> = BTreeMap::new();
    // They are told in this order, so the first of an id is its worst.
    for check in checks {
        let text = |key: &str| check[key].as_str().expect("text").to_owned();
        worst.entry(text("id")).or_insert_with(|| text("verdict"));
    }
    worst
}

/// Those that did not pass, with what they say.
fn troubles(checks: &[Value]) -> Vec<String> {
    let wrong = checks.iter().filter(|check| check["verdict"] != "passed");
    wrong.map(|check| format!("{}: {} {}", check["id"], check["message"], check["why"])).collect()
}

/// The one failed check of that id, and that it says this, where and what to do.
#[track_caller]
fn fails(checks: &[Value], id: &str, says: &str) -> Value {
    let failed = |check: &&Value| check["id"] == id && check["verdict"] == "failed";
    let found: Vec<&Value> = checks.iter().filter(failed).collect();
    let matching = |check: &&&Value| check["message"].as_str().is_some_and(|message| message.contains(says));
    let Some(check) = found.iter().find(matching) else {
        panic!("no `{id}` says `{says}`: {:#?}", troubles(checks));
    };
    assert!(check["remedy"].as_str().is_some_and(|remedy| !remedy.is_empty()), "{check:#}");
    (**check).clone()
}

#[track_caller]
fn passes(checks: &[Value], id: &str) {
    assert_eq!(verdicts(checks).get(id).map(String::as_str), Some("passed"), "{id}: {:#?}", troubles(checks));
}

#[test]
fn every_shipped_stack_passes_in_the_sandbox() {
    let sandbox = Sandbox::start();
    let mut passed: BTreeSet<String> = BTreeSet::new();
    let stacks = [
        ("drucloud", &["sandbox", "dev", "prod"][..]),
        ("bootdev", &["sandbox", "today"]),
        ("minimal", &["sandbox", "prod"]),
    ];
    for (stack, environments) in stacks {
        for env in environments {
            let checks = checks(&sandbox, &format!("stacks/{stack}.yaml"), env);
            assert_eq!(troubles(&checks), [""; 0], "{stack} {env}");
            passed.extend(verdicts(&checks).into_keys());
        }
    }
    let all: BTreeSet<String> = rules().map(|rule| rule.id.to_owned()).collect();
    let missing: Vec<&String> =
        all.iter().filter(|id| !SPECIAL.contains(&id.as_str()) && !passed.contains(*id)).collect();
    assert_eq!(missing, Vec::<&String>::new());
}

#[test]
fn a_plan_without_changes_asks_nothing_and_one_with_all_asks_little() {
    let sandbox = Sandbox::start();
    let run = |arguments: &[&str]| {
        sandbox.forget_calls();
        sandbox.run(arguments);
        sandbox.calls()
    };
    let plan = ["plan", "stacks/drucloud.yaml", "--env", "sandbox"];
    let without = run(&[&plan[..], &["--no-preflight"]].concat()).len();
    let asked = run(&plan).len() - without;
    assert!((20..=48).contains(&asked), "{asked} questions");
    sandbox.up(MINIMAL, "sandbox");
    let settled = ["plan", MINIMAL, "--env", "sandbox"];
    let with: Vec<String> = run(&settled).into_iter().map(|call| call.operation).collect();
    let without = run(&[&settled[..], &["--no-preflight"]].concat()).len();
    assert_eq!(with.len(), without, "{with:?}");
}

#[test]
fn quotas_that_are_used_up() {
    let sandbox = Sandbox::start();
    let account = Account::of(&sandbox);
    // One VPC, the default one, is there already, and an address.
    account.wait(async { done!(account.ec2().allocate_address().domain(DomainType::Vpc)) });
    let quotas = json!({"L-F678F1CE": 1, "L-0263D0A3": 3, "L-FE5A380F": 0, "L-1216C47A": 11, "L-53DA6B97": 0,
        "L-7B6409FD": 0, "L-DFE45DF3": 1});
    sandbox.account(&json!({"quotas": quotas}));
    let checks = checks(&sandbox, "stacks/drucloud.yaml", "sandbox");
    let vpc = fails(&checks, "quota-vpcs", "1 in use, 1 to come, 1 allowed");
    assert_eq!((&vpc["address"], &vpc["place"]["line"]), (&json!("network.vpc"), &json!(5)));
    passes(&checks, "quota-addresses");
    fails(&checks, "quota-nat-gateways", "0 in use, 1 to come, 0 allowed");
    fails(&checks, "quota-vcpus", "0 in use, 12 to come, 11 allowed");
    fails(&checks, "quota-load-balancers", "0 in use, 1 to come, 0 allowed");
    fails(&checks, "quota-databases", "0 in use, 1 to come, 0 allowed");
    fails(&checks, "quota-cache-nodes", "0 in use, 2 to come, 1 allowed");
    sandbox.account(&json!({"quotas": {"L-0263D0A3": 2}}));
    let checks = self::checks(&sandbox, "stacks/drucloud.yaml", "sandbox");
    fails(&checks, "quota-addresses", "1 in use, 2 to come, 2 allowed");
    passes(&checks, "quota-vcpus");
}

#[test]
fn what_would_fail_is_not_begun() {
    let sandbox = Sandbox::start();
    sandbox.account(&json!({"denied": ["iam:CreateRole", "ec2:CreateVpc", "rds:ModifyDBInstance"]}));
    let found = checks(&sandbox, MINIMAL, "sandbox");
    let missing = fails(&found, "permission", "iam:CreateRole");
    let policy =
        missing["remedy"].as_str().and_then(|text| text.split("to copy: ").nth(1)).expect("a policy");
    let policy: Value = serde_json::from_str(policy).expect("JSON");
    assert!(
        policy["Statement"][0]["Action"].as_array().is_some_and(|a| a.contains(&json!("iam:CreateRole")))
    );
    fails(&found, "permission-ec2", "`ec2:CreateVpc`");
    assert_eq!(fails(&found, "permission-changes", "rds:ModifyDBInstance")["severity"], "warning");
    sandbox.forget_calls();
    let up = ["up", MINIMAL, "--env", "sandbox", "--yes"];
    sandbox.run(&up).with(3).says("nothing was changed").says("applies it all the same");
    assert_eq!(sandbox.changes(), [""; 0]);
    // What the simulation says is not always what happens: the user may know better.
    sandbox.run(&[&up[..], &["--no-preflight"]].concat()).with(0);
}

#[test]
fn what_may_not_be_asked_is_said() {
    let sandbox = Sandbox::start();
    let denied = |operation: &str, code: &str| json!({"operation": operation, "do": "error", "code": code, "status": 403});
    sandbox.faults(&json!([
        denied("SimulatePrincipalPolicy", "AccessDenied"),
        denied("GetServiceQuota", "AccessDeniedException"),
        denied("DescribeInstanceTypeOfferings", "UnauthorizedOperation"),
    ]));
    let plan = sandbox.run(&["plan", MINIMAL, "--env", "sandbox", "--no-preflight"]);
    // The zones themselves are chosen by what is offered, so that call has to work.
    plan.with(1);
    sandbox.faults(&json!([
        denied("SimulatePrincipalPolicy", "AccessDenied"),
        denied("GetServiceQuota", "AccessDeniedException"),
    ]));
    let found = checks(&sandbox, MINIMAL, "sandbox");
    let why = |id: &str| {
        let check = found.iter().find(|check| check["id"] == id).expect("a check");
        assert_eq!(check["verdict"], "unknown", "{check:#}");
        check["why"].as_str().expect("a reason").to_owned()
    };
    assert_eq!(why("permission"), "not allowed to ask: iam:SimulatePrincipalPolicy");
    assert_eq!(why("quota-vpcs"), "not allowed to ask: servicequotas:GetServiceQuota");
    sandbox.heal();
    // Who may change nothing at all only plans.
    sandbox.account(&json!({"denied": ["*"]}));
    let found = checks(&sandbox, MINIMAL, "sandbox");
    assert_eq!(verdicts(&found)["permission-ec2"], "unknown");
    let check = found.iter().find(|check| check["id"] == "permission").expect("a check");
    assert!(check["why"].as_str().is_some_and(|why| why.contains("may change nothing")), "{check:#}");
}

#[test]
fn what_is_not_there_or_does_not_fit() {
    let sandbox = Sandbox::start();
    let database = "engine: mysql, storage: { gib: 20, type: gp3 }, encrypted: true, multi_az: false, \
        subnet_group: \"${database.subnets.id}\", security_groups: [], public: false, \
        parameter_group: \"${database.parameters.id}\", backup_days: 1, minor_upgrades: true, logs: [], \
        performance_insights: false, database: other, master_user: other, managed_password: true";
    let machine = "profile: \"${web.role.id}\", subnet: \"${network.subnet.app-a.id}\", security_groups: [], \
        volumes: {}, user_data: \"\", metadata_tokens: true, metadata_hops: 1, detailed_monitoring: false, running: true, \
        root: { device: /dev/xvda, size_gib: 4, type: gp3, encrypted: true }";
    let more = format!(
        "resources:
  old.database: {{ kind: db_instance, version: 8.4.99, class: db.t4g.small, {database} }}
  odd.database: {{ kind: db_instance, version: \"8.4\", class: db.q9.large, {database} }}
  db.values: {{ kind: db_parameter_group, family: mysql8.4, parameters: {{ no_such: \"1\", long_query_time: \"-1\" }} }}
  cache.subnets: {{ kind: cache_subnet_group, subnets: [\"${{network.subnet.data-a.id}}\"] }}
  cache.values: {{ kind: cache_parameter_group, family: memcached1.6, parameters: {{ no_such: \"1\" }} }}
  cache.nodes: {{ kind: cache_cluster, version: 1.9.9, node_type: cache.q9.small, nodes: 1, across_zones: false, \
        subnet_group: \"${{resources.cache.subnets.id}}\", security_groups: [], \
        parameter_group: \"${{resources.cache.values.id}}\" }}
  intel: {{ kind: instance, image: ami-0deb13d6400000002, instance_type: t4g.small, {machine} }}
  nobody: {{ kind: instance, image: ami-0123456789abcdef0, instance_type: q9.large, {machine} }}
  unnamed: {{ kind: instance, image: \"resolve:ssm:/no/such/image\", instance_type: t4g.small, {machine} }}
"
    );
    let checks = checks(&sandbox, &stack(&sandbox, "wrong.yaml", &more), "sandbox");
    fails(&checks, "database-version", "RDS has no mysql 8.4.99");
    let class = fails(&checks, "database-class", "`db.q9.large` is not offered");
    assert!(class["place"]["line"].as_u64().is_some_and(|line| line > 20), "{class:#}");
    fails(&checks, "database-parameters", "no parameter `no_such`");
    fails(&checks, "database-parameters", "`long_query_time` takes");
    fails(&checks, "cache-version", "no memcached 1.9.9");
    fails(&checks, "cache-parameters", "no parameter `no_such`");
    assert_eq!(fails(&checks, "cache-node-offered", "`cache.q9.small`")["severity"], "warning");
    fails(&checks, "image-architecture", "is for x86_64, `t4g.small` boots arm64");
    fails(&checks, "image-disk", "has 8 GiB, the root volume only 4");
    fails(&checks, "image-exists", "no image `ami-0123456789abcdef0`");
    fails(&checks, "image-exists", "no parameter `/no/such/image`");
    fails(&checks, "instance-type-offered", "`q9.large` is offered nowhere");
}

/// Every tag that makes these resources ours is lost: what is there is somebody else's from now on.
#[test]
fn names_that_somebody_else_has() {
    let sandbox = Sandbox::start();
    let account = Account::of(&sandbox);
    let ours = ["drucloud:stack", "drucloud:env", "drucloud:address"];
    sandbox.up(MINIMAL, "sandbox");
    account.wait(async {
        let elb = account.elb();
        let balancers = done!(elb.describe_load_balancers()).load_balancers.unwrap_or_default();
        let groups = done!(elb.describe_target_groups()).target_groups.unwrap_or_default();
        let arns = balancers.iter().filter_map(|balancer| balancer.load_balancer_arn());
        for arn in arns.chain(groups.iter().filter_map(|group| group.target_group_arn())) {
            done!(elb.remove_tags().resource_arns(arn).set_tag_keys(Some(ours.map(str::to_owned).into())));
        }
        let rds = account.rds();
        for database in done!(rds.describe_db_instances()).db_instances.unwrap_or_default() {
            let call = rds.remove_tags_from_resource().set_resource_name(database.db_instance_arn);
            done!(call.set_tag_keys(Some(ours.map(str::to_owned).into())));
        }
        done!(
            account
                .iam()
                .untag_role()
                .role_name("minimal-sandbox-web-role")
                .set_tag_keys(Some(ours.map(str::to_owned).into()))
        );
        let tag = |key: &str| {
            let tag =
                aws_sdk_autoscaling::types::Tag::builder().key(key).resource_id("minimal-sandbox-web-group");
            tag.resource_type("auto-scaling-group").build()
        };
        done!(account.autoscaling().delete_tags().set_tags(Some(ours.map(tag).into())));
    });
    let found = checks(&sandbox, MINIMAL, "sandbox");
    fails(&found, "name-taken", "role `minimal-sandbox-web-role`");
    fails(&found, "name-taken", "database `minimal-sandbox-database-instance`");
    fails(&found, "name-taken", "autoscaling group `minimal-sandbox-web-group`");
    fails(&found, "name-taken", "load balancer `minimal-sandbox-");
    fails(&found, "name-taken", "target group `minimal-sandbox-");
}

const FILES: &str = "stack: files
region: us-east-1
web: none
load_balancer: none
database: none
resources:
  files: { kind: bucket, versioning: true, public_access_blocked: true, lifecycle: {}, cors: [] }
";

#[test]
fn buckets_of_somebody_else_and_buckets_that_are_not_empty() {
    let sandbox = Sandbox::start();
    let with = write(&sandbox, "with.yaml", FILES);
    let without = FILES.split("resources:").next().expect("the rest");
    let without = write(&sandbox, "without.yaml", without);
    for (status, says) in [(403, "somebody else has a bucket"), (301, "in another region")] {
        sandbox.faults(&json!([{"operation": "HeadBucket", "do": "error", "code": "X", "status": status}]));
        fails(&checks(&sandbox, &with, "sandbox"), "bucket-name-taken", says);
    }
    sandbox.heal();
    passes(&checks(&sandbox, &with, "sandbox"), "bucket-name-taken");
    sandbox.up(&with, "sandbox");
    passes(&checks(&sandbox, &without, "sandbox"), "bucket-not-empty");
    let account = Account::of(&sandbox);
    let bucket = account.wait(async {
        let s3 = account.s3();
        let bucket = done!(s3.list_buckets()).buckets.unwrap_or_default().remove(0).name.expect("a name");
        done!(s3.put_object().bucket(&bucket).key("a").body(b"x".to_vec().into()));
        bucket
    });
    let full = fails(&checks(&sandbox, &without, "sandbox"), "bucket-not-empty", "holds 1 version");
    assert_eq!(full["severity"], "warning");
    account.wait(async {
        let s3 = account.s3();
        let versions = done!(s3.list_object_versions().bucket(&bucket)).versions.unwrap_or_default();
        for version in versions {
            done!(s3.delete_object().bucket(&bucket).key("a").set_version_id(version.version_id));
        }
        let tags = done!(s3.get_bucket_tagging().bucket(&bucket)).tag_set;
        let others: Vec<_> = tags.into_iter().filter(|tag| !tag.key().starts_with("drucloud:")).collect();
        let tagging = aws_sdk_s3::types::Tagging::builder().set_tag_set(Some(others)).build().expect("tags");
        done!(s3.put_bucket_tagging().bucket(&bucket).tagging(tagging));
    });
    fails(&checks(&sandbox, &with, "sandbox"), "bucket-name-taken", "does not carry this environment's tags");
}

#[test]
fn addresses_that_another_network_has() {
    let sandbox = Sandbox::start();
    let account = Account::of(&sandbox);
    account.wait(async { done!(account.ec2().create_vpc().cidr_block("10.40.8.0/24")) });
    let overlap =
        fails(&checks(&sandbox, MINIMAL, "sandbox"), "network-overlap", "10.40.0.0/20 overlaps with vpc-");
    assert_eq!(overlap["severity"], "warning");
    sandbox.run(&["up", MINIMAL, "--env", "sandbox", "--yes"]).with(0).says("overlaps");
}

#[test]
fn certificates_by_their_state() {
    let sandbox = Sandbox::start();
    let account = Account::of(&sandbox);
    let named =
        |name: &str, arn: &str| stack(&sandbox, name, &format!("load_balancer: {{ https: \"{arn}\" }}\n"));
    let lost = "arn:aws:acm:us-east-1:123456789012:certificate/00000000-0000-0000-0000-000000000000";
    fails(
        &checks(&sandbox, &named("lost.yaml", lost), "sandbox"),
        "certificate-usable",
        "there is no certificate",
    );
    let arn = account.wait(async {
        let call = account
            .acm()
            .request_certificate()
            .domain_name("www.example.org")
            .validation_method("DNS".into());
        done!(call).certificate_arn.expect("an ARN")
    });
    let stack = named("one.yaml", &arn);
    fails(&checks(&sandbox, &stack, "sandbox"), "certificate-usable", "PENDING_VALIDATION");
    account.wait(prove(&account, &arn));
    passes(&checks(&sandbox, &stack, "sandbox"), "certificate-usable");
}

/// Makes the record that proves a certificate, and waits until it is issued.
async fn prove(account: &Account, arn: &str) {
    let (acm, route53) = (account.acm(), account.route53());
    let zone = done!(route53.create_hosted_zone().name("example.org").caller_reference("zone"));
    let record = loop {
        let told = done!(acm.describe_certificate().certificate_arn(arn)).certificate.expect("a certificate");
        if let Some(record) = told.domain_validation_options()[0].resource_record() {
            break record.clone();
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    };
    let value = ResourceRecord::builder().value(record.value()).build().expect("a value");
    let set = ResourceRecordSet::builder()
        .name(record.name())
        .r#type(RrType::Cname)
        .ttl(60)
        .resource_records(value);
    let change =
        Change::builder().action(ChangeAction::Create).resource_record_set(set.build().expect("a set"));
    let batch = ChangeBatch::builder().changes(change.build().expect("a change")).build().expect("a batch");
    let id = zone.hosted_zone.expect("a zone").id;
    done!(route53.change_resource_record_sets().hosted_zone_id(id).change_batch(batch));
    for _ in 0..600 {
        let told = done!(acm.describe_certificate().certificate_arn(arn)).certificate.expect("a certificate");
        if told.status().is_some_and(|status| status.as_str() == "ISSUED") {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the certificate is not issued");
}

#[test]
fn secrets_that_the_stack_names() {
    let sandbox = Sandbox::start();
    let account = Account::of(&sandbox);
    let more = "site: { source: { git: git@github.com:example/site.git, deploy_key: secret:deploy-key } }\ncontrol: {}\n";
    let stack = stack(&sandbox, "keyed.yaml", more);
    let lost = fails(&checks(&sandbox, &stack, "sandbox"), "secret-exists", "no secret `deploy-key`");
    assert!(lost["remedy"].as_str().is_some_and(|text| text.contains("--name deploy-key")), "{lost:#}");
    assert!(lost["place"]["line"].as_u64().is_some_and(|line| line > 20), "{lost:#}");
    account.wait(async {
        done!(account.secrets().create_secret().name("deploy-key").secret_string("x"));
    });
    let found = checks(&sandbox, &stack, "sandbox");
    passes(&found, "secret-exists");
    passes(&found, "secret-readable");
    let key = "arn:aws:kms:us-east-1:123456789012:key/00000000-0000-0000-0000-000000000000";
    account.wait(async {
        done!(account.secrets().update_secret().secret_id("deploy-key").kms_key_id(key));
    });
    let found = checks(&sandbox, &stack, "sandbox");
    let locked = fails(&found, "secret-readable", "`control.role` may not decrypt `deploy-key`");
    assert_eq!(locked["severity"], "warning");
}

/// What only some stacks need passes in a test of its own.
const SPECIAL: [&str; 7] = [
    "certificate-usable",
    "bucket-not-empty",
    "secret-exists",
    "secret-readable",
    "mail-sandbox",
    "cache-zone",
    "database-zone",
];

/// This page lists them: none is without a test in which it fails and one in which it passes.
#[test]
fn every_check_has_been_seen_to_fail_and_to_pass() {
    let source: String = include_str!("preflight.rs").split_whitespace().collect();
    let calls = |name: &str| -> BTreeSet<String> {
        let begins = format!("{name}(&");
        let calls = source.split(&begins).skip(1).filter_map(|rest| rest.split(';').next());
        calls.flat_map(|call| call.split('"').skip(1).step_by(2)).map(str::to_owned).collect()
    };
    let (fail, pass) = (calls("fails"), calls("passes"));
    for rule in rules() {
        assert!(fail.contains(rule.id), "no test in which `{}` fails", rule.id);
        // All others pass in `every_shipped_stack_passes_in_the_sandbox`, which says which do not.
        assert!(
            !SPECIAL.contains(&rule.id) || pass.contains(rule.id),
            "no test in which `{}` passes",
            rule.id
        );
    }
}

#[test]
fn mail_in_the_sandbox_of_ses() {
    let sandbox = Sandbox::start();
    let stack = stack(&sandbox, "mail.yaml", "mail: { from: noreply@example.org }\n");
    passes(&checks(&sandbox, &stack, "sandbox"), "mail-sandbox");
    sandbox.account(&json!({"production": false}));
    let found = fails(&checks(&sandbox, &stack, "sandbox"), "mail-sandbox", "200 messages a day");
    assert_eq!(found["severity"], "warning");
}

#[test]
fn a_zone_is_left_only_when_nothing_stands_in_it() {
    let sandbox = Sandbox::start();
    let shipped = fs::read_to_string(root().join(MINIMAL)).expect("the shipped stack");
    let text = shipped.replace("min: 1, max: 1", "min: 2, max: 2") + "\ncache: { node: cache.t4g.small }\n";
    assert!(text.contains("zones: 2") && text.contains("min: 2"), "{text}");
    let zones =
        |zones: &str| write(&sandbox, "zones.yaml", &text.replace("zones: 2", &format!("zones: {zones}")));
    sandbox.up(&zones("[us-east-1a, us-east-1b]"), "sandbox");
    let path = zones("[us-east-1c, us-east-1d]");
    let found = checks(&sandbox, &path, "sandbox");
    fails(&found, "cache-zone", "of minimal-sandbox-cache-cluster-");
    fails(&found, "database-zone", "minimal-sandbox-database-instance");
    sandbox.run(&["up", &path, "--env", "sandbox", "--yes"]).with(3).says("cache-zone");
    // A third zone can come, and go again as long as only the web nodes use it: their group moves them.
    sandbox.up(&zones("3"), "sandbox");
    let path = zones("2");
    let found = checks(&sandbox, &path, "sandbox");
    passes(&found, "cache-zone");
    passes(&found, "database-zone");
    sandbox.up(&path, "sandbox");
    sandbox.settled(&path, "sandbox");
}
