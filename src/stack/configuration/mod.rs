//! What the machines hold: from the stack to files, from files to one bundle a machine, named by its content.
//!
//! Everything is known when planning, so a change of any file is part of the plan. Handlebars renders, playbooks
//! install, copy and notify.

use serde_json::Value;

use crate::aws::bundle::{self, Files};

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

pub use roles::{Machine, Role, machines};
pub use templates::ConfigurationError;

/// Where the bucket of the bundles stands.
pub const BUCKET: &str = "configuration.bucket";
/// The most user data that EC2 takes, in bytes ("Run commands when you launch an EC2 instance", EC2 user guide).
const USER_DATA: usize = 16 * 1024;

/// The configuration of one machine; the web nodes share one.
#[derive(Clone, Debug)]
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
    files.insert("values.json".to_owned(), format!("{values:#}\n"));
    let broken = |error| ConfigurationError::Archive(machine.host(), error);
    let archive = bundle::pack(&files).map_err(broken)?;
    let sha256 = bundle::sha256(&archive);
    let key = format!("{}/{sha256}.tar.gz", machine.address());
    let user_data = user_data(machine, values, &key, &sha256)?;
    Ok(Bundle { files, archive, sha256, key, user_data })
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
