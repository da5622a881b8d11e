//! `GetFindings`: filter, sort, page.
//!
//! A page ends at a finding, and its token names the place of that finding in the order. So a
//! finding imported between two pages moves no other one across their border.
//!
//! Source: <https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_GetFindings.html>

use std::cmp::Ordering;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::filter::{Filters, path_of, values};
use super::store::{Finding, Request, State, Stored, visible};
use super::{Options, time};
use crate::api_error::ApiError;

/// Findings per page; also what a call gets that does not say.
const MOST_RESULTS: u64 = 100;

/// What `NextToken` carries, in hexadecimal digits.
#[derive(Debug, Deserialize, Serialize)]
struct Token {
    /// Hash of filters and order: a token belongs to one query.
    query: u64,
    keys: Vec<Value>,
    number: u64,
}

/// Where a finding stands in the order: the values it is sorted by, then its number.
type Place = (Vec<Value>, u64);

/// One sort criterion.
struct Order {
    path: String,
    descending: bool,
}

/// Answers `GetFindings`.
pub(super) fn get_findings(
    state: &mut State,
    options: &Options,
    request: &Request<'_>,
) -> Result<Value, ApiError> {
    let body = request.json()?;
    state.open_hub(options, request)?;
    let filters = match body.get("Filters") {
        Some(Value::Object(map)) => Filters::parse(map)?,
        None | Some(Value::Null) => Filters::parse(&Map::new())?,
        Some(_) => return Err(ApiError::invalid_input("Filters is an object")),
    };
    let orders = orders(&body)?;
    let size = page_size(&body)?;
    let query = query_of(&body);
    let after = token(&body, query)?;
    let mut stored: Vec<&Stored> = state
        .hubs
        .iter()
        .filter(|(place, _)| visible(options, &request.caller, place))
        .flat_map(|(_, hub)| hub.findings.values())
        .collect();
    stored.sort_unstable_by_key(|stored| stored.number);
    // In order of arrival, a page needs no look at what is before or behind it.
    let (first, most) = match &after {
        _ if !orders.is_empty() => (0, usize::MAX),
        Some(token) => (token.number, size + 1),
        None => (0, size + 1),
    };
    let mut found: Vec<(Place, &Stored)> = stored
        .into_iter()
        .filter(|stored| stored.number > first)
        .filter(|stored| filters.hold(&stored.finding, request.now))
        .take(most)
        .map(|stored| ((keys(&orders, &stored.finding), stored.number), stored))
        .collect();
    found.sort_by(|(a, _), (b, _)| compare(&orders, a, b));
    if let Some(Token { keys, number, .. }) = after {
        let border = (keys, number);
        found.retain(|(place, _)| compare(&orders, place, &border) == Ordering::Greater);
    }
    let more = found.len() > size;
    found.truncate(size);
    let mut answer = json!({
        "Findings": found.iter().map(|(_, stored)| &stored.finding).collect::<Vec<_>>(),
    });
    if let (true, Some(((keys, number), _)), Value::Object(answer)) =
        (more, found.pop(), &mut answer)
    {
        answer.insert("NextToken".into(), json!(written(&Token { query, keys, number })));
    }
    Ok(answer)
}

fn page_size(body: &Map<String, Value>) -> Result<usize, ApiError> {
    let size = match body.get("MaxResults") {
        None | Some(Value::Null) => Some(MOST_RESULTS),
        Some(value) => value.as_u64().filter(|size| (1..=MOST_RESULTS).contains(size)),
    };
    size.and_then(|size| usize::try_from(size).ok())
        .ok_or_else(|| ApiError::invalid_input("MaxResults is between 1 and 100"))
}

fn orders(body: &Map<String, Value>) -> Result<Vec<Order>, ApiError> {
    let criteria = match body.get("SortCriteria") {
        Some(Value::Array(items)) => items.as_slice(),
        None | Some(Value::Null) => &[],
        Some(_) => return Err(ApiError::invalid_input("SortCriteria is a list")),
    };
    let order = |criterion: &Value| {
        let part = |name: &str| criterion.get(name).and_then(Value::as_str);
        let field = part("Field").unwrap_or_default();
        let path = path_of(field).map_or_else(|| top_level(field), |path| Some(path.to_owned()));
        let descending = match part("SortOrder") {
            Some("asc") | None => Some(false),
            Some("desc") => Some(true),
            Some(_) => None,
        };
        match (path, descending) {
            (Some(path), Some(descending)) => Ok(Order { path, descending }),
            _ => Err(ApiError::invalid_input(format!("SortCriteria: cannot sort by {criterion}"))),
        }
    };
    criteria.iter().map(order).collect()
}

/// Attributes that one can sort by though no filter has their name.
fn top_level(field: &str) -> Option<String> {
    ["ProcessedAt", "SchemaVersion"].contains(&field).then(|| field.to_owned())
}

fn keys(orders: &[Order], finding: &Finding) -> Vec<Value> {
    let key = |order: &Order| {
        let value = values(finding, &order.path).first().copied();
        match value.and_then(Value::as_str).and_then(time::millis) {
            Some(moment) => json!(moment), // However it is written.
            None => value.cloned().unwrap_or_default(),
        }
    };
    orders.iter().map(key).collect()
}

fn compare(orders: &[Order], a: &Place, b: &Place) -> Ordering {
    for ((order, one), other) in orders.iter().zip(&a.0).zip(&b.0) {
        let way = match (one, other) {
            (Value::Number(a), Value::Number(b)) => {
                a.as_f64().unwrap_or_default().total_cmp(&b.as_f64().unwrap_or_default())
            }
            (Value::String(a), Value::String(b)) => a.cmp(b),
            // An absent value comes first.
            (a, b) => b.is_null().cmp(&a.is_null()),
        };
        let way = if order.descending { way.reverse() } else { way };
        if way != Ordering::Equal {
            return way;
        }
    }
    a.1.cmp(&b.1)
}

fn query_of(body: &Map<String, Value>) -> u64 {
    let mut hasher = DefaultHasher::new();
    for name in ["Filters", "SortCriteria"] {
        body.get(name).filter(|value| !value.is_null()).map(Value::to_string).hash(&mut hasher);
    }
    hasher.finish()
}

fn written(token: &Token) -> String {
    let bytes = serde_json::to_vec(token).unwrap_or_default();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn token(body: &Map<String, Value>, query: u64) -> Result<Option<Token>, ApiError> {
    let text = match body.get("NextToken") {
        None | Some(Value::Null) => return Ok(None),
        Some(value) => value.as_str().unwrap_or_default(),
    };
    let byte = |at| text.get(at..at + 2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
    let bytes: Option<Vec<u8>> = (0..text.len()).step_by(2).map(byte).collect();
    let token: Option<Token> = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    match token {
        Some(token) if token.query == query => Ok(Some(token)),
        _ => Err(ApiError::invalid_input("NextToken does not belong to this query")),
    }
}
