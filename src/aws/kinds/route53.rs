//! What hosted zones and their records share: which zones are ours, and how Route 53 writes names and texts.

use std::collections::BTreeSet;
use std::rc::Rc;

use aws_sdk_route53::types::{HostedZone, ResourceRecordSet, Vpc};
use futures::future::try_join_all;

use crate::aws::glance::Glance;
use crate::aws::tags::Tags;
use crate::aws::{Aws, error, index};
use crate::model::address::Address;
use crate::run::fault::{Class, Fault, absent};

/// A private zone of this environment.
pub struct Zone {
    /// Where it stands.
    pub address: Address,
    /// Its id, without `/hostedzone/`.
    pub id: String,
    /// The domain, without the last dot.
    pub name: String,
    /// What it is for.
    pub comment: String,
    /// The public zones in which the stack keeps records.
    pub public_zones: BTreeSet<String>,
    /// Whether it was made elsewhere: its comment, and not its `CallerReference`, tells whose it is.
    pub adopted: bool,
    /// The networks that can resolve it, where they are known already: the list of zones does not tell them.
    pub networks: Option<Vec<Vpc>>,
    /// Its tags, where they are known already.
    pub tags: Option<Tags>,
}

impl Zone {
    /// A zone as Route 53 tells of it, if it is this environment's.
    fn of(aws: &Aws, zone: &HostedZone) -> Option<Self> {
        let text = zone.config().and_then(|config| config.comment()).unwrap_or_default();
        let (text, adopted) = read_mark(aws, text);
        let address = address(aws, zone.caller_reference()).or_else(|| adopted.clone())?;
        let (comment, public_zones) = read_comment(text);
        let (id, name) = (bare_id(zone.id()).to_owned(), plain_name(zone.name()));
        Some(Self {
            address,
            id,
            name,
            comment,
            public_zones,
            adopted: adopted.is_some(),
            networks: None,
            tags: None,
        })
    }
}

/// The private zones of this environment.
pub struct Zones(pub Vec<Zone>);

/// Reads them, once a look. Tags would cost a call a zone, so a zone is known by its `CallerReference`.
pub async fn zones(glance: &Glance<'_>) -> Result<Rc<Zones>, Fault> {
    let aws = glance.aws;
    let ask = || async {
        if let Some(indexed) = indexed(glance).await? {
            return Ok(indexed);
        }
        let mut pages = aws.route53().list_hosted_zones().into_paginator().items().send();
        let mut zones = Vec::new();
        while let Some(zone) = pages.next().await {
            let zone = zone.map_err(error::read("route53:ListHostedZones"))?;
            zones.extend(Zone::of(aws, &zone));
        }
        Ok(Zones(zones))
    };
    glance.once(ask).await
}

/// Those that the index confirms, each asked for by its id.
async fn indexed(glance: &Glance<'_>) -> Result<Option<Zones>, Fault> {
    let index = index::index(glance).await?;
    let Some(confirmed) = index.all("hosted_zone") else { return Ok(None) };
    let zones = try_join_all(confirmed.iter().map(|one| async move {
        let Some((zone, networks)) = get(glance.aws, one.id()).await? else { return Ok(None) };
        let (networks, tags) = (Some(networks), Some(one.tags.clone()));
        Ok::<_, Fault>(Zone::of(glance.aws, &zone).map(|zone| Zone { networks, tags, ..zone }))
    }));
    Ok(zones.await?.into_iter().collect::<Option<_>>().map(Zones))
}

/// The zone with that id and its networks, if it is there.
pub async fn get(aws: &Aws, id: &str) -> Result<Option<(HostedZone, Vec<Vpc>)>, Fault> {
    let answer = aws.route53().get_hosted_zone().id(id).send().await;
    let answer = absent(answer.map_err(error::read("route53:GetHostedZone")))?;
    Ok(answer.and_then(|answer| Some((answer.hosted_zone?, answer.vpcs.unwrap_or_default()))))
}

/// The `CallerReference` of a zone: names the environment and the address, and changes with the client token.
/// It may have 128 characters (API reference, `CreateHostedZone`).
pub fn caller_reference(aws: &Aws, address: &Address, token: &str) -> Result<String, Fault> {
    let token = crate::aws::names::digest(token, 16);
    let reference = format!("{}{address}/{token}", reference_prefix(aws));
    if reference.len() > 128 {
        let why =
            format!("`{reference}` has more than 128 characters: shorten the stack's or environment's name");
        return Err(Fault::fatal("route53:CreateHostedZone", why));
    }
    Ok(reference)
}

fn reference_prefix(aws: &Aws) -> String {
    format!("drucloud/{}/{}/", aws.scope.stack, aws.scope.env)
}

fn address(aws: &Aws, reference: &str) -> Option<Address> {
    let (address, _token) = reference.strip_prefix(&reference_prefix(aws))?.split_once('/')?;
    address.parse().ok()
}

/// What makes a zone ours that was made elsewhere: the end of its comment. Its `CallerReference` can never change.
pub fn mark(aws: &Aws, address: &Address) -> String {
    format!(" [{}{address}]", reference_prefix(aws))
}

/// A comment without its mark, and the address that the mark names, if it is this environment's.
fn read_mark<'t>(aws: &Aws, text: &'t str) -> (&'t str, Option<Address>) {
    let parts = text.strip_suffix(']').and_then(|text| text.rsplit_once(" ["));
    let address = |mark: &str| mark.strip_prefix(&reference_prefix(aws))?.parse().ok();
    match parts.map(|(comment, mark)| (comment, address(mark))) {
        Some((comment, Some(address))) => (comment, Some(address)),
        _ => (text, None),
    }
}

