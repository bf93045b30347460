//! Records of domains whose DNS is somewhere else: what the user has to enter there.
//!
//! They are read off the live environment. What stands in a zone of this account has a record there, so what
//! has none is to be entered elsewhere.

use std::rc::Rc;

use crate::model::live::Live;

use super::Environment;
use super::mail::{Mail, Record};

/// The records to enter; none if all zones are of this account.
pub fn records(environment: &Environment, live: &[Rc<Live>], region: &str) -> Vec<Record> {
    let find = |address: &str| live.iter().find(|live| live.address.as_str() == address);
    let mut records = Vec::new();
    if let (Some(domain), None) = (&environment.site.domain, find("load_balancer.dns")) {
        let target = find("media.cdn").and_then(|cdn| cdn.output("domain_name"));
        let target = target.or_else(|| find("load_balancer.alb").and_then(|alb| alb.output("dns_name")));
        records.extend(target.map(|target| Record::new(domain.as_str(), kind(domain.as_str()), target)));
    }
    let domain = environment.mail.as_ref().and_then(|mail| mail.domain(&environment.site));
    if let (Some(mail), Some(domain), Some(identity), None) =
        (&environment.mail, domain, find("mail.identity"), find("mail.dkim.1"))
    {
        for number in 1..=3 {
            let output = |part: &str| identity.output(&format!("dkim_{part}_{number}"));
            let record = output("name").zip(output("value"));
            records.extend(record.map(|(name, value)| Record::new(name, "CNAME", value)));
        }
        records.extend(Mail::bounce_records(&domain, &environment.site, region));
        records.push(mail.dmarc_record(&domain));
    }
    records
}

/// The type of the record that leads to another name. At the top of a zone there can be no CNAME (RFC 1034,
/// section 3.6.2); those who host zones have a type of their own for that, which most call ALIAS.
fn kind(domain: &str) -> &'static str {
    if domain.matches('.').count() > 1 { "CNAME" } else { "ALIAS" }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::model::live::Status;
    use crate::model::spec::Spec;
    use crate::stack::Stack;

    fn environment() -> Environment {
        let text = "stack: s\nsite: { domain: www.example.org }\nmail: { dmarc: reject }\n";
        Stack::parse("s.yaml", text).expect("a stack").environments()[0].clone()
    }

    fn live(address: &str, outputs: &[(&str, &str)]) -> Rc<Live> {
        Rc::new(Live {
            address: address.parse().expect("an address"),
            kind: "load_balancer",
            id: address.to_owned(),
            born: None,
            status: Status::Ready,
            spec: Spec::default(),
            outputs: outputs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
            tags: BTreeMap::new(),
            protected: false,
        })
    }

    fn told(live: &[Rc<Live>]) -> Vec<String> {
        let words = |record: Record| format!("{} {} {}", record.name, record.r#type, record.value);
        records(&environment(), live, "us-east-1").into_iter().map(words).collect()
    }

    #[test]
    fn what_no_zone_of_the_account_holds_is_told() {
        let balancer = live("load_balancer.alb", &[("dns_name", "lb.amazonaws.com")]);
        let cdn = live("media.cdn", &[("domain_name", "d1.cloudfront.net")]);
        let identity = live(
            "mail.identity",
            &[("dkim_name_1", "x._domainkey.example.org"), ("dkim_value_1", "x.dkim.amazonses.com")],
        );
        assert_eq!(told(&[]), Vec::<String>::new());
        assert_eq!(told(std::slice::from_ref(&balancer)), ["www.example.org CNAME lb.amazonaws.com"]);
        assert_eq!(
            told(&[balancer.clone(), cdn, identity.clone()]),
            [
                "www.example.org CNAME d1.cloudfront.net",
                "x._domainkey.example.org CNAME x.dkim.amazonses.com",
                "mail.example.org MX 10 feedback-smtp.us-east-1.amazonses.com",
                "mail.example.org TXT v=spf1 include:amazonses.com ~all",
                "_dmarc.example.org TXT v=DMARC1; p=reject;",
            ]
        );
        assert_eq!((kind("www.example.org"), kind("example.org")), ("CNAME", "ALIAS"));
        let ours = [balancer, identity, live("load_balancer.dns", &[]), live("mail.dkim.1", &[])];
        assert_eq!(told(&ours), Vec::<String>::new());
    }
}
