//! CloudTrail's log files in a bucket or a folder, however they lie there.

use std::{collections::BTreeMap, sync::Arc};

use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::civil::Date;
use model::is_account;
use scan::{Found, Item, LogFile, Logs, PortError, Wanted};
use tokio::sync::OnceCell;
use trail::TrailSettings;

use super::{Entry, Store};
use crate::{Cloud, trails::Trails};

/// Lists at the same time.
const LISTS: usize = 16;

/// The log files below a place: the root of a trail's bucket or of its prefix, the folder
/// `AWSLogs`, anything below that, or files that somebody put together.
///
/// Source: <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html>
#[derive(Debug)]
pub struct LogFiles {
    cloud: Arc<Cloud>,
    named: String,
    layout: OnceCell<(Store, Layout)>,
    trails: Trails,
}

#[derive(Debug)]
enum Layout {
    /// As CloudTrail delivers: the folders with one account's Regions in them. An account that has
    /// joined an organisation has two.
    Accounts { folders: BTreeMap<String, Vec<String>>, strays: Vec<String> },
    /// Named as CloudTrail names them, and put anywhere.
    Loose { files: BTreeMap<Item, Vec<LogFile>>, strays: Vec<String> },
}

impl LogFiles {
    /// The log files at `s3://bucket/prefix` or in a folder. The first call opens it.
    pub fn new(cloud: Arc<Cloud>, named: impl Into<String>) -> Self {
        let named = named.into();
        let trails = Trails::new(cloud.clone(), bucket_of(&named));
        Self { cloud, named, layout: OnceCell::new(), trails }
    }

    async fn layout(&self) -> Result<&(Store, Layout), PortError> {
        let open = || async {
            let store = Store::open(&self.cloud, &self.named).await?;
            let layout = discover(&store).await?;
            Ok((store, layout))
        };
        self.layout.get_or_try_init(open).await
    }
}

impl Logs for LogFiles {
    async fn items(&self, wanted: &Wanted) -> Result<Found, PortError> {
        let (store, layout) = self.layout().await?;
        match layout {
            Layout::Loose { files, strays } => Ok(Found {
                items: files.keys().filter(|item| wanted.has(item)).cloned().collect(),
                strays: strays.clone(),
            }),
            Layout::Accounts { folders, strays } => {
                let mut found = items(store, folders, wanted).await?;
                found.strays.extend(strays.iter().cloned());
                found.strays.sort();
                Ok(found)
            }
        }
    }

    async fn files(&self, item: &Item) -> Result<Vec<LogFile>, PortError> {
        let (store, layout) = self.layout().await?;
        let folders = match layout {
            Layout::Loose { files, .. } => return Ok(files.get(item).cloned().unwrap_or_default()),
            Layout::Accounts { folders, .. } => folders.get(&item.account),
        };
        let mut files = Vec::new();
        for folder in folders.into_iter().flatten() {
            let day = item.day.strftime("%Y/%m/%d");
            let found = store.all(&format!("{folder}/{}/{day}", item.region)).await?;
            files.extend(found.into_iter().map(log_file));
        }
        Ok(files)
    }

    async fn read(&self, file: &LogFile) -> Result<Vec<u8>, PortError> {
        self.layout().await?.0.get(&file.key).await
    }

    async fn trail(&self, item: &Item) -> Option<TrailSettings> {
        self.trails.settings(item).await
    }
}

fn bucket_of(named: &str) -> Option<String> {
    let rest = named.strip_prefix("s3://")?;
    rest.split('/').next().map(str::to_owned)
}

fn log_file(entry: Entry) -> LogFile {
    LogFile { key: entry.key, size: entry.size }
}

/// Finds out how the files lie.
async fn discover(store: &Store) -> Result<Layout, PortError> {
    let above = store.above();
    let mut below: Vec<&str> = match above.iter().position(|part| part == "AWSLogs") {
        Some(at) => above.iter().skip(at + 1).map(String::as_str).collect(),
        None => Vec::new(),
    };
    let is_inside = above.iter().any(|part| part == "AWSLogs");
    if !below.is_empty() && !is_account(below.first().copied().unwrap_or_default()) {
        below.remove(0); // The organisation.
    }
    match (is_inside, below.as_slice()) {
        (true, []) => accounts(store, "").await,
        (true, [account]) => Ok(one(account, "CloudTrail")),
        (true, [account, "CloudTrail"]) => Ok(one(account, "")),
        (true, _) => loose(store).await,
        (false, _) => match store.children("").await?.0.iter().any(|name| name == "AWSLogs") {
            true => accounts(store, "AWSLogs").await,
            false => loose(store).await,
        },
    }
}

