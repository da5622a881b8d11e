//! Finds where JSON values end, a vector at a time, without reading what is inside.

use wide::u8x16;

use crate::{Name, Raw};

/// How deep values may lie in one another; deeper ones are taken for damage.
const DEEPEST: u32 = 128;

/// A place in a JSON text.
pub(crate) struct Scan<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Scan<'a> {
    pub(crate) fn new(text: &'a [u8]) -> Self {
        Self { text, at: 0 }
    }

    /// Bytes passed.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// The same text, read again from `at`.
    pub(crate) fn back(&self, at: usize) -> Self {
        Self { text: self.text, at }
    }

    /// The text between `start` and here.
    pub(crate) fn since(&self, start: usize) -> &'a [u8] {
        self.text.get(start..self.at).unwrap_or_default()
    }

    /// The byte that comes next, white space left out.
    #[inline]
    pub(crate) fn peek(&mut self) -> Option<u8> {
        loop {
            let byte = *self.text.get(self.at)?;
            if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return Some(byte);
            }
            self.at += 1;
        }
    }

    /// Passes `wanted` if it comes next.
    #[inline]
    pub(crate) fn take(&mut self, wanted: u8) -> bool {
        let is_there = self.peek() == Some(wanted);
        self.at += usize::from(is_there);
        is_there
    }

    /// Passes `literal` if it comes next to the letter.
    #[inline(always)]
    pub(crate) fn literal(&mut self, literal: &'static str) -> bool {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let is_there = rest.starts_with(literal.as_bytes());
        self.at += if is_there { literal.len() } else { 0 };
        is_there
    }

    /// The inside of the string that comes next; nothing where it is another value.
    #[inline]
    pub(crate) fn text(&mut self) -> Option<&'a [u8]> {
        if self.text.get(self.at) != Some(&b'"') {
            return Some(self.value()?.inside().unwrap_or_default());
        }
        let start = self.at + 1;
        self.skip_string()?;
        self.text.get(start..self.at - 1)
    }

    /// `"name":`
    #[inline]
    pub(crate) fn name(&mut self) -> Option<Name<'a>> {
        self.peek().filter(|&byte| byte == b'"')?;
        let start = self.at + 1;
        self.skip_string()?;
        let name = self.text.get(start..self.at - 1)?;
        self.take(b':').then_some(Name::new(name))
    }

    /// `"name": value`
    #[inline]
    pub(crate) fn member(&mut self) -> Option<(Name<'a>, Raw<'a>)> {
        Some((self.name()?, self.value()?))
    }

    #[inline]
    pub(crate) fn value(&mut self) -> Option<Raw<'a>> {
        let first = self.peek()?;
        let start = self.at;
        match first {
            b'"' => self.skip_string()?,
            b'{' | b'[' => self.skip_nested()?,
            _ => self.skip_word()?,
        }
        self.text.get(start..self.at).map(Raw::whole)
    }

    /// From the opening quote to behind the closing one.
    #[inline]
    fn skip_string(&mut self) -> Option<()> {
        let mut at = self.at + 1;
        loop {
            let rest = self.text.get(at..)?;
            let (found, is_quote) = match rest.first_chunk::<16>() {
                Some(chunk) => {
                    let lanes = u8x16::new(*chunk);
                    let quotes = lanes.simd_eq(u8x16::splat(b'"'));
                    let either = (quotes | lanes.simd_eq(u8x16::splat(b'\\'))).to_bitmask();
                    if either == 0 {
                        at += 16;
                        continue;
                    }
                    let found = either.trailing_zeros() as usize;
                    (found, chunk.get(found) == Some(&b'"'))
                }
                None => {
                    let found = rest.iter().position(|byte| matches!(byte, b'"' | b'\\'))?;
                    (found, rest.get(found) == Some(&b'"'))
                }
            };
            if is_quote {
                self.at = at + found + 1;
                return Some(());
            }
            at += found + 2;
        }
    }

    /// From the opening brace or bracket to behind the one that closes it.
    fn skip_nested(&mut self) -> Option<()> {
        let mut depth = 0_u32;
        let mut strings = Strings::default();
        loop {
            let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
            let block = match rest.first_chunk::<64>() {
                Some(block) => Block::of(block),
                None => {
                    let mut padded = [b' '; 64];
                    padded.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
                    Block::of(&padded)
                }
            };
            let mut braces = block.braces & !strings.inside(&block);
            while braces != 0 {
                let at = self.at + braces.trailing_zeros() as usize;
                // `{` and `[` lack the bit that `}` and `]` have.
                if *self.text.get(at)? & 4 == 0 {
                    depth += 1;
                } else {
                    depth -= 1;
                    if depth == 0 {
                        self.at = at + 1;
                        return Some(());
                    }
                }
                braces &= braces - 1;
            }
            if depth > DEEPEST {
                return None;
            }
            self.at += 64;
        }
    }

    /// Numbers, `true`, `false`, `null`.
    #[inline]
    fn skip_word(&mut self) -> Option<()> {
        let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
        let length = self.text.get(self.at..)?.iter().take_while(|byte| is_word(byte)).count();
        self.at += length;
        (length > 0).then_some(())
    }
}

