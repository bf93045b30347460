//! Listener: what a load balancer does with what arrives at one of its ports.

use aws_sdk_elasticloadbalancingv2::types::{
    Action as ElbAction, ActionTypeEnum, Certificate, FixedResponseActionConfig, Listener as ElbListener,
    LoadBalancer as ElbBalancer, ProtocolEnum, RedirectActionConfig, RedirectActionStatusCodeEnum,
};
use futures::future::try_join_all;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::aws::glance::Glance;
use crate::aws::kind::{Changed, Found, Resource, Wish};
use crate::aws::tags::Tags;
use crate::aws::{Aws, error};
use crate::model::schema::{Expected, IN_PLACE, Idempotency, REPLACES, ReplaceOrder, Schema};
use crate::model::spec::{Id, Kinded, Spec};
use crate::run::cloud::Farewell;
use crate::run::fault::Fault;

use super::certificate_validation::CertificateValidation;
use super::elb;
use super::load_balancer::LoadBalancer;
use super::target_group::TargetGroup;

/// A port of a load balancer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Listener {
    /// The load balancer.
    pub load_balancer: Id<LoadBalancer>,
    /// The port.
    pub port: i32,
    /// What is spoken there.
    pub protocol: Protocol,
    /// What is done with a request.
    pub action: Action,
}

/// What is spoken at a port. The certificate is part of it, so that taking it away is a change like any other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Protocol {
    /// Plain HTTP.
    Http,
    /// HTTP over TLS.
    Https {
        /// The certificate, once it is issued.
        certificate: Id<CertificateValidation>,
        /// The security policy: which versions and ciphers of TLS are offered.
        ssl_policy: String,
    },
}

/// What is done with a request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    /// It goes to a target of this group.
    Forward(Id<TargetGroup>),
    /// The client is sent to the same address over HTTPS, for good (301).
    RedirectHttps,
    /// It is answered with this status and an empty text.
    Fixed(u16),
    /// Something that a stack cannot say: only ever read.
    Other(String),
}

impl Kinded for Listener {
    const KIND: &'static str = "listener";
}

impl Resource for Listener {
    const SCHEMA: &'static Schema = &Schema {
        kind: "listener",
        title: "Listener",
        rules: &[
            ("load_balancer", REPLACES),
            ("port", IN_PLACE),
            ("protocol", IN_PLACE),
            ("action", IN_PLACE),
        ],
        outputs: &[],
        changing_outputs: &[],
        data: None,
        // It is replaced only with its load balancer, and a target group serves one load balancer at a time
        // (error TargetGroupAssociationLimit): the old listener has to let go of it first.
        order: ReplaceOrder::OldFirst,
        // CreateListener is idempotent on equal settings (API reference).
        idempotency: Idempotency::Upsert,
        after: &[],
        expected: Expected { create: 3, update: 3, delete: 3 },
        canonical: Spec::canonical_as::<Self>,
    };

    async fn list(glance: &Glance<'_>) -> Result<Vec<Found<Self>>, Fault> {
        let balancers = elb::balancers(glance).await?;
        let of = balancers.0.iter().filter_map(ElbBalancer::load_balancer_arn);
        let listeners = try_join_all(of.map(|balancer| elb::listeners(glance.aws, balancer))).await?.concat();
        let arns: Vec<&str> = listeners.iter().filter_map(ElbListener::listener_arn).collect();
        let mut tags = elb::tags(glance, &arns).await?;
        let found = listeners.iter().filter_map(|listener| {
            let arn = listener.listener_arn()?;
            Found::ours(glance.aws, arn, tags.remove(arn)?, read(listener))
        });
        Ok(found.collect())
    }

    async fn create(aws: &Aws, wish: &Wish<'_, Self>) -> Result<(), Fault> {
        let want = &wish.want;
        let (protocol, certificates, policy) = protocol(&want.protocol);
        let call = aws.elb().create_listener().load_balancer_arn(want.load_balancer.as_str());
        let call = call.port(want.port).protocol(protocol).set_certificates(certificates);
        let call = call.set_ssl_policy(policy).default_actions(action(&want.action)?);
        let call = call.set_tags(Some(elb::tag_list(&wish.order.tags))).send().await;
        call.map_err(error::create("elasticloadbalancing:CreateListener"))?;
        Ok(())
    }

    async fn update(
        aws: &Aws,
        live: &Found<Self>,
        wish: &Wish<'_, Self>,
        _: Changed<'_>,
    ) -> Result<(), Fault> {
        // All of it, in one call. Going back to HTTP takes certificate and policy away (API reference,
        // ModifyListener).
        let want = &wish.want;
        let (protocol, certificates, policy) = protocol(&want.protocol);
        let call = aws.elb().modify_listener().listener_arn(&live.id).port(want.port).protocol(protocol);
        let call = call.set_certificates(certificates).set_ssl_policy(policy);
        let call = call.default_actions(action(&want.action)?).send().await;
        call.map_err(error::update("elasticloadbalancing:ModifyListener"))?;
        Ok(())
    }

    async fn delete(aws: &Aws, live: &Found<Self>, _: &Farewell) -> Result<(), Fault> {
        let call = aws.elb().delete_listener().listener_arn(&live.id).send().await;
        call.map_err(error::delete("elasticloadbalancing:DeleteListener"))?;
        Ok(())
    }

    async fn tag(aws: &Aws, live: &Found<Self>, tags: &Tags) -> Result<(), Fault> {
        elb::tag(aws, &live.id, tags).await
    }
}