fn one(account: &str, folder: &str) -> Layout {
    let folders = [(account.to_owned(), vec![folder.to_owned()])].into();
    Layout::Accounts { folders, strays: Vec::new() }
}

/// The accounts in `AWSLogs`, and those of the organisations in it.
async fn accounts(store: &Store, folder: &str) -> Result<Layout, PortError> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut note = |parent: &str, account: String| {
        let folder = joined(&[parent, &account, "CloudTrail"]);
        found.entry(account).or_default().push(folder);
    };
    let (names, files) = store.children(folder).await?;
    for name in names {
        if is_account(&name) {
            note(folder, name);
        } else if name.starts_with("o-") {
            let parent = joined(&[folder, &name]);
            let members = store.children(&parent).await?.0;
            members
                .into_iter()
                .filter(|name| is_account(name))
                .for_each(|name| note(&parent, name));
        }
    }
    let strays = files.into_iter().map(|file| file.key).collect();
    Ok(Layout::Accounts { folders: found, strays })
}

fn joined(parts: &[&str]) -> String {
    let parts: Vec<&str> = parts.iter().copied().filter(|part| !part.is_empty()).collect();
    parts.join("/")
}

/// Files told apart by their names alone.
async fn loose(store: &Store) -> Result<Layout, PortError> {
    let (mut files, mut strays): (BTreeMap<Item, Vec<LogFile>>, Vec<String>) = Default::default();
    for entry in store.all("").await? {
        let name = entry.key.rsplit('/').next().unwrap_or_default();
        match item_of(name) {
            Some(item) => files.entry(item).or_default().push(log_file(entry)),
            None => strays.push(entry.key),
        }
    }
    strays.sort();
    Ok(Layout::Loose { files, strays })
}

/// `111122223333_CloudTrail_eu-west-1_20260521T0105Z_k3XvVyRa9SWEzaTt.json.gz`
fn item_of(name: &str) -> Option<Item> {
    let mut parts = name.split('_');
    let (account, kind) = (parts.next()?, parts.next()?);
    let (region, time) = (parts.next()?, parts.next()?);
    let is_log = name.ends_with(".json.gz") || name.ends_with(".json");
    if !is_account(account) || kind != "CloudTrail" || !is_log {
        return None;
    }
    let day = Date::strptime("%Y%m%d", time.split('T').next()?).ok()?;
    Some(Item { account: account.into(), region: region.into(), day })
}

/// A Region, year, month or day of an account, in one of the account's folders.
struct Folder {
    account: String,
    path: String,
    /// Region, year, month and day as far as they are known.
    parts: Vec<String>,
}

/// The days there are, found by listing Regions, years and months: a list of days is short, one of
/// files is not.
async fn items(
    store: &Store,
    accounts: &BTreeMap<String, Vec<String>>,
    wanted: &Wanted,
) -> Result<Found, PortError> {
    let mut strays = Vec::new();
    let mut folders: Vec<Folder> = Vec::new();
    for (account, paths) in accounts {
        if wanted.accounts.is_empty() || wanted.accounts.contains(account) {
            let whole = |path: &String| Folder {
                account: account.clone(),
                path: path.clone(),
                parts: vec![],
            };
            folders.extend(paths.iter().map(whole));
        }
    }
    for _ in ["Region", "year", "month", "day"] {
        let lists = stream::iter(folders).map(|folder| below(store, folder));
        let lists: Vec<(Vec<Folder>, Vec<Entry>)> = lists.buffered(LISTS).try_collect().await?;
        folders = Vec::new();
        for (found, files) in lists {
            // CloudTrail puts nothing here: somebody did.
            strays.extend(files.into_iter().map(|file| file.key));
            let (sound, odd): (Vec<_>, Vec<_>) = found.into_iter().partition(Folder::is_sound);
            strays.extend(odd.into_iter().map(|folder| folder.path));
            folders.extend(sound.into_iter().filter(|folder| folder.is_touched(wanted)));
        }
    }
    let items = folders.into_iter().filter_map(Folder::into_item);
    Ok(Found { items: items.filter(|item| wanted.has(item)).collect(), strays })
}

