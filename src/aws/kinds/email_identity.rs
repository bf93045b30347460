//! Domain that SES may send from. It counts as ready once the keys of its signatures are known, because the DNS
//! records that prove it are made from its outputs; AWS verifies it when it finds these.

use aws_sdk_sesv2::operation::get_email_identity::GetEmailIdentityOutput;
use aws_sdk_sesv2::operation::list_email_identities::ListEmailIdentitiesOutput;
use aws_sdk_sesv2::types::{BehaviorOnMxFailure, DkimAttributes, IdentityType, MailFromAttributes, Tag};
use futures::future::try_join_all;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::aws::glance::Glance;
use crate::aws::kind::{Changed, Found, Resource, Wish};
use crate::aws::tags::{self, Tags};
use crate::aws::{Aws, error};
use crate::model::live::Status;
use crate::model::schema::{Expected, IN_PLACE, Idempotency, REPLACES, ReplaceOrder, Schema};
use crate::model::spec::{Kinded, Spec};
use crate::run::cloud::Farewell;
use crate::run::fault::{Class, Fault};

/// A domain to send mail from, signed with keys of AWS (Easy DKIM, 2048 bits).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EmailIdentity {
    /// The domain, in lower case.
    pub domain: String,
    /// The subdomain of the envelope's sender, to which bounces go; empty leaves it to `amazonses.com`.
    pub mail_from: String,
    /// Whether what is sent is signed.
    pub signing: bool,
}

impl Kinded for EmailIdentity {
    const KIND: &'static str = "email_identity";
}

impl Resource for EmailIdentity {
    const SCHEMA: &'static Schema = &Schema {
        kind: "email_identity",
        title: "SES identity",
        rules: &[("domain", REPLACES), ("mail_from", IN_PLACE), ("signing", IN_PLACE)],
        outputs: &[
            "dkim_name_1",
            "dkim_value_1",
            "dkim_name_2",
            "dkim_value_2",
            "dkim_name_3",
            "dkim_value_3",
            "state",
        ],
        changing_outputs: &[],
        data: None,
        order: ReplaceOrder::NewFirst,
        // An account has a domain but once in a region.
        idempotency: Idempotency::UniqueName,
        after: &[],
        expected: Expected { create: 3, update: 2, delete: 2 },
        canonical: Spec::canonical_as::<Self>,
    };

    /// The list tells no tags: one call for each domain of the account.
    async fn list(glance: &Glance<'_>) -> Result<Vec<Found<Self>>, Fault> {
        let aws = glance.aws;
        let pages = aws.ses().list_email_identities().page_size(1000).into_paginator().send();
        let pages: Result<Vec<_>, _> = pages.collect().await;
        let pages = pages.map_err(error::read("ses:ListEmailIdentities"))?;
        let all = pages.iter().flat_map(ListEmailIdentitiesOutput::email_identities);
        let domains = all.filter(|info| info.identity_type() == Some(&IdentityType::Domain));
        let names = domains.filter_map(|info| info.identity_name());
        let found = try_join_all(names.map(|name| ours(aws, name))).await?;
        Ok(found.into_iter().flatten().collect())
    }

    async fn create(aws: &Aws, wish: &Wish<'_, Self>) -> Result<(), Fault> {
        let call = aws.ses().create_email_identity().email_identity(&wish.want.domain);
        let call = call.set_tags(Some(tag_list(&wish.order.tags)?));
        call.send().await.map_err(error::create("ses:CreateEmailIdentity"))?;
        Ok(())
    }

    async fn update(
        aws: &Aws,
        live: &Found<Self>,
        wish: &Wish<'_, Self>,
        changed: Changed<'_>,
    ) -> Result<(), Fault> {
        if changed.has("mail_from") {
            let call = aws.ses().put_email_identity_mail_from_attributes().email_identity(&live.id);
            // Without its MX record mail is sent as if there were no such domain.
            let call = call.behavior_on_mx_failure(BehaviorOnMxFailure::UseDefaultValue);
            let domain = Some(wish.want.mail_from.clone()).filter(|domain| !domain.is_empty());
            let answer = call.set_mail_from_domain(domain).send().await;
            answer.map_err(error::update("ses:PutEmailIdentityMailFromAttributes"))?;
        }
        if changed.has("signing") {
            let call = aws.ses().put_email_identity_dkim_attributes().email_identity(&live.id);
            let answer = call.signing_enabled(wish.want.signing).send().await;
            answer.map_err(error::update("ses:PutEmailIdentityDkimAttributes"))?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, live: &Found<Self>, _: &Farewell) -> Result<(), Fault> {
        let call = aws.ses().delete_email_identity().email_identity(&live.id);
        call.send().await.map_err(error::delete("ses:DeleteEmailIdentity"))?;
        Ok(())
    }

    async fn tag(aws: &Aws, live: &Found<Self>, tags: &Tags) -> Result<(), Fault> {
        // No answer of SES tells the ARN; the caller's tells the partition and the account.
        let caller = aws.identity().await?;
        let partition = caller.arn.split(':').nth(1).unwrap_or("aws");
        let arn = format!("arn:{partition}:ses:{}:{}:identity/{}", aws.region(), caller.account, live.id);
        let call = aws.ses().tag_resource().resource_arn(arn).set_tags(Some(tag_list(tags)?));
        call.send().await.map_err(error::update("ses:TagResource"))?;
        Ok(())
    }
}

