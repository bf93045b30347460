//! Resources that no section covers: made, referred to, changed, and as many as one likes.

use std::fmt::Write as _;
use std::fs;

use crate::sandbox::Sandbox;
use crate::stack::FAREWELL;

const STACK: &str = "\
stack: extra
region: us-east-1
web: none
load_balancer: none
database: none
network: { nat: none }
resources:
  archive:
    kind: bucket
    versioning: true
    encryption: AES256
    public_access_blocked: true
    ownership: BucketOwnerEnforced
    lifecycle: {}
    cors: []
  archive.logs: { kind: log_group, retention_days: 30 }
  partners: { kind: security_group, vpc: '${network.vpc.id}', description: Machines of partners }
  reader:
    kind: role
    service: ec2.amazonaws.com
    instance_profile: false
    managed: []
    policies:
      read:
        Version: '2012-10-17'
        Statement: [{ Effect: Allow, Action: s3:GetObject, Resource: '${resources.archive.arn}/*' }]
";

#[test]
fn resources_of_any_kind_are_made_changed_and_deleted() {
    let sandbox = Sandbox::start();
    let path = sandbox.path("extra.yaml");
    fs::write(&path, STACK).expect("the stack");
    let stack = path.to_str().expect("a plain path");
    sandbox.run(&["up", stack, "--yes"]).with(0);
    sandbox.settled(stack, "sandbox");
    fs::write(&path, STACK.replace("retention_days: 30", "retention_days: 90")).expect("the stack");
    sandbox.run(&["plan", stack]).with(2).says("resources.archive.logs").says("retention_days: 30 -> 90");
    fs::write(&path, STACK.replace("archive.arn", "archiv.arn")).expect("the stack");
    let wrong = sandbox.run(&["plan", stack]).with(1);
    wrong.says("refers to nothing in this environment; did you mean `resources.archive`?");
    fs::write(&path, STACK).expect("the stack");
    sandbox.run(&[&["destroy", stack][..], &FAREWELL].concat()).with(0).says("Nothing is left of");
}

#[test]
fn a_thousand_resources_are_accepted() {
    let sandbox = Sandbox::none();
    let mut text = String::from("stack: many\nregion: us-east-1\n");
    let path = sandbox.path("many.yaml");
    let path = path.to_str().expect("a plain path");
    let resources = |text: &str| -> usize {
        fs::write(path, text).expect("the stack");
        let said = sandbox.run(&["validate", path]).with(0).out;
        let words: Vec<&str> = said.split_whitespace().collect();
        let number = words.windows(2).find(|pair| pair[1] == "resources").expect("a number of resources")[0];
        number.parse().expect("a number")
    };
    let alone = resources(&text);
    text.push_str("resources:\n");
    for number in 0..1000 {
        let after = if number % 2 == 0 { "network.vpc.id" } else { "network.vpc.cidr" };
        writeln!(text, "  group.n{number}:\n    kind: security_group").expect("text");
        writeln!(text, "    vpc: ${{network.vpc.id}}\n    description: 'Group {number} of ${{{after}}}'")
            .expect("text");
    }
    assert_eq!(resources(&text), alone + 1000);
}
