//! Who runs this: written into the lease, so that whoever has to wait knows whom to ask.

use std::collections::hash_map::RandomState;
use std::env;
use std::fs;
use std::hash::{BuildHasher, Hasher};
use std::io::ErrorKind;

use crate::run::lease::Holder;

/// This process as the holder of a lease.
pub fn this(operation: &str) -> Holder {
    Holder {
        id: format!("{:08x}", random() >> 32),
        who: first(&["DRUCLOUD_USER", "GITHUB_ACTOR", "GITLAB_USER_LOGIN", "USER", "LOGNAME"])
            .unwrap_or_else(|| "somebody".to_owned()),
        host: host(),
        place: place(),
        pid: std::process::id(),
        operation: operation.to_owned(),
        link: link(),
    }
}

/// Random text for a new lease.
pub fn nonce() -> String {
    format!("{:016x}", random())
}

/// Whether the process of a holder is known to be dead: it was in this very process space and is no more.
pub fn is_dead(holder: &Holder) -> bool {
    let here = place();
    let same = !here.is_empty() && holder.place == here && holder.host == host();
    same && (holder.pid == std::process::id() || !is_running(holder.pid))
}

/// What was killed and whose end nobody has asked for yet is still listed, in the state `Z` (proc(5)): the first
/// process of a container is often a shell that never asks.
fn is_running(pid: u32) -> bool {
    match fs::read_to_string(format!("/proc/{pid}/stat")) {
        Ok(stat) => !stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with(['Z', 'X'])),
        Err(error) => error.kind() != ErrorKind::NotFound,
    }
}

/// The standard library's hasher is seeded by the operating system.
fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

fn first(names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| env::var(name).ok()).filter(|value| !value.is_empty())
}

fn host() -> String {
    let kernel = fs::read_to_string("/proc/sys/kernel/hostname").ok().map(|name| name.trim().to_owned());
    kernel.or_else(|| first(&["HOSTNAME", "COMPUTERNAME"])).unwrap_or_else(|| "an unknown machine".to_owned())
}

/// The process space: this boot of this machine and, in containers, their own numbering of processes. Empty
/// where the system does not tell; then only time heals a lease.
fn place() -> String {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let space = fs::read_link("/proc/self/ns/pid").map(|link| link.display().to_string()).unwrap_or_default();
    if boot.is_empty() || space.is_empty() { String::new() } else { format!("{} {space}", boot.trim()) }
}

/// The page of the CI job, where there is one.
fn link() -> Option<String> {
    let github = || {
        let part = |name| env::var(name).ok();
        Some(format!(
            "{}/{}/actions/runs/{}",
            part("GITHUB_SERVER_URL")?,
            part("GITHUB_REPOSITORY")?,
            part("GITHUB_RUN_ID")?
        ))
    };
    github().or_else(|| first(&["CI_JOB_URL", "BUILD_URL"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_living_process_is_not_dead_and_a_gone_one_is() {
        let mut holder = this("up");
        holder.pid = std::os::unix::process::parent_id();
        assert!(!is_dead(&holder));
        let mut child = std::process::Command::new("true").spawn().expect("a process");
        holder.pid = child.id();
        child.wait().expect("its end");
        assert!(is_dead(&holder));
        holder.host = "elsewhere".to_owned();
        assert!(!is_dead(&holder));
    }

    #[test]
    fn a_process_whose_end_nobody_has_asked_for_is_dead() {
        let mut child = std::process::Command::new("true").spawn().expect("a process");
        let holder = Holder { pid: child.id(), ..this("up") };
        let until = std::time::Instant::now() + std::time::Duration::from_secs(20);
        while !is_dead(&holder) && std::time::Instant::now() < until {
            std::thread::yield_now();
        }
        assert!(is_dead(&holder));
        child.wait().expect("its end");
    }

    #[test]
    fn ids_differ() {
        assert_ne!(nonce(), nonce());
    }
}
