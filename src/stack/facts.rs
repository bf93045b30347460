//! What the stack leaves to AWS: which zones there are, and whether the site's domain is ours.
//!
//! What the live state tells is not asked for: a plan without changes costs no call here, and an environment
//! stays in its zones when AWS opens another one.

use std::collections::{BTreeMap, BTreeSet};

use crate::aws::lookup::{self, PublicZone};
use crate::aws::{Aws, kinds};
use crate::model::live::LiveState;
use crate::model::spec::Kinded;
use crate::run::fault::Fault;
use crate::run::poll;

use super::expand::LOAD_BALANCER_RULES;
use super::files::FilesEngine;
use super::network::Zones;
use super::text::Zone;
use super::{Environment, Report};

mod buckets;
mod mail;

pub use mail::MailFacts;

/// What is known of the account and the region.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    /// The availability zones to live in.
    pub zones: Vec<Zone>,
    /// The account's hosted zone of the site's domain.
    pub public_zone: Option<PublicZone>,
    /// AWS's list of the addresses from which `CloudFront` comes, by its id; with the CDN only.
    pub cdn_addresses: Option<String>,
    /// What is known of the domain that mail comes from; with the section `mail` only.
    pub mail: MailFacts,
    /// The names of the buckets that machines are told, by their address.
    pub buckets: BTreeMap<&'static str, String>,
    /// Whether only the outline of the resources is asked for: which there are, not what the machines hold.
    pub outline: bool,
    /// Seconds since 1970: what was to happen once, before this moment, has happened.
    pub now: i64,
}

