//! Policies as small scripts.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::model::lint::Severity;
use crate::model::plan::Plan;
use crate::stack::Stack;

use super::*;

/// A folder with a stack that names these scripts as its policies.
struct Ground {
    folder: tempfile::TempDir,
    environment: Environment,
}

fn ground(scripts: &[(&str, &str)], extra: &str) -> Ground {
    let folder = tempfile::tempdir().unwrap();
    let mut names = Vec::new();
    for (name, script) in scripts {
        let path = folder.path().join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        names.push(format!("./{name}"));
    }
    let file = folder.path().join("site.yaml");
    fs::write(&file, format!("stack: site\npolicies: [{}]\n{extra}", names.join(", "))).unwrap();
    let stack = Stack::load(&file).unwrap();
    Ground { environment: stack.environments()[0].clone(), folder }
}

async fn judged(ground: &Ground, commands: &[&str]) -> Result<Vec<Finding>, Failure> {
    let policies = Policies { commands: commands.iter().map(|&command| command.to_owned()).collect() };
    let heading = Heading {
        stack: "site".to_owned(),
        env: "sandbox".to_owned(),
        account: None,
        region: "us-east-1".to_owned(),
        endpoint: None,
    };
    let plan = Plan::default();
    let mut preview = Preview::of(&plan);
    policies.judge(&ground.environment, &mut preview, &heading).await?;
    Ok(preview.findings)
}

#[tokio::test]
async fn a_policy_sees_the_plan_and_may_refuse_it() {
    let script = r#"grep -q '"stack":"site"' && echo 'names have to begin with a team' && exit 1"#;
    let ground = ground(&[("names.sh", script), ("fine.sh", "cat >/dev/null")], "");
    let found = judged(&ground, &[]).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].code, found[0].severity), ("policy", Severity::Error));
    assert_eq!(found[0].address.as_str(), "policies.names");
    assert_eq!(found[0].message, "names have to begin with a team");
    assert_eq!(found[0].place.as_ref().map(|place| place.line), Some(2));
}

#[tokio::test]
async fn a_policy_of_the_command_line_has_arguments_and_the_folder_of_the_stack() {
    let ground = ground(&[], "");
    fs::write(ground.folder.path().join("wanted"), "").unwrap();
    assert!(judged(&ground, &["test -f wanted"]).await.unwrap().is_empty());
    assert_eq!(judged(&ground, &["test -f other"]).await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_a_policy_finds_can_be_accepted_and_weighed() {
    let script = r#"echo '[{"message": "one", "address": "web.group"}, {"message": "two", "address": "cache.cluster"}]'; exit 1"#;
    let extra = "findings:\n  severity: { policy: warning }\n  accept:\n    \
                 - { id: policy, address: web.group, reason: as agreed }\n";
    let ground = ground(&[("own.sh", script)], extra);
    let found = judged(&ground, &[]).await.unwrap();
    let told: Vec<_> = found.iter().map(|f| (f.address.as_str(), f.severity, f.accepted.is_some())).collect();
    assert_eq!(told, [("cache.cluster", Severity::Warning, false), ("web.group", Severity::Warning, true)]);
}

#[tokio::test]
async fn a_policy_that_cannot_be_run_is_an_error() {
    let ground = ground(&[], "");
    fs::write(ground.folder.path().join("plain.txt"), "no program").unwrap();
    for command in ["./missing.sh", "no-such-program-anywhere --flag", "./plain.txt"] {
        assert!(judged(&ground, &[command]).await.is_err(), "{command}");
    }
}

#[tokio::test]
async fn a_policy_that_prints_without_end_is_ended() {
    let ground = ground(&[("flood.sh", "exec yes")], "");
    assert!(judged(&ground, &[]).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_policy_that_does_not_end_is_ended() {
    let ground = ground(&[("sleep.sh", "exec sleep 600")], "");
    assert!(judged(&ground, &[]).await.is_err());
}
