//! Adopting what was made elsewhere: tagged, planned, and refused where that would do harm.

use aws_sdk_ec2::types::{ResourceType, Tag, TagSpecification};

use crate::account::Account;
use crate::sandbox::Sandbox;
use crate::stack::STACK;

fn import(sandbox: &Sandbox, address: &str, id: &str) -> crate::program::Ended {
    sandbox.run(&["import", address, id, STACK, "--env", "sandbox", "--yes"])
}

fn network(account: &Account, cidr: &str, tags: &[(&str, &str)]) -> String {
    let tags = tags.iter().map(|(key, value)| Tag::builder().key(*key).value(*value).build()).collect();
    let tags = TagSpecification::builder().resource_type(ResourceType::Vpc).set_tags(Some(tags)).build();
    account.wait(async {
        let made =
            account.ec2().create_vpc().cidr_block(cidr).tag_specifications(tags).send().await.expect("a VPC");
        made.vpc().and_then(|vpc| vpc.vpc_id()).expect("its id").to_owned()
    })
}

#[test]
fn a_network_is_adopted_and_the_environment_grows_in_it() {
    let sandbox = Sandbox::start();
    let account = Account::of(&sandbox);
    let vpc = network(&account, "10.20.0.0/16", &[("Name", "ours since 2014")]);
    let asked = sandbox.run(&["import", "network.vpc", &vpc, STACK, "--env", "sandbox"]);
    asked.with(1).says("dns_hostnames: false").says("there is no terminal to ask on");
    sandbox.run(&["plan", STACK, "--env", "sandbox"]).with(2).says("+ network.vpc");
    import(&sandbox, "network.vpc", &vpc).with(0).says(&format!("{vpc} is network.vpc now."));
    let plan = sandbox.run(&["plan", STACK, "--env", "sandbox"]).with(2);
    assert!(plan.out.contains("~ network.vpc") && !plan.out.contains("+ network.vpc"), "{}", plan.out);
    import(&sandbox, "network.vpc", &vpc).with(1).says("`network.vpc` is there already");
    sandbox.run(&["up", STACK, "--env", "sandbox", "--only", "network", "--yes"]).with(0);
    let vpcs =
        account.wait(async { account.ec2().describe_vpcs().vpc_ids(&vpc).send().await.expect("VPCs") });
    let tags = vpcs.vpcs()[0].tags();
    let name = tags.iter().find(|tag| tag.key() == Some("Name")).and_then(|tag| tag.value());
    assert!(name.is_some() && tags.iter().any(|tag| tag.key() == Some("drucloud:address")), "{tags:?}");
}

#[test]
fn what_must_not_be_adopted_is_refused_with_why() {
    let sandbox = Sandbox::start();
    let account = Account::of(&sandbox);
    let theirs = [("drucloud:stack", "shop"), ("drucloud:env", "prod"), ("drucloud:address", "network.vpc")];
    let theirs = network(&account, "10.20.0.0/16", &theirs);
    import(&sandbox, "network.vpc", &theirs).with(1).says("belongs to shop/prod, as `network.vpc`");
    let other = network(&account, "10.99.0.0/16", &[]);
    import(&sandbox, "network.vpc", &other).with(3).says("would replace it: `cidr` is \"10.99.0.0/16\"");
    import(&sandbox, "network.vpc", "vpc-00000000000000000")
        .with(1)
        .says("there is no VPC `vpc-00000000000000000`");
    import(&sandbox, "network.vpx", &other).with(1).says("did you mean `network.vpc`?");
    import(&sandbox, "web.template", "lt-1").with(1).says("cannot be adopted").says("`bucket`");
    import(&sandbox, "database.instance", "nobody").with(1).says("there is no RDS database `nobody`");
    import(&sandbox, "media.bucket", "nobodys-bucket").with(1).says("there is no S3 bucket `nobodys-bucket`");
    let vpcs =
        account.wait(async { account.ec2().describe_vpcs().vpc_ids(&other).send().await.expect("VPCs") });
    assert!(vpcs.vpcs()[0].tags().is_empty(), "nothing was tagged");
}

#[test]
fn a_zone_is_found_by_its_comment_and_keeps_being_found() {
    use aws_sdk_route53::types::{HostedZoneConfig, Vpc, VpcRegion};
    let sandbox = Sandbox::start();
    let account = Account::of(&sandbox);
    sandbox.run(&["up", STACK, "--env", "sandbox", "--only", "network.vpc", "--yes"]).with(0);
    let zone = account.wait(async {
        let vpcs = account.ec2().describe_vpcs().send().await.expect("VPCs");
        let ours =
            vpcs.vpcs().iter().find(|vpc| !vpc.tags().is_empty()).and_then(|vpc| vpc.vpc_id()).expect("ours");
        let config = HostedZoneConfig::builder().comment("made by hand").private_zone(true).build();
        let vpc = Vpc::builder().vpc_id(ours).vpc_region(VpcRegion::UsEast1).build();
        let call =
            account.route53().create_hosted_zone().name("drucloud-sandbox.internal").caller_reference("hand");
        let made = call.hosted_zone_config(config).vpc(vpc).send().await.expect("a zone");
        made.hosted_zone().expect("it").id().trim_start_matches("/hostedzone/").to_owned()
    });
    import(&sandbox, "network.zone", &zone).with(0);
    sandbox.run(&["up", STACK, "--env", "sandbox", "--only", "network.zone", "--yes"]).with(0);
    let plan = sandbox.run(&["plan", STACK, "--env", "sandbox", "--only", "network.zone"]).with(0);
    plan.says("No changes of what is selected");
    let zones = account.wait(async { account.route53().list_hosted_zones().send().await.expect("zones") });
    assert_eq!(zones.hosted_zones().len(), 1, "no second zone was made");
}

