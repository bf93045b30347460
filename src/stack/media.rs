//! The section `media`: the site's files in a bucket, and the network of caches in front of site and files.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::load_balancer::LoadBalancer;
use super::rules::Findings;
use super::text::WebOrigin;

/// The bucket of the site's files, and the CDN.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Media {
    /// Whether visitors come through `CloudFront`. The load balancer then lets nobody else in.
    pub cdn: bool,
    /// The other sites whose pages may use the files.
    // A configuration of S3 has 64 KiB in all.
    #[schemars(length(max = 100), extend("uniqueItems" = true))]
    pub cors: Vec<WebOrigin>,
    /// Older versions of files that were overwritten or deleted.
    pub versions: Versions,
    /// Where the CDN has its caches: the more places, the dearer.
    pub price_class: PriceClass,
    /// Whether Drupal keeps its public files in the bucket; the site brings the module S3 File System (`s3fs`) along.
    pub s3fs: bool,
}

/// Older versions of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Versions {
    /// For how many days they are kept; 0 keeps none.
    #[schemars(range(min = 0, max = 3650))]
    pub days: u16,
}

/// Where a CDN has its caches, by the names of `CloudFront`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum PriceClass {
    /// North America, Europe and Israel.
    #[serde(rename = "PriceClass_100")]
    Least,
    /// Also Africa, the Middle East and most of Asia.
    #[serde(rename = "PriceClass_200")]
    Most,
    /// Everywhere.
    #[serde(rename = "PriceClass_All")]
    All,
}

impl PriceClass {
    /// The name that `CloudFront` has for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Least => "PriceClass_100",
            Self::Most => "PriceClass_200",
            Self::All => "PriceClass_All",
        }
    }
}

impl Default for Versions {
    fn default() -> Self {
        Self { days: 30 }
    }
}

impl Default for Media {
    fn default() -> Self {
        Self {
            cdn: true,
            cors: Vec::new(),
            versions: Versions::default(),
            price_class: PriceClass::Least,
            s3fs: false,
        }
    }
}

impl Media {
    /// Origins that say the same twice; ranges of the load balancer that nobody comes from any more.
    pub(super) fn examine(&self, balancer: Option<&LoadBalancer>, findings: &mut Findings<'_>) {
        let every = self.cors.iter().position(|origin| origin.as_str() == "*");
        if let (Some(every), true) = (every, self.cors.len() > 1) {
            let other = usize::from(every == 0);
            findings.error(
                &[&format!("media.cors[{other}]"), &format!("media.cors[{every}]")],
                format!("`media.cors`: `{}` is already in `*`", self.cors[other]),
                "write `*` alone, or the sites without it",
            );
        }
        if self.cdn && balancer.is_some() && findings.is_written("load_balancer.allow") {
            findings.error(
                &["load_balancer.allow", "media.cdn"],
                "`load_balancer.allow`: with the CDN, the load balancer is reached by CloudFront alone",
                "leave `allow` out, or write `media: { cdn: false }`; AWS WAF can restrict who reaches a CDN",
            );
        }
        if !self.cdn && findings.is_written("media.price_class") {
            findings.warn(
                &["media.price_class", "media.cdn"],
                "`media.price_class`: there is no CDN",
                "it does nothing until `media.cdn` is `true`",
            );
        }
    }
}
