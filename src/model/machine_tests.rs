//! Machines in, names out.

use serde_json::json;

use super::super::health::Machine as Member;
use super::super::testing::applied;
use super::*;

fn server(address: &str, id: &str, status: Status) -> Rc<Live> {
    let mut live = applied(address, "vpc", &json!({"cidr": "10.0.0.0/16"}));
    live.kind = INSTANCE;
    id.clone_into(&mut live.id);
    live.status = status;
    live.into()
}

fn fleet(members: &[(&str, &str)]) -> Fleet {
    let member = |(id, state): &(&str, &str)| Member {
        id: (*id).to_owned(),
        zone: "a".to_owned(),
        state: (*state).to_owned(),
        healthy: true,
    };
    Fleet {
        address: "web.group".parse().expect("an address"),
        min: 1,
        max: 4,
        desired: 2,
        machines: members.iter().map(member).collect(),
        refresh: None,
    }
}

fn some() -> Vec<Machine> {
    let live = [
        server("control.server", "i-c", Status::Ready),
        server("files.server.2", "i-f2", Status::Pending("pending".to_owned())),
        server("files.server.1", "i-f1", Status::Ready),
        server("resources.server", "i-x", Status::Ready),
        server("search.server", "i-old", Status::Deleting),
    ];
    machines(&live, &[fleet(&[("i-w2", "InService"), ("i-w1", "Pending")])])
}

#[test]
fn machines_have_names_in_the_order_of_configuration() {
    let told: Vec<String> =
        some().iter().map(|m| format!("{} {} {} {}", m.name(), m.id, m.running, m.own_address())).collect();
    let expected = [
        "files.1 i-f1 true files.server.1",
        "files.2 i-f2 false files.server.2",
        "control i-c true control.server",
        "web.1 i-w1 false web.i-w1",
        "web.2 i-w2 true web.i-w2",
    ];
    assert_eq!(told, expected);
}

#[test]
fn a_name_stands_for_a_role_or_for_one_machine() {
    let machines = some();
    let ids = |name: &str| {
        named(&machines, name).map(|found| found.iter().map(|m| m.id.as_str()).collect::<Vec<_>>().join(" "))
    };
    assert_eq!(ids("web").as_deref(), Ok("i-w1 i-w2"));
    assert_eq!(ids("files.2").as_deref(), Ok("i-f2"));
    assert_eq!(ids("control.1").as_deref(), Ok("i-c"));
    assert_eq!(ids("web.i-w2").as_deref(), Ok("i-w2"));
    assert_eq!(ids("web.3"), Err(NoMachine::Number("web.3".to_owned())));
    assert_eq!(ids("search"), Err(NoMachine::Role("search".to_owned())));
    assert_eq!(one(&machines, "control").map(|m| m.id.as_str()), Ok("i-c"));
    assert_eq!(one(&machines, "web"), Err(NoMachine::Several { name: "web".to_owned(), count: 2 }));
}

#[test]
fn a_failed_boot_names_its_task() {
    let boot = |text: &str| serde_json::from_str::<Boot>(text).expect("an outcome");
    let ok = boot(
        r#"{"role":"web","instance":"i-1","sha256":"ab","outcome":"ok","task":null,"message":null,"seconds":31.5,"at":"2026-01-01T00:00:00Z"}"#,
    );
    assert_eq!(ok.failure(), None);
    let failed = |more: &str| {
        boot(&format!(r#"{{"role":"web","instance":"i-1","sha256":"ab","outcome":"failed"{more}}}"#))
            .failure()
    };
    let words = failed(r#","task":"nginx is installed","message":" no such package\nnginx9 ""#);
    assert_eq!(words.as_deref(), Some("the task `nginx is installed` failed: no such package\nnginx9"));
    assert_eq!(failed("").as_deref(), Some("it failed"));
}