/// The identity, if it carries the environment's tags; one that was deleted since it was listed is none.
async fn ours(aws: &Aws, domain: &str) -> Result<Option<Found<EmailIdentity>>, Fault> {
    match described(aws, domain).await? {
        None => Ok(None),
        Some(answer) => Ok(read(aws, domain, &answer)),
    }
}

/// Whether the account has that identity, whosever it is.
pub async fn exists(aws: &Aws, domain: &str) -> Result<bool, Fault> {
    Ok(described(aws, domain).await?.is_some())
}

async fn described(aws: &Aws, domain: &str) -> Result<Option<GetEmailIdentityOutput>, Fault> {
    let answer = aws.ses().get_email_identity().email_identity(domain).send().await;
    match answer.map_err(error::read("ses:GetEmailIdentity")) {
        Err(fault) if fault.class == Class::Gone => Ok(None),
        answer => answer.map(Some),
    }
}

fn read(aws: &Aws, domain: &str, answer: &GetEmailIdentityOutput) -> Option<Found<EmailIdentity>> {
    let pairs = answer.tags().iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned()));
    let mail_from = answer.mail_from_attributes().map(MailFromAttributes::mail_from_domain);
    let dkim = answer.dkim_attributes();
    let properties = EmailIdentity {
        domain: domain.to_owned(),
        mail_from: mail_from.unwrap_or_default().to_owned(),
        signing: dkim.is_some_and(DkimAttributes::signing_enabled),
    };
    let mut found = Found::ours(aws, domain, pairs.collect(), properties)?;
    let tokens = dkim.map(DkimAttributes::tokens).unwrap_or_default();
    // Regions have signing zones of their own ("Easy DKIM", developer guide); the answer names it.
    let zone = dkim.and_then(DkimAttributes::signing_hosted_zone).unwrap_or("dkim.amazonses.com");
    for (number, token) in (1..).zip(tokens) {
        found = found
            .output(&format!("dkim_name_{number}"), Some(format!("{token}._domainkey.{domain}")))
            .output(&format!("dkim_value_{number}"), Some(format!("{token}.{zone}")));
    }
    let status = if tokens.len() == 3 { Status::Ready } else { Status::Pending("no keys yet".to_owned()) };
    let state = answer.verification_status().map(|status| status.as_str().to_ascii_lowercase());
    Some(found.status(status).output("state", state))
}

/// Tags in the type of the service.
fn tag_list(tags: &Tags) -> Result<Vec<Tag>, Fault> {
    tags::checked!(tags => Tag).map_err(error::incomplete("ses:TagResource"))
}
