/// An answer that knows when it does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tri {
    /// No, whatever is unknown.
    No,
    /// It depends on what is unknown.
    Unknown,
    /// Yes, whatever is unknown.
    Yes,
}

impl Tri {
    /// Both.
    pub fn and(self, other: Self) -> Self {
        self.min(other)
    }

    /// At least one.
    pub fn or(self, other: Self) -> Self {
        self.max(other)
    }

    /// One of the two, nobody knows which: certain only if they agree.
    pub fn or_else(self, other: Self) -> Self {
        if self == other { self } else { Self::Unknown }
    }
}

impl std::ops::Not for Tri {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::No => Self::Yes,
            Self::Unknown => Self::Unknown,
            Self::Yes => Self::No,
        }
    }
}

impl From<bool> for Tri {
    fn from(known: bool) -> Self {
        if known { Self::Yes } else { Self::No }
    }
}
