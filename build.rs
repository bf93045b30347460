//! Notices new files among the templates and playbooks, which the program carries inside itself: those that it
//! already carries are watched by the compiler, a file that was not there is not.
//!
//! And links the program to a fixed address where that is known to work: one that can be anywhere has 400,000
//! addresses to put right at every start, which costs 10 MB of memory and more time than a whole `validate`.

fn main() {
    for folder in ["templates", "playbooks"] {
        println!("cargo:rerun-if-changed={folder}");
    }
    let target = |what: &str| std::env::var(format!("CARGO_CFG_TARGET_{what}")).unwrap_or_default();
    if target("OS") == "linux" && target("ENV") == "gnu" {
        println!("cargo:rustc-link-arg-bins=-Wl,-no-pie");
        println!("cargo:rustc-link-arg-bins=-Wl,--icf=all");
    }
}
