//! What is written down in the account: SSM parameters `/drucloud/<stack>/<env>/lease` and `…/kinds`.
//!
//! `PutParameter` without `Overwrite` is atomic (`ParameterAlreadyExists`), and every write answers with a
//! version one higher than the last, which makes it a compare-and-swap after the fact.

use std::collections::BTreeSet;

use aws_sdk_ssm::types::ParameterType;

use crate::run::fault::{Class, Fault};

use super::{Aws, error};

const LEASE: &str = "lease";
const KINDS: &str = "kinds";

fn name(aws: &Aws, note: &str) -> String {
    format!("/drucloud/{}/{}/{note}", aws.scope.stack, aws.scope.env)
}

/// The lease's record and its version, if there is one.
pub async fn lease(aws: &Aws) -> Result<Option<(String, i64)>, Fault> {
    read(aws, LEASE).await
}

/// The lease's record as this version of it was: a hundred are kept (Systems Manager user guide, "Working with
/// parameter versions").
pub async fn lease_version(aws: &Aws, version: i64) -> Result<Option<String>, Fault> {
    Ok(read(aws, &format!("{LEASE}:{version}")).await?.map(|(text, _)| text))
}

/// Writes the lease's record, with `fresh` only where there is none. Returns its version.
pub async fn write_lease(aws: &Aws, record: &str, fresh: bool) -> Result<i64, Fault> {
    write(aws, LEASE, record, !fresh).await
}

/// Removes the lease's record.
pub async fn remove_lease(aws: &Aws) -> Result<(), Fault> {
    remove(aws, LEASE).await
}

/// The kinds that are noted: their names with a space between.
pub async fn kinds(aws: &Aws) -> Result<Option<BTreeSet<String>>, Fault> {
    let note = read(aws, KINDS).await?;
    Ok(note.map(|(text, _)| text.split_whitespace().map(str::to_owned).collect()))
}

/// Notes the kinds, or removes the note.
pub async fn write_kinds(aws: &Aws, kinds: Option<&BTreeSet<String>>) -> Result<(), Fault> {
    let Some(kinds) = kinds else { return remove(aws, KINDS).await };
    let text: Vec<&str> = kinds.iter().map(String::as_str).collect();
    write(aws, KINDS, &text.join(" "), true).await.map(|_| ())
}

async fn read(aws: &Aws, note: &str) -> Result<Option<(String, i64)>, Fault> {
    let answer = aws.ssm().get_parameter().name(name(aws, note)).send().await;
    match answer.map_err(error::read("ssm:GetParameter")) {
        Ok(answer) => Ok(answer.parameter.map(|p| (p.value.unwrap_or_default(), p.version))),
        Err(fault) if fault.class == Class::Gone => Ok(None),
        Err(fault) => Err(fault),
    }
}

async fn write(aws: &Aws, note: &str, text: &str, over: bool) -> Result<i64, Fault> {
    let call = aws.ssm().put_parameter().name(name(aws, note)).value(text).r#type(ParameterType::String);
    let answer = call.overwrite(over).send().await.map_err(error::create("ssm:PutParameter"))?;
    Ok(answer.version)
}

async fn remove(aws: &Aws, note: &str) -> Result<(), Fault> {
    let answer = aws.ssm().delete_parameter().name(name(aws, note)).send().await;
    match answer.map_err(error::delete("ssm:DeleteParameter")) {
        Err(fault) if fault.class != Class::Gone => Err(fault),
        _ => Ok(()),
    }
}
