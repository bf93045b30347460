//! Where a site's code is: the URL of a Git repository, a branch, tag or commit of it, the key by which its host is
//! known, and the name of a secret.

use std::fmt;
use std::str::FromStr;

use super::labels::checked_strings;
use super::{Label, Text, Wrong};
use crate::stack::node::excerpt;

checked_strings! {
    /// The URL of a Git repository, by SSH or HTTPS. A password in it is refused: a stack file holds no secrets.
    GitUrl, "git-url", "the URL of a Git repository",
        ["git@github.com:example/site.git", "ssh://git@git.example.org:2222/site.git", "https://git.example.org/site.git"],
        git_url;
    /// A branch, tag or commit ("git check-ref-format").
    GitRef, "git-ref", "a branch, tag or commit", ["main", "release/2.1", "v1.0.3"], git_ref;
    /// The name of a secret, which is kept in AWS and read by machines alone.
    SecretName, "secret", "the name of a secret", ["secret:deploy-key"], secret;
    /// The public key of a host that is reached by SSH, as its administrators publish it.
    HostKey, "host-key", "the public key of a host",
        ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"], host_key;
}

impl GitRef {
    /// The branch that hosts of repositories begin with.
    pub fn main() -> Self {
        Self("main".to_owned())
    }
}

impl GitUrl {
    /// Whether the repository is reached by SSH, which asks for a key.
    pub fn is_ssh(&self) -> bool {
        !self.as_str().starts_with("https://")
    }
}

impl GitUrl {
    /// The host that the repository is on, without user and port.
    pub fn host(&self) -> &str {
        let text = self.as_str();
        let (text, until) = match text.split_once("://") {
            Some((_, rest)) => (rest, '/'),
            None => (text, ':'),
        };
        let host = text.split(until).next().unwrap_or_default();
        let host = host.rsplit('@').next().unwrap_or_default();
        host.split(':').next().unwrap_or_default()
    }

    /// The host as SSH has it in `known_hosts`: with a port of its own in brackets (sshd(8), "known hosts file format").
    pub fn known_as(&self) -> String {
        let host = self.host();
        let authority = self.as_str().split_once("://").map_or("", |(_, rest)| rest);
        let authority = authority.split('/').next().unwrap_or_default();
        match authority.rsplit('@').next().and_then(|it| it.split_once(':')) {
            Some((_, port)) if port != "22" => format!("[{host}]:{port}"),
            _ => host.to_owned(),
        }
    }
}

fn git_url(text: &str) -> Result<(), Wrong> {
    let shown = excerpt(text);
    if let Some(rest) = text.strip_prefix("https://") {
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        if host.contains('@') {
            let host = host.rsplit('@').next().unwrap_or_default();
            return Err(Wrong::new(
                "an `https://` URL with a user or password is a secret in a file".to_owned(),
                format!("write `git@{host}:{path}` and a `deploy_key`"),
            ));
        }
        return parts(host, path).ok_or_else(|| Wrong::not::<GitUrl>(text));
    }
    if let Some(rest) = text.strip_prefix("ssh://") {
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let host = host.split_once('@').map_or(host, |(_, host)| host);
        return parts(host, path).ok_or_else(|| Wrong::not::<GitUrl>(text));
    }
    if let Some((scheme, rest)) = text.split_once("://") {
        return Err(Wrong::new(
            format!("`{shown}`: `{scheme}` proves nothing about who answers"),
            format!("write `https://{rest}`"),
        ));
    }
    match text.split_once(':').and_then(|(host, path)| Some((host.split_once('@')?, path))) {
        Some(((user, host), path)) if is_word(user) => {
            parts(host, path).ok_or_else(|| Wrong::not::<GitUrl>(text))
        }
        _ => Err(Wrong::not::<GitUrl>(text)),
    }
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
}

/// Whether a host with or without a port, and a path, can be those of a repository.
fn parts(host: &str, path: &str) -> Option<()> {
    let (name, port) = host.split_once(':').map_or((host, None), |(name, port)| (name, Some(port)));
    let numbered = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0));
    let clean = path.bytes().all(|b| b.is_ascii_alphanumeric() || b"/._~-".contains(&b));
    let named = path.split('/').any(|part| !part.is_empty()) && !path.split('/').any(|part| part == "..");
    (is_word(name) && numbered && clean && named).then_some(())
}

fn git_ref(text: &str) -> Result<(), Wrong> {
    let bad = |c: char| c.is_whitespace() || c.is_control() || "~^:?*[\\".contains(c);
    let component =
        |part: &str| !part.is_empty() && !part.starts_with('.') && part.strip_suffix(".lock").is_none();
    let well_formed = text.len() <= 244
        && !text.contains(bad)
        && !text.contains("..")
        && !text.contains("@{")
        && !text.starts_with('-')
        && !text.ends_with('.')
        && text != "@"
        && text.split('/').all(component);
    if well_formed { Ok(()) } else { Err(Wrong::not::<GitRef>(text)) }
}

