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
    let plain = sandbox.run(&["import", "network.vpc", &vpc, STACK, "--env", "sandbox"]);
    plain.with(1).says("dns_hostnames: false").says("there is no terminal to ask on");
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
