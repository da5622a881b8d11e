//! Buckets and folders, spoken to alike.

mod http;
mod ledger;
mod logs;
mod night;
mod s3;

pub use ledger::Digests;
pub use logs::LogFiles;
pub use night::NightFiles;

use std::{error::Error, sync::Arc};

use object_store::{
    ListResult, ObjectMeta, ObjectStore, ObjectStoreExt, PutMode, UpdateVersion,
    local::LocalFileSystem, path::Path,
};
use scan::{Kind, PortError};
use tokio::sync::OnceCell;

use crate::{
    cloud::Cloud,
    failure::{chain, credentials_failure, innermost, kind_of_code, refuse},
};
use http::Refusal;

const LIST: &str = "s3:ListBucket";
const GET: &str = "s3:GetObject";
const PUT: &str = "s3:PutObject";
const DELETE: &str = "s3:DeleteObject";

/// A folder, or what lies under a prefix of a bucket.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    inner: Arc<dyn ObjectStore>,
    /// Of everything that is kept here.
    root: Path,
    /// `None`: in a bucket.
    folder: Option<std::path::PathBuf>,
    /// As it was named, for messages.
    pub(crate) named: String,
}

impl Store {
    /// Opens `s3://bucket/prefix` or a folder. Nothing is sent, except to learn a bucket's Region.
    ///
    /// # Errors
    /// The name is neither, the folder does not exist, or the bucket's Region cannot be learnt.
    pub(crate) async fn open(cloud: &Cloud, named: &str) -> Result<Self, PortError> {
        let (inner, root): (Arc<dyn ObjectStore>, &str) = match named.strip_prefix("s3://") {
            Some(rest) => {
                let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
                (Arc::new(s3::bucket(cloud, bucket).await?), prefix)
            }
            None if named.contains("://") => {
                let reason = "neither a folder nor s3://bucket/prefix";
                return Err(refuse("open", named, Kind::Failed, reason));
            }
            None => {
                let folder = LocalFileSystem::new_with_prefix(named);
                (Arc::new(folder.map_err(|error| failed("open", named, error))?), "")
            }
        };
        let root = Path::parse(root.trim_matches('/'));
        let root = root.map_err(|bad| refuse("open", named, Kind::Failed, bad.to_string()))?;
        let folder = match named.contains("://") {
            true => None,
            false => std::path::Path::new(named).canonicalize().ok(),
        };
        Ok(Self { inner, root, folder, named: named.to_owned() })
    }

    /// The names of the folders that the root lies in, the root's own last.
    pub(crate) fn above(&self) -> Vec<String> {
        let of_folder = self.folder.iter().flat_map(|folder| folder.iter());
        let of_folder = of_folder.map(|part| part.to_string_lossy().into_owned());
        of_folder.chain(self.root.parts().map(|part| part.as_ref().to_owned())).collect()
    }

    /// Everything below `below`, however many pages it takes.
    pub(crate) async fn all(&self, below: &str) -> Result<Vec<Entry>, PortError> {
        use futures_util::TryStreamExt;
        let prefix = self.path(below);
        let found = self.inner.list(Some(&prefix)).map_ok(|meta| self.entry(meta));
        found.try_collect().await.map_err(|error| self.failed(LIST, below, error))
    }

    /// The folders and the files in `below` itself.
    pub(crate) async fn children(
        &self,
        below: &str,
    ) -> Result<(Vec<String>, Vec<Entry>), PortError> {
        let prefix = self.path(below);
        let found = self.inner.list_with_delimiter(Some(&prefix)).await;
        let ListResult { common_prefixes, objects, .. } =
            found.map_err(|error| self.failed(LIST, below, error))?;
        let name = |path: Path| path.filename().map(str::to_owned);
        let folders = common_prefixes.into_iter().filter_map(name).collect();
        Ok((folders, objects.into_iter().map(|meta| self.entry(meta)).collect()))
    }

    pub(crate) async fn get(&self, key: &str) -> Result<Vec<u8>, PortError> {
        Ok(self.fetch(key).await?.0)
    }

    pub(crate) async fn put(&self, key: &str, bytes: Vec<u8>) -> Result<(), PortError> {
        let written = self.inner.put(&self.path(key), bytes.into()).await;
        written.map(drop).map_err(|error| self.failed(PUT, key, error))
    }

    /// A file and its ETag.
    pub(crate) async fn fetch(&self, key: &str) -> Result<(Vec<u8>, String), PortError> {
        let read = async {
            let found = self.inner.get(&self.path(key)).await?;
            let tag = found.meta.e_tag.clone().unwrap_or_default();
            Ok((found.bytes().await?.into(), tag))
        };
        read.await.map_err(|error| self.failed(GET, key, error))
    }