/// A zone's comment with the public zones in which the stack keeps records: `Names of prod [also Z1 Z2]`.
///
/// It is how their records are found without a state file, without reading every zone of the account and
/// without a call more: the list of zones tells comments.
pub fn write_comment(comment: &str, public_zones: &BTreeSet<String>) -> String {
    let ids: Vec<&str> = public_zones.iter().map(String::as_str).collect();
    if ids.is_empty() { comment.to_owned() } else { format!("{comment} [also {}]", ids.join(" ")) }
}

fn read_comment(text: &str) -> (String, BTreeSet<String>) {
    let parts = text.strip_suffix(']').and_then(|text| text.rsplit_once(" [also "));
    parts.map_or_else(
        || (text.to_owned(), BTreeSet::new()),
        |(comment, ids)| (comment.to_owned(), ids.split(' ').map(str::to_owned).collect()),
    )
}

/// Every record of a zone; none if the zone is gone.
pub async fn records(aws: &Aws, zone: &str) -> Result<Vec<ResourceRecordSet>, Fault> {
    let mut records = Vec::new();
    let mut call = aws.route53().list_resource_record_sets().hosted_zone_id(zone);
    loop {
        let answer = call.send().await.map_err(error::read("route53:ListResourceRecordSets"));
        let answer = match answer {
            Err(fault) if fault.class == Class::Gone => return Ok(Vec::new()),
            answer => answer?,
        };
        records.extend_from_slice(answer.resource_record_sets());
        if !answer.is_truncated() {
            return Ok(records);
        }
        call = aws.route53().list_resource_record_sets().hosted_zone_id(zone);
        call = call.set_start_record_name(answer.next_record_name);
        call = call.set_start_record_type(answer.next_record_type);
        call = call.set_start_record_identifier(answer.next_record_identifier);
    }
}

/// A zone's id as calls take it.
pub fn bare_id(id: &str) -> &str {
    id.strip_prefix("/hostedzone/").unwrap_or(id)
}

/// A domain name as people write it: Route 53 ends names in a dot and writes `*` as `\052`.
pub fn plain_name(name: &str) -> String {
    name.trim_end_matches('.').replace("\\052", "*").to_ascii_lowercase()
}

/// A text as the value of a TXT record: strings of at most 255 bytes in quotes, other than printable ASCII in
/// octal (developer guide, TXT record type).
pub fn quote(text: &str) -> String {
    let string = |bytes: &[u8]| {
        let mut string = String::from("\"");
        for &byte in bytes {
            match byte {
                b'"' | b'\\' => string.extend(['\\', char::from(byte)]),
                b' '..=b'~' => string.push(char::from(byte)),
                _ => {
                    let digit = |place: u8| char::from(b'0' + (byte >> place & 7));
                    string.extend(['\\', digit(6), digit(3), digit(0)]);
                }
            }
        }
        string + "\""
    };
    if text.is_empty() {
        return string(&[]);
    }
    text.as_bytes().chunks(255).map(string).collect::<Vec<_>>().join(" ")
}

/// The strings of a TXT record's value.
pub fn unquote(value: &str) -> Vec<String> {
    let mut strings = Vec::new();
    let mut string: Option<Vec<u8>> = None;
    let mut bytes = value.bytes().peekable();
    while let Some(byte) = bytes.next() {
        match (&mut string, byte) {
            (None, b'"') => string = Some(Vec::new()),
            (None, _) => {}
            (Some(done), b'"') => {
                strings.push(String::from_utf8_lossy(done).into_owned());
                string = None;
            }
            (Some(string), b'\\') => {
                let mut code = 0_u32;
                let mut digits = 0;
                while let (true, Some(digit)) =
                    (digits < 3, bytes.peek().and_then(|b| char::from(*b).to_digit(8)))
                {
                    bytes.next();
                    code = code * 8 + digit;
                    digits += 1;
                }
                let escaped = if digits == 0 { bytes.next() } else { u8::try_from(code).ok() };
                string.extend(escaped);
            }
            (Some(string), other) => string.push(other),
        }
    }
    strings
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn texts_are_quoted_as_route_53_does() {
        assert_eq!(quote("v=spf1 -all"), r#""v=spf1 -all""#);
        assert_eq!(quote(r#"a"b\"#), r#""a\"b\\""#);
        assert_eq!(quote("é"), r#""\303\251""#);
        assert_eq!(quote(""), r#""""#);
        assert_eq!(quote(&"x".repeat(256)).len(), 256 + 5);
    }

    #[test]
    fn the_comment_keeps_the_public_zones() {
        let zones = BTreeSet::from(["Z1".to_owned(), "Z2".to_owned()]);
        let text = write_comment("names of prod", &zones);
        assert_eq!(text, "names of prod [also Z1 Z2]");
        assert_eq!(read_comment(&text), ("names of prod".to_owned(), zones));
        assert_eq!(read_comment("theirs [also]"), ("theirs [also]".to_owned(), BTreeSet::new()));
    }

    #[test]
    fn names_are_as_people_write_them() {
        assert_eq!(plain_name("\\052.Example.ORG."), "*.example.org");
    }

    proptest! {
        #[test]
        fn what_is_quoted_reads_back(text in "\\PC{0,600}") {
            prop_assert_eq!(unquote(&quote(&text)).len(), text.len().div_ceil(255).max(1));
            // Joined as bytes: a character may be cut at the border of two strings.
            if text.len() <= 255 {
                prop_assert_eq!(unquote(&quote(&text)).concat(), text);
            }
        }
    }
}
