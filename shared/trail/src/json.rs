//! A borrowed view of JSON that is read only where somebody looks.

use std::borrow::Cow;

use memchr::{memchr, memchr2};

/// How deep values may lie in one another; deeper ones are taken for damage.
const DEEPEST: usize = 128;

/// A JSON value as it stands in the text, not yet read.
///
/// Nothing is checked before it is asked for, and nothing panics: where the text is damaged there
/// is no value. Members keep their order; of two of the same name the first counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Raw<'a>(&'a [u8]);

impl<'a> Raw<'a> {
    /// The first value in `text`. What follows it is left out.
    pub fn new(text: &'a [u8]) -> Option<Self> {
        Scan { text, at: 0 }.value()
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
        let inside = self.0.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
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
        let mut scan = Scan { text: self.0, at: 0 };
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
        let mut scan = Scan { text: self.0, at: 0 };
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
    /// The name, if it is text.
    pub fn as_str(self) -> Option<&'a str> {
        std::str::from_utf8(self.0).ok()
    }
}

/// A place in a JSON text.
struct Scan<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Scan<'a> {
    /// The byte that comes next, white space left out.
    fn peek(&mut self) -> Option<u8> {
        loop {
            let byte = *self.text.get(self.at)?;
            if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return Some(byte);
            }
            self.at += 1;
        }
    }

    fn take(&mut self, wanted: u8) -> bool {
        let is_there = self.peek() == Some(wanted);
        self.at += usize::from(is_there);
        is_there
    }

    fn member(&mut self) -> Option<(Name<'a>, Raw<'a>)> {
        self.peek().filter(|&byte| byte == b'"')?;
        let name = self.value()?.0;
        let name = name.get(1..name.len() - 1)?;
        if !self.take(b':') {
            return None;
        }
        Some((Name(name), self.value()?))
    }

    fn value(&mut self) -> Option<Raw<'a>> {
        let first = self.peek()?;
        let start = self.at;
        match first {
            b'"' => self.skip_string()?,
            b'{' | b'[' => self.skip_nested()?,
            _ => self.skip_word()?,
        }
        self.text.get(start..self.at).map(Raw)
    }

    /// From the opening quote to behind the closing one.
    fn skip_string(&mut self) -> Option<()> {
        let mut at = self.at + 1;
        loop {
            at += memchr2(b'"', b'\\', self.text.get(at..)?)?;
            if self.text.get(at) == Some(&b'"') {
                self.at = at + 1;
                return Some(());
            }
            at += 2;
        }
    }

    /// From the opening brace or bracket to behind the one that closes it.
    fn skip_nested(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            match *self.text.get(self.at)? {
                b'"' => {
                    self.skip_string()?;
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return Some(());
            }
            if depth > DEEPEST {
                return None;
            }
        }
    }

    /// Numbers, `true`, `false`, `null`.
    fn skip_word(&mut self) -> Option<()> {
        let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
        let length = self.text.get(self.at..)?.iter().take_while(|byte| is_word(byte)).count();
        self.at += length;
        (length > 0).then_some(())
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
