//! `drucloud prices`: the prices that count in previews.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::aws::{Scope, price_list};
use crate::price::REGIONS;
use crate::stack::text::Region;

use super::books::{self, FOLDER, today};
use super::{Failure, context, plan};

/// The prices that previews and `drucloud price` count with.
#[derive(Debug, Args)]
pub struct Prices {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Refresh(Refresh),
}

/// Ask AWS for today's list prices and write them to `prices/REGION.json` beside the stack, where they take
/// precedence over those in the program. Needs the permission pricing:GetProducts.
#[derive(Debug, Args)]
struct Refresh {
    /// Whose prices; may be given several times [default: the regions of the stack]
    #[arg(long, value_name = "REGION")]
    region: Vec<String>,

    /// The stack file [default: stacks/drucloud.yaml, or drucloud.yaml in this folder]
    #[arg(long = "stack-file", value_name = "STACK")]
    file: Option<PathBuf>,

    /// The folder to write to, instead of `prices` beside the stack
    #[arg(long, value_name = "FOLDER")]
    into: Option<PathBuf>,

    /// The profile of the AWS configuration
    #[arg(long, value_name = "PROFILE")]
    profile: Option<String>,
}

impl Prices {
    /// Runs the command.
    pub async fn run(&self) -> Result<u8, Failure> {
        match &self.what {
            What::Refresh(refresh) => refresh.run().await,
        }
    }
}

impl Refresh {
    async fn run(&self) -> Result<u8, Failure> {
        for region in &self.region {
            region
                .parse::<Region>()
                .map_err(|wrong| Failure::plain(format!("`{region}` is no region: {wrong}"), wrong.help))?;
        }
        let (folder, regions) = self.where_to()?;
        std::fs::create_dir_all(&folder).map_err(|error| {
            Failure::plain(
                format!("cannot make the folder `{}`: {error}", folder.display()),
                "name another with --into",
            )
        })?;
        for region in regions {
            // The prices are nobody's, so no environment is meant.
            let scope = Scope { stack: String::new(), env: String::new() };
            let aws = context::connect(scope, Some(region.clone()), self.profile.clone()).await?;
            let asked = price_list::ask(&aws, &region, &today().to_string()).await?;
            let count: usize = asked.groups.values().map(|group| group.prices.len()).sum();
            if count == 0 {
                return Err(Failure::plain(
                    format!("AWS lists no prices of `{region}`"),
                    format!(
                        "look whether there is such a region; the program has those of {}",
                        REGIONS.join(", ")
                    ),
                ));
            }
            let path = folder.join(format!("{region}.json"));
            let book = match books::read(&path, &region)? {
                Some(own) => own.under(asked),
                None => asked,
            };
            let text = serde_json::to_string_pretty(&book).map_err(|error| {
                Failure::plain(error.to_string(), "this is a fault of drucloud: please report it")
            })?;
            plan::write(&path, &format!("{text}\n"))?;
            plan::say(&format!("{region}: {count} prices, in {}\n", path.display()))?;
        }
        Ok(0)
    }

    /// The folder, and the regions. With both given no stack is needed.
    fn where_to(&self) -> Result<(PathBuf, Vec<String>), Failure> {
        if let (Some(into), false) = (&self.into, self.region.is_empty()) {
            return Ok((into.clone(), self.region.clone()));
        }
        let stack = context::stack(self.file.as_deref())?;
        let mut regions = self.region.clone();
        if regions.is_empty() {
            let named = stack.environments().iter().filter_map(|environment| environment.region.as_ref());
            regions = named.map(ToString::to_string).collect();
            regions.sort();
            regions.dedup();
        }
        if regions.is_empty() {
            return Err(Failure::plain(
                "no region is given",
                "name one with --region, or write `region:` into the stack",
            ));
        }
        let beside = stack.environments().first().map_or_else(|| PathBuf::from(FOLDER), books::folder);
        Ok((self.into.clone().unwrap_or(beside), regions))
    }
}
