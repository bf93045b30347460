//! What the section `files` becomes with EFS.

use serde_json::json;

use crate::stack::expand::testing::{effects, graph, property};

const EFS: &str = "files: { engine: efs }";

#[test]
fn there_is_a_mount_target_in_each_zone_and_no_machine() {
    let efs = graph(EFS);
    let mut made: Vec<String> = efs.in_order().map(|node| node.address.to_string()).collect();
    made.retain(|address| address.starts_with("files."));
    made.sort_unstable();
    assert_eq!(made, ["files.dns", "files.mount.a", "files.mount.b", "files.system"]);
    assert_eq!(property(&efs, "files.dns", "name"), "files.site-sandbox.internal");
    let answer = json!({"ttl": 60, "values": [{"$ref": "files.system.dns_name"}]});
    assert_eq!(property(&efs, "files.dns", "answer"), answer);
    let groups = json!([{"$ref": "security.files.id", "$kind": "security_group"}]);
    assert_eq!(property(&efs, "files.mount.b", "security_groups"), groups);
    let rules = property(&efs, "security.files.rules", "rules").to_string();
    assert!(rules.contains("2049") && !rules.contains("24007"), "{rules}");
}

#[test]
fn another_zone_is_another_mount_target() {
    let steps =
        effects(&format!("network: {{ zones: 2 }}\n{EFS}"), &format!("network: {{ zones: 3 }}\n{EFS}"));
    let of_files: Vec<&String> = steps.iter().filter(|step| step.contains(" files.")).collect();
    assert_eq!(of_files, ["create files.mount.c"]);
}
