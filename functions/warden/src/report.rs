//! `warden report`: a posture that was kept, in the form somebody reads.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

use ::report::Posture;
use clap::{Args, ValueEnum};

use crate::exit::{Exit, Failure};

#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// A night's `posture.json`, from the stack's bucket
    #[arg(long, value_name = "FILE")]
    posture: PathBuf,
    /// The form to write it in
    #[arg(long, value_enum, default_value_t = ReportFormat::Html)]
    format: ReportFormat,
    /// Where to write it, as a whole or not at all [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ReportFormat {
    /// One page to open in a browser; it loads nothing
    Html,
    /// For programs, and to be rendered again
    Json,
    /// For spreadsheets
    Csv,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// OCSF 1.3.0 Compliance Findings, for data lakes
    Ocsf,
}

pub(crate) fn run(args: &ReportArgs) -> Result<Exit, Failure> {
    let named = args.posture.display().to_string();
    let bytes =
        fs::read(&args.posture).map_err(|error| Failure::Usage(format!("`{named}`: {error}")))?;
    let text = render(&posture(&named, &bytes)?, args.format);
    match &args.output {
        Some(path) => {
            let wrong = |error| Failure::Usage(format!("`--output {}`: {error}", path.display()));
            replace(path, text.as_bytes()).map_err(wrong)?;
        }
        None => io::stdout().lock().write_all(text.as_bytes())?,
    }
    Ok(Exit::Clean)
}

fn posture(named: &str, bytes: &[u8]) -> Result<Posture, Failure> {
    serde_json::from_slice(bytes).map_err(|error| {
        Failure::Usage(format!(
            "`{named}`: {error}; expected a night's `posture.json`, or what `warden report \
             --format json` prints"
        ))
    })
}

fn render(posture: &Posture, format: ReportFormat) -> String {
    match format {
        ReportFormat::Html => ::report::html(posture),
        ReportFormat::Json => ::report::json(posture),
        ReportFormat::Csv => ::report::csv(posture),
        ReportFormat::Sarif => ::report::sarif(posture),
        ReportFormat::Ocsf => ::report::ocsf(posture),
    }
}

/// Writes beside `path` and renames: whoever reads it sees the old file or the new one, whole.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let name = path.file_name().ok_or_else(|| io::Error::other("no name of a file"))?;
    if path.is_dir() {
        return Err(io::Error::other("is a directory"));
    }
    let beside = path.with_file_name(format!(".{}.{}", name.display(), std::process::id()));
    let mut file = File::create_new(&beside)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    let done = written.and_then(|()| fs::rename(&beside, path));
    if done.is_err() {
        // What is half written is nobody's; that it is left is less than why.
        let _ = fs::remove_file(&beside);
    }
    done
}