/// A stack that names, property by property, what somebody has made.
const LEGACY: &str = "\
stack: old
region: us-east-1
web: none
load_balancer: none
database: none
network: { nat: none }
resources:
  files:
    kind: bucket
    versioning: true
    public_access_blocked: true
    lifecycle: {}
    cors: []
  certificate: { kind: certificate, region: us-east-1, domain: www.old.example, alternatives: [] }
  legacy:
    kind: db_instance
    engine: mysql
    version: '8.4'
    class: db.t4g.medium
    storage: { gib: 20, type: gp3 }
    encrypted: true
    multi_az: false
    subnet_group: legacy
    security_groups: []
    public: false
    parameter_group: default.mysql8.4
    backup_days: 14
    minor_upgrades: false
    logs: [error]
    performance_insights: false
    database: drupal
    master_user: root
    managed_password: true
";

#[test]
fn a_bucket_a_certificate_and_a_database_are_adopted() {
    let sandbox = Sandbox::start();
    let account = Account::of(&sandbox);
    let path = sandbox.path("old.yaml");
    std::fs::write(&path, LEGACY).expect("the stack");
    let stack = path.to_str().expect("a plain path");
    let import = |address: &str, id: &str| sandbox.run(&["import", address, id, stack, "--yes"]);
    let arn = account.wait(async { by_hand(&account).await });
    import("resources.files", "elsewhere").with(1).says("whose name begins with `old-sandbox-`");
    import("resources.files", "old-sandbox-since-2014").with(0).says("versioning: false");
    import("resources.certificate", &arn).with(0);
    import("resources.legacy", "drupal").with(0).says("minor_upgrades: true").says("backup_days: 1");
    let plan = sandbox.run(&["plan", stack, "--only", "resources"]).with(2);
    assert!(plan.out.contains("0 to add, 2 to change, 0 to replace, 0 to destroy"), "{}", plan.out);
    sandbox.run(&["up", stack, "--only", "resources", "--yes"]).with(0);
    sandbox.run(&["plan", stack, "--only", "resources"]).with(0);
    let databases =
        account.wait(async { account.rds().describe_db_instances().send().await.expect("databases") });
    assert_eq!(databases.db_instances().len(), 1, "no second database");
}

/// Makes a bucket of ours by name and one that is not, a certificate, and a database in a network of its own; the
/// certificate's ARN.
async fn by_hand(account: &Account) -> String {
    use aws_sdk_acm::types::{KeyAlgorithm, ValidationMethod};
    let s3 = account.s3();
    for name in ["old-sandbox-since-2014", "elsewhere"] {
        s3.create_bucket().bucket(name).send().await.expect("a bucket");
    }
    let call = account.acm().request_certificate().domain_name("www.old.example");
    let call = call.validation_method(ValidationMethod::Dns).key_algorithm(KeyAlgorithm::EcPrime256v1);
    let arn = call.send().await.expect("a certificate").certificate_arn.expect("its ARN");
    let ec2 = account.ec2();
    let vpc = ec2.create_vpc().cidr_block("10.1.0.0/16").send().await.expect("a VPC");
    let vpc = vpc.vpc().and_then(|vpc| vpc.vpc_id()).expect("its id").to_owned();
    let mut subnets = Vec::new();
    for (cidr, zone) in [("10.1.0.0/24", "us-east-1a"), ("10.1.1.0/24", "us-east-1b")] {
        let call = ec2.create_subnet().vpc_id(&vpc).cidr_block(cidr).availability_zone(zone);
        let made = call.send().await.expect("a subnet");
        subnets.push(made.subnet().and_then(|subnet| subnet.subnet_id()).expect("its id").to_owned());
    }
    let rds = account.rds();
    let call = rds.create_db_subnet_group().db_subnet_group_name("legacy");
    let call = call.db_subnet_group_description("by hand").set_subnet_ids(Some(subnets));
    call.send().await.expect("a subnet group");
    let call =
        rds.create_db_instance().db_instance_identifier("drupal").engine("mysql").engine_version("8.4.7");
    let call = call
        .db_instance_class("db.t4g.medium")
        .allocated_storage(20)
        .storage_type("gp3")
        .storage_encrypted(true);
    let call = call.db_subnet_group_name("legacy").backup_retention_period(1).db_name("drupal");
    let call = call.master_username("root").manage_master_user_password(true).publicly_accessible(false);
    let call = call.enable_cloudwatch_logs_exports("error");
    call.send().await.expect("a database");
    arn
}
