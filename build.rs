//! Notices new files among the templates and playbooks, which the program carries inside itself: those that it
//! already carries are watched by the compiler, a file that was not there is not.
//!
//! And has the program linked so that it takes less memory, where the linker can:
//! - to a fixed address: a program that can be anywhere has 400,000 addresses to put right at every start, which
//!   costs 10 MB and more time than a whole `validate`;
//! - with functions that are equal instruction by instruction only once, which is a tenth of them.

use std::path::Path;
use std::process::{Command, Stdio};

fn main() {
    for folder in ["templates", "playbooks"] {
        println!("cargo:rerun-if-changed={folder}");
    }
    println!("cargo:rerun-if-changed=build.rs");
    let target = |what: &str| std::env::var(format!("CARGO_CFG_TARGET_{what}")).unwrap_or_default();
    if target("OS") == "linux" && target("ENV") == "gnu" {
        for argument in ["-Wl,-no-pie", "-Wl,--icf=all"] {
            if links(argument) {
                println!("cargo:rustc-link-arg-bins={argument}");
            }
        }
    }
}

/// Whether a program can be linked with this argument: not every linker knows every one.
fn links(argument: &str) -> bool {
    let from = |name: &str| std::env::var(name).unwrap_or_default();
    let folder = from("OUT_DIR");
    let source = Path::new(&folder).join("links.rs");
    if std::fs::write(&source, "fn main() {}\n").is_err() {
        return false;
    }
    let mut rustc = Command::new(from("RUSTC"));
    rustc.args(["--target", &from("TARGET"), "--out-dir", &folder, "-C", &format!("link-arg={argument}")]);
    rustc.args(from("CARGO_ENCODED_RUSTFLAGS").split('\x1f').filter(|flag| !flag.is_empty()));
    if let Ok(linker) = std::env::var("RUSTC_LINKER") {
        rustc.args(["-C", &format!("linker={linker}")]);
    }
    let ended = rustc.arg(source).stdout(Stdio::null()).stderr(Stdio::null()).status();
    ended.is_ok_and(|status| status.success())
}
