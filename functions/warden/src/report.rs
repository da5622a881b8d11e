//! `warden report`: a posture that was kept, in the form somebody reads.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use ::report::Posture;
use ::scan::{Files as _, Kind, night::folder};
use aws::{Cloud, NightFiles};
use clap::{Args, ValueEnum};
use jiff::civil::Date;

use crate::{
    args::Endpoint,
    exit::{Exit, Failure},
    reach,
};

#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("of").required(true).args(["posture", "bucket"])))]
pub(crate) struct ReportArgs {
    /// A `posture.json`
    #[arg(long, value_name = "FILE")]
    posture: Option<PathBuf>,
    /// Where nights keep their files: the stack's bucket, or a folder
    #[arg(long, value_name = "FOLDER|S3-URL")]
    bucket: Option<String>,
    /// Name of the night [default: the newest that was summed up]
    #[arg(long, value_name = "YYYY-MM-DD", conflicts_with = "posture")]
    night: Option<Date>,
    /// The form to write it in
    #[arg(long, value_enum, default_value_t = ReportFormat::Html)]
    format: ReportFormat,
    /// Where to write it, as a whole or not at all [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    endpoint: Endpoint,
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

pub(crate) async fn run(args: ReportArgs) -> Result<Exit, Failure> {
    let (named, bytes) = match (&args.posture, &args.bucket) {
        (Some(path), _) => {
            let named = path.display().to_string();
            let wrong = |error| Failure::Usage(format!("`{named}`: {error}"));
            (named.clone(), fs::read(path).map_err(wrong)?)
        }
        (None, bucket) => {
            let bucket = bucket.as_deref().unwrap_or_default();
            of_night(bucket, args.night, &args.endpoint).await?
        }
    };
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

/// The posture of `night`, or of the newest that was summed up, and where it lies.
async fn of_night(
    bucket: &str,
    night: Option<Date>,
    endpoint: &Endpoint,
) -> Result<(String, Vec<u8>), Failure> {
    if !bucket.contains("://") && !Path::new(bucket).is_dir() {
        return Err(Failure::Usage(format!(
            "`{bucket}` is no folder; a bucket is `s3://{bucket}`"
        )));
    }
    let files = NightFiles::new(Arc::new(Cloud::new(reach::local(endpoint))), bucket);
    let night = match night {
        Some(night) => night,
        None => newest(&files, bucket).await?,
    };
    let named = format!("{}/{}", bucket.trim_end_matches('/'), key(night));
    match files.read(&key(night)).await {
        Ok(bytes) => Ok((named, bytes)),
        Err(error) if error.kind == Kind::Gone => Err(Failure::Usage(format!(
            "there is no `{named}`: the night was not, or its report could not be written, and \
             then the log of plan-sweep says why; `--night` takes another"
        ))),
        Err(error) => Err(error.into()),
    }
}

fn key(night: Date) -> String {
    format!("{}/posture.json", folder(night))
}

async fn newest(files: &NightFiles, bucket: &str) -> Result<Date, Failure> {
    for night in files.nights().await? {
        match files.read(&format!("{}/summary.json", folder(night))).await {
            Ok(_) => return Ok(night),
            Err(error) if error.kind == Kind::Gone => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Failure::Usage(format!(
        "`{bucket}` has no night that was summed up; it should be the output LedgerBucketName of \
         a stack that had its first night"
    )))
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
