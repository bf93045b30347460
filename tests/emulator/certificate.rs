//! Certificate, and the wait until it is issued.

use aws_sdk_route53::types::{Change, ChangeAction, ChangeBatch, ResourceRecord, ResourceRecordSet, RrType};
use drucloud::aws::glance::Glance;
use drucloud::aws::kinds::certificate_validation::CertificateValidation;
use drucloud::model::live::{Live, Status};
use drucloud::model::spec::Id;
use drucloud::run::cloud::Farewell;
use drucloud::run::fault::Class;
use serde_json::json;

use crate::law::law;
use crate::tier;
use crate::world::{World, eventually, insist, room};

impl World {
    /// A domain that nobody else has a certificate for.
    pub fn domain(&self, name: &str) -> String {
        format!("{name}.{}.example", self.aws.scope.stack)
    }

    /// A certificate that is issued.
    pub async fn issued(&self, name: &str) -> Id<CertificateValidation> {
        let certificate = json!({"region": "us-east-1", "domain": self.domain(name), "alternatives": []});
        let live = self.create("certificate", &format!("web.certificate.{name}"), certificate).await;
        self.publish(&live, "").await;
        let certificate = json!({"$id": live.id, "$kind": "certificate"});
        self.id(&format!("web.issued.{name}"), json!({"certificate": certificate})).await
    }

    /// Makes the validation record of a certificate in a public zone of its own.
    async fn publish(&self, certificate: &Live, number: &str) {
        let output = |name: &str| {
            certificate.output(&format!("{name}{number}")).unwrap_or_else(|| panic!("no {name}{number}"))
        };
        let (name, value) = (output("validation_name"), output("validation_value"));
        let (_, domain) = name.split_once('.').expect("a domain");
        let call = self.aws.route53().create_hosted_zone().name(domain).caller_reference(&name);
        let zone = call.send().await.expect("a zone").hosted_zone.expect("a zone").id;
        let record = ResourceRecord::builder().value(value).build().expect("a value");
        let set = ResourceRecordSet::builder().name(name).r#type(RrType::Cname).ttl(60);
        let set = set.resource_records(record).build().expect("a record");
        let change = Change::builder().action(ChangeAction::Create).resource_record_set(set);
        let change = change.build().expect("a change");
        let batch = ChangeBatch::builder().changes(change).build().expect("a batch");
        let call = self.aws.route53().change_resource_record_sets().hosted_zone_id(zone);
        call.change_batch(batch).send().await.expect("a record");
    }
}

#[tokio::test]
async fn laws() {
    let world = World::new().await;
    let domain = world.domain("shop");
    let names = json!([format!("*.{domain}"), format!("www.{domain}")]);
    law(
        &world,
        "certificate",
        "web.certificate",
        json!({"region": "us-east-1", "domain": domain, "alternatives": names}),
        &[],
    )
    .await;
}

#[tokio::test]
async fn each_name_has_its_record_and_a_wildcard_none_of_its_own() {
    let world = World::new().await;
    let domain = world.domain("shop");
    let names = json!([format!("*.{domain}"), format!("www.{domain}")]);
    let properties = json!({"region": "us-east-1", "domain": domain, "alternatives": names});
    let live = world.create("certificate", "web.certificate", properties).await;
    let first = live.output("validation_name").expect("a record of the domain");
    let second = live.output("validation_name_1").expect("a record of www");
    assert!(first.ends_with(&format!(".{domain}")) && second.ends_with(&format!(".www.{domain}")));
    assert_eq!(live.output("validation_name_2"), None);
}

#[tokio::test]
async fn laws_of_its_validation() {
    let world = World::new().await;
    let properties = json!({"region": "us-east-1", "domain": world.domain("shop"), "alternatives": []});
    let certificate = world.create("certificate", "web.certificate", properties).await;
    world.publish(&certificate, "").await;
    let properties = json!({"certificate": {"$id": certificate.id, "$kind": "certificate"}});
    law(&world, "certificate_validation", "web.issued", properties, &[]).await;
    let address = "web.certificate".parse().expect("an address");
    let live = world.ready("certificate", &address).await;
    assert_eq!(live.tags, certificate.tags, "the certificate is as it was before");
}

#[tokio::test]
async fn it_waits_until_the_record_is_there() {
    let world = World::new().await;
    let properties = json!({"region": "us-east-1", "domain": world.domain("shop"), "alternatives": []});
    let certificate = world.create("certificate", "web.certificate", properties).await;
    let properties = json!({"certificate": {"$id": certificate.id, "$kind": "certificate"}});
    let order = world.order("certificate_validation", "web.issued", &properties);
    let kind = room("certificate_validation");
    insist("create", &[], async || kind.create(&world.aws, &order).await).await;
    let status = async || {
        let mut found = kind.list(&Glance::new(&world.aws)).await.expect("a list");
        found.pop().map(|live| live.status)
    };
    assert_eq!(status().await, Some(Status::Pending("pending validation".to_owned())));
    world.publish(&certificate, "").await;
    eventually("it is issued", async || match status().await {
        Some(Status::Ready) => Ok(()),
        other => Err(format!("{other:?}")),
    })
    .await;
}

#[tokio::test]
async fn one_that_a_listener_uses_stays() {
    let world = World::new().await;
    let place = world.place().await;
    let balancer = world
        .id::<drucloud::aws::kinds::load_balancer::LoadBalancer>("web.balancer", tier::balancer(&place))
        .await;
    let issued = world.issued("shop").await;
    let https =
        json!({"https": {"certificate": issued, "ssl_policy": "ELBSecurityPolicy-TLS13-1-2-2021-06"}});
    let listener =
        json!({"load_balancer": balancer, "port": 443, "protocol": https, "action": {"fixed": 503}});
    world.create("listener", "web.listener", listener).await;
    let live = world.ready("certificate", &"web.certificate.shop".parse().expect("an address")).await;
    let kind = room("certificate");
    let refused = kind.delete(&world.aws, &live, &Farewell::default()).await.expect_err("it is in use");
    assert_eq!(refused.class, Class::InUse);
    let blockers = kind.blockers(&world.aws, &live).await.expect("blockers");
    assert_eq!(blockers, [format!("{balancer} uses it")]);
}