fn secret(text: &str) -> Result<(), Wrong> {
    match text.strip_prefix("secret:") {
        Some(name) => name.parse::<Label>().map(drop),
        None if text.contains("PRIVATE KEY") || text.starts_with("ssh-") => Err(Wrong::new(
            "a key in the stack file is a secret that everybody can read".to_owned(),
            "write the name of a secret, such as `secret:deploy-key`, and keep the key in AWS",
        )),
        None => Err(Wrong::not::<SecretName>(text)),
    }
}

/// Kinds of keys that a host may be known by (`HostKeyAlgorithms` of `sshd_config`).
const HOST_KEYS: [&str; 5] =
    ["ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa"];

fn host_key(text: &str) -> Result<(), Wrong> {
    let key = |kind: &str, key: &str| {
        HOST_KEYS.contains(&kind)
            && key.len() >= 64
            && key.starts_with("AAAA")
            && key.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b))
    };
    match text.split_once(' ') {
        Some((kind, rest)) if key(kind, rest) => Ok(()),
        Some((host, rest)) if rest.split_once(' ').is_some_and(|(kind, rest)| key(kind, rest)) => {
            Err(Wrong::new(
                format!("`{}`: the host is known from the repository's URL", excerpt(host)),
                "write what stands behind the host's name, from `ssh-ed25519` or another kind of key on",
            ))
        }
        _ => Err(Wrong::not::<HostKey>(text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repositories_are_named_by_ssh_or_https() {
        for text in [
            "git@bitbucket.org:example/site.git",
            "deploy@10.0.0.5:site",
            "ssh://git@git.example.org/~team/site.git",
            "https://git.example.org:8443/team/site",
        ] {
            assert!(text.parse::<GitUrl>().is_ok(), "{text}");
        }
        for text in [
            "http://git.example.org/site.git",
            "git://git.example.org/site.git",
            "https://git.example.org",
            "https://git.example.org/",
            "https://me:pass@git.example.org/site.git",
            "git@github.com:",
            "github.com:example/site.git",
            "git@github.com:example/../../etc",
            "git@github.com:example/$(id)",
            "example/site",
            "/srv/git/site.git",
            "ssh://git@git.example.org:0/site.git",
        ] {
            assert!(text.parse::<GitUrl>().is_err(), "{text}");
        }
        let help = "https://me:pass@git.example.org/site.git".parse::<GitUrl>().unwrap_err();
        assert_eq!(help.help, "write `git@git.example.org:site.git` and a `deploy_key`");
        assert!(!help.message.contains("pass@"), "{help}");
    }

    #[test]
    fn the_host_is_read_from_every_form() {
        for (url, host) in [
            ("git@bitbucket.org:example/site.git", "bitbucket.org"),
            ("ssh://git@git.example.org:2222/~team/site.git", "git.example.org"),
            ("https://git.example.org:8443/team/site", "git.example.org"),
        ] {
            assert_eq!(url.parse::<GitUrl>().unwrap().host(), host);
        }
    }

    #[test]
    fn hosts_are_known_by_their_port_too() {
        for (url, known) in [
            ("git@git.example.org:site.git", "git.example.org"),
            ("ssh://git@git.example.org/site.git", "git.example.org"),
            ("ssh://git@git.example.org:22/site.git", "git.example.org"),
            ("ssh://git@git.example.org:2222/site.git", "[git.example.org]:2222"),
        ] {
            assert_eq!(url.parse::<GitUrl>().unwrap().known_as(), known);
        }
    }

    #[test]
    fn keys_of_hosts_are_public_and_alone() {
        let key = HostKey::EXAMPLES[0];
        assert!(key.parse::<HostKey>().is_ok());
        for text in
            ["ssh-ed25519", "ssh-ed25519 AAAA", "-----BEGIN OPENSSH PRIVATE KEY-----", &format!("{key}\nx")]
        {
            assert!(text.parse::<HostKey>().is_err(), "{text}");
        }
        let named = format!("git.example.org {key}").parse::<HostKey>().unwrap_err();
        assert!(named.message.contains("`git.example.org`"), "{named}");
    }

    #[test]
    fn refs_are_those_of_git() {
        for text in ["main", "feature/x-1", "v1.0", "0123456789abcdef0123456789abcdef01234567"] {
            assert!(text.parse::<GitRef>().is_ok(), "{text}");
        }
        for text in ["", "-x", "a..b", "a b", "a:b", "a/", "/a", "x.lock", "@", "a@{1}", "x.", "a/.b"] {
            assert!(text.parse::<GitRef>().is_err(), "{text}");
        }
    }

    #[test]
    fn secrets_are_named_and_not_written() {
        assert!("secret:deploy-key".parse::<SecretName>().is_ok());
        for text in ["deploy-key", "secret:", "secret:Deploy Key", "ssh-ed25519 AAAA"] {
            assert!(text.parse::<SecretName>().is_err(), "{text}");
        }
    }
}
