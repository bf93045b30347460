//! The file: who may read it, how long it is good, and what was done to it.

use super::*;

fn saved(lifetime: u64) -> (tempfile::TempDir, Saved) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("stack.yaml");
    fs::write(&file, "stack: x\n").expect("a stack");
    let target = Target {
        content: content(&file).expect("a digest"),
        file,
        stack: "x".into(),
        env: "dev".into(),
        account: "123456789012".into(),
        region: "eu-central-1".into(),
        region_given: false,
        endpoint: None,
        only: Vec::new(),
        except: Vec::new(),
        allow_data_loss: vec!["all".into()],
        skip_final_snapshot: true,
    };
    (folder, Saved::new(&Plan::default(), target, 1_000, lifetime))
}

#[test]
fn it_comes_back_as_it_was_and_is_for_its_owner() {
    let (folder, mut saved) = saved(60_000);
    let path = folder.path().join("plan.json");
    saved.write(&path).expect("written");
    saved.begun = true;
    saved.write(&path).expect("written again");
    assert_eq!(Saved::read(&path).expect("a plan"), saved);
    assert!(saved.consenting().skip_final_snapshot);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(&path).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn what_was_done_to_it_is_said() {
    let (folder, saved) = saved(60_000);
    let path = folder.path().join("plan.json");
    let text = serde_json::to_string(&saved).expect("JSON");
    let said = |text: String| {
        fs::write(&path, text).expect("written");
        format!("{:?}", Saved::read(&path).expect_err("refused"))
    };
    assert!(said(text.replace("eu-central-1", "us-east-1")).contains("was changed by hand"));
    assert!(said(text.replace("\"drucloud_plan\":1", "\"drucloud_plan\":2")).contains("of format 2"));
    assert!(said(text.replace(env!("CARGO_PKG_VERSION"), "0.0.9")).contains("was made by drucloud 0.0.9"));
    assert!(said("{}".into()).contains("is no saved plan"));
    assert!(said("\u{0}".into()).contains("is no saved plan"));
}

#[test]
fn it_ends_by_itself_and_with_its_stack() {
    let (_folder, saved) = saved(3_600_000);
    assert!(saved.still(1_000 + 3_599_999).is_ok());
    let old = saved.still(1_000 + 5_400_000).expect_err("too old");
    assert!(format!("{old:?}").contains("it is 1.5 h old and was good for 1.0 h"), "{old:?}");
    assert!(saved.unchanged().is_ok());
    fs::write(&saved.target.file, "stack: y\n").expect("changed");
    assert!(format!("{:?}", saved.unchanged().expect_err("another stack")).contains("has changed"));
}

#[test]
fn it_belongs_to_one_place() {
    let (_folder, saved) = saved(60_000);
    let said = |account, region, endpoint| format!("{:?}", saved.belongs(account, region, endpoint));
    assert_eq!(said("123456789012", "eu-central-1", None), "Ok(())");
    assert!(
        said("999999999999", "eu-central-1", None).contains("for the account 123456789012, and this is 999")
    );
    assert!(
        said("123456789012", "us-east-1", None)
            .contains("for the region eu-central-1, and this is us-east-1")
    );
    assert!(
        said("123456789012", "eu-central-1", Some("http://x"))
            .contains("for the endpoint of AWS, and this is")
    );
}

#[test]
fn times_have_a_unit() {
    assert_eq!(
        ["90m", "24h", "7d"].map(|text| lifetime(text).expect("a time")),
        [5_400_000, 86_400_000, 604_800_000]
    );
    for wrong in ["", "24", "h", "-1h", "0h", "1.5h", "9999999999999999999d", "1w", "2ä"] {
        assert!(lifetime(wrong).is_err(), "{wrong}");
    }
}
