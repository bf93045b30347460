//! What is generated for editors, shells and readers of manuals; none of it needs AWS.

use crate::sandbox::Sandbox;

#[test]
fn the_schema_is_json_and_knows_the_sections() {
    let sandbox = Sandbox::none();
    let schema = sandbox.run(&["schema"]).with(0);
    let schema: serde_json::Value = serde_json::from_str(&schema.out).expect("JSON");
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    for section in ["stack", "network", "web", "database", "environments"] {
        assert!(schema["properties"][section].is_object(), "{section}");
    }
}

#[test]
fn every_shell_gets_its_completions() {
    let sandbox = Sandbox::none();
    for (shell, sign) in [
        ("bash", "complete -F _drucloud"),
        ("zsh", "#compdef drucloud"),
        ("fish", "complete -c drucloud"),
        ("powershell", "Register-ArgumentCompleter"),
        ("elvish", "edit:completion"),
    ] {
        let script = sandbox.run(&["completions", shell]).with(0);
        assert!(script.out.contains(sign) && script.out.contains("destroy"), "{shell}: {}", script.out);
    }
    sandbox.run(&["completions", "basg"]).with(1).says("'bash'");
}

#[test]
fn the_manual_has_a_page_for_every_command() {
    let sandbox = Sandbox::none();
    sandbox.run(&["man"]).with(0).says(".TH drucloud 1");
    let folder = sandbox.path("share/man1");
    sandbox.run(&["man", folder.to_str().expect("a plain path")]).with(0).says("The manual is in");
    for page in ["drucloud", "drucloud-up", "drucloud-plan", "drucloud-destroy", "drucloud-init"] {
        let text = std::fs::read_to_string(folder.join(format!("{page}.1"))).expect(page);
        assert!(text.contains(".SH NAME"), "{page}: {text}");
    }
    let file = sandbox.path("file");
    std::fs::write(&file, "").expect("a file");
    sandbox.run(&["man", file.to_str().expect("a plain path")]).with(1).says("cannot write the manual");
}
