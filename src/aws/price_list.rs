//! Prices from AWS's own price list, by the Pricing API.
//!
//! It answers with documents of the price list as text ("Using the AWS Price List Query API", AWS Billing user guide):
//! a product with its attributes, and its terms. Only what is paid on demand is read.

use std::collections::BTreeMap;

use aws_sdk_pricing::types::{Filter, FilterType};
use serde_json::Value;

use crate::price::{Book, Group};
use crate::run::fault::Fault;

use super::{Aws, error};

/// Where products of one unit are found in the price list.
struct Source {
    /// The group in the book.
    group: &'static str,
    unit: &'static str,
    page: &'static str,
    /// The code of the service.
    service: &'static str,
    /// The attributes that a product must have.
    filters: &'static [(&'static str, &'static str)],
    name: Name,
}

/// How a product is named in the book.
#[derive(Clone, Copy)]
enum Name {
    /// By an attribute.
    Attribute(&'static str),
    /// By a fixed name, if its usage type ends so. Usage types begin with a code of the region, except in us-east-1.
    Usage(&'static str, &'static str),
    /// By an attribute, if the usage type has this in it: the same product is listed for other ways to use it, too.
    Within(&'static str, &'static str),
}

const EC2: &str = "https://aws.amazon.com/ec2/pricing/on-demand/";
const RDS: &str = "https://aws.amazon.com/rds/mysql/pricing/";
const CACHE: &str = "https://aws.amazon.com/elasticache/pricing/";
const VPC: &str = "https://aws.amazon.com/vpc/pricing/";
const ELB: &str = "https://aws.amazon.com/elasticloadbalancing/pricing/";

const fn source(
    group: &'static str,
    unit: &'static str,
    page: &'static str,
    service: &'static str,
    filters: &'static [(&'static str, &'static str)],
    name: Name,
) -> Source {
    Source { group, unit, page, service, filters, name }
}

/// What is asked for. Prices of all else are the same for years, and stay those of the book.
const SOURCES: &[Source] = &[
    source(
        "ec2",
        "hour",
        EC2,
        "AmazonEC2",
        &[
            ("operatingSystem", "Linux"),
            ("tenancy", "Shared"),
            ("preInstalledSw", "NA"),
            ("capacitystatus", "Used"),
            ("marketoption", "OnDemand"),
        ],
        Name::Attribute("instanceType"),
    ),
    source(
        "ebs",
        "GB-month",
        "https://aws.amazon.com/ebs/pricing/",
        "AmazonEC2",
        &[("productFamily", "Storage")],
        Name::Attribute("volumeApiName"),
    ),
    source(
        "nat",
        "hour",
        VPC,
        "AmazonEC2",
        &[("group", "NGW:NatGateway")],
        Name::Usage("NatGateway-Hours", "gateway"),
    ),
    source(
        "nat-data",
        "GB",
        VPC,
        "AmazonEC2",
        &[("group", "NGW:NatGateway")],
        Name::Usage("NatGateway-Bytes", "processed"),
    ),
    source(
        "alb",
        "hour",
        ELB,
        "AWSELB",
        &[("productFamily", "Load Balancer-Application")],
        Name::Usage("LoadBalancerUsage", "balancer"),
    ),
    source(
        "alb-lcu",
        "LCU-hour",
        ELB,
        "AWSELB",
        &[("productFamily", "Load Balancer-Application")],
        Name::Usage("LCUUsage", "lcu"),
    ),
    source(
        "rds",
        "hour",
        RDS,
        "AmazonRDS",
        &[
            ("productFamily", "Database Instance"),
            ("databaseEngine", "MySQL"),
            ("deploymentOption", "Single-AZ"),
        ],
        Name::Within("instanceType", "InstanceUsage:"),
    ),
    source(
        "rds-multi-az",
        "hour",
        RDS,
        "AmazonRDS",
        &[
            ("productFamily", "Database Instance"),
            ("databaseEngine", "MySQL"),
            ("deploymentOption", "Multi-AZ"),
        ],
        Name::Within("instanceType", "Multi-AZUsage:"),
    ),
    source(
        "cache",
        "hour",
        CACHE,
        "AmazonElastiCache",
        &[("productFamily", "Cache Instance"), ("cacheEngine", "Memcached")],
        Name::Within("instanceType", "NodeUsage:"),
    ),
    source(
        "cache-valkey",
        "hour",
        CACHE,
        "AmazonElastiCache",
        &[("productFamily", "Cache Instance"), ("cacheEngine", "Valkey")],
        Name::Within("instanceType", "NodeUsage:"),
    ),
];

/// The region whose endpoint of the Pricing API is nearest: there are three ("AWS Price List endpoints").
fn endpoint(region: &str) -> &'static str {
    match region.split('-').next() {
        Some("eu" | "il" | "me" | "af") => "eu-central-1",
        Some("ap") => "ap-south-1",
        _ => "us-east-1",
    }
}

