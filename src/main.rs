//! The `wfr` command: parse, call, print.
#![allow(confusable_idents)]

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
