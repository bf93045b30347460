//! One environment of a stack: the sections with its overlay over them, typed and checked.
//!
//! It keeps the tree that it was read from, so that what is known only with AWS can be told at its place too.

use crate::aws::names;

use super::budget::Budget;
use super::cache::Cache;
use super::control::Control;
use super::database::Database;
use super::facts::Facts;
use super::files::Files;
use super::findings::Findings as Remarks;
use super::load_balancer::LoadBalancer;
use super::mail::Mail;
use super::media::Media;
use super::monitoring::Monitoring;
use super::network::{Nat, Network};
use super::node::Node;
use super::path::Path;
use super::report::{Problem, Report};
use super::resources::{self, Resource};
use super::rules::Findings;
use super::search::Search;
use super::sections::{MAX_TAGS, Sections, Switch, Tags};
use super::site::Site;
use super::source::{Source, Span};
use super::text::{CertificateChoice, EnvironmentName, Region, StackName};
use super::web::Web;

mod places;

/// One environment of a stack.
#[derive(Clone, Debug)]
pub struct Environment {
    /// The stack's name.
    pub stack: StackName,
    /// The environment's name.
    pub name: EnvironmentName,
    /// The region, if the file gives one; else the AWS configuration decides.
    pub region: Option<Region>,
    /// Whether what holds data refuses to be deleted or replaced.
    pub protect: bool,
    /// The user's tags for every resource.
    pub tags: Tags,
    /// What the platform serves.
    pub site: Site,
    /// The network.
    pub network: Network,
    /// The load balancer; present exactly when `web` is.
    pub load_balancer: Option<LoadBalancer>,
    /// The web nodes.
    pub web: Option<Web>,
    /// The database.
    pub database: Option<Database>,
    /// The cache.
    pub cache: Option<Cache>,
    /// The site's files, and the CDN.
    pub media: Option<Media>,
    /// The search server.
    pub search: Option<Search>,
    /// The shared files.
    pub files: Option<Files>,
    /// The control server.
    pub control: Option<Control>,
    /// The mail that the site sends.
    pub mail: Option<Mail>,
    /// Alarms, logs and a dashboard.
    pub monitoring: Option<Monitoring>,
    /// What a month may cost.
    pub budget: Budget,
    /// How much findings weigh, and which are accepted.
    pub remarks: Remarks,
    /// Programs that look at every plan.
    pub policies: Vec<String>,
    /// Resources of any kind, for what the sections do not cover.
    pub resources: Vec<Resource>,
    /// What the user should know, although the file is accepted.
    pub warnings: Report,
    source: Source,
    tree: Node,
    home: Span,
}

/// What an environment is made of, before its rules are asked.
pub(super) struct Draft {
    pub stack: StackName,
    pub name: EnvironmentName,
    pub protect: bool,
    pub sections: Sections,
    pub source: Source,
    pub tree: Node,
    pub home: Span,
}

impl Environment {
    /// Asks the rules about a draft. The second part is what they found, warnings included; with an error among
    /// it the environment must not be used.
    pub(super) fn examine(draft: Draft, refused: &[Path]) -> (Self, Vec<Problem>) {
        let Draft { stack, name, protect, sections, source, tree, home } = draft;
        let mut findings = Findings::new(&tree, home, refused);
        let Sections {
            region,
            tags,
            site,
            network,
            load_balancer,
            web,
            database,
            cache,
            media,
            search,
            files,
            control,
            mail,
            monitoring,
            budget,
            findings: remarks,
            policies,
            // Read from the tree, because each is held against its kind.
            resources: _,
        } = sections;
        let load_balancer = serving(load_balancer, &web, &mut findings);
        let mut environment = Self {
            warnings: Report::new(&source, Vec::new()),
            load_balancer,
            web: web.into_on(),
            database: database.into_on(),
            cache: cache.into_on(),
            media: media.into_on(),
            search: search.into_on(),
            files: files.into_on(),
            control: control.into_on(),
            mail: mail.into_on(),
            monitoring: monitoring.into_on(),
            budget,
            remarks,
            policies,
            resources: resources::examine(&tree, &mut findings),
            stack,
            name,
            region,
            protect,
            tags,
            site,
            network,
            source,
            tree: Node::empty_map(home),
            home,
        };
        environment.rules(&mut findings);
        let problems = findings.into_problems();
        let warnings = problems.iter().filter(|problem| !problem.is_error()).cloned().collect();
        environment.warnings = Report::new(&environment.source, warnings);
        environment.tree = tree;
        (environment, problems)
    }

    /// The same environment in another region, as `--region` asks for.
    ///
    /// # Errors
    /// What does not belong to that region: zones and certificates that the file names.
    pub fn in_region(mut self, region: Region) -> Result<Self, Report> {
        let mut findings = Findings::new(&self.tree, self.home, &[]);
        self.regional_rules(Some(&region), &mut findings);
        let problems: Vec<Problem> = findings.into_problems().into_iter().filter(Problem::is_error).collect();
        if !problems.is_empty() {
            return Err(self.report(problems));
        }
        self.region = Some(region);
        Ok(self)
    }

    /// An error at the value that a path such as `web.scale.min` leads to; at the section above it, or at the
    /// environment, if its default counts.
    pub fn problem_at(&self, path: &str, message: impl Into<String>, help: impl Into<String>) -> Problem {
        let path = Path::from(path);
        let found = path.find(&self.tree, self.home);
        Problem::error(message, found.span, found.label(&path)).help(help)
    }

