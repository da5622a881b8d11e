//! Which condition keys an action takes. Apart from the rest: whoever never asks does not carry it.

use super::{Action, index::Index};
use crate::Pattern;

/// Written by `catalogue/refresh.py`, which describes its format.
static KEYS: &str = include_str!("../../catalogue/keys.txt");

impl Action {
    /// The condition keys of its service and of its resource types that a request for it may have,
    /// e.g. `s3:prefix`, with `*` in place of names such as that of a tag: `aws:RequestTag/*`.
    ///
    /// Global keys that every request may have, such as `aws:SourceIp`, are not listed.
    pub fn condition_keys(&self) -> impl Iterator<Item = &'static str> + use<> {
        let block = block(self.service()).unwrap_or_default();
        let mut lines = block.lines();
        let (keys, lists, entries) = (lines.next(), lines.next(), lines.next());
        let list = entries.zip(lists).and_then(|(entries, lists)| {
            let entry = entries.split(',').nth(Index::get().place(self)?)?;
            lists.split(';').nth(entry.parse().ok()?)
        });
        let keys: Vec<&str> = keys.unwrap_or_default().split(' ').collect();
        let indices = list.unwrap_or_default().split(',');
        indices.filter_map(move |index| keys.get(index.parse::<usize>().ok()?).copied())
    }

    /// Whether a request for it may have `key`, whatever its case; keys that begin with `aws:`
    /// count only if they are listed.
    pub fn takes_condition_key(&self, key: &str) -> bool {
        self.condition_keys().any(|known| Pattern::action(known).matches(key))
    }
}

/// What follows the header of a service.
fn block(service: &str) -> Option<&'static str> {
    let mut rest = KEYS.split_once('\n')?.1;
    loop {
        let (head, after) = rest.split_once('\n')?;
        let (prefix, length) = head.split_once(' ')?;
        let (block, after) = after.split_at_checked(length.parse().ok()?)?;
        if prefix == service {
            return Some(block);
        }
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::{DATA, action, actions, services};

    #[test]
    fn the_data_belongs_to_that_of_the_actions() {
        assert_eq!(KEYS.lines().next(), DATA.lines().next());
        let mut rest = KEYS.len() - KEYS.lines().next().unwrap().len() - 1;
        for service in services() {
            let block = block(service).unwrap();
            rest -= format!("{service} {}\n{block}", block.len()).len();
            let [keys, lists, entries] = block.lines().collect::<Vec<_>>()[..] else {
                panic!("{service}: {block}");
            };
            let actions = crate::catalogue::expand(&format!("{service}:*")).count();
            assert_eq!(entries.split(',').count(), actions, "{service}");
            let known = keys.split(' ').filter(|key| !key.is_empty()).count();
            let lists: Vec<_> = lists.split(';').collect();
            let entry = |entry: &str| entry.parse::<usize>().unwrap() < lists.len();
            assert!(entries.split(',').all(entry), "{service}");
            let listed = lists.iter().flat_map(|list| list.split(',')).filter(|i| !i.is_empty());
            assert!(listed.clone().all(|i| i.parse::<usize>().unwrap() < known), "{service}");
        }
        assert_eq!(rest, 0, "every byte is read");
        assert!(KEYS.len() < 200_000, "{} bytes", KEYS.len());
    }

    #[test]
    fn knows_the_keys_of_an_action() {
        let cases = [
            ("s3:ListBucket", "s3:prefix", true),
            ("s3:ListBucket", "S3:PREFIX", true),
            ("s3:GetObject", "s3:prefix", false),
            ("s3:GetObject", "s3:ExistingObjectTag/team", true),
            ("lambda:CreateFunction", "lambda:VpcIds", true),
            ("lambda:CreateFunction", "aws:RequestTag/team", true),
            ("lambda:InvokeFunction", "aws:ResourceTag/team", true),
            ("lambda:InvokeFunction", "lambda:VpcIds", false),
            ("iam:PassRole", "iam:PassedToService", true),
            ("sts:GetCallerIdentity", "iam:PassedToService", false),
        ];
        for (name, key, want) in cases {
            assert_eq!(action(name).unwrap().takes_condition_key(key), want, "{name} {key}");
        }
        let with = actions().step_by(101).filter(|a| a.condition_keys().next().is_some()).count();
        assert!(with > 100, "{with}");
    }
}
