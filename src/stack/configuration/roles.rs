//! Which machines of an environment are configured, and as what.

use crate::stack::Environment;
use crate::stack::files::FilesEngine;
use crate::stack::text::InstanceType;

/// What a machine is for. Its templates and its playbook have this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Serves pages; one of several that are the same.
    Web,
    /// Runs Solr.
    Search,
    /// Runs `GlusterFS`, one of several that know each other.
    Files,
    /// Runs cron and Drupal's own commands.
    Control,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Web, Self::Search, Self::Files, Self::Control];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Search => "search",
            Self::Files => "files",
            Self::Control => "control",
        }
    }
}

/// A machine that is configured; of the web nodes one stands for all.
#[derive(Clone, Debug)]
pub struct Machine<'a> {
    /// What it is for.
    pub role: Role,
    /// Its number where there are several that differ, from 1; else 0.
    pub number: u8,
    /// Its type.
    pub instance: &'a InstanceType,
}

impl Machine<'_> {
    /// Its name, such as `files-1`.
    pub fn host(&self) -> String {
        match self.number {
            0 => self.role.as_str().to_owned(),
            number => format!("{}-{number}", self.role.as_str()),
        }
    }

    /// The address of its configuration, such as `files.configuration.1`.
    pub fn address(&self) -> String {
        match self.number {
            0 => format!("{}.configuration", self.role.as_str()),
            number => format!("{}.configuration.{number}", self.role.as_str()),
        }
    }
}

/// The machines of an environment, in the order of [`Role::ALL`].
pub fn machines(environment: &Environment) -> Vec<Machine<'_>> {
    let one = |role, instance| Machine { role, number: 0, instance };
    let mut machines = Vec::new();
    machines.extend(environment.web.as_ref().map(|web| one(Role::Web, &web.instance)));
    machines.extend(environment.search.as_ref().map(|search| one(Role::Search, &search.instance)));
    if let Some(files) = environment.files.as_ref().filter(|files| files.engine == FilesEngine::GlusterFs) {
        let numbers = 1..=files.nodes;
        machines.extend(numbers.map(|number| Machine { number, ..one(Role::Files, &files.instance) }));
    }
    machines.extend(environment.control.as_ref().map(|control| one(Role::Control, &control.instance)));
    machines
}
