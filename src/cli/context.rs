//! From the arguments to a stack, an environment of it and a connection to AWS.

use std::path::{Path, PathBuf};

use crate::aws::client::{Identity, Target as Connection};
use crate::aws::{Aws, Scope};
use crate::stack::{Environment, Stack};
use crate::ui::plan::Context as Heading;

use super::{Failure, Target};

/// Where a stack is looked for when none is named.
const PLACES: [&str; 2] = ["stacks/drucloud.yaml", "drucloud.yaml"];

/// The environment that is meant against an emulator on this machine, where the stack has it.
const SANDBOX: &str = "sandbox";

/// The stack file's path: the one that is named, or the one that is there.
pub fn stack_file(file: Option<&Path>) -> Result<PathBuf, Failure> {
    let found =
        file.map(Path::to_path_buf).or_else(|| PLACES.iter().map(PathBuf::from).find(|path| path.exists()));
    found.ok_or_else(|| {
        Failure::plain(
            format!("there is no stack file: looked for {} and {}", PLACES[0], PLACES[1]),
            "name one, as in `drucloud plan my-stack.yaml`, or run it in the folder of the stack",
        )
    })
}

/// The stack file, read and checked.
pub fn stack(file: Option<&Path>) -> Result<Stack, Failure> {
    Ok(Stack::load(&stack_file(file)?)?)
}

/// The chosen environment. Nothing is chosen silently that could be a real account.
pub fn environment(stack: &Stack, name: Option<&str>) -> Result<Environment, Failure> {
    let environments = stack.environments();
    let local = || {
        let sandbox = environments.iter().find(|environment| environment.name.as_str() == SANDBOX)?;
        is_local(std::env::var("AWS_ENDPOINT_URL").ok().as_deref()).then_some(sandbox)
    };
    match name {
        Some(name) => Ok(stack.environment(name)?),
        None if environments.len() == 1 => Ok(environments[0].clone()),
        None => {
            if let Some(sandbox) = local() {
                return Ok(sandbox.clone());
            }
            let names: Vec<&str> = environments.iter().map(|environment| environment.name.as_str()).collect();
            let help = format!("add `--env NAME`, one of: {}", names.join(", "));
            Err(Failure::plain(format!("the stack `{}` has several environments", stack.name), help))
        }
    }
}

/// Whether an endpoint is on this very machine: the emulator.
pub fn is_local(endpoint: Option<&str>) -> bool {
    let host = endpoint.and_then(|url| url.split("://").nth(1)).unwrap_or_default();
    ["127.", "localhost", "[::1]"].iter().any(|local| host.starts_with(local))
}

/// An environment and the connection to where it lives.
pub struct Context {
    /// The environment.
    pub environment: Environment,
    /// The clients.
    pub aws: Aws,
}

impl Context {
    /// Reads the stack, chooses the environment, configures the clients; makes no call to AWS.
    pub async fn open(target: &Target) -> Result<Self, Failure> {
        let stack = stack(target.file.as_deref())?;
        let mut environment = environment(&stack, target.env.as_deref())?;
        let scope = Scope { stack: environment.stack.to_string(), env: environment.name.to_string() };
        let wanted = target.region.clone().or_else(|| environment.region.as_ref().map(ToString::to_string));
        let aws = connect(scope, wanted, target.profile.clone()).await?;
        let region = aws.region().parse().map_err(|error| {
            Failure::plain(
                format!("`{}` is no region: {error}", aws.region()),
                "write it as in `--region eu-central-1`",
            )
        })?;
        environment = environment.in_region(region)?;
        Ok(Self { environment, aws })
    }

    /// What stands above a plan.
    pub fn heading(&self, identity: Option<&Identity>) -> Heading {
        heading(&self.aws, identity)
    }
}

/// What stands above a plan for that connection.
pub fn heading(aws: &Aws, identity: Option<&Identity>) -> Heading {
    Heading {
        stack: aws.scope.stack.clone(),
        env: aws.scope.env.clone(),
        account: identity.map(|identity| identity.account.clone()),
        region: aws.region().to_owned(),
        endpoint: aws.endpoint().map(str::to_owned),
    }
}

/// Clients for that scope; a region must be known from somewhere, and a profile that is named must be one.
pub async fn connect(scope: Scope, region: Option<String>, profile: Option<String>) -> Result<Aws, Failure> {
    let aws = Aws::connect(scope, &Connection { region, profile: profile.clone() }).await;
    if let Some(profile) = profile {
        aws.credentials().await.map_err(|error| {
            Failure::plain(
                format!("the profile `{profile}` gives no credentials: {error}"),
                format!(
                    "`aws configure list-profiles` shows those there are; `aws sso login --profile {profile}` \
                     signs in again"
                ),
            )
        })?;
    }
    if aws.region().is_empty() {
        return Err(Failure::plain(
            "no region is given",
            "write `region:` into the stack, or use --region, AWS_REGION or the profile's region",
        ));
    }
    Ok(aws)
}
