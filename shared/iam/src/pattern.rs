//! Wildcard patterns and their algebra: `*` is any run of characters, `?` any one.

use crate::Version;
use crate::variables::{Piece, pieces};

/// A compiled pattern.
///
/// Matching and comparing take at most (length × length) steps whatever the wildcards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// In every run of wildcards the `?`s stand first and at most one `*` last.
    tokens: Vec<Token>,
    /// Compared without regard to ASCII case; the characters in `tokens` are in lower case.
    folded: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    Char(char),
    One,
    Many,
}

/// What a reader of policies without a request does with a policy variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variables {
    /// Anything may stand there: the pattern matches whatever it might match.
    Widest,
    /// Nothing is known to stand there: a pattern with variables is dropped.
    Narrowest,
}

impl Pattern {
    /// A pattern of actions such as `s3:Get*`. Case does not matter.
    pub fn action(text: &str) -> Self {
        Self { tokens: tokens(&text.to_ascii_lowercase()), folded: true }
    }

    /// A pattern of text. Case matters.
    pub fn text(text: &str) -> Self {
        Self { tokens: tokens(text), folded: false }
    }

    /// A pattern of `Resource`. Case matters, wildcards span colons, and the fields that an ARN of
    /// fewer than six lacks are `*`. `None` if it has variables and is read narrowly.
    ///
    /// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html>
    pub fn resource(text: &str, version: Version, variables: Variables) -> Option<Self> {
        let value = |_: &str, _: Option<&str>| match variables {
            Variables::Widest => Ok(None),
            Variables::Narrowest => Err(()),
        };
        Self::resource_with(text, version, value).ok()
    }

    /// As [`Pattern::resource`], with variables as in [`Pattern::with_variables`].
    pub(crate) fn resource_with<E>(
        text: &str,
        version: Version,
        value: impl Fn(&str, Option<&str>) -> Result<Option<String>, E>,
    ) -> Result<Self, E> {
        Self::with_variables(&complete(text), version, true, value)
    }

    /// A pattern whose variables `value(key, default)` knows: `None` stands for any text, an
    /// error spoils the whole pattern. Without `wildcards`, `*` and `?` are characters.
    pub(crate) fn with_variables<E>(
        text: &str,
        version: Version,
        wildcards: bool,
        value: impl Fn(&str, Option<&str>) -> Result<Option<String>, E>,
    ) -> Result<Self, E> {
        let mut tokens = Vec::new();
        for piece in pieces(text, version) {
            match piece {
                Piece::Text(text) if wildcards => extend(&mut tokens, text),
                Piece::Text(text) => tokens.extend(text.chars().map(Token::Char)),
                Piece::Literal(literal) => tokens.push(Token::Char(literal)),
                Piece::Variable { key, default } => match value(key, default)? {
                    Some(text) => tokens.extend(text.chars().map(Token::Char)),
                    None => push(&mut tokens, Token::Many),
                },
            }
        }
        Ok(Self { tokens, folded: false })
    }

    /// Whether it matches every text.
    pub fn is_universal(&self) -> bool {
        self.tokens == [Token::Many]
    }

    /// Whether it matches everything that begins with [`Pattern::literal_prefix`].
    pub(crate) fn is_prefix(&self) -> bool {
        let literal = |token: &Token| matches!(token, Token::Char(_));
        matches!(self.tokens.as_slice(), [start @ .., Token::Many] if start.iter().all(literal))
    }

    /// The characters before the first wildcard, in lower case if case does not matter.
    pub fn literal_prefix(&self) -> String {
        let literal = |token: &Token| match token {
            Token::Char(char) => Some(*char),
            Token::One | Token::Many => None,
        };
        self.tokens.iter().map_while(literal).collect()
    }

    /// What follows the `count`th colon that is spelt out.
    pub(crate) fn after_colons(&self, count: usize) -> Option<Self> {
        let rest = self.tokens.splitn(count + 1, |token| *token == Token::Char(':')).nth(count)?;
        Some(Self { tokens: rest.to_vec(), folded: self.folded })
    }

