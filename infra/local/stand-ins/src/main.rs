//! `stand-ins`: serves Security Hub, Access Analyzer and the missing Lambda routes on one port, until SIGTERM.

use std::net::TcpListener;
use std::process::ExitCode;

use axum::Router;
use clap::Parser;
use stand_ins::{access_analyzer, lambda_extras, security_hub};
use tokio::signal::unix::{SignalKind, signal};

/// Stand-ins for AWS services, on 127.0.0.1.
#[derive(Debug, Parser)]
struct Arguments {
    /// Port to listen on; 0 takes a free one, which the first line of output names
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Endpoint whose `PutEvents` gets the events of Security Hub
    #[arg(long, value_name = "URL")]
    events_endpoint: Option<String>,
    /// Answer calls above AWS's rates instead of refusing them
    #[arg(long)]
    no_rate_limits: bool,
    /// Account that sees and updates the findings of all others
    #[arg(long, value_name = "ACCOUNT")]
    administrator: Option<String>,
    /// Where Security Hub is off, for example `111122223333/eu-west-1`; may be repeated
    #[arg(long, value_name = "ACCOUNT/REGION", value_parser = place)]
    hub_off: Vec<(String, String)>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("stand-ins: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let on_event = match &arguments.events_endpoint {
        Some(endpoint) => Some(security_hub::forward_to(endpoint)?),
        None => None,
    };
    let hub = security_hub::router(security_hub::Options {
        rate_limits: !arguments.no_rate_limits,
        hubs_off: arguments.hub_off,
        administrator: arguments.administrator,
        on_event,
        ..security_hub::Options::default()
    });
    let mut stop = signal(SignalKind::terminate())?;
    let listener = TcpListener::bind(("127.0.0.1", arguments.port))
        .map_err(|error| format!("cannot listen on port {}: {error}", arguments.port))?;
    listener.set_nonblocking(true)?;
    println!("stand-ins ready on http://{}", listener.local_addr()?);
    let extras = access_analyzer::router().merge(lambda_extras::router());
    let routes = Router::new().merge(hub).merge(extras);
    tokio::select! {
        ended = stand_ins::serve(listener, routes) => ended?,
        _ = stop.recv() => {}
        interrupted = tokio::signal::ctrl_c() => interrupted?,
    }
    Ok(())
}

fn place(text: &str) -> Result<(String, String), String> {
    match text.split_once('/') {
        Some((account, region)) => Ok((account.into(), region.into())),
        None => Err("expected account/region, for example 111122223333/eu-west-1".into()),
    }
}