/// Where the bytes that matter are among 64, a bit each.
struct Block {
    quotes: u64,
    escapes: u64,
    /// Braces and brackets.
    braces: u64,
}

impl Block {
    #[inline]
    fn of(bytes: &[u8; 64]) -> Self {
        let mut block = Self { quotes: 0, escapes: 0, braces: 0 };
        let mut escapes = u8x16::ZERO;
        let bits = |lanes: u8x16, shift: u32| u64::from(lanes.to_bitmask()) << shift;
        let (chunks, _) = bytes.as_chunks::<16>();
        for (chunk, shift) in chunks.iter().zip([0_u32, 16, 32, 48]) {
            let lanes = u8x16::new(*chunk);
            // `[` and `{`, `]` and `}` differ in one bit.
            let folded = lanes | u8x16::splat(0x20);
            escapes |= lanes.simd_eq(u8x16::splat(b'\\'));
            block.quotes |= bits(lanes.simd_eq(u8x16::splat(b'"')), shift);
            let opens = folded.simd_eq(u8x16::splat(b'{'));
            block.braces |= bits(opens | folded.simd_eq(u8x16::splat(b'}')), shift);
        }
        if escapes.to_bitmask() != 0 {
            for (chunk, shift) in chunks.iter().zip([0_u32, 16, 32, 48]) {
                let lanes = u8x16::new(*chunk);
                block.escapes |= bits(lanes.simd_eq(u8x16::splat(b'\\')), shift);
            }
        }
        block
    }
}

/// What must be known of the blocks before to tell which bytes are inside strings.
#[derive(Default)]
struct Strings {
    /// All ones if the last block ended inside a string.
    open: u64,
    /// One if the last block ended with a backslash that takes the next byte's meaning.
    escaped: u64,
}

impl Strings {
    /// The bytes of `block` that are inside a string, opening quotes included.
    #[inline]
    fn inside(&mut self, block: &Block) -> u64 {
        let quotes = block.quotes & !self.escaped_in(block.escapes);
        let mut inside = quotes;
        for shift in [1, 2, 4, 8, 16, 32] {
            inside ^= inside << shift;
        }
        inside ^= self.open;
        self.open = if inside >> 63 == 1 { u64::MAX } else { 0 };
        inside
    }

    /// The bytes that a backslash before them takes the meaning of.
    #[inline]
    fn escaped_in(&mut self, mut escapes: u64) -> u64 {
        let mut escaped = self.escaped;
        self.escaped = 0;
        escapes &= !escaped;
        while escapes != 0 {
            let bit = escapes.trailing_zeros();
            if bit == 63 {
                self.escaped = 1;
                break;
            }
            escaped |= 1 << (bit + 1);
            escapes &= !(0b11 << bit);
        }
        escaped
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Nothing but the definition.
    fn end_by_bytes(text: &[u8]) -> Option<usize> {
        let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
        for (at, byte) in text.iter().enumerate() {
            match byte {
                _ if escaped => escaped = false,
                b'\\' if in_string => escaped = true,
                b'"' => in_string = !in_string,
                b'{' | b'[' if !in_string => depth += 1,
                b'}' | b']' if !in_string => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return Some(at + 1);
            }
        }
        None
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]
        #[test]
        fn nested_values_end_where_the_bytes_say(inside in "[\\\\\"{}\\[\\]a ,:]{0,300}") {
            // A backslash outside a string is damage that the two read differently.
            let mut in_string = false;
            let mut escaped = false;
            let clean: String = inside.chars().filter(|&c| {
                if escaped { escaped = false; return true; }
                if c == '\\' { escaped = in_string; return in_string; }
                if c == '"' { in_string = !in_string; }
                true
            }).collect();
            let text = format!("{{{clean}");
            let mut scan = Scan::new(text.as_bytes());
            let found = scan.skip_nested().map(|()| scan.at());
            prop_assert_eq!(found, end_by_bytes(text.as_bytes()));
        }
    }
}