    /// Writes if the file still has the ETag `then`, `None`: if there is none. Returns the new one,
    /// or nothing if somebody was faster.
    ///
    /// A folder has no such write: there it is looked at first, and two at a time may both win.
    /// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html>
    pub(crate) async fn swap(
        &self,
        key: &str,
        bytes: Vec<u8>,
        then: Option<&str>,
    ) -> Result<Option<String>, PortError> {
        let mode = match then {
            None => PutMode::Create,
            Some(then) if self.folder.is_some() => match self.fetch(key).await {
                Ok((_, now)) if now == then => PutMode::Overwrite,
                Ok(_) => return Ok(None),
                Err(error) if error.kind == Kind::Gone => return Ok(None),
                Err(error) => return Err(error),
            },
            Some(then) => {
                PutMode::Update(UpdateVersion { e_tag: Some(then.to_owned()), version: None })
            }
        };
        match self.inner.put_opts(&self.path(key), bytes.into(), mode.into()).await {
            Ok(written) => Ok(Some(written.e_tag.unwrap_or_default())),
            Err(
                object_store::Error::AlreadyExists { .. }
                | object_store::Error::Precondition { .. },
            ) => Ok(None),
            Err(error) => match self.failed(PUT, key, error) {
                error if matches!(error.kind, Kind::Changed | Kind::Gone) => Ok(None),
                error => Err(error),
            },
        }
    }

    fn failed(&self, operation: &'static str, key: &str, error: object_store::Error) -> PortError {
        let operation = match (&self.folder, operation) {
            (None, operation) => operation,
            (Some(_), LIST) => "list",
            (Some(_), GET) => "read",
            (Some(_), _) => "write",
        };
        failed(operation, format!("{}/{key}", self.named.trim_end_matches('/')), error)
    }

    /// Deletes what is there of `keys`.
    pub(crate) async fn delete(&self, keys: Vec<String>) -> Result<(), PortError> {
        use futures_util::{StreamExt, TryStreamExt, stream};
        let paths: Vec<_> = keys.iter().map(|key| Ok(self.path(key))).collect();
        let deleted = self.inner.delete_stream(stream::iter(paths).boxed());
        let deleted = deleted.try_for_each(|_| async { Ok(()) }).await;
        match deleted.map_err(|error| failed(DELETE, self.named.clone(), error)) {
            Err(error) if error.kind == Kind::Gone => Ok(()),
            done => done,
        }
    }

    fn path(&self, key: &str) -> Path {
        let parts = key.split('/').filter(|part| !part.is_empty());
        self.root.parts().chain(parts.map(Into::into)).collect()
    }

    fn entry(&self, meta: ObjectMeta) -> Entry {
        let rest = meta
            .location
            .prefix_match(&self.root)
            .map(|parts| parts.map(|part| part.as_ref().to_owned()).collect::<Vec<_>>().join("/"));
        Entry {
            key: rest.unwrap_or_default(),
            size: meta.size,
            modified: jiff::Timestamp::from_second(meta.last_modified.timestamp())
                .unwrap_or(jiff::Timestamp::MIN),
        }
    }
}

/// A store that the first use opens.
#[derive(Debug)]
pub(crate) struct LateStore {
    cloud: Arc<Cloud>,
    named: String,
    store: OnceCell<Store>,
}

impl LateStore {
    /// As [`Store::open`] names it.
    pub(crate) fn new(cloud: Arc<Cloud>, named: impl Into<String>) -> Self {
        Self { cloud, named: named.into(), store: OnceCell::new() }
    }

    /// # Errors
    /// As [`Store::open`].
    pub(crate) async fn get(&self) -> Result<&Store, PortError> {
        self.store.get_or_try_init(|| Store::open(&self.cloud, &self.named)).await
    }
}

/// A file.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// Below the store's root.
    pub(crate) key: String,
    /// Bytes.
    pub(crate) size: u64,
    /// In whole seconds.
    pub(crate) modified: jiff::Timestamp,
}

fn failed(
    operation: &'static str,
    subject: impl Into<String>,
    error: object_store::Error,
) -> PortError {
    let kind = kind_of(operation, &error);
    let source: Box<dyn Error + Send + Sync> = match cause::<Refusal>(&error) {
        Some(refusal) => refusal.to_string().into(),
        None => innermost(&error).into(),
    };
    PortError { operation, subject: subject.into(), kind, source }
}

fn kind_of(operation: &str, error: &object_store::Error) -> Kind {
    if let Some(refusal) = cause::<Refusal>(error) {
        return match (refusal.status, refusal.code.as_str()) {
            (_, "NoSuchKey" | "NoSuchBucket") | (404, "") => Kind::Gone,
            (status, code) => kind_of_code(operation, code, status),
        };
    }
    if let Some(kind) = credentials_failure(error) {
        return kind;
    }
    if let Some(error) = cause::<std::io::Error>(error) {
        match error.kind() {
            std::io::ErrorKind::NotFound => return Kind::Gone,
            std::io::ErrorKind::PermissionDenied => return Kind::Denied,
            _ => {}
        }
    }
    match error {
        object_store::Error::NotFound { .. } => Kind::Gone,
        object_store::Error::PermissionDenied { .. } => Kind::Denied,
        _ if cause::<object_store::client::HttpError>(error).is_some() => Kind::Unreachable,
        _ => Kind::Failed,
    }
}

/// The first of the causes that is a `T`.
fn cause<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    chain(error).find_map(|one| one.downcast_ref())
}
