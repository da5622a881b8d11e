//! A borrowed view of JSON that is read only where somebody looks.

use std::borrow::Cow;

use memchr::memchr;

use crate::scan::Scan;

/// A JSON value as it stands in the text, not yet read.
///
/// Nothing is checked before it is asked for, and nothing panics: where the text is damaged there
/// is no value. Members keep their order; of two of the same name the first counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Raw<'a>(&'a [u8]);

impl<'a> Raw<'a> {
    /// The first value in `text`. What follows it is left out.
    pub fn new(text: &'a [u8]) -> Option<Self> {
        Scan::new(text).value()
    }

    /// A whole value, from its first byte to its last.
    pub(crate) fn whole(text: &'a [u8]) -> Self {
        Self(text)
    }

    /// What is between the quotes of a string, escapes as they were.
    pub(crate) fn inside(self) -> Option<&'a [u8]> {
        self.0.strip_prefix(b"\"")?.strip_suffix(b"\"")
    }

    /// The text of the value: quotes, escapes and white space inside as they were.
    pub fn bytes(self) -> &'a [u8] {
        self.0
    }

    /// The member `key` of an object. Not for keys that were escaped when written.
    pub fn get(self, key: &str) -> Option<Raw<'a>> {
        self.members().find(|(name, _)| name.0 == key.as_bytes()).map(|(_, value)| value)
    }

    /// [`Raw::get`] one after the other.
    pub fn path(self, keys: &[&str]) -> Option<Raw<'a>> {
        keys.iter().try_fold(self, |value, key| value.get(key))
    }

    /// A string, its escapes resolved. Copies only if there are any.
    pub fn text(self) -> Option<Cow<'a, str>> {
        let inside = self.inside()?;
        if memchr(b'\\', inside).is_none() {
            return std::str::from_utf8(inside).ok().map(Cow::Borrowed);
        }
        serde_json::from_slice(self.0).ok().map(Cow::Owned)
    }

    /// A string without escapes.
    pub fn plain(self) -> Option<&'a str> {
        match self.text()? {
            Cow::Borrowed(text) => Some(text),
            Cow::Owned(_) => None,
        }
    }

    /// `true` or `false`.
    pub fn flag(self) -> Option<bool> {
        match self.0 {
            b"true" => Some(true),
            b"false" => Some(false),
            _ => None,
        }
    }

    /// The value is `null`.
    pub fn is_null(self) -> bool {
        self.0 == b"null"
    }

    /// The elements of an array; nothing where the value is none. Ends at damage.
    pub fn items(self) -> impl Iterator<Item = Raw<'a>> {
        let mut scan = Scan::new(self.0);
        let mut open = scan.take(b'[');
        std::iter::from_fn(move || {
            open = open && !scan.take(b']');
            let value = if open { scan.value() } else { None };
            open = value.is_some() && scan.take(b',');
            value
        })
    }

    /// The members of an object, names as written; nothing where the value is none. Ends at damage.
    pub fn members(self) -> impl Iterator<Item = (Name<'a>, Raw<'a>)> {
        let mut scan = Scan::new(self.0);
        let mut open = scan.take(b'{');
        std::iter::from_fn(move || {
            open = open && !scan.take(b'}');
            let member = if open { scan.member() } else { None };
            open = member.is_some() && scan.take(b',');
            member
        })
    }
}

/// The name of a member as written, without its quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name<'a>(&'a [u8]);

impl<'a> Name<'a> {
    pub(crate) fn new(text: &'a [u8]) -> Self {
        Self(text)
    }

    pub(crate) fn bytes(self) -> &'a [u8] {
        self.0
    }

    /// The name, if it is text.
    pub fn as_str(self) -> Option<&'a str> {
        std::str::from_utf8(self.0).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#" {"a" : "x\"y", "b":[1, {"c":null} ,"]"], "d":true,"e":{} } tail"#;

    fn raw(text: &str) -> Raw<'_> {
        Raw::new(text.as_bytes()).unwrap()
    }

    #[test]
    fn members_are_found_at_any_depth() {
        let cases = [
            (&["a"][..], Some(r#""x\"y""#)),
            (&["b"], Some(r#"[1, {"c":null} ,"]"]"#)),
            (&["d"], Some("true")),
            (&["e"], Some("{}")),
            (&["e", "f"], None),
            (&["a", "f"], None),
            (&["z"], None),
        ];
        for (path, expected) in cases {
            let found = raw(TEXT).path(path).map(|raw| std::str::from_utf8(raw.0).unwrap());
            assert_eq!(found, expected, "{path:?}");
        }
        assert_eq!(raw(TEXT).get("a").unwrap().text().unwrap(), "x\"y");
        assert_eq!(raw(TEXT).get("a").unwrap().plain(), None);
        let items: Vec<_> = raw(TEXT).get("b").unwrap().items().collect();
        assert_eq!(items.len(), 3);
        assert!(items[1].get("c").unwrap().is_null());
        assert_eq!(items[2].plain(), Some("]"));
    }

    #[test]
    fn damage_ends_what_is_read() {
        for end in 0..TEXT.len() {
            let Some(cut) = TEXT.get(1..end).and_then(|text| Raw::new(text.as_bytes())) else {
                continue;
            };
            assert!(cut.bytes().ends_with(b"}"));
        }
        assert!(Raw::new(br#"[1, 2, "three]"#).is_none());
        assert!(Raw::new(b"]").is_none());
        assert!(Raw::new(b"").is_none());
        assert!(Raw::new("[".repeat(100_000).as_bytes()).is_none());
        assert_eq!(Raw(b"[1,2").items().count(), 2);
        assert_eq!(Raw(b"{\"a\":1,\"b\"").members().count(), 1);
    }
}
