//! Sessions: the command that opens one, and what is said where it cannot be run.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::platform::Platform;

#[test]
fn a_session_is_opened_on_the_machine_that_is_named() {
    let platform = Platform::start();
    let command = |id: &str| format!("aws ssm start-session --target {id} --region us-east-1\n");
    let print = |name: &str| platform.run(&["ssh", name, "--print"]);
    assert_eq!(print("control").with(0).out, command(&platform.control));
    assert_eq!(print("web.2").with(0).out, command(&platform.nodes[1]));
    assert_eq!(print("web").with(0).out, command(&platform.nodes[0]));
    print("files")
        .with(1)
        .says("there is no machine of the role `files`")
        .says("the machines are: control, web.1");

    let tools = platform.sandbox.path("tools");
    fs::create_dir(&tools).expect("a directory");
    let path = tools.to_str().expect("a plain path");
    let ssh = || platform.program(&["ssh", "control"]).env("PATH", Some(path)).run();
    ssh().with(1).says("`aws` is not here").says("install the AWS CLI");
    let install = |name: &str| {
        let tool = tools.join(name);
        fs::write(&tool, "#!/bin/sh\necho \"$0 $*\"\nexit 7\n").expect("a tool");
        fs::set_permissions(&tool, fs::Permissions::from_mode(0o755)).expect("it can be run");
    };
    install("aws");
    ssh().with(1).says("`session-manager-plugin` is not here");
    install("session-manager-plugin");
    let session = ssh().with(7);
    assert!(session.out.ends_with(&command(&platform.control)[4..]), "{}", session.out);
}