/// The prices of a region as AWS lists them today.
///
/// # Errors
/// What the Pricing API answers, such as that `pricing:GetProducts` is not allowed.
pub async fn ask(aws: &Aws, region: &str, today: &str) -> Result<Book, Fault> {
    let client = aws.pricing_in(endpoint(region));
    let mut book = Book::empty(region);
    for source in SOURCES {
        let mut prices = BTreeMap::new();
        let filters = source.filters.iter().copied().chain([("regionCode", region)]);
        let filters = filters.filter_map(|(field, value)| {
            Filter::builder().r#type(FilterType::TermMatch).field(field).value(value).build().ok()
        });
        let asked = client.get_products().service_code(source.service).set_filters(Some(filters.collect()));
        let mut pages = asked.into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(error::read("pricing:GetProducts"))?;
            prices.extend(page.price_list().iter().filter_map(|document| source.read(document)));
        }
        if !prices.is_empty() {
            let (unit, page, as_of) = (source.unit.to_owned(), source.page.to_owned(), today.to_owned());
            book.groups.insert(source.group.to_owned(), Group { unit, source: page, as_of, prices });
        }
    }
    Ok(book)
}

impl Source {
    /// The name and the price in a document, if it is one of those that are meant and has a price.
    fn read(&self, document: &str) -> Option<(String, f64)> {
        let document: Value = serde_json::from_str(document).ok()?;
        let attributes = &document["product"]["attributes"];
        let usage = attributes["usagetype"].as_str().unwrap_or_default();
        let name = match self.name {
            Name::Attribute(attribute) => attributes[attribute].as_str()?,
            Name::Usage(end, name) => {
                let before = usage.strip_suffix(end)?;
                Some(name).filter(|_| before.is_empty() || before.ends_with('-'))?
            }
            Name::Within(attribute, part) => {
                let before = &usage[..usage.find(part)?];
                attributes[attribute].as_str().filter(|_| before.is_empty() || before.ends_with('-'))?
            }
        };
        // Reservations of capacity and the like are listed at nothing.
        on_demand(&document).filter(|price| *price > 0.0).map(|price| (name.to_owned(), price))
    }
}

