//! Identity of SES.

use drucloud::aws::kinds::email_identity;
use drucloud::run::fault::Class;
use serde_json::json;

use crate::law::law;
use crate::world::{World, room};

/// A domain that nobody else has: an account has each but once.
fn domain(world: &World) -> String {
    format!("{}.example", world.aws.scope.stack)
}

#[tokio::test]
async fn laws() {
    let world = World::new().await;
    let domain = domain(&world);
    let properties = json!({"domain": domain, "mail_from": "", "signing": true});
    let updates = [
        ("mail_from", json!(format!("mail.{domain}"))),
        ("mail_from", json!(format!("bounce.{domain}"))),
        ("signing", json!(false)),
    ];
    law(&world, "email_identity", "mail.identity", properties, &updates).await;
}

#[tokio::test]
async fn its_keys_are_known_at_once_and_it_waits_for_no_record() {
    let world = World::new().await;
    let domain = domain(&world);
    let properties = json!({"domain": domain, "mail_from": "", "signing": true});
    let live = world.create("email_identity", "mail.identity", properties).await;
    assert_eq!(live.output("state").as_deref(), Some("pending"));
    let (name, value) = (live.output("dkim_name_3"), live.output("dkim_value_3"));
    let token =
        value.as_deref().and_then(|value| value.strip_suffix(".dkim.amazonses.com")).expect("a token");
    assert_eq!(name, Some(format!("{token}._domainkey.{domain}")));
}

#[tokio::test]
async fn a_domain_that_somebody_else_has_is_there_already() {
    let (one, other) = (World::new().await, World::new().await);
    let domain = domain(&one);
    let properties = json!({"domain": domain, "mail_from": "", "signing": true});
    assert_eq!(email_identity::exists(&one.aws, &domain).await, Ok(false));
    one.create("email_identity", "mail.identity", properties.clone()).await;
    assert_eq!(email_identity::exists(&other.aws, &domain).await, Ok(true));
    let order = other.order("email_identity", "mail.identity", &properties);
    let fault = room("email_identity").create(&other.aws, &order).await.expect_err("taken");
    assert_eq!(fault.class, Class::Exists, "{fault}");
}