/// Why the facts are not known.
#[derive(Debug, thiserror::Error)]
pub enum FactsError {
    /// AWS did not tell.
    #[error("{0}")]
    Fault(#[from] Fault),
    /// The stack wants what the region does not have.
    #[error("{0}")]
    Report(#[from] Report),
}

impl Facts {
    /// What has to be assumed without AWS: the first zones, and no hosted zone.
    pub fn assumed(environment: &Environment) -> Self {
        let region = environment.region.as_ref().map_or("us-east-1", |region| region.as_str());
        let zones = match &environment.network.zones {
            Zones::Named(zones) => zones.clone(),
            Zones::Count(count) => ('a'..='d')
                .take(usize::from(*count))
                .filter_map(|letter| format!("{region}{letter}").parse().ok())
                .collect(),
        };
        let cdn_addresses = behind_cdn(environment).then(|| "pl-cloudfront".to_owned());
        let mail = MailFacts::default();
        let buckets = buckets::assumed(environment, region);
        Self { zones, public_zone: None, cdn_addresses, mail, buckets, outline: false, now: now() }
    }

    /// The same where what the machines hold does not matter: to know which kinds of resources there will be.
    pub fn outline(environment: &Environment) -> Self {
        Self { outline: true, ..Self::assumed(environment) }
    }

    /// Asks AWS for what the live state does not tell.
    pub async fn gather(aws: &Aws, environment: &Environment, live: &LiveState) -> Result<Self, FactsError> {
        let domain = environment.site.domain.as_ref().filter(|_| environment.load_balancer.is_some());
        let sends = environment.mail.as_ref().and_then(|mail| mail.domain(&environment.site));
        let all = match (domain, &sends) {
            (None, None) => Vec::new(),
            _ => poll::ask("public zones", async || lookup::public_zones(aws).await).await?,
        };
        let public_zone = domain.and_then(|domain| lookup::zone_of(&all, domain.as_str()));
        let mail = match &sends {
            Some(domain) => mail::gather(aws, domain, lookup::zone_of(&all, domain), live).await?,
            None => MailFacts::default(),
        };
        let cdn_addresses = cdn_addresses(aws, environment, live).await?;
        let zones = zones(aws, environment, live).await?;
        let buckets = buckets::gather(aws, environment, live).await?;
        Ok(Self { zones, public_zone, cdn_addresses, mail, buckets, outline: false, now: now() })
    }
}

/// Whether visitors reach the load balancer through the CDN.
fn behind_cdn(environment: &Environment) -> bool {
    environment.load_balancer.is_some() && environment.media.as_ref().is_some_and(|media| media.cdn)
}

/// The list that a rule of the load balancer already names, or what AWS has under its name.
async fn cdn_addresses(
    aws: &Aws,
    environment: &Environment,
    live: &LiveState,
) -> Result<Option<String>, FactsError> {
    if !behind_cdn(environment) {
        return Ok(None);
    }
    if let Some(known) = used_list(live) {
        return Ok(Some(known));
    }
    if let Some(list) =
        poll::ask("prefix list", async || lookup::prefix_list(aws, CDN_ADDRESSES).await).await?
    {
        return Ok(Some(list));
    }
    let message =
        format!("`media.cdn`: the region has no list of CloudFront's addresses (`{CDN_ADDRESSES}`)");
    let help = "write `cdn: false`, or choose another region";
    Err(environment.report(vec![environment.problem_at("media.cdn", message, help)]).into())
}

/// The managed prefix list of the addresses from which `CloudFront` asks origins (developer guide, "Use the
/// CloudFront managed prefix list").
const CDN_ADDRESSES: &str = "com.amazonaws.global.cloudfront.origin-facing";

/// The one list that the rules of the load balancer name. With two of them somebody has added one, and which
/// is which has to be asked.
fn used_list(live: &LiveState) -> Option<String> {
    let rules = live.resources.iter().find(|live| live.address.as_str() == LOAD_BALANCER_RULES)?;
    let rules = rules.spec.get("rules")?.as_array()?;
    let lists: BTreeSet<&str> = rules.iter().filter_map(|rule| rule.get("prefix_list")?.as_str()).collect();
    lists.first().filter(|_| lists.len() == 1).map(|list| (*list).to_owned())
}

fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

async fn zones(aws: &Aws, environment: &Environment, live: &LiveState) -> Result<Vec<Zone>, FactsError> {
    let used = used(live);
    let enough = match &environment.network.zones {
        Zones::Named(named) => named.iter().all(|zone| used.contains(zone)).then(|| named.clone()),
        Zones::Count(count) => {
            let count = usize::from(*count);
            (used.len() >= count).then(|| used.iter().take(count).cloned().collect())
        }
    };
    if let Some(zones) = enough {
        return Ok(zones);
    }
    let open = poll::ask("zones", async || lookup::zones(aws).await);
    let offers = machines(environment).into_iter().map(async |(instance, path)| {
        let zones = poll::ask("offers", async || lookup::offered(aws, instance).await).await?;
        Ok::<_, Fault>(Offer { path, instance: instance.to_owned(), zones })
    });
    let (open, offers) = futures::try_join!(open, futures::future::try_join_all(offers))?;
    choose(environment, &used, &open, &offers).map_err(FactsError::Report)
}

/// A type of machine, the value that names it, and the zones in which it is offered.
struct Offer {
    path: &'static str,
    instance: String,
    zones: BTreeSet<String>,
}

/// The types of machines that the stack wants, each with the first value that names it.
fn machines(environment: &Environment) -> BTreeMap<&str, &'static str> {
    let web = environment.web.as_ref().map(|web| (&web.instance, "web.instance"));
    let search = environment.search.as_ref().map(|search| (&search.instance, "search.instance"));
    let files = environment.files.as_ref().filter(|files| files.engine == FilesEngine::GlusterFs);
    let files = files.map(|files| (&files.instance, "files.instance"));
    let control = environment.control.as_ref().map(|control| (&control.instance, "control.instance"));
    let mut machines = BTreeMap::new();
    for (instance, path) in [web, search, files, control].into_iter().flatten() {
        machines.entry(instance.as_str()).or_insert(path);
    }
    machines
}

/// The zones in which the environment already lives, sorted.
fn used(live: &LiveState) -> BTreeSet<Zone> {
    let subnets = live.resources.iter().filter(|live| live.kind == kinds::subnet::Subnet::KIND);
    subnets.filter_map(|subnet| subnet.spec.get("zone")?.as_str()?.parse().ok()).collect()
}

/// The zones to live in: those that are named, or those that are used and then the first others that offer
/// what the stack needs.
fn choose(
    environment: &Environment,
    used: &BTreeSet<Zone>,
    open: &BTreeSet<String>,
    offers: &[Offer],
) -> Result<Vec<Zone>, Report> {
    let list = |zones: &BTreeSet<String>| zones.iter().cloned().collect::<Vec<_>>().join(", ");
    let fail = |path: &str, message: String, help: String| {
        Err(environment.report(vec![environment.problem_at(path, message, help)]))
    };
    let usable: Vec<Zone> = open
        .iter()
        .filter(|zone| offers.iter().all(|offer| offer.zones.contains(*zone)))
        .filter_map(|zone| zone.parse().ok())
        .collect();
    match &environment.network.zones {
        Zones::Named(named) => {
            if let Some(lacking) = named.iter().find(|zone| !open.contains(&zone.to_string())) {
                let message = format!("`network.zones`: the region has no zone `{lacking}` for this account");
                return fail("network.zones", message, format!("its zones are {}", list(open)));
            }
            let lacks = |offer: &&Offer| named.iter().any(|zone| !offer.zones.contains(&zone.to_string()));
            if let Some(offer) = offers.iter().find(lacks) {
                let lacking: Vec<String> = named.iter().map(ToString::to_string).collect();
                let lacking = lacking.iter().find(|zone| !offer.zones.contains(*zone));
                let (path, instance) = (offer.path, &offer.instance);
                let lacking = lacking.map(String::as_str).unwrap_or_default();
                let message = format!("`{path}`: `{instance}` is not offered in `{lacking}`");
                return fail(path, message, format!("it is offered in {}", list(&offer.zones)));
            }
            Ok(named.clone())
        }
        Zones::Count(count) => {
            let count = usize::from(*count);
            let mut zones: Vec<Zone> = used.iter().cloned().collect();
            zones.extend(usable.iter().filter(|zone| !used.contains(zone)).cloned());
            zones.truncate(count);
            zones.sort();
            if zones.len() < count {
                // The rarest type is the one to change.
                let rarest = offers.iter().min_by_key(|offer| offer.zones.len());
                let offered = rarest.map_or_else(|| list(open), |offer| list(&offer.zones));
                let (path, message) = match rarest.filter(|_| open.len() >= count) {
                    None => (
                        "network.zones",
                        format!("`network.zones`: {count} zones are wanted, the region has {}", open.len()),
                    ),
                    Some(Offer { path, instance, zones }) => {
                        let alone = zones.len() < count;
                        let others = if alone { "" } else { " together with the other machines" };
                        let zones = format!("{count} zones of the region{others}");
                        (*path, format!("`{path}`: `{instance}` is not offered in {zones}"))
                    }
                };
                let help = if offered.is_empty() {
                    "no zone of the region offers it: look whether the name is right".to_owned()
                } else {
                    format!("it is offered in {offered}")
                };
                return fail(path, message, help);
            }
            Ok(zones)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::Stack;

    fn environment(text: &str) -> Environment {
        let stack =
            Stack::parse("test.yaml", &format!("stack: s\nregion: us-east-1\n{text}")).expect("a stack");
        stack.environments()[0].clone()
    }

    fn set(zones: &str) -> BTreeSet<String> {
        zones.chars().map(|letter| format!("us-east-1{letter}")).collect()
    }

    fn chosen(text: &str, used: &str, open: &str, offered: &str) -> Result<String, String> {
        let used = set(used).iter().filter_map(|zone| zone.parse().ok()).collect();
        let offer = Offer { path: "web.instance", instance: "m7g.large".to_owned(), zones: set(offered) };
        choose(&environment(text), &used, &set(open), &[offer])
            .map(|zones| zones.iter().map(|zone| zone.to_string().replace("us-east-1", "")).collect())
            .map_err(|report| report.problems()[0].message().to_owned())
    }

    #[test]
    fn used_zones_stay_and_the_first_that_offer_all_follow() {
        assert_eq!(chosen("network: {zones: 2}", "", "abcdef", "abcdef").as_deref(), Ok("ab"));
        assert_eq!(chosen("network: {zones: 2}", "", "abcdef", "bdf").as_deref(), Ok("bd"));
        assert_eq!(chosen("network: {zones: 3}", "cd", "abcdef", "abcdef").as_deref(), Ok("acd"));
        assert_eq!(
            chosen("network: {zones: [us-east-1b, us-east-1c]}", "", "abc", "abc").as_deref(),
            Ok("bc")
        );
    }

    #[test]
    fn every_machine_counts() {
        let environment =
            environment("search: {instance: m3.large}\nfiles: {instance: m1.small}\ncontrol: {}");
        let wanted = machines(&environment);
        assert_eq!(wanted["m7g.large"], "web.instance");
        assert_eq!((wanted["m3.large"], wanted["m1.small"]), ("search.instance", "files.instance"));
        assert_eq!(wanted["t4g.small"], "control.instance");
        let offer =
            |path, instance: &str, zones| Offer { path, instance: instance.to_owned(), zones: set(zones) };
        let offers = [offer("web.instance", "m7g.large", "abcd"), offer("files.instance", "m1.small", "cde")];
        let zones = choose(&environment, &BTreeSet::new(), &set("abcde"), &offers).expect("zones");
        assert_eq!(zones.iter().map(ToString::to_string).collect::<Vec<_>>(), ["us-east-1c", "us-east-1d"]);
        let offers = [offer("web.instance", "m7g.large", "abc"), offer("files.instance", "m1.small", "de")];
        let lacking =
            choose(&environment, &BTreeSet::new(), &set("abcde"), &offers).expect_err("nowhere both");
        let message = "`files.instance`: `m1.small` is not offered in 2 zones of the region together with the \
                       other machines";
        assert_eq!(lacking.problems()[0].message(), message);
    }

    #[test]
    fn what_the_region_lacks_is_said() {
        let lacking = chosen("network: {zones: [us-east-1a, us-east-1e]}", "", "abc", "abc");
        assert!(lacking.is_err_and(|message| message.contains("no zone `us-east-1e`")));
        let few = chosen("network: {zones: 3}", "", "ab", "ab");
        assert!(few.is_err_and(|message| message.contains("the region has 2")));
        let offered = chosen("network: {zones: 2}", "", "abc", "c");
        assert!(offered.is_err_and(|message| message.contains("not offered in 2 zones")));
    }
}
