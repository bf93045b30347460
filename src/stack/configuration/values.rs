//! The values that templates and playbooks see: one object, with every name always there, so that strict
//! templates can ask for any. A section that is off is null.
//!
//! All of it is known when planning: names in the private zone, names of secrets and buckets, sizes that follow
//! from the type of machine. What only one role needs is told to that role alone, so that a change of it does not
//! touch the others.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::aws::names;
use crate::stack::Environment;
use crate::stack::cache::Cache;
use crate::stack::facts::Facts;
use crate::stack::files::{Files, FilesEngine};
use crate::stack::search::Search;
use crate::stack::text::{Architecture, MirrorUrl, Sha512, SolrVersion};

use super::roles::{Machine, Role, machines};
use super::site;
use super::sizes::{self, Php};
use super::{BUCKET, secrets};

/// The version of PHP that Debian 13 has.
const PHP: &str = "8.4";
/// The largest file that can be uploaded, in MiB.
const UPLOAD_MIB: u32 = 64;
/// The port of Solr.
const SOLR: u16 = 8983;
/// Where a file server keeps its copy of the files.
const BRICK: &str = "/srv/brick";
/// Where an arbiter keeps the files' names.
const ARBITER: &str = "/srv/arbiter";
/// Where the shared files are mounted.
const MOUNT: &str = "/srv/files";

/// What the values are made of.
pub struct Source<'a> {
    /// The environment.
    pub environment: &'a Environment,
    /// What is known of the account.
    pub facts: &'a Facts,
    /// The machine.
    pub machine: &'a Machine<'a>,
}

