//! What the machines hold: from the stack to files, from files to one bundle a machine, named by its content.
//!
//! Everything is known when planning, so a change of any file is part of the plan. Handlebars renders, playbooks
//! install, copy and notify.

use serde_json::Value;

use crate::aws::bundle::{self, Files};
use crate::aws::kinds::configuration;

use super::Environment;
use super::facts::Facts;

mod helpers;
mod roles;
pub mod secrets;
mod site;
mod sizes;
mod solr;
mod templates;
#[cfg(test)]
mod tests;
mod values;

pub use crate::aws::kinds::configuration::BUCKET;
pub use roles::{Machine, Role, machines};
pub use templates::ConfigurationError;

/// The most user data that EC2 takes, in bytes ("Run commands when you launch an EC2 instance", EC2 user guide).
const USER_DATA: usize = 16 * 1024;

/// The configuration of one machine; the web nodes share one.
#[derive(Clone, Debug, Default)]
pub struct Bundle {
    /// Its files by their path in the archive: `playbook.yml`, `tasks/`, `values.json`, and under `root/` those
    /// of the machine.
    pub files: Files,
    /// The archive.
    pub archive: Vec<u8>,
    /// The SHA-256 of the archive.
    pub sha256: String,
    /// The object in the bucket that holds the archive.
    pub key: String,
    /// The document for the machine's first boot.
    pub user_data: String,
}

/// The configuration of a machine of an environment.
///
/// # Errors
/// Faults of the templates: an unknown name, or what cannot be read.
pub fn bundle(
    environment: &Environment,
    facts: &Facts,
    machine: &Machine<'_>,
) -> Result<Bundle, ConfigurationError> {
    let values = values::Source { environment, facts, machine }.values();
    let role = machine.role.as_str();
    let mut files = templates::playbooks(role)?;
    for (path, text) in templates::files(role, &values)? {
        files.insert(format!("root/{path}"), text);
    }
    let told = told(&values, &files);
    files.insert("values.json".to_owned(), format!("{told:#}\n"));
    let broken = |error| ConfigurationError::Archive(machine.host(), error);
    let archive = bundle::pack(&files).map_err(broken)?;
    let sha256 = bundle::sha256(&archive);
    let address = machine.address().parse()?;
    let key = configuration::key(&address, &sha256);
    let user_data = user_data(machine, values, &key, &sha256)?;
    Ok(Bundle { files, archive, sha256, key, user_data })
}

/// The values that a machine is told whatever its playbook says: who it is, and where its secrets and bundles are.
const ALWAYS: [&str; 6] = ["role", "stack", "environment", "region", "bucket", "secrets"];

/// Of the values those that a playbook or a script asks for by name. A machine that is told of the site's domain
/// without any use for it would run its playbook again whenever that changes.
fn told(values: &Value, files: &Files) -> Value {
    let asked = |name: &str| files.iter().any(|(path, text)| asks(path, text, name));
    let all = values.as_object().into_iter().flatten();
    all.filter(|(name, _)| ALWAYS.contains(&name.as_str()) || asked(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// Whether a file names a value: a playbook as a variable, a script as a key of the file that they are in. Remarks,
/// titles and parts of paths are none; anything that might be one counts.
fn asks(path: &str, text: &str, name: &str) -> bool {
    let script = path.starts_with("root/");
    if script && !text.starts_with("#!") {
        return false;
    }
    let inside = |c: char| c.is_ascii_alphanumeric() || "_-/".contains(c);
    let says = |line: &&str| {
        let line = line.trim_start();
        !line.starts_with('#') && (!line.starts_with("- name:") || line.contains("{{"))
    };
    text.lines().filter(says).any(|line| {
        line.match_indices(name).any(|(at, _)| {
            let before = line[..at].chars().next_back().unwrap_or(' ');
            let after = line[at + name.len()..].chars().next().unwrap_or(' ');
            let named = if script { "\"'.".contains(before) } else { !inside(before) && before != '.' };
            named && !inside(after)
        })
    })
}

/// The document for the first boot: what fetches the bundle, and which.
fn user_data(
    machine: &Machine<'_>,
    mut values: Value,
    key: &str,
    sha256: &str,
) -> Result<String, ConfigurationError> {
    if let Some(values) = values.as_object_mut() {
        values.insert("key".to_owned(), key.into());
        values.insert("sha256".to_owned(), sha256.into());
    }
    let text = templates::user_data(&values)?;
    if text.len() > USER_DATA {
        return Err(ConfigurationError::UserData {
            host: machine.host(),
            bytes: text.len(),
            most: USER_DATA,
        });
    }
    Ok(text)
}
