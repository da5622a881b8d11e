//! The command line `warden`: the Lambdas' use cases on a laptop or in CI.

mod args;
mod can;
mod cost;
mod digest;
mod doctor;
mod exit;
mod inputs;
mod json;
mod ledger;
mod list;
mod posture;
mod propose;
mod reach;
mod repair;
mod report;
mod scan;
mod table;
mod usage;

use std::process::ExitCode;

use clap::{Parser, error::ErrorKind};

use crate::{
    args::{Cli, Command},
    exit::{Exit, Failure},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(usage) => {
            let asked_for =
                matches!(usage.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
            // Nothing is left to say where even this cannot be printed.
            let _ = usage.print();
            return if asked_for { ExitCode::SUCCESS } else { ExitCode::from(64) };
        }
    };
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::new("warn,aws_config=off"))
        .with_writer(std::io::stderr)
        .without_time()
        .init();
    match run(cli.command).await {
        Ok(exit) => exit.into(),
        Err(failure) => {
            eprintln!("warden: {}", ::report::printable(&failure.to_string()));
            failure.code()
        }
    }
}

async fn run(command: Command) -> Result<Exit, Failure> {
    match command {
        Command::Scan(scan) => scan::run(*scan).await,
        Command::Rules { format } => list::rules(format),
        Command::Explain { rule } => list::explain(&rule),
        Command::Digest(digest) => digest::run(*digest).await,
        Command::Usage(usage) => usage::run(*usage).await,
        Command::Propose(propose) => propose::run(*propose).await,
        Command::Repair(args) => repair::repair(*args).await,
        Command::Rollback(args) => repair::roll_back(*args).await,
        Command::Report(args) => report::run(*args).await,
        Command::Can(can) => can::run(&can),
        Command::Cost(cost) => cost::run(&cost),
        Command::Doctor(doctor) => doctor::run(*doctor).await,
    }
}
