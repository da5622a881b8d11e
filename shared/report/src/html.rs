use crate::printable::brief;

/// HTML that cannot be written wrongly: markup is what stands in our source, and everything else
/// is text.
#[derive(Debug, Default)]
pub(crate) struct Html(String);

impl Html {
    /// Markup. Only what the compiler saw can be any.
    pub(crate) fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Anything at all, between tags or inside a quoted attribute.
    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        self.escaped(&brief(text));
        self
    }

    /// Anything at all between tags; what stands between two backticks is code.
    pub(crate) fn prose(&mut self, text: &str) -> &mut Self {
        let text = brief(text);
        let parts: Vec<&str> = text.split('`').collect();
        for (place, part) in parts.iter().enumerate() {
            // A backtick that nothing closes is one.
            match (place % 2, place + 1 == parts.len()) {
                (0, _) => self.escaped(part),
                (_, true) => self.escaped("`").escaped(part),
                (_, false) => self.raw("<code>").escaped(part).raw("</code>"),
            };
        }
        self
    }

    /// A number as an attribute.
    pub(crate) fn number(&mut self, number: u64) -> &mut Self {
        self.0.push_str(&number.to_string());
        self
    }

    /// A number between tags: `20,000`.
    pub(crate) fn count(&mut self, number: u64) -> &mut Self {
        let digits = number.to_string();
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                self.0.push(',');
            }
            self.0.push(digit);
        }
        self
    }

    fn escaped(&mut self, text: &str) -> &mut Self {
        for char in text.chars() {
            match char {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                other => self.0.push(other),
            }
        }
        self
    }

    pub(crate) fn finish(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::Html;

    fn of(write: impl FnOnce(&mut Html) -> &mut Html) -> String {
        let mut page = Html::default();
        write(&mut page);
        page.finish()
    }

    #[test]
    fn code_is_what_two_backticks_hold() {
        for (text, expected) in [
            ("plain", "plain"),
            ("set `Role`, not `*`", "set <code>Role</code>, not <code>*</code>"),
            ("`a` and ` b", "<code>a</code> and ` b"),
            ("`<b>`", "<code>&lt;b&gt;</code>"),
            ("``", "<code></code>"),
            ("`", "`"),
        ] {
            assert_eq!(of(|page| page.prose(text)), expected, "{text}");
        }
    }

    #[test]
    fn counts_are_in_groups_of_three() {
        for (number, expected) in
            [(0, "0"), (999, "999"), (1_000, "1,000"), (20_000, "20,000"), (1_234_567, "1,234,567")]
        {
            assert_eq!(of(|page| page.count(number)), expected);
        }
    }
}
