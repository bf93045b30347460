//! Where the lease lives: an SSM parameter `/drucloud/<stack>/<env>/lease`.
//!
//! `PutParameter` without `Overwrite` is atomic (`ParameterAlreadyExists`), and every write answers with a
//! version one higher than the last, which makes it a compare-and-swap after the fact.

use aws_sdk_ssm::types::ParameterType;

use crate::run::fault::{Class, Fault};

use super::{Aws, error};

fn name(aws: &Aws) -> String {
    format!("/drucloud/{}/{}/lease", aws.scope.stack, aws.scope.env)
}

/// The record and its version, if there is one.
pub async fn read(aws: &Aws) -> Result<Option<(String, i64)>, Fault> {
    let answer = aws.ssm().get_parameter().name(name(aws)).send().await;
    match answer.map_err(error::read("ssm:GetParameter")) {
        Ok(answer) => Ok(answer.parameter.map(|p| (p.value.unwrap_or_default(), p.version))),
        Err(fault) if fault.class == Class::Gone => Ok(None),
        Err(fault) => Err(fault),
    }
}

/// Writes the record, with `fresh` only where there is none. Returns its version.
pub async fn write(aws: &Aws, record: &str, fresh: bool) -> Result<i64, Fault> {
    let call = aws.ssm().put_parameter().name(name(aws)).value(record).r#type(ParameterType::String);
    let answer = call.overwrite(!fresh).send().await.map_err(error::create("ssm:PutParameter"))?;
    Ok(answer.version)
}

/// Removes the record.
pub async fn remove(aws: &Aws) -> Result<(), Fault> {
    let answer = aws.ssm().delete_parameter().name(name(aws)).send().await;
    match answer.map_err(error::delete("ssm:DeleteParameter")) {
        Err(fault) if fault.class != Class::Gone => Err(fault),
        _ => Ok(()),
    }
}
