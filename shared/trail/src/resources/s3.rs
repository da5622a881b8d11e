//! Amazon S3: buckets and objects, those of access points, and the sources of copies.

use std::borrow::Cow;

use super::Places;
use super::arn::{is_plain, partition};
use crate::Event;

/// The object a copy is made of.
pub(crate) struct Source {
    /// The ARN, cut as those of all objects; `None` if the header does not tell.
    pub(crate) arn: Option<String>,
    /// One version of it is named.
    pub(crate) is_version: bool,
}

/// Objects are cut to the first part of their key: `arn:aws:s3:::bucket/invoices/*`.
///
/// Source: <https://docs.aws.amazon.com/service-authorization/latest/reference/list_s3.html>
pub(super) fn search(places: &mut Places<'_, '_, '_>) {
    let wants_object = places.finder.has_type("object");
    let wants_bucket = places.finder.has_type("bucket");
    if !wants_object && !wants_bucket {
        return;
    }
    let bucket = places.text("bucketName");
    let key = if wants_object { places.text("key") } else { None };
    match bucket {
        Some(bucket) => {
            let arn = match (wants_object, &key) {
                (true, key) => object(places.event, &bucket, key.as_deref()),
                (false, _) => bucket_arn(places.event, &bucket),
            };
            match arn {
                Some(arn) => places.push_pattern(arn),
                None => places.push_unknown(),
            }
        }
        None => listed(places, wants_object),
    }
}

/// Those of the record's own list. There an object's entry stands beside its bucket's.
fn listed(places: &mut Places<'_, '_, '_>, wants_object: bool) {
    let wanted = if wants_object { "AWS::S3::Object" } else { "AWS::S3::Bucket" };
    for item in places.event.resources.into_iter().flat_map(crate::Raw::items) {
        let is_wanted = item.get("type").and_then(crate::Raw::text).is_some_and(|t| t == wanted);
        let Some(arn) = item.get("ARN").and_then(crate::Raw::text).filter(|_| is_wanted) else {
            continue;
        };
        let name = arn.splitn(6, ':').nth(5).unwrap_or_default();
        let arn = match name.split_once('/') {
            Some((bucket, key)) => object(places.event, bucket, Some(key)),
            None if !wants_object => bucket_arn(places.event, name),
            None => None,
        };
        match arn {
            Some(arn) => places.push_pattern(arn),
            None => places.push_unknown(),
        }
    }
}

/// The header `x-amz-copy-source`: `bucket/key` or an access point's ARN, percent-encoded.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html>
pub(crate) fn source(event: &Event<'_>, header: &str) -> Source {
    let (path, version) = match header.rsplit_once("?versionId=") {
        Some((path, _)) => (path, true),
        None => (header, false),
    };
    let arn = decoded(path).and_then(|path| match path.split_once("/object/") {
        Some((access_point, key)) if path.starts_with("arn:") => {
            object(event, access_point, Some(key))
        }
        _ => {
            let (bucket, key) = path.strip_prefix('/').unwrap_or(&path).split_once('/')?;
            object(event, bucket, Some(key))
        }
    });
    Source { arn, is_version: version }
}

/// The objects of `bucket` whose key begins as `key` does; all of them without a key.
fn object(event: &Event<'_>, bucket: &str, key: Option<&str>) -> Option<String> {
    let folder = match key.and_then(|key| key.split_once('/')) {
        Some((folder, _)) if folder.is_empty() || is_plain(folder) => format!("{folder}/"),
        Some(_) => return None,
        None => String::new(),
    };
    if bucket.starts_with("arn:") {
        let is_access_point = bucket.contains(":accesspoint/") && is_plain(bucket);
        return is_access_point.then(|| format!("{bucket}/object/{folder}*"));
    }
    Some(format!("{}/{folder}*", bucket_arn(event, bucket)?))
}

/// An alias of an access point looks like a bucket, and its ARN cannot be told from it.
fn bucket_arn(event: &Event<'_>, bucket: &str) -> Option<String> {
    if bucket.starts_with("arn:") {
        return is_plain(bucket).then(|| bucket.to_owned());
    }
    let is_name = !bucket.is_empty()
        && !bucket.ends_with("-s3alias")
        && bucket.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte));
    is_name.then(|| format!("arn:{}:s3:::{bucket}", partition(event)))
}

/// Percent-encoded UTF-8.
fn decoded(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains('%') {
        return Some(Cow::Borrowed(text));
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|d| u8::try_from(d).ok());
        let (high, low) = (digit(rest.next()?)?, digit(rest.next()?)?);
        bytes.push(high * 16 + low);
    }
    String::from_utf8(bytes).ok().map(Cow::Owned)
}
