//! Machine images: there, fit for the type of machine, and not larger than its disk.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ec2::types::{Filter, Image, ImageState};

use crate::aws::error;
use crate::model::check::Check;
use crate::model::lint::Severity;
use crate::run::fault::Fault;

use super::Rule;
use super::look::{Look, about, count, listed};
use super::machine::{Machine, Types, machines, types};

/// The rules of this group.
pub const RULES: &[&Rule] = &[&EXISTS, &FITS, &DISK];

const EXISTS: Rule = Rule {
    id: "image-exists",
    what: "Every machine image, or the parameter that names it, is there and can be used.",
    severity: Severity::Error,
    remedy: "name an image of this region that the account may use, or leave `image` out for the newest Debian",
    calls: &["ssm:GetParameters", "ec2:DescribeImages"],
};

const FITS: Rule = Rule {
    id: "image-architecture",
    what: "Every machine image is of the architecture of the type of machine that boots from it.",
    severity: Severity::Error,
    remedy: "name an image of the type's architecture, or a type of the image's",
    calls: &["ec2:DescribeImages", "ec2:DescribeInstanceTypes"],
};

const DISK: Rule = Rule {
    id: "image-disk",
    what: "No machine image is larger than the disk that it is copied to.",
    severity: Severity::Error,
    remedy: "make the root volume as large as the image",
    calls: &["ec2:DescribeImages"],
};

/// How images are named by a parameter (EC2 user guide, "Use a Systems Manager parameter to find an AMI").
const PARAMETER: &str = "resolve:ssm:";
/// The most names that `GetParameters` takes (API reference).
const BATCH: usize = 10;

/// The ids of images by what machines call them, and the images by id.
struct Images {
    ids: BTreeMap<String, String>,
    found: BTreeMap<String, Image>,
}

pub async fn check(look: &Look<'_>) -> Vec<Check> {
    let machines = machines(look);
    if machines.is_empty() {
        return Vec::new();
    }
    let names: BTreeSet<&str> = machines.iter().map(|machine| machine.image.as_str()).collect();
    let (images, types) = futures::join!(look.ask(async || images(look, &names).await), types(look));
    let images = match images {
        Ok(images) => images,
        Err(fault) => return RULES.iter().map(|rule| look.untold(rule, None, &fault)).collect(),
    };
    let mut checks = conclude(look, &EXISTS, &machines, |machine| missing(machine, &images));
    checks.extend(conclude(look, &DISK, &machines, |machine| too_large(machine, &images)));
    match types {
        Ok(types) => {
            checks.extend(conclude(look, &FITS, &machines, |machine| misfit(machine, &images, &types)));
        }
        Err(fault) => checks.push(look.untold(&FITS, None, &fault)),
    }
    checks
}

/// What is wrong with each of the machines, or that nothing is.
fn conclude(
    look: &Look<'_>,
    rule: &Rule,
    machines: &[Machine<'_>],
    wrong: impl Fn(&Machine<'_>) -> Option<String>,
) -> Vec<Check> {
    let failed = machines
        .iter()
        .filter_map(|machine| Some(look.failed(rule, about(machine.step, "image"), wrong(machine)?)));
    let failed: Vec<Check> = failed.collect();
    if failed.is_empty() {
        let images: BTreeSet<&str> = machines.iter().map(|machine| machine.image.as_str()).collect();
        let message = match rule.id {
            id if id == FITS.id => format!("{} of the right architecture", count(images.len(), "image")),
            id if id == DISK.id => format!("{} with enough disk", count(images.len(), "image")),
            _ => format!("{} there", count(images.len(), "image")),
        };
        return vec![look.passed(rule, message)];
    }
    failed
}

fn missing(machine: &Machine<'_>, images: &Images) -> Option<String> {
    let name = &machine.image;
    let Some(id) = images.ids.get(name) else {
        let parameter = name.trim_start_matches(PARAMETER);
        return Some(format!("no parameter `{parameter}` names an image in this region"));
    };
    match images.found.get(id) {
        None => Some(format!("there is no image `{id}` in this region that the account may use")),
        Some(image) => {
            let state = image.state().filter(|state| **state != ImageState::Available)?;
            Some(format!("the image `{id}` is `{}`", state.as_str()))
        }
    }
}

fn misfit(machine: &Machine<'_>, images: &Images, types: &Types) -> Option<String> {
    let image = images.found.get(images.ids.get(&machine.image)?)?;
    let has = image.architecture()?.as_str();
    let named = |info: &&aws_sdk_ec2::types::InstanceTypeInfo| {
        info.instance_type().is_some_and(|name| name.as_str() == machine.instance_type)
    };
    let takes = types.0.iter().find(named)?.processor_info()?.supported_architectures();
    let takes: Vec<&str> = takes.iter().map(aws_sdk_ec2::types::ArchitectureType::as_str).collect();
    let fits = takes.is_empty() || takes.contains(&has);
    let id = image.image_id().unwrap_or_default();
    (!fits).then(|| {
        format!("the image `{id}` is for {has}, `{}` boots {}", machine.instance_type, listed(takes))
    })
}

fn too_large(machine: &Machine<'_>, images: &Images) -> Option<String> {
    let image = images.found.get(images.ids.get(&machine.image)?)?;
    let root = image.root_device_name()?;
    let disk = image.block_device_mappings().iter().find(|disk| disk.device_name() == Some(root))?;
    let least = disk.ebs()?.volume_size()?;
    let id = image.image_id().unwrap_or_default();
    (machine.root_gib < least)
        .then(|| format!("the image `{id}` has {least} GiB, the root volume only {}", machine.root_gib))
}

async fn images(look: &Look<'_>, names: &BTreeSet<&str>) -> Result<Images, Fault> {
    let mut ids: BTreeMap<String, String> = BTreeMap::new();
    let mut parameters = Vec::new();
    for name in names {
        match name.strip_prefix(PARAMETER) {
            Some(parameter) => parameters.push(parameter.to_owned()),
            None => drop(ids.insert((*name).to_owned(), (*name).to_owned())),
        }
    }
    for batch in parameters.chunks(BATCH) {
        let call = look.aws.ssm().get_parameters().set_names(Some(batch.to_vec())).send().await;
        let answer = call.map_err(error::read("ssm:GetParameters"))?;
        for parameter in answer.parameters() {
            let (Some(name), Some(id)) = (parameter.name(), parameter.value()) else { continue };
            ids.insert(format!("{PARAMETER}{name}"), id.to_owned());
        }
    }
    let wanted: BTreeSet<String> = ids.values().cloned().collect();
    if wanted.is_empty() {
        return Ok(Images { ids, found: BTreeMap::new() });
    }
    // By a filter: an id that does not exist would fail the call for all.
    let filter = Filter::builder().name("image-id").set_values(Some(wanted.into_iter().collect())).build();
    let pages = look.aws.ec2().describe_images().filters(filter).include_deprecated(true);
    let found: Result<Vec<Image>, _> = pages.into_paginator().items().send().collect().await;
    let found = found.map_err(error::read("ec2:DescribeImages"))?;
    let by_id = found.into_iter().filter_map(|image| Some((image.image_id()?.to_owned(), image)));
    Ok(Images { ids, found: by_id.collect() })
}