impl Source<'_> {
    /// The values.
    pub fn values(&self) -> Value {
        let environment = self.environment;
        json!({
            "role": self.machine.role.as_str(),
            "stack": environment.stack.as_str(),
            "environment": environment.name.as_str(),
            "region": environment.region(),
            "zone": environment.zone_name(),
            "architecture": match self.machine.instance.architecture() {
                Architecture::Arm64 => "arm64",
                Architecture::X86_64 => "amd64",
            },
            "machine": self.machine(),
            "site": site::values(environment, self.facts),
            "network": {"cidr": environment.network.cidr.range().to_string()},
            "balancer": environment.load_balancer.as_ref().map(|balancer| {
                json!({"idle_seconds": balancer.idle_timeout.seconds()})
            }),
            "web": self.web(),
            "php": self.php(),
            "database": self.database(),
            "cache": environment.cache.as_ref().map(|section| self.cache(section)),
            "search": environment.search.as_ref().map(|section| self.search(section)),
            "files": environment.files.as_ref().map(|section| self.files(section)),
            "media": self.media(),
            "mail": environment.mail.as_ref().and_then(|section| {
                let from = section.sender(&environment.site).filter(|_| section.ses)?;
                Some(json!({"from": from.to_string(), "region": environment.region()}))
            }),
            "monitoring": self.monitoring(),
            "control": environment.control.as_ref().map(|_| json!({"host": self.host("control")})),
            "cron": self.cron(),
            "prewarm": {"urls_per_second": 5, "sitemap": "/sitemap.xml"},
            "bucket": self.facts.buckets.get(BUCKET),
            "secrets": secrets::values(environment),
        })
    }

    /// A name in the private zone.
    fn host(&self, name: &str) -> String {
        format!("{name}.{}", self.environment.zone_name())
    }

    fn is(&self, role: Role) -> bool {
        self.machine.role == role
    }

    fn machine(&self) -> Value {
        let capacity = self.machine.instance.capacity();
        json!({
            "instance": self.machine.instance.as_str(),
            "memory_mib": capacity.memory_mib,
            "vcpus": capacity.vcpus,
            "number": self.machine.number,
            "host": self.machine.host(),
        })
    }

    fn web(&self) -> Value {
        let environment = self.environment;
        let cors = environment.media.as_ref().map(|media| &media.cors);
        let cors: Vec<String> = cors.into_iter().flatten().map(ToString::to_string).collect();
        let encrypted = environment.is_encrypted(self.facts);
        let web = environment.web.clone().unwrap_or_default();
        json!({
            "microcache": web.microcache,
            "modsecurity": web.modsecurity,
            "allow_update_from": web.allow_update_from.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "cors": cors,
            "security_headers": {
                "referrer_policy": "strict-origin-when-cross-origin",
                "frame_ancestors": "'self'",
                // Only a site that is served over TLS may promise to be.
                "hsts_seconds": encrypted.then_some(31_536_000),
            },
        })
    }

    /// The sizes are those of the machine that serves pages; Drupal's commands elsewhere need none of them.
    fn php(&self) -> Value {
        let environment = self.environment;
        let pages = environment.web.as_ref().filter(|_| self.is(Role::Web));
        let sizes = pages.map(|web| Php::of(web.instance.capacity(), environment.site.drupal));
        let idle = environment.load_balancer.as_ref().map_or(60, |balancer| balancer.idle_timeout.seconds());
        let size = |of: fn(&Php) -> u32| sizes.as_ref().map(of);
        json!({
            "version": PHP,
            "children": size(|php| php.children),
            "memory_limit_mib": size(|php| php.memory_limit_mib),
            "opcache_mib": size(|php| php.opcache_mib),
            "interned_mib": size(|php| php.interned_mib),
            "apcu_mib": size(|php| php.apcu_mib),
            "max_files": size(|php| php.max_files),
            // A page that takes longer is given up before the load balancer gives the visitor up.
            "terminate_seconds": idle.saturating_sub(5).max(1),
            "upload_mib": UPLOAD_MIB,
        })
    }

    fn database(&self) -> Option<Value> {
        let environment = self.environment;
        environment.database.as_ref()?;
        let parts = [environment.stack.as_str(), environment.name.as_str(), "database-instance"];
        Some(json!({
            "host": self.host("db"),
            "port": 3306,
            "name": "drupal",
            // Not `drupal`: that is the master user, whose password RDS changes.
            "user": "drupal_site",
            "instance": names::fit(&parts, None, 63),
            "transaction_isolation": "READ-COMMITTED",
        }))
    }

    fn cache(&self, section: &Cache) -> Value {
        let (port, replicated) = (section.engine.port(), section.engine.replicates());
        let nodes: Vec<String> = if replicated {
            vec![self.host("cache")]
        } else {
            (1..=section.nodes).map(|number| self.host(&format!("cache-{number}"))).collect()
        };
        json!({
            "engine": if replicated { "redis" } else { "memcached" },
            "hosts": nodes.iter().map(|host| format!("{host}:{port}")).collect::<Vec<_>>(),
            "first_host": nodes.first(),
            "port": port,
            "tls": replicated,
        })
    }

    /// Where it comes from and how large it is concerns its own machine alone.
    fn search(&self, section: &Search) -> Value {
        let own = self.is(Role::Search);
        let version = section.version.as_ref().map_or(super::solr::VERSION, SolrVersion::as_str);
        let mirror = section.mirror.as_ref().map_or(super::solr::MIRROR, MirrorUrl::as_str);
        let sha512 = section.sha512.as_ref().map_or(super::solr::SHA512, Sha512::as_str);
        let heap = sizes::solr_heap_mib(section.instance.capacity());
        json!({
            "host": self.host("search"),
            "port": SOLR,
            "core": "drupal",
            "version": own.then_some(version),
            "mirror": own.then_some(mirror),
            "sha512": own.then_some(sha512),
            "heap_mib": own.then_some(heap),
            "data": "/srv/solr",
        })
    }

    fn files(&self, section: &Files) -> Value {
        let (engine, nodes) = match section.engine {
            FilesEngine::GlusterFs => ("glusterfs", section.nodes),
            FilesEngine::Efs => ("efs", 0),
        };
        let hosts: Vec<String> = (1..=nodes).map(|number| self.host(&format!("files-{number}"))).collect();
        let judges = section.has_arbiter() && self.is(Role::Control);
        let me = (self.is(Role::Files) || judges).then(|| self.host(&self.machine.host()));
        // The visitors of the files need not know of it.
        let arbiter = (section.has_arbiter() && me.is_some()).then(|| self.host("control"));
        let peers = hosts.iter().filter(|host| me.as_ref().is_some_and(|me| me != *host));
        json!({
            "engine": engine,
            "hosts": hosts,
            "first": hosts.first(),
            "second": hosts.get(1),
            "volume": "files",
            "brick": BRICK,
            "mount": MOUNT,
            "arbiter": arbiter,
            "own": me.as_ref().map(|_| if judges { ARBITER } else { BRICK }),
            "peers": peers.collect::<Vec<_>>(),
            "me": me,
            "efs": (section.engine == FilesEngine::Efs).then(|| self.host("files")),
        })
    }

    fn media(&self) -> Option<Value> {
        let media = self.environment.media.as_ref()?;
        let cors: Vec<String> = media.cors.iter().map(ToString::to_string).collect();
        Some(json!({"bucket": self.facts.buckets.get("media.bucket"), "s3fs": media.s3fs, "cors": cors}))
    }

    fn monitoring(&self) -> Option<Value> {
        self.environment.monitoring.as_ref()?;
        let (stack, env) = (&self.environment.stack, &self.environment.name);
        let groups: BTreeMap<&str, String> = machines(self.environment)
            .iter()
            .map(|machine| machine.role.as_str())
            .map(|role| (role, format!("/drucloud/{stack}/{env}/monitoring.logs.{role}")))
            .collect();
        Some(json!({"log_groups": groups, "namespace": "CWAgent"}))
    }

    /// When what runs; on the control server alone.
    fn cron(&self) -> Value {
        let environment = self.environment;
        let when = |on: bool, calendar: &str| (on && self.is(Role::Control)).then(|| calendar.to_owned());
        json!({
            "drupal": when(true, "*-*-* *:00/15:00"),
            "search": when(environment.search.is_some(), "*-*-* *:05/15:00"),
            "xmlsitemap": when(true, "*-*-* *:20:00"),
            "prewarm": when(environment.web.is_some(), "*-*-* *:00/10:00"),
            "social": when(true, "*-*-* 00/6:40:00"),
            "maintenance": when(true, "*-*-* 03:30:00"),
            "dump": when(environment.database.is_some(), "*-*-* 02:30:00"),
        })
    }
}
