//! Secret of Secrets Manager: a password that is made when the secret is and that nobody but the machines reads.
//!
//! Its value is asked for and handed on in one breath; it is in no property, no output and no message.

use aws_sdk_secretsmanager::types::{Filter, FilterNameStringType, SecretListEntry, Tag};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::aws::glance::Glance;
use crate::aws::kind::{Changed, Found, Resource, Wish};
use crate::aws::tags::{self, Tags};
use crate::aws::{Aws, error};
use crate::model::schema::{Expected, IN_PLACE, INITIAL, Idempotency, ReplaceOrder, Schema};
use crate::model::spec::{Kinded, Spec};
use crate::run::cloud::Farewell;
use crate::run::fault::{Class, Fault};

/// The longest name of a secret (`CreateSecret`, API reference).
pub const NAME: usize = 512;

/// A password that machines read with their role.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Secret {
    /// What it is for.
    pub description: String,
    /// How many letters and digits the password has when it is made; later on it is whoever's rotates it.
    pub length: i64,
}

impl Kinded for Secret {
    const KIND: &'static str = "secret";
}

impl Resource for Secret {
    const SCHEMA: &'static Schema = &Schema {
        kind: "secret",
        title: "Secret",
        rules: &[("description", IN_PLACE), ("length", INITIAL)],
        outputs: &["arn", "name"],
        changing_outputs: &[],
        data: None,
        order: ReplaceOrder::OldFirst,
        idempotency: Idempotency::UniqueName,
        after: &[],
        expected: Expected { create: 2, update: 2, delete: 5 },
        canonical: Spec::canonical_as::<Self>,
    };

    async fn list(glance: &Glance<'_>) -> Result<Vec<Found<Self>>, Fault> {
        let aws = glance.aws;
        let ours = Filter::builder().key(FilterNameStringType::Name).values(aws.prefix()).build();
        let mut pages = aws.secrets().list_secrets().filters(ours).max_results(100).into_paginator().send();
        let mut secrets = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(error::read("secretsmanager:ListSecrets"))?;
            secrets.extend(page.secret_list.unwrap_or_default());
        }
        Ok(secrets.iter().filter_map(|secret| found(aws, secret)).collect())
    }

    async fn create(aws: &Aws, wish: &Wish<'_, Self>) -> Result<(), Fault> {
        let name = wish.name(aws, NAME);
        // Letters and digits fit into every file that a machine writes a password into.
        let password = aws.secrets().get_random_password().password_length(wish.want.length);
        let password = password.exclude_punctuation(true).include_space(false).send().await;
        let password = password.map_err(error::create("secretsmanager:GetRandomPassword"))?;
        let call = aws.secrets().create_secret().name(&name).client_request_token(token(&wish.order.token));
        let call = call.description(&wish.want.description).set_tags(Some(list(&wish.order.tags)));
        let call = call.set_secret_string(password.random_password).send().await;
        match call.map_err(error::create("secretsmanager:CreateSecret")) {
            Err(fault) if is_leaving(&fault) => restore(aws, &name, &wish.order.tags).await,
            answer => answer.map(drop),
        }
    }

    async fn update(
        aws: &Aws,
        live: &Found<Self>,
        wish: &Wish<'_, Self>,
        changed: Changed<'_>,
    ) -> Result<(), Fault> {
        if changed.has("description") {
            let call = aws.secrets().update_secret().secret_id(&live.id).description(&wish.want.description);
            call.send().await.map_err(error::update("secretsmanager:UpdateSecret"))?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, live: &Found<Self>, _: &Farewell) -> Result<(), Fault> {
        // With the usual week in which it could be restored, an environment could not be made again in that week.
        let call = aws.secrets().delete_secret().secret_id(&live.id).force_delete_without_recovery(true);
        call.send().await.map_err(error::delete("secretsmanager:DeleteSecret"))?;
        Ok(())
    }

    async fn tag(aws: &Aws, live: &Found<Self>, tags: &Tags) -> Result<(), Fault> {
        tag(aws, &live.id, tags).await
    }
}

fn found(aws: &Aws, secret: &SecretListEntry) -> Option<Found<Secret>> {
    let (arn, name) = (secret.arn()?, secret.name()?);
    let properties = Secret {
        description: secret.description().unwrap_or_default().to_owned(),
        // Not told, and nobody's business any more.
        length: 0,
    };
    let found = Found::ours(aws, arn, tags::read!(secret.tags()), properties)?;
    Some(found.output("arn", Some(arn)).output("name", Some(name)))
}

/// Whether a name is taken by a secret that is on its way out: somebody has deleted it, and it could be restored
/// for some days.
fn is_leaving(fault: &Fault) -> bool {
    fault.code == "InvalidRequestException" && fault.message.contains("scheduled for deletion")
}

/// Takes back a secret that is on its way out. One that was deleted for good a moment ago cannot be: its name is
/// free soon.
async fn restore(aws: &Aws, name: &str, tags: &Tags) -> Result<(), Fault> {
    let call = aws.secrets().restore_secret().secret_id(name).send().await;
    match call.map_err(error::create("secretsmanager:RestoreSecret")) {
        Ok(_) => tag(aws, name, tags).await,
        Err(fault) if fault.class == Class::Fatal => Err(fault.as_class(Class::NotYet)),
        Err(fault) => Err(fault),
    }
}

async fn tag(aws: &Aws, id: &str, tags: &Tags) -> Result<(), Fault> {
    let call = aws.secrets().tag_resource().secret_id(id).set_tags(Some(list(tags)));
    call.send().await.map_err(error::update("secretsmanager:TagResource"))?;
    Ok(())
}

fn list(tags: &Tags) -> Vec<Tag> {
    tags::list!(tags => Tag)
}

/// A client token of the order: 32 to 64 characters are wanted (`CreateSecret`, API reference).
fn token(order: &str) -> String {
    crate::aws::names::digest(order, 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_on_its_way_out_is_told_from_other_refusals() {
        let fault = |code: &str, message: &str| Fault { code: code.to_owned(), ..Fault::fatal("x", message) };
        let leaving = "You can't create this secret because a secret with this name is already scheduled for \
                       deletion.";
        assert!(is_leaving(&fault("InvalidRequestException", leaving)));
        assert!(!is_leaving(&fault("InvalidRequestException", "The parameter Name is not valid.")));
        assert!(!is_leaving(&fault("ResourceExistsException", leaving)));
    }

    #[test]
    fn a_token_is_as_long_as_wanted() {
        assert_eq!(token("x").len(), 32);
        assert_ne!(token("x"), token("y"));
    }
}
