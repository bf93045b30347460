//! Arguments, runtime, exit code; nothing else.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(drucloud::cli::main())
}