/// The folders in a folder, and the files beside them.
async fn below(store: &Store, folder: Folder) -> Result<(Vec<Folder>, Vec<Entry>), PortError> {
    let Folder { account, path, parts } = folder;
    let (found, files) = store.children(&path).await?;
    let child = |name: String| Folder {
        account: account.clone(),
        path: joined(&[&path, &name]),
        parts: [parts.clone(), vec![name]].concat(),
    };
    Ok((found.into_iter().map(child).collect(), files))
}

impl Folder {
    /// Whether its name is a Region, a year of four digits, a month or a day of two.
    fn is_sound(&self) -> bool {
        let is_number = |part: &String, digits| {
            part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit())
        };
        let date = self.parts.iter().skip(1).zip([4, 2, 2]);
        date.into_iter().all(|(part, digits)| is_number(part, digits))
    }

    /// Whether something wanted may lie in it.
    fn is_touched(&self, wanted: &Wanted) -> bool {
        let Some((region, date)) = self.parts.split_first() else { return true };
        let date: Option<Vec<i16>> = date.iter().map(|part| part.parse().ok()).collect();
        let Some(date) = date else { return false };
        let start = |day: Date| {
            let parts = [day.year(), i16::from(day.month()), i16::from(day.day())];
            parts.into_iter().take(date.len()).collect::<Vec<_>>()
        };
        let is_region = wanted.regions.is_empty() || wanted.regions.contains(region);
        is_region && start(wanted.from) <= date && date <= start(wanted.to)
    }

    fn into_item(self) -> Option<Item> {
        let [region, year, month, day] = self.parts.try_into().ok()?;
        let day = Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()?;
        Some(Item { account: self.account, region, day })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_tell_account_region_and_day() {
        for (name, expected) in [
            (
                "111122223333_CloudTrail_eu-west-1_20260521T0105Z_k3XvVyRa9SWEzaTt.json.gz",
                Some("111122223333/eu-west-1/2026-05-21"),
            ),
            (
                "111122223333_CloudTrail_us-gov-west-1_20260521T2355Z_a_b.json",
                Some("111122223333/us-gov-west-1/2026-05-21"),
            ),
            ("111122223333_CloudTrail-Digest_eu-west-1_t_eu-west-1_20260521T0105Z.json.gz", None),
            ("1111_CloudTrail_eu-west-1_20260521T0105Z_x.json.gz", None),
            ("111122223333_CloudTrail_eu-west-1_20269921T0105Z_x.json.gz", None),
            ("111122223333_CloudTrail_eu-west-1_20260521T0105Z_x.txt", None),
            ("events.json.gz", None),
        ] {
            let found = item_of(name).map(|item| item.to_string());
            assert_eq!(found.as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn only_folders_that_may_hold_something_wanted_are_listed() {
        let wanted = Wanted {
            accounts: [].into(),
            regions: ["eu-west-1".to_owned()].into(),
            from: "2025-11-20".parse().unwrap(),
            to: "2026-02-03".parse().unwrap(),
        };
        for (path, expected) in [
            ("eu-west-1", true),
            ("us-east-1", false),
            ("eu-west-1/2024", false),
            ("eu-west-1/2025", true),
            ("eu-west-1/2027", false),
            ("eu-west-1/2025/10", false),
            ("eu-west-1/2025/11", true),
            ("eu-west-1/2026/03", false),
            ("eu-west-1/2025/11/19", false),
            ("eu-west-1/2025/11/20", true),
            ("eu-west-1/2026/02/03", true),
            ("eu-west-1/2026/02/04", false),
        ] {
            let parts = path.split('/').map(str::to_owned).collect();
            let folder = Folder { account: String::new(), path: String::new(), parts };
            assert_eq!(folder.is_touched(&wanted), expected, "{path}");
            assert!(folder.is_sound(), "{path}");
        }
        for path in ["eu-west-1/notes", "eu-west-1/2026/2", "eu-west-1/2026/02/9", "eu-west-1/202"]
        {
            let parts = path.split('/').map(str::to_owned).collect();
            let folder = Folder { account: String::new(), path: String::new(), parts };
            assert!(!folder.is_sound(), "{path}");
        }
    }
}