    /// Whether `text` matches as a whole.
    pub fn matches(&self, text: &str) -> bool {
        let fold = |char: char| if self.folded { char.to_ascii_lowercase() } else { char };
        let (mut pattern, mut rest) = (self.tokens.as_slice(), text.chars());
        // What follows the latest `*`, and the text it was tried on.
        let mut retry: Option<(&[Token], std::str::Chars<'_>)> = None;
        loop {
            if let [Token::Many, after @ ..] = pattern {
                if after.is_empty() {
                    return true;
                }
                pattern = after;
                retry = Some((after, rest.clone()));
                continue;
            }
            let mut ahead = rest.clone();
            match (pattern, ahead.next()) {
                ([], None) => return true,
                ([Token::One, after @ ..], Some(_)) => (pattern, rest) = (after, ahead),
                ([Token::Char(want), after @ ..], Some(char)) if *want == fold(char) => {
                    (pattern, rest) = (after, ahead);
                }
                // The latest `*` takes one character more.
                _ => match &mut retry {
                    Some((after, from)) => {
                        if from.next().is_none() {
                            return false;
                        }
                        (pattern, rest) = (*after, from.clone());
                    }
                    None => return false,
                },
            }
        }
    }

    /// Whether every text that `narrow` matches is matched by `self`.
    ///
    /// Runs `self` as an automaton over `narrow`. A `?` there is a character neither pattern
    /// names. Of all the runs a `*` there can stand for, the empty one and an endless one of such
    /// characters decide, and one of the two is always at least as hard to match as the other.
    pub fn covers(&self, narrow: &Self) -> bool {
        let mut states = vec![false; self.tokens.len() + 1];
        if let Some(start) = states.first_mut() {
            *start = true;
        }
        self.skip_stars(&mut states);
        for token in &narrow.tokens {
            states = match token {
                Token::Char(char) => self.step(&states, Some(*char)),
                Token::One => self.step(&states, None),
                Token::Many => {
                    let endless = self.endless(&states);
                    let harder = endless.iter().zip(&states).all(|(then, now)| *now || !then);
                    if harder { endless } else { states }
                }
            };
        }
        states.last() == Some(&true)
    }

    /// The states after one character, `None` being one the pattern does not name.
    fn step(&self, states: &[bool], char: Option<char>) -> Vec<bool> {
        let mut next = vec![false; states.len()];
        for (index, (token, active)) in self.tokens.iter().zip(states).enumerate() {
            let target = match token {
                Token::Many => index,
                Token::One => index + 1,
                Token::Char(want) if Some(*want) == char => index + 1,
                Token::Char(_) => continue,
            };
            if let Some(state) = next.get_mut(target)
                && *active
            {
                *state = true;
            }
        }
        self.skip_stars(&mut next);
        next
    }

    /// The states after so many unnamed characters that more change nothing.
    fn endless(&self, states: &[bool]) -> Vec<bool> {
        let mut now = states.to_vec();
        for _ in 0..=self.tokens.len() {
            let next = self.step(&now, None);
            if next == now {
                break;
            }
            now = next;
        }
        now
    }

    /// A `*` may match nothing.
    fn skip_stars(&self, states: &mut [bool]) {
        let mut before = false;
        for (index, state) in states.iter_mut().enumerate() {
            *state |= before;
            before = *state && self.tokens.get(index) == Some(&Token::Many);
        }
    }

    /// Whether some text matches both.
    pub fn overlaps(&self, other: &Self) -> bool {
        let (mut mine, mut theirs) = (self.tokens.as_slice(), other.tokens.as_slice());
        // What both spell out at either end settles most questions.
        while let ([Token::Char(a), left @ ..], [Token::Char(b), right @ ..]) = (mine, theirs) {
            if a != b {
                return false;
            }
            (mine, theirs) = (left, right);
        }
        while let ([left @ .., Token::Char(a)], [right @ .., Token::Char(b)]) = (mine, theirs) {
            if a != b {
                return false;
            }
            (mine, theirs) = (left, right);
        }
        mine == [Token::Many] || theirs == [Token::Many] || meet(mine, theirs)
    }
}

/// As [`Pattern::overlaps`], place by place.
fn meet(mine: &[Token], theirs: &[Token]) -> bool {
    // `row[j]`: what is left of `mine` and `theirs[j..]` have a text in common.
    let mut row = vec![false; theirs.len() + 1];
    for mine in std::iter::once(None).chain(mine.iter().rev().map(Some)) {
        // The places `[j + 1]` of the row below and of this one.
        let (mut across, mut beside) = (false, false);
        let backwards = std::iter::once(None).chain(theirs.iter().rev().map(Some));
        for (place, theirs) in row.iter_mut().rev().zip(backwards) {
            let below = *place;
            *place = match (mine, theirs) {
                (None, None) => true,
                (Some(Token::Many), _) | (_, Some(Token::Many)) => below || beside,
                (None, _) | (_, None) => false,
                (Some(Token::Char(mine)), Some(Token::Char(theirs))) => mine == theirs && across,
                (Some(Token::One), Some(_)) | (Some(_), Some(Token::One)) => across,
            };
            (across, beside) = (below, *place);
        }
    }
    row.first() == Some(&true)
}

/// Whether `text` is an ARN that `pattern` matches as `ArnLike` does: each of the six fields by
/// itself, the last taking the remaining colons. A pattern of fewer fields is matched as a whole.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN>
pub(crate) fn arn_like(pattern: &Pattern, text: &str) -> bool {
    let fields: Vec<&str> = text.splitn(6, ':').collect();
    if fields.len() < 6 {
        return pattern.is_universal();
    }
    let patterns: Vec<&[Token]> = pattern.tokens.splitn(6, |t| *t == Token::Char(':')).collect();
    if patterns.len() < 6 {
        return pattern.matches(text);
    }
    let field = |tokens: &[Token]| Pattern { tokens: tokens.to_vec(), folded: pattern.folded };
    patterns.into_iter().zip(fields).all(|(tokens, text)| field(tokens).matches(text))
}

/// Adds the fields that `arn:aws:sqs` and the like leave out.
fn complete(text: &str) -> String {
    let missing = if text.starts_with("arn:") { 5_usize.saturating_sub(colons(text)) } else { 0 };
    format!("{text}{}", ":*".repeat(missing))
}

/// Counts those outside of variables.
fn colons(text: &str) -> usize {
    let of = |piece: &Piece<'_>| match piece {
        Piece::Text(text) => text.matches(':').count(),
        Piece::Literal(_) | Piece::Variable { .. } => 0,
    };
    pieces(text, Version::V2012).iter().map(of).sum()
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::with_capacity(text.len());
    extend(&mut tokens, text);
    tokens
}

fn extend(tokens: &mut Vec<Token>, text: &str) {
    for char in text.chars() {
        let token = match char {
            '*' => Token::Many,
            '?' => Token::One,
            char => Token::Char(char),
        };
        push(tokens, token);
    }
}

/// Keeps every run of wildcards in its one form.
fn push(tokens: &mut Vec<Token>, token: Token) {
    match (tokens.last(), token) {
        (Some(Token::Many), Token::Many) => {}
        (Some(Token::Many), Token::One) => {
            tokens.pop();
            tokens.extend([Token::One, Token::Many]);
        }
        _ => tokens.push(token),
    }
}

#[cfg(test)]
mod tests;
