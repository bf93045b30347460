//! What machines have in common: their image, their role, and of those that stand alone a disk and a name.

use std::collections::BTreeMap;

use crate::aws::kinds::instance::Instance;
use crate::aws::kinds::launch_template::Volume as Root;
use crate::aws::kinds::role::Role;
use crate::aws::kinds::security_group::SecurityGroup;
use crate::aws::kinds::subnet::Subnet;
use crate::aws::kinds::volume::Volume;
use crate::aws::names;
use crate::aws::policy::Policy;
use crate::model::graph::Handle;
use crate::model::spec::{Id, Text};
use crate::stack::configuration::Role as Machines;
use crate::stack::text::{Architecture, Image, InstanceType, Size, Zone};

use super::configuration::Configured;
use super::network::Network;
use super::{ExpandError, Plot};
use super::{dns, monitoring};

/// The device of Debian's root volume, on every architecture.
pub(super) const ROOT: &str = "/dev/xvda";
/// The device of a data volume: the first of those that AWS recommends ("Device names for volumes on Amazon EC2
/// instances").
const DATA: &str = "/dev/sdf";
/// The size of a root volume in GiB: the data is on a volume of its own.
const ROOT_GIB: i32 = 20;
/// For how many seconds a machine's name may be remembered.
const TTL: u32 = 60;

/// A machine that stands alone.
pub(super) struct Machine<'a> {
    /// What it is for: the section, which begins its addresses and its name.
    pub role: Machines,
    /// Its number where there are several, from 1; else 0.
    pub number: u8,
    /// Where it stands.
    pub place: (Zone, Id<Subnet>),
    /// The type of machine.
    pub instance: &'a InstanceType,
    /// The image that the stack names.
    pub image: Option<&'a Image>,
    /// What it may do.
    pub profile: Id<Role>,
    /// Who reaches it.
    pub group: Option<&'a Handle<SecurityGroup>>,
    /// The size of the volume for its data.
    pub volume: Option<Size>,
    /// The machine that comes before it whenever something is done to both.
    pub follows: Option<&'a Handle<Instance>>,
}

impl Machine<'_> {
    /// Adds the machine, its volume and its name.
    pub fn add(self, plot: &mut Plot<'_>, network: &Network) -> Result<Handle<Instance>, ExpandError> {
        let section = self.role.as_str();
        let at = |what: &str| match self.number {
            0 => format!("{section}.{what}"),
            number => format!("{section}.{what}.{number}"),
        };
        let (zone, subnet) = self.place;
        let mut volumes = BTreeMap::new();
        if let Some(size) = self.volume {
            let volume = Volume {
                zone: zone.to_string(),
                gib: gib(size),
                kind: "gp3".to_owned(),
                iops: None,
                throughput: None,
                encrypted: true,
                restore_from: None,
            };
            volumes.insert(DATA.to_owned(), plot.add_data(&at("volume"), &volume)?.id());
        }
        let configured = plot.configured.get(&(self.role, self.number));
        // Its configuration is there before it boots, and before it is told of another one.
        let mut follows: Vec<Text> = configured.map(Configured::is_there).into_iter().collect();
        follows.extend(self.follows.map(|before| Text::Ref(before.output("state"))));
        let instance = Instance {
            image: image(self.instance, self.image),
            instance_type: self.instance.to_string(),
            profile: self.profile,
            subnet,
            security_groups: self.group.iter().map(|group| group.id()).collect(),
            root: root(ROOT_GIB),
            volumes,
            user_data: configured.map(|it| it.user_data.clone()).unwrap_or_default(),
            configuration: configured.map(|it| it.key.clone()),
            metadata_tokens: true,
            metadata_hops: 1,
            detailed_monitoring: false,
            running: true,
            follows: (!follows.is_empty()).then_some(Text::Join(follows)),
        };
        let instance = plot.add(&at("server"), &instance)?;
        let host = match self.number {
            0 => section.to_owned(),
            number => format!("{section}-{number}"),
        };
        let name = Text::Known(plot.internal(&host));
        let record = dns::address(network.zone.id(), name, Text::Ref(instance.output("private_ip")), TTL);
        plot.add(&at("dns"), &record)?;
        Ok(instance)
    }
}

/// The volume that a machine boots from.
pub(super) fn root(size_gib: i32) -> Root {
    Root { device: ROOT.to_owned(), size_gib, kind: "gp3".to_owned(), encrypted: true }
}

/// A size as EC2 takes it.
pub(super) fn gib(size: Size) -> i32 {
    i32::try_from(size.gib()).unwrap_or(i32::MAX)
}

/// The image that the stack names, or the newest Debian 13, found by the parameter that Debian publishes.
pub(super) fn image(instance: &InstanceType, named: Option<&Image>) -> String {
    match named {
        Some(image) if image.to_string().starts_with("ami-") => image.to_string(),
        Some(parameter) => {
            format!("resolve:ssm:{}", parameter.to_string().trim_start_matches("resolve:ssm:"))
        }
        None => format!("resolve:ssm:/aws/service/debian/release/13/latest/{}", architecture(instance)),
    }
}

/// The architecture of a machine, in Debian's words.
pub(super) fn architecture(instance: &InstanceType) -> &'static str {
    match instance.architecture() {
        Architecture::Arm64 => "arm64",
        Architecture::X86_64 => "amd64",
    }
}

/// What a machine may do: Session Manager, to report where there is monitoring, and its own policies.
pub(super) fn role(plot: &Plot<'_>, policies: BTreeMap<String, Policy>) -> Role {
    Role {
        service: "ec2.amazonaws.com".to_owned(),
        policies,
        managed: monitoring::managed(plot),
        instance_profile: true,
    }
}

/// To find the secret of this environment's database and to read it alone, with the policy's name.
///
/// RDS names its secrets by an id that is known only when the database is there; the tag that it puts on them
/// names the instance, which is known now, so the role waits for nothing ("Password management with RDS and
/// Secrets Manager", RDS user guide).
pub(super) fn database_master(plot: &Plot<'_>) -> (String, Policy) {
    let environment = plot.environment;
    let parts = [environment.stack.as_str(), environment.name.as_str(), "database-instance"];
    let instance = format!("arn:*:rds:{}:*:db:{}", plot.region(), names::fit(&parts, None, 63));
    let read = Policy::new(serde_json::json!({
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "rds:DescribeDBInstances", "Resource": instance},
            {
                "Effect": "Allow",
                "Action": ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"],
                "Resource": "arn:*:secretsmanager:*:*:secret:rds!db-*",
                "Condition": {"StringLike": {"aws:ResourceTag/aws:rds:primaryDBInstanceArn": instance}},
            },
        ],
    }));
    ("database-secret".to_owned(), read)
}

#[cfg(test)]
mod tests;
