//! The first stack file of a user: short, commented, and right as it stands.
//!
//! It asks for little, because every section has good defaults; what it writes out is what people change first.

use std::fmt;
use std::str::FromStr;

use super::text::{Domain, Region, StackName, Wrong};

/// How much the platform shall carry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Size {
    /// One site of a small audience: one web node, a single database.
    Small,
    /// What most sites want: two zones, everything twice.
    #[default]
    Medium,
    /// Busy sites: three zones and larger machines.
    Large,
}

impl Size {
    /// Every size, smallest first.
    pub const ALL: [Self; 3] = [Self::Small, Self::Medium, Self::Large];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Medium => "medium",
            Self::Large => "large",
        }
    }

    fn machines(self) -> Machines {
        match self {
            Self::Small => Machines {
                zones: 2,
                nat: "single",
                web: "t4g.medium",
                scale: (1, 2),
                database: "db.t4g.medium",
                multi_az: false,
                storage: 20,
                cache: ("cache.t4g.small", 1),
                search: ("t4g.medium", 20),
                files: ("t4g.nano", 50),
            },
            Self::Medium => Machines {
                zones: 2,
                nat: "per-zone",
                web: "m7g.large",
                scale: (2, 8),
                database: "db.m7g.large",
                multi_az: true,
                storage: 100,
                cache: ("cache.m7g.large", 2),
                search: ("m7g.large", 50),
                files: ("t4g.small", 100),
            },
            Self::Large => Machines {
                zones: 3,
                nat: "per-zone",
                web: "m7g.xlarge",
                scale: (3, 20),
                database: "db.r7g.xlarge",
                multi_az: true,
                storage: 400,
                cache: ("cache.r7g.large", 3),
                search: ("m7g.xlarge", 200),
                files: ("m7g.medium", 500),
            },
        }
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Size {
    type Err = Wrong;

    fn from_str(text: &str) -> Result<Self, Wrong> {
        Self::ALL.into_iter().find(|size| size.name() == text).ok_or_else(|| {
            let names = || Self::ALL.into_iter().map(Self::name);
            let guess = super::did_you_mean(text, names());
            let message = format!("expected a size, found `{}`{guess}", super::node::excerpt(text));
            Wrong::new(message, format!("write {}", super::either(names())))
        })
    }
}

/// What a size stands for.
struct Machines {
    zones: u8,
    nat: &'static str,
    web: &'static str,
    scale: (u32, u32),
    database: &'static str,
    multi_az: bool,
    /// GiB.
    storage: u32,
    cache: (&'static str, u32),
    /// The instance, and GiB.
    search: (&'static str, u32),
    /// The instance, and GiB.
    files: (&'static str, u32),
}

/// What has to be known to begin a stack.
#[derive(Clone, Debug)]
pub struct Starter {
    /// The stack's name.
    pub name: StackName,
    /// The region.
    pub region: Region,
    /// The domain of the site, if there is one yet.
    pub domain: Option<Domain>,
    /// How much it shall carry.
    pub size: Size,
}

impl Starter {
    /// The stack file.
    pub fn render(&self) -> String {
        let Self { name, region, domain, size } = self;
        let Machines { zones, nat, web, scale, database, multi_az, storage, cache, search, files } =
            size.machines();
        let (min, max) = scale;
        let (node, nodes) = cache;
        let ((solr, index), (server, shared)) = (search, files);
        let site = match domain {
            Some(domain) => format!("site: {{ domain: {domain} }}"),
            None => "# site: { domain: www.example.org } # HTTPS needs it".to_owned(),
        };
        format!(
            "\
# A Drupal platform on AWS, begun by `drucloud init`.
# `drucloud validate` checks this file, `drucloud plan` shows what would change, `drucloud up` changes it.
# Every key has a default and may be left out; docs/stack.md lists them all, `drucloud schema` is for editors.

stack: {name} # the names and tags of all resources derive from it
region: {region}

{site}

network:
  cidr: 10.20.0.0/16 # must not overlap with networks that it shall be connected to
  zones: {zones} # availability zones
  nat: {nat} # how machines reach the internet: per-zone, single (cheaper, fails with its zone), none

load_balancer:
  https: auto # a certificate, when the site's domain is in a hosted zone of this account

web:
  instance: {web}
  scale: {{ min: {min}, max: {max}, cpu: 60 }} # nodes; more of them above 60 % CPU

database:
  engine: mysql-8.4
  instance: {database}
  multi_az: {multi_az} # a standby in another zone that takes over by itself; doubles the price
  storage: {storage} GiB # can grow, never shrink
  backups: {{ days: 14 }}

cache: {{ engine: memcached, node: {node}, nodes: {nodes} }}

media: {{ cdn: true }} # the site's files in a bucket, CloudFront in front of both

search: {{ engine: solr-9, instance: {solr}, volume: {index} GiB }}

files: {{ engine: glusterfs, instance: {server}, nodes: 2, volume: {shared} GiB }} # or `engine: efs`

control: {{ instance: t4g.small }} # cron, and Drupal's own commands

monitoring: {{}} # alarms, logs and a dashboard; `email: ops@example.org` is told what goes wrong

# mail: {{ from: noreply@example.org }} # sent by Amazon SES; needs the site's domain

# Each environment is a copy of all of the above; what it says itself comes over it.
environments:
  dev:
    network: {{ nat: single }}
    web: {{ instance: t4g.medium, scale: {{ min: 1, max: 2 }} }}
    database: {{ instance: db.t4g.medium, multi_az: false }}
    cache: {{ node: cache.t4g.small, nodes: 1 }}
    search: {{ instance: t4g.medium, volume: 10 GiB }}
    files: {{ instance: t4g.nano, volume: 10 GiB }}
    control: {{ instance: t4g.nano }}
  prod:
    protect: true # what holds data refuses to be deleted
"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::Stack;

    #[test]
    fn every_starter_is_right_as_it_stands() {
        for size in Size::ALL {
            for domain in [None, Some("www.example.org")] {
                let starter = Starter {
                    name: "my-site".parse().expect("a name"),
                    region: "eu-central-1".parse().expect("a region"),
                    domain: domain.map(|domain| domain.parse().expect("a domain")),
                    size,
                };
                let text = starter.render();
                let stack =
                    Stack::parse("drucloud.yaml", &text).unwrap_or_else(|report| panic!("{report:?}"));
                assert_eq!(stack.name.as_str(), "my-site");
                let prod = stack.environment("prod").expect("prod");
                assert!(prod.protect && prod.region.is_some_and(|region| region.as_str() == "eu-central-1"));
                assert_eq!(prod.site.domain.map(|domain| domain.to_string()).as_deref(), domain);
                for environment in stack.environments() {
                    assert!(environment.warnings.is_empty(), "{size}: {:?}", environment.warnings);
                }
            }
        }
    }

    #[test]
    fn a_size_is_known_by_its_name() {
        assert_eq!("large".parse(), Ok(Size::Large));
        let wrong = "larg".parse::<Size>().expect_err("no size");
        assert!(wrong.message.contains("did you mean `large`?") && wrong.help.contains("`small`"), "{wrong}");
    }
}