/// The price on demand of the first unit, in US dollars.
fn on_demand(document: &Value) -> Option<f64> {
    let terms = document["terms"]["OnDemand"].as_object()?;
    let dimensions = terms.values().filter_map(|term| term["priceDimensions"].as_object());
    let first = |dimension: &&Value| dimension["beginRange"].as_str().is_none_or(|begin| begin == "0");
    let dimension = dimensions.flat_map(serde_json::Map::values).find(first)?;
    dimension["pricePerUnit"]["USD"].as_str()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(group: &str) -> &'static Source {
        SOURCES.iter().find(|source| source.group == group).unwrap()
    }

    /// A document as the API answers it.
    fn document(attributes: &Value, dimensions: &Value) -> String {
        let sku = "8KTQAHWA58GUHDGC";
        json!({
            "product": { "productFamily": "Compute Instance", "attributes": attributes, "sku": sku },
            "serviceCode": "AmazonEC2",
            "terms": { "OnDemand": { format!("{sku}.JRTCKXETXF"): {
                "priceDimensions": dimensions, "sku": sku, "effectiveDate": "2026-11-01T00:00:00Z",
                "offerTermCode": "JRTCKXETXF", "termAttributes": {} } } },
            "version": "20261101000000", "publicationDate": "2026-11-01T00:00:00Z",
        })
        .to_string()
    }

    fn single(price: &str) -> Value {
        json!({ "8KTQAHWA58GUHDGC.JRTCKXETXF.6YS6EN2CT7": { "unit": "Hrs", "endRange": "Inf", "beginRange": "0",
            "description": "a price", "appliesTo": [], "pricePerUnit": { "USD": price } } })
    }

    #[test]
    fn documents_of_the_price_list_are_read() {
        let machine = json!({ "instanceType": "m7g.large", "usagetype": "EUC1-BoxUsage:m7g.large" });
        assert_eq!(
            of("ec2").read(&document(&machine, &single("0.0978000000"))),
            Some(("m7g.large".into(), 0.0978))
        );
        assert_eq!(of("ec2").read(&document(&machine, &single("0.0000000000"))), None, "never nothing");
        assert_eq!(of("ec2").read("no JSON"), None);
        let nat = |usage: &str| document(&json!({ "usagetype": usage }), &single("0.0520000000"));
        assert_eq!(of("nat").read(&nat("EUC1-NatGateway-Hours")), Some(("gateway".into(), 0.052)));
        assert_eq!(of("nat").read(&nat("NatGateway-Hours")), Some(("gateway".into(), 0.052)));
        assert_eq!(of("nat").read(&nat("EUC1-NatGateway-Bytes")), None);
        assert_eq!(of("nat").read(&nat("EUC1-NatGateway-Prvd-Hours")), None);
        assert_eq!(of("nat-data").read(&nat("EUC1-NatGateway-Bytes")), Some(("processed".into(), 0.052)));
        let class = |usage: &str| {
            document(&json!({ "instanceType": "db.m7g.large", "usagetype": usage }), &single("0.1680000000"))
        };
        assert_eq!(
            of("rds").read(&class("InstanceUsage:db.m7g.large")),
            Some(("db.m7g.large".into(), 0.168))
        );
        assert_eq!(
            of("rds").read(&class("EU-InstanceUsage:db.m7g.large")),
            Some(("db.m7g.large".into(), 0.168))
        );
        assert_eq!(of("rds").read(&class("EU-Multi-AZUsage:db.m7g.large")), None);
        let node = |usage: &str| {
            document(
                &json!({ "instanceType": "cache.m7g.large", "usagetype": usage }),
                &single("0.1580000000"),
            )
        };
        assert_eq!(
            of("cache").read(&node("NodeUsage:cache.m7g.large")),
            Some(("cache.m7g.large".into(), 0.158))
        );
        assert_eq!(of("cache").read(&node("ExtendedSupportNodeUsage:cache.m7g.large")), None);
    }

    #[test]
    fn the_first_step_of_a_ladder_counts() {
        let steps = json!({
            "a": { "beginRange": "51200", "pricePerUnit": { "USD": "0.0220000000" } },
            "b": { "beginRange": "0", "pricePerUnit": { "USD": "0.0800000000" } },
        });
        let volume = document(&json!({ "volumeApiName": "gp3" }), &steps);
        assert_eq!(of("ebs").read(&volume), Some(("gp3".into(), 0.08)));
    }

    #[test]
    fn the_nearest_endpoint_is_asked() {
        for (region, nearest) in
            [("us-west-2", "us-east-1"), ("eu-west-1", "eu-central-1"), ("ap-southeast-2", "ap-south-1")]
        {
            assert_eq!(endpoint(region), nearest);
        }
    }

    #[test]
    fn what_is_asked_for_fits_the_books() {
        for region in crate::price::REGIONS {
            let book = crate::price::embedded(region).unwrap().unwrap();
            for source in SOURCES {
                if let Some(group) = book.groups.get(source.group) {
                    assert_eq!(group.unit, source.unit, "{region}: {}", source.group);
                }
            }
        }
    }
}
