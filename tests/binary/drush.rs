//! drush on the control server: arguments there, output and exit code back.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;

use crate::platform::Platform;

/// As a machine sends it.
fn packed(text: &str) -> String {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(text.as_bytes()).expect("written");
    aws_smithy_types::base64::encode(gzip.finish().expect("packed"))
}

#[test]
fn output_errors_and_exit_code_are_handed_on() {
    let platform = Platform::start();
    let long = "a line of output\n".repeat(9_000);
    platform.sandbox.commands_end(&json!([
        {"contains": "status", "out": packed(&long), "err": "a warning\n"},
        {"contains": "no:such", "out": packed(""), "err": "Command no:such is not defined.\n", "exit": 3},
        {"contains": "sql:dump", "out": "A".repeat(30_000)},
    ]));
    let status = platform.run(&["drush", "status", "--format=json"]).with(0);
    assert_eq!((status.out, status.err.as_str()), (long, "a warning\n"));
    let failed = platform.run(&["drush", "--", "no:such"]).with(3);
    assert_eq!((failed.out.as_str(), failed.err.as_str()), ("", "Command no:such is not defined.\n"));
    platform.run(&["drush", "--", "sql:dump"]).with(1).says("longer than Systems Manager hands on");
    platform.run(&["drush", "--", "php:eval", "echo 'a' . \"$b\"; {{x}}"]).with(0);
    let told = platform.told();
    assert_eq!((told.len(), told[0].as_str()), (4, "control drucloud-drush status --format=json"));
    assert_eq!(told[3], r#"control drucloud-drush php:eval 'echo '\''a'\'' . "$b"; {''{x}}'"#);
    platform.run(&["drush"]).with(1);
}