fn protocol(want: &Protocol) -> (ProtocolEnum, Option<Vec<Certificate>>, Option<String>) {
    match want {
        Protocol::Http => (ProtocolEnum::Http, None, None),
        Protocol::Https { certificate, ssl_policy } => {
            let certificate = Certificate::builder().certificate_arn(certificate.as_str()).build();
            (ProtocolEnum::Https, Some(vec![certificate]), Some(ssl_policy.clone()))
        }
    }
}

/// The redirect that keeps everything but the scheme.
fn redirect() -> RedirectActionConfig {
    RedirectActionConfig::builder()
        .protocol("HTTPS")
        .port("443")
        .host("#{host}")
        .path("/#{path}")
        .query("#{query}")
        .status_code(RedirectActionStatusCodeEnum::Http301)
        .build()
}

fn action(want: &Action) -> Result<ElbAction, Fault> {
    let builder = ElbAction::builder();
    Ok(match want {
        Action::Forward(group) => {
            builder.r#type(ActionTypeEnum::Forward).target_group_arn(group.as_str()).build()
        }
        Action::RedirectHttps => builder.r#type(ActionTypeEnum::Redirect).redirect_config(redirect()).build(),
        Action::Fixed(status) => {
            let answer = FixedResponseActionConfig::builder().status_code(status.to_string());
            let answer = answer.content_type("text/plain").build();
            builder.r#type(ActionTypeEnum::FixedResponse).fixed_response_config(answer).build()
        }
        Action::Other(what) => {
            let why = format!("`{what}` is no action of a stack: forward, redirect or answer with a status");
            return Err(Fault::fatal("elasticloadbalancing:CreateListener", why));
        }
    })
}

fn read(listener: &ElbListener) -> Listener {
    let certificate = listener.certificates().first().and_then(Certificate::certificate_arn);
    let protocol = match listener.protocol() {
        Some(ProtocolEnum::Https) => Protocol::Https {
            certificate: Id::known(certificate.unwrap_or_default()),
            ssl_policy: listener.ssl_policy().unwrap_or_default().to_owned(),
        },
        _ => Protocol::Http,
    };
    Listener {
        load_balancer: Id::known(listener.load_balancer_arn().unwrap_or_default()),
        port: listener.port().unwrap_or_default(),
        protocol,
        action: read_action(listener.default_actions()),
    }
}

fn read_action(actions: &[ElbAction]) -> Action {
    let known = match actions {
        [only] => match only.r#type() {
            // Absent when it forwards to several groups.
            Some(ActionTypeEnum::Forward) => {
                only.target_group_arn().map(|arn| Action::Forward(Id::known(arn)))
            }
            Some(ActionTypeEnum::Redirect) => {
                (only.redirect_config() == Some(&redirect())).then_some(Action::RedirectHttps)
            }
            Some(ActionTypeEnum::FixedResponse) => only.fixed_response_config().and_then(fixed),
            _ => None,
        },
        _ => None,
    };
    let words =
        || actions.iter().filter_map(ElbAction::r#type).map(ActionTypeEnum::as_str).collect::<Vec<_>>();
    known.unwrap_or_else(|| Action::Other(words().join(", ")))
}

fn fixed(answer: &FixedResponseActionConfig) -> Option<Action> {
    let empty = answer.message_body().unwrap_or_default().is_empty();
    empty.then(|| answer.status_code()?.parse().ok().map(Action::Fixed)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_reads_the_same() {
        let https = Protocol::Https {
            certificate: Id::known("arn:aws:acm:us-east-1:1:certificate/a"),
            ssl_policy: "ELBSecurityPolicy-TLS13-1-2-2021-06".to_owned(),
        };
        let cases = [
            (Protocol::Http, Action::RedirectHttps),
            (Protocol::Http, Action::Fixed(503)),
            (https, Action::Forward(Id::known("arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/a/b"))),
        ];
        for (speaks, does) in cases {
            let (protocol, certificates, policy) = protocol(&speaks);
            let live = ElbListener::builder()
                .load_balancer_arn("arn:lb")
                .port(443)
                .protocol(protocol)
                .set_certificates(certificates)
                .set_ssl_policy(policy)
                .default_actions(action(&does).expect("an action of a stack"))
                .build();
            let expected =
                Listener { load_balancer: Id::known("arn:lb"), port: 443, protocol: speaks, action: does };
            assert_eq!(read(&live), expected);
        }
    }

    #[test]
    fn what_a_stack_cannot_say_is_never_taken_for_what_it_said() {
        let weighted = ElbAction::builder().r#type(ActionTypeEnum::Forward).build();
        assert_eq!(read_action(&[weighted]), Action::Other("forward".to_owned()));
        let elsewhere = RedirectActionConfig::builder().host("example.org").build();
        let elsewhere = ElbAction::builder().r#type(ActionTypeEnum::Redirect).redirect_config(elsewhere);
        assert_eq!(read_action(&[elsewhere.build()]), Action::Other("redirect".to_owned()));
        assert!(action(&Action::Other("redirect".to_owned())).is_err());
    }

    #[test]
    fn a_stack_writes_it_briefly() {
        let json = |action: &Action| serde_json::to_value(action).expect("json");
        assert_eq!(json(&Action::RedirectHttps), serde_json::json!("redirect_https"));
        assert_eq!(json(&Action::Fixed(404)), serde_json::json!({"fixed": 404}));
    }
}
