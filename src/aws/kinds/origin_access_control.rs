//! Origin access control: CloudFront signs what it asks of a bucket, and the bucket can let nobody else in.

use aws_sdk_cloudfront::types::{
    OriginAccessControlConfig, OriginAccessControlOriginTypes, OriginAccessControlSigningBehaviors,
    OriginAccessControlSigningProtocols, OriginAccessControlSummary,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::aws::glance::Glance;
use crate::aws::kind::{Changed, Found, Resource, Wish};
use crate::aws::tags::Tags;
use crate::aws::{Aws, error};
use crate::model::schema::{Expected, IN_PLACE, Idempotency, ReplaceOrder, Schema};
use crate::model::spec::{Kinded, Spec};
use crate::run::cloud::Farewell;
use crate::run::fault::Fault;

use super::mark;

/// How CloudFront shows an origin who it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OriginAccessControl {
    /// What it is for: `s3`, `mediastore`, `lambda` or `mediapackagev2`.
    pub origin: String,
    /// When requests are signed: `always`, `never`, or `no-override` where the visitor did not sign.
    pub signing: String,
}

impl Kinded for OriginAccessControl {
    const KIND: &'static str = "origin_access_control";
}

/// The longest name (API reference, `OriginAccessControlConfig`).
const NAME: usize = 64;
/// The longest description.
const DESCRIPTION: usize = 256;

impl Resource for OriginAccessControl {
    const SCHEMA: &'static Schema = &Schema {
        kind: "origin_access_control",
        title: "CloudFront origin access control",
        rules: &[("origin", IN_PLACE), ("signing", IN_PLACE)],
        outputs: &[],
        changing_outputs: &[],
        data: None,
        order: ReplaceOrder::OldFirst,
        idempotency: Idempotency::UniqueName,
        after: &[],
        expected: Expected { create: 2, update: 2, delete: 2 },
        canonical: Spec::canonical_as::<Self>,
    };

    async fn list(glance: &Glance<'_>) -> Result<Vec<Found<Self>>, Fault> {
        let mut pages = glance.aws.cloudfront().list_origin_access_controls().into_paginator().items().send();
        let mut all = Vec::new();
        while let Some(control) = pages.next().await {
            let control = control.map_err(error::read("cloudfront:ListOriginAccessControls"))?;
            all.extend(found(glance.aws, &control));
        }
        Ok(all)
    }

    async fn create(aws: &Aws, wish: &Wish<'_, Self>) -> Result<(), Fault> {
        let config = config(aws, wish, &wish.order.tags)?;
        let call = aws.cloudfront().create_origin_access_control().origin_access_control_config(config);
        call.send().await.map_err(error::create("cloudfront:CreateOriginAccessControl"))?;
        Ok(())
    }

    async fn update(
        aws: &Aws,
        live: &Found<Self>,
        wish: &Wish<'_, Self>,
        _: Changed<'_>,
    ) -> Result<(), Fault> {
        write(aws, &live.id, config(aws, wish, &live.tags)?).await
    }

    async fn delete(aws: &Aws, live: &Found<Self>, _: &Farewell) -> Result<(), Fault> {
        let answer = aws.cloudfront().get_origin_access_control_config().id(&live.id).send().await;
        let answer = answer.map_err(error::delete("cloudfront:GetOriginAccessControlConfig"))?;
        let call = aws.cloudfront().delete_origin_access_control().id(&live.id);
        let call = call.set_if_match(answer.e_tag).send().await;
        call.map_err(error::delete("cloudfront:DeleteOriginAccessControl"))?;
        Ok(())
    }

    /// Only what the description has room for; the user's own tags have none.
    async fn tag(aws: &Aws, live: &Found<Self>, tags: &Tags) -> Result<(), Fault> {
        let mut all = live.tags.clone();
        all.extend(tags.clone());
        let answer = aws.cloudfront().get_origin_access_control_config().id(&live.id).send().await;
        let answer = answer.map_err(error::update("cloudfront:GetOriginAccessControlConfig"))?;
        let (Some(mut config), description) =
            (answer.origin_access_control_config, mark::write(&all, DESCRIPTION)?)
        else {
            return Ok(());
        };
        if config.description.as_deref() == Some(description.as_str()) {
            return Ok(());
        }
        config.description = Some(description);
        write(aws, &live.id, config).await
    }
}

fn found(aws: &Aws, control: &OriginAccessControlSummary) -> Option<Found<OriginAccessControl>> {
    let properties = OriginAccessControl {
        origin: control.origin_access_control_origin_type().as_str().to_owned(),
        signing: control.signing_behavior().as_str().to_owned(),
    };
    Found::ours(aws, control.id(), mark::read(control.description()), properties)
}

fn config(
    aws: &Aws,
    wish: &Wish<'_, OriginAccessControl>,
    tags: &Tags,
) -> Result<OriginAccessControlConfig, Fault> {
    let config = OriginAccessControlConfig::builder()
        .name(wish.name(aws, NAME))
        .description(mark::write(tags, DESCRIPTION)?)
        // The only one there is.
        .signing_protocol(OriginAccessControlSigningProtocols::Sigv4)
        .signing_behavior(OriginAccessControlSigningBehaviors::from(wish.want.signing.as_str()))
        .origin_access_control_origin_type(OriginAccessControlOriginTypes::from(wish.want.origin.as_str()));
    config.build().map_err(error::incomplete("cloudfront:CreateOriginAccessControl"))
}

/// Writes it over the version that is there; somebody else's write in between is `Busy`.
async fn write(aws: &Aws, id: &str, config: OriginAccessControlConfig) -> Result<(), Fault> {
    let answer = aws.cloudfront().get_origin_access_control_config().id(id).send().await;
    let answer = answer.map_err(error::update("cloudfront:GetOriginAccessControlConfig"))?;
    let call = aws.cloudfront().update_origin_access_control().id(id).set_if_match(answer.e_tag);
    let call = call.origin_access_control_config(config).send().await;
    call.map_err(error::update("cloudfront:UpdateOriginAccessControl"))?;
    Ok(())
}
