//! The commands, one file each; their doc comments are their help.
//!
//! Exit codes: 0 done (for `plan`: no change), 1 error and nothing was changed, 2 `plan` found changes,
//! 3 the plan must not be applied, 4 applied in part, 5 `plan` has findings that `--fail-on` asks for,
//! 130 interrupted.

mod annotate;
mod apply;
mod aside;
mod books;
mod completions;
mod configure;
mod context;
mod deploy;
mod destroy;
mod diagram;
mod drush;
mod error;
mod fail_on;
mod formats;
mod holder;
mod import;
mod init;
mod listeners;
mod machine;
mod man;
mod output;
mod plan;
mod policies;
mod policy_document;
mod preview;
mod price;
mod prices;
mod prompt;
mod render;
mod saved;
mod schema;
mod selecting;
mod signals;
mod ssh;
mod status;
mod survey;
mod unlock;
mod up;
mod validate;
mod whole;
mod work;

use std::path::PathBuf;

use clap::{Args, CommandFactory as _, Parser, Subcommand};

pub use error::Failure;

/// Creates a production Drupal platform in your own AWS account from one YAML stack.
///
/// Reads live AWS state (there is no state file), shows what would change, and changes it. Credentials, region,
/// profile, SSO and `AWS_ENDPOINT_URL` are taken from where all AWS tools take them.
#[derive(Debug, Parser)]
#[command(name = "drucloud", version, max_term_width = 100, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,

    /// Tell errors, failed checks and findings at their line of the stack as well [default: github in GitHub Actions]
    #[arg(long, global = true, value_enum, value_name = "FOR")]
    annotations: Option<annotate::Annotations>,
}

#[derive(Debug, Subcommand)]
enum Command {
    Up(up::Up),
    Plan(plan::Plan),
    Apply(apply::Apply),
    Destroy(destroy::Destroy),
    Validate(validate::Validate),
    Render(render::Render),
    Price(price::Price),
    Prices(prices::Prices),
    Output(output::Output),
    Unlock(unlock::Unlock),
    Status(status::Status),
    Deploy(deploy::Deploy),
    Configure(configure::Configure),
    Drush(drush::Drush),
    Ssh(ssh::Ssh),
    Import(import::Import),
    Diagram(diagram::Diagram),
    Init(init::Init),
    PolicyDocument(policy_document::PolicyDocument),
    Schema(schema::Schema),
    Completions(completions::Completions),
    Man(man::Man),
}

/// Which environment of which stack, and where.
#[derive(Clone, Debug, Args)]
struct Target {
    /// The stack file [default: stacks/drucloud.yaml, or drucloud.yaml in this folder]
    #[arg(value_name = "STACK")]
    file: Option<PathBuf>,

    /// The environment of the stack; may be left out when the stack has only one, or against a local emulator
    #[arg(long, value_name = "ENV")]
    env: Option<String>,

    /// The AWS region, instead of the one that the stack names
    #[arg(long, value_name = "REGION")]
    region: Option<String>,

    /// The profile of the AWS configuration
    #[arg(long, value_name = "PROFILE")]
    profile: Option<String>,
}

/// Agreement to lose data.
#[derive(Clone, Debug, Args)]
struct Consenting {
    /// Agree to lose the data of this resource (an address such as database.instance, or `all`); a last snapshot
    /// is taken even so
    #[arg(long, value_name = "ADDRESS")]
    allow_data_loss: Vec<String>,

    /// Take no last snapshot of what holds data and is deleted
    #[arg(long)]
    skip_final_snapshot: bool,
}

/// What every command that changes something takes.
#[derive(Clone, Debug, Args)]
struct Applying {
    /// Do not ask
    #[arg(long, short)]
    yes: bool,

    /// Wait for somebody else's lease for so many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    lock_timeout: u64,

    /// Write every event as a line of JSON to this file
    #[arg(long, value_name = "FILE")]
    json_events: Option<PathBuf>,
}

/// Runs the program; its exit code.
pub fn main() -> u8 {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Clap's own code for bad usage is 2, which here means that a plan has changes.
            let code = u8::from(error.use_stderr());
            return match error.print() {
                // A reader that has gone away (`| head`) has read enough.
                Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => 1,
                _ => code,
            };
        }
    };
    let annotations = annotate::wanted(cli.annotations);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let result = match runtime {
        Ok(runtime) => runtime.block_on(run(cli.command, annotations)),
        Err(error) => Err(Failure::plain(format!("cannot start: {error}"), "look at the machine's limits")),
    };
    match result {
        Ok(code) => code,
        Err(failure) => {
            if annotations {
                annotate::write(&failure.annotations());
            }
            failure.print()
        }
    }
}

async fn run(command: Command, annotations: bool) -> Result<u8, Failure> {
    match command {
        Command::Up(up) => up.run().await,
        Command::Plan(plan) => plan.run(annotations).await,
        Command::Apply(apply) => apply.run().await,
        Command::Destroy(destroy) => destroy.run().await,
        Command::Validate(validate) => validate.run(),
        Command::Render(render) => render.run(),
        Command::Price(price) => price.run(),
        Command::Prices(prices) => prices.run().await,
        Command::Output(output) => output.run().await,
        Command::Unlock(unlock) => unlock.run().await,
        Command::Status(status) => status.run().await,
        Command::Deploy(deploy) => deploy.run().await,
        Command::Configure(configure) => configure.run().await,
        Command::Drush(drush) => drush.run().await,
        Command::Ssh(ssh) => ssh.run().await,
        Command::Import(import) => import.run().await,
        Command::Diagram(diagram) => diagram.run().await,
        Command::Init(init) => init.run(),
        Command::PolicyDocument(policy) => policy.run(),
        Command::Schema(_) => schema::Schema::run(),
        Command::Completions(completions) => completions.run(Cli::command()),
        Command::Man(man) => man.run(Cli::command()),
    }
}