    /// An error about a resource of the section `resources`: at the first value in it that contains the text,
    /// else at its name.
    pub fn problem_in(
        &self,
        resource: &str,
        text: &str,
        message: String,
        help: impl Into<String>,
    ) -> Problem {
        let section = self.tree.get(resources::SECTION);
        let Some(entry) = section.and_then(|section| section.node.get(resource)) else {
            return Problem::error(message, self.home, "in this environment").help(help);
        };
        let place = entry.node.containing(text).unwrap_or(entry.key_span);
        Problem::error(message, place, "here").help(help)
    }

    /// A report on problems of this environment.
    pub fn report(&self, problems: Vec<Problem>) -> Report {
        Report::new(&self.source, problems)
    }

    /// The file that it was read from.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The region; without one that is known, the one that needs no name.
    pub fn region(&self) -> &str {
        self.region.as_ref().map_or("us-east-1", |region| region.as_str())
    }

    /// The private zone, such as `drucloud-prod.internal`.
    pub fn zone_name(&self) -> String {
        // A label of a domain name has at most 63 characters (RFC 1035).
        format!("{}.internal", names::fit(&[self.stack.as_str(), self.name.as_str()], None, 63))
    }

    /// Whether the load balancer has a certificate.
    pub fn is_encrypted(&self, facts: &Facts) -> bool {
        match self.load_balancer.as_ref().map(|balancer| &balancer.https) {
            Some(CertificateChoice::Arn(_)) => true,
            Some(CertificateChoice::Auto) => facts.public_zone.is_some() && self.site.domain.is_some(),
            Some(CertificateChoice::Off) | None => false,
        }
    }

    fn rules(&self, findings: &mut Findings<'_>) {
        if let Some(region) = self.region.as_ref().filter(|region| !region.is_known()) {
            let guess = region.nearest().map(|name| format!("; did you mean `{name}`?")).unwrap_or_default();
            findings.warn(
                &["region"],
                format!("`region`: `{region}` is not known here{guess}"),
                "it is well formed and may be new; AWS decides whether it exists",
            );
        }
        if self.tags.0.len() > MAX_TAGS {
            let message = format!("`tags`: at most {MAX_TAGS} entries, found {} in all", self.tags.0.len());
            findings.error(
                &["tags"],
                message,
                "AWS takes 50 tags a resource, and drucloud needs some of them",
            );
        }
        self.regional_rules(self.region.as_ref(), findings);
        self.zone_rules(findings);
        self.site.examine(findings);
        self.remarks.examine(findings);
        if let Some(web) = &self.web {
            web.examine(findings);
            if self.network.nat == Nat::None {
                findings.warn(
                    &["network.nat"],
                    "`network.nat`: the web nodes reach nothing but S3: no packages, no mail, no Session Manager",
                    "write `single` or `per-zone`, unless the machine image has all that the site needs",
                );
            }
        }
        if let Some(database) = &self.database {
            database.examine(findings);
        }
        if let Some(cache) = &self.cache {
            cache.examine(self.web.is_some(), findings);
        }
        if let Some(media) = &self.media {
            media.examine(self.load_balancer.as_ref(), findings);
        }
        if let Some(search) = &self.search {
            search.examine(self.web.is_some(), findings);
        }
        if let Some(files) = &self.files {
            let (web, control) = (self.web.is_some(), self.control.is_some());
            files.examine(web, control, self.network.zones.count(), findings);
        }
        if let Some(control) = &self.control {
            control.examine(findings);
        }
        if let Some(mail) = &self.mail {
            mail.examine(&self.site, findings);
        }
    }

    /// What depends on the region.
    fn regional_rules(&self, region: Option<&Region>, findings: &mut Findings<'_>) {
        self.network.examine(region, findings);
        if let Some(balancer) = &self.load_balancer {
            balancer.examine(region, findings);
        }
    }

    /// What needs two zones, and says why.
    fn zone_rules(&self, findings: &mut Findings<'_>) {
        if self.network.zones.count() >= 2 {
            return;
        }
        if self.load_balancer.is_some() {
            findings.error(
                &["network.zones", "load_balancer"],
                "`network.zones`: a load balancer needs two zones, found 1",
                "write `zones: 2`; AWS makes no Application Load Balancer with subnets in one zone",
            );
        }
        if self.database.is_some() {
            findings.error(
                &["network.zones", "database"],
                "`network.zones`: a database needs two zones, found 1",
                "write `zones: 2`; RDS wants subnets in two zones, for a single instance as well",
            );
        }
    }
}

/// The load balancer, which goes with the web nodes: one without the other serves nothing.
fn serving(
    balancer: Switch<LoadBalancer>,
    web: &Switch<Web>,
    findings: &mut Findings<'_>,
) -> Option<LoadBalancer> {
    match (balancer, web) {
        (Switch::On(balancer), Switch::On(_)) => Some(balancer),
        (Switch::Off, Switch::Off) => None,
        (Switch::On(_), Switch::Off) => {
            if findings.is_written("load_balancer") {
                findings.error(
                    &["web", "load_balancer"],
                    "`web`: without web nodes the load balancer has nothing to balance",
                    "write `load_balancer: none` as well, or keep the web nodes",
                );
            }
            None
        }
        (Switch::Off, Switch::On(_)) => {
            findings.error(
                &["load_balancer", "web"],
                "`load_balancer`: without it nobody reaches the web nodes",
                "write `web: none` as well, or keep the load balancer",
            );
            None
        }
    }
}
