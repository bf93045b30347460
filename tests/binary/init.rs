//! The first stack file: right as it is written, and never over another.

use std::fs;

use crate::sandbox::Sandbox;

#[test]
fn what_init_writes_validates() {
    let sandbox = Sandbox::none();
    let within = |arguments: &[&str]| sandbox.program(arguments).within(sandbox.home()).run();
    within(&["init"]).with(0).says("drucloud.yaml is written");
    within(&["validate"]).with(0).says("is valid.").says("prod");
    within(&["validate", "--env", "nowhere"]).with(1).says("no environment is named `nowhere`");
    // Against an emulator the sandbox is meant, but the file has none.
    within(&["plan"]).with(1).says("has several environments").says("add `--env NAME`, one of: dev, prod");
    let flags =
        ["--name", "shop", "--region", "eu-west-1", "--domain", "www.shop.example", "--size", "large"];
    within(&[&["init", "shop.yaml"][..], &flags].concat()).with(0);
    let text = fs::read_to_string(sandbox.path("shop.yaml")).expect("the stack");
    assert!(text.contains("\nstack: shop ") && text.contains("\nregion: eu-west-1\n"), "{text}");
    assert!(text.contains("\nsite: { domain: www.shop.example }\n"), "{text}");
    within(&["validate", "shop.yaml"]).with(0).says("The stack `shop` is valid.");
    let left: Vec<_> =
        fs::read_dir(sandbox.home()).expect("the folder").map(|e| e.expect("it").file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().contains("part")), "{left:?}");
}

#[test]
fn a_file_that_is_there_stays() {
    let sandbox = Sandbox::none();
    let path = sandbox.path("mine.yaml");
    fs::write(&path, "mine").expect("a file");
    let path = path.to_str().expect("a plain path");
    sandbox.run(&["init", path]).with(1).says("is there already; nothing was written").says("--force");
    assert_eq!(fs::read_to_string(path).expect("the file"), "mine");
    sandbox.run(&["init", path, "--force"]).with(0);
    sandbox.run(&["validate", path]).with(0);
}

#[test]
fn a_wrong_answer_writes_nothing() {
    let sandbox = Sandbox::none();
    let path = sandbox.path("new.yaml");
    let init = |flag: &str, value: &str| {
        sandbox.run(&["init", path.to_str().expect("a plain path"), flag, value]).with(1)
    };
    init("--size", "big").says("--size: expected a size, found `big`").says("write `small`");
    init("--name", "My Site").says("write `my-site`");
    init("--region", "Frankfurt").says("--region:");
    init("--domain", "https://example.org").says("write `example.org`");
    assert!(!path.exists());
    sandbox.run(&["init", "/nowhere/at/all.yaml"]).with(1).says("cannot write `/nowhere/at/all.yaml`");
}
