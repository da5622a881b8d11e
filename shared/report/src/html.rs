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
        for char in crate::printable::brief(text).chars() {
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

    /// A number, between tags or as an attribute.
    pub(crate) fn number(&mut self, number: u64) -> &mut Self {
        self.0.push_str(&number.to_string());
        self
    }

    pub(crate) fn finish(self) -> String {
        self.0
    }
}
