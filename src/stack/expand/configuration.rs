//! configuration: what the machines hold, the bucket that they fetch it from, and the secrets that they read.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::aws::kinds::bucket::Bucket;
use crate::aws::kinds::bucket_policy::BucketPolicy;
use crate::aws::kinds::configuration::Configuration;
use crate::aws::kinds::secret::Secret;
use crate::aws::policy::Policy;
use crate::model::graph::Handle;
use crate::model::spec::Text;
use crate::stack::configuration::{self, BUCKET, Bundle, Machine, Role, secrets};

use super::media;
use super::{ExpandError, Plot};

/// The length of a password: as many letters and digits as no one guesses.
const PASSWORD: i64 = 48;

/// What a machine is configured with.
pub(super) struct Configured {
    /// What it is and where.
    handle: Handle<Configuration>,
    /// The object in the bucket that holds it.
    pub key: String,
    /// The document for the first boot, which names that object.
    pub user_data: String,
}

impl Configured {
    /// What has an answer once the object is there.
    pub fn is_there(&self) -> Text {
        Text::Ref(self.handle.output("key"))
    }
}

/// The configuration of each machine by role and number; nothing where there are no machines.
pub(super) fn expand(plot: &mut Plot<'_>) -> Result<BTreeMap<(Role, u8), Configured>, ExpandError> {
    let environment = plot.environment;
    let machines = configuration::machines(environment);
    if machines.is_empty() {
        return Ok(BTreeMap::new());
    }
    let bucket = bucket(plot)?;
    passwords(plot)?;
    machines
        .iter()
        .map(|machine| Ok(((machine.role, machine.number), machine_files(plot, &bucket, machine)?)))
        .collect()
}

fn machine_files(
    plot: &mut Plot<'_>,
    bucket: &Handle<Bucket>,
    machine: &Machine<'_>,
) -> Result<Configured, ExpandError> {
    let bundle = if plot.facts.outline {
        Bundle::default()
    } else {
        configuration::bundle(plot.environment, plot.facts, machine)?
    };
    let files = Configuration { bucket: bucket.id(), files: bundle.files };
    let handle = plot.add(&machine.address(), &files)?;
    Ok(Configured { handle, key: bundle.key, user_data: bundle.user_data })
}

/// The bucket of bundles, outcomes and releases. Its objects are named by what is in them, or are reports: of older
/// versions nobody has any use. What S3 does for every bucket by itself is left to it.
fn bucket(plot: &mut Plot<'_>) -> Result<Handle<Bucket>, ExpandError> {
    let bucket = Bucket {
        versioning: None,
        encryption: None,
        public_access_blocked: true,
        ownership: None,
        lifecycle: None,
        cors: None,
    };
    let bucket = plot.add_data(BUCKET, &bucket)?;
    let policy = BucketPolicy { bucket: bucket.id(), document: media::document(&bucket, None) };
    plot.add("configuration.policy", &policy)?;
    Ok(bucket)
}

/// The passwords that only machines know.
fn passwords(plot: &mut Plot<'_>) -> Result<(), ExpandError> {
    let secret = |description: &str| Secret { description: description.to_owned(), length: PASSWORD };
    plot.add(secrets::HASH_SALT, &secret("what Drupal salts its hashes with"))?;
    if plot.environment.database.is_some() {
        plot.add(secrets::DATABASE, &secret("the password of Drupal's user of the database"))?;
    }
    Ok(())
}

/// What the machines of a role may do because they are configured: fetch what they are made of, tell what came of
/// it, read the secrets that they need, and of releases fetch them or, on the control server, build them.
pub(super) fn access(plot: &Plot<'_>, role: Role) -> Policy {
    let bucket = plot.facts.buckets.get(BUCKET).map_or("", String::as_str);
    let objects = |keys: &str| format!("arn:*:s3:::{bucket}/{keys}");
    let allow = |actions: &[&str], resources: Value| json!({"Effect": "Allow", "Action": actions, "Resource": resources});
    let role_name = role.as_str();
    let mut statements = vec![
        allow(&["s3:GetObject"], json!(objects(&format!("bundles/{role_name}.configuration*")))),
        allow(&["s3:PutObject"], json!(objects(&format!("outcomes/{role_name}/*")))),
    ];
    if matches!(role, Role::Web | Role::Control) {
        let releases = json!(objects("releases/*"));
        let own: &[&str] =
            if role == Role::Control { &["s3:GetObject", "s3:PutObject"] } else { &["s3:GetObject"] };
        statements.push(allow(own, releases));
        // Only who may list a bucket is told that an object is not there, instead of that it is forbidden
        // (`GetObject`, API reference).
        statements.push(allow(&["s3:ListBucket"], json!(format!("arn:*:s3:::{bucket}"))));
        statements.push(allow(&["secretsmanager:GetSecretValue"], json!(readable(plot, role))));
    }
    if role == Role::Control && plot.environment.database.is_some() {
        statements.push(allow(&["s3:PutObject"], json!(objects("dumps/*"))));
    }
    Policy::new(json!({"Version": "2012-10-17", "Statement": statements}))
}

/// The secrets that a role reads, as resources: Secrets Manager adds six characters of its own to a name.
fn readable(plot: &Plot<'_>, role: Role) -> Vec<String> {
    let environment = plot.environment;
    let mut names = vec![secrets::name(environment, secrets::HASH_SALT)];
    if environment.database.is_some() {
        names.push(secrets::name(environment, secrets::DATABASE));
    }
    if role == Role::Control {
        names.extend(secrets::deploy_key(environment).map(str::to_owned));
    }
    let region = plot.region();
    names.iter().map(|name| format!("arn:*:secretsmanager:{region}:*:secret:{name}-??????")).collect()
}

/// Whether the machines of a role make Drupal's database and its user, for which they need the master's password:
/// the control server does, and web nodes where there is none.
pub(super) fn makes_database(plot: &Plot<'_>, role: Role) -> bool {
    let maker = if plot.environment.control.is_some() { Role::Control } else { Role::Web };
    plot.environment.database.is_some() && role == maker
}

#[cfg(test)]
mod tests;
