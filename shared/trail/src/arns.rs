use std::collections::BTreeSet;

use crate::names::{Id, Names};

/// As many resources of one row are kept one by one.
const FEW: usize = 64;

/// The resources of the calls counted together. Joining is commutative, associative and idempotent,
/// for a set only grows, and what two common prefixes have in common is what all have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Arns {
    /// Each with its hash, by which it is found.
    Few(Vec<(u64, Id)>),
    /// What they all begin with, up to a delimiter.
    Many(String),
}

impl Default for Arns {
    fn default() -> Self {
        Self::Few(Vec::new())
    }
}

impl Arns {
    /// Adds one. It gets a name only where it is kept.
    #[inline]
    pub(crate) fn add(&mut self, arn: &str, names: &mut Names) {
        match self {
            Self::Few(few) => {
                let hash = names.hash(arn);
                if few.iter().any(|(known, _)| *known == hash) {
                    return;
                }
                few.push((hash, names.id(arn)));
                if few.len() > FEW {
                    *self = Self::Many(common(few.iter().map(|(_, arn)| names.text(*arn))));
                }
            }
            Self::Many(prefix) => {
                let length = shared(prefix, arn);
                prefix.truncate(length);
            }
        }
    }
}

/// As in a digest: a set of texts, and whether it is one text that stands for many.
pub(crate) fn join(
    mine: &mut BTreeSet<String>,
    mine_many: &mut bool,
    theirs: &BTreeSet<String>,
    theirs_many: bool,
) {
    if !*mine_many && !theirs_many {
        mine.extend(theirs.iter().cloned());
        if mine.len() <= FEW {
            return;
        }
        let prefix = common(mine.iter().map(String::as_str));
        *mine = BTreeSet::from([prefix + "*"]);
        *mine_many = true;
        return;
    }
    let bare = |text: &str, many: bool| {
        let text = if many { text.strip_suffix('*').unwrap_or(text) } else { text };
        text.to_owned()
    };
    let all: Vec<String> = (mine.iter().map(|text| bare(text, *mine_many)))
        .chain(theirs.iter().map(|text| bare(text, theirs_many)))
        .collect();
    *mine = BTreeSet::from([common(all.iter().map(String::as_str)) + "*"]);
    *mine_many = true;
}

/// The longest prefix of all that ends with a delimiter.
fn common<'t>(texts: impl IntoIterator<Item = &'t str>) -> String {
    let mut texts = texts.into_iter();
    let mut prefix = texts.next().unwrap_or_default().to_owned();
    let whole = shared(&prefix, &prefix.clone());
    prefix.truncate(whole);
    for text in texts {
        let length = shared(&prefix, text);
        prefix.truncate(length);
    }
    prefix
}

/// The length of the longest common prefix that ends with a delimiter.
fn shared(one: &str, other: &str) -> usize {
    let same = one.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
    let head = one.as_bytes().get(..same).unwrap_or_default();
    head.iter().rposition(|byte| matches!(byte, b':' | b'/')).map_or(0, |at| at + 1)
}
