use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write,
    sync::Arc,
};

use aws::{Cloud, Digests};
use jiff::{Timestamp, civil::Date};
use model::{CallKind, CallOutcome, FunctionArn};
use report::printable;
use scan::Window;
use serde_json::{Value, json};
use trail::Row;

use crate::{
    args::{ListFormat, Usage},
    exit::{Exit, Failure},
    ledger::{self, Loaded},
    reach, table,
};

/// Shows what a ledger says of roles and functions.
pub(crate) async fn run(args: Usage) -> Result<Exit, Failure> {
    let functions = args.functions.iter().map(|arn| arn.parse::<FunctionArn>());
    let functions: Vec<FunctionArn> =
        functions.collect::<Result<_, _>>().map_err(|bad| Failure::Usage(bad.to_string()))?;
    let accounts = args.roles.iter().filter_map(|arn| model::account_of(arn));
    let accounts = accounts.chain(functions.iter().map(FunctionArn::account)).map(str::to_owned);
    let window =
        Window { from: args.from_day.unwrap_or(Date::MIN), to: args.to_day.unwrap_or(Date::MAX) };
    let cloud = Arc::new(Cloud::new(reach::local(&args.endpoint)));
    let digests = Digests::new(cloud, &args.ledger);
    let loaded = ledger::load(&digests, &args.ledger, accounts.collect(), window).await?;
    let mut exit = if loaded.unread.is_empty() { Exit::Clean } else { Exit::Blind };
    for role in args.roles.iter().filter(|role| !loaded.roles().any(|arn| arn == *role)) {
        let near = rules::did_you_mean(role, loaded.roles());
        eprintln!(
            "warden: {}",
            printable(&format!("`{}` has no call of `{role}`{near}", args.ledger))
        );
        exit = Exit::Blind;
    }
    let lines = lines(&loaded, &args.roles, &functions);
    let mut out = std::io::stdout().lock();
    match args.format {
        ListFormat::Json => {
            let rows: Vec<Value> = lines.iter().map(|(key, line)| line.json(key)).collect();
            let told = json!({
                "ledger": args.ledger,
                "firstDay": loaded.first,
                "lastDay": loaded.last,
                "digests": loaded.digests,
                "unread": loaded.unread,
                "rows": rows,
            });
            writeln!(out, "{told:#}")?;
        }
        ListFormat::Table => {
            let header = ["Role", "Function", "Action", "By", "Outcome", "First", "Last", "Times"];
            let mut table = table::plain(&header);
            for (key, line) in &lines {
                table.add_row(line.row(key));
            }
            writeln!(out, "{table}\n{}", loaded.words())?;
        }
    }
    Ok(exit)
}

/// What is counted together.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    role: String,
    function: Option<FunctionArn>,
    /// The action, or the event where it maps to none.
    action: Result<String, String>,
    kind: CallKind,
    outcome: CallOutcome,
}

struct Line {
    first: Timestamp,
    last: Timestamp,
    count: u64,
    regions: BTreeSet<String>,
    resources: BTreeSet<String>,
}

fn lines(loaded: &Loaded, roles: &[String], functions: &[FunctionArn]) -> BTreeMap<Key, Line> {
    let is_asked = |row: &Row| {
        let of_function = row.function.as_ref().is_some_and(|one| functions.contains(one));
        (roles.is_empty() || roles.contains(&row.role)) && (functions.is_empty() || of_function)
    };
    let mut lines: BTreeMap<Key, Line> = BTreeMap::new();
    for row in loaded.rows().filter(is_asked) {
        let (first, last, count) = (row.first, row.last, row.count);
        let key = Key {
            role: row.role,
            function: row.function,
            action: row.action.ok_or(row.event),
            kind: row.kind,
            outcome: row.outcome,
        };
        let line = lines.entry(key).or_insert_with(|| Line {
            first,
            last,
            count: 0,
            regions: Default::default(),
            resources: Default::default(),
        });
        line.first = line.first.min(first);
        line.last = line.last.max(last);
        line.count += count;
        line.regions.insert(row.aws_region);
        line.resources.extend(row.arns);
    }
    lines
}

impl Line {
    fn json(&self, key: &Key) -> Value {
        json!({
            "role": key.role,
            "function": key.function,
            "action": key.action.as_ref().ok(),
            "event": key.action.as_ref().err(),
            "kind": key.kind,
            "outcome": key.outcome,
            "first": self.first,
            "last": self.last,
            "count": self.count,
            "regions": self.regions,
            "resources": self.resources,
        })
    }

    fn row(&self, key: &Key) -> Vec<String> {
        let day = |time: Timestamp| time.strftime("%Y-%m-%d").to_string();
        let action = match &key.action {
            Ok(action) => action.clone(),
            Err(event) => format!("no action known: {event}"),
        };
        vec![
            printable(model::name_of(&key.role)),
            key.function.as_ref().map_or("not known".to_owned(), |one| one.name().to_owned()),
            printable(&action),
            word(&json!(key.kind)),
            word(&json!(key.outcome)),
            day(self.first),
            day(self.last),
            self.count.to_string(),
        ]
    }
}

fn word(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
