//! How sure a verdict is, and what keeps it from being surer.

use std::fmt;

use serde::{Serialize, Serializer};

/// How sure a verdict is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Confidence {
    Low,
    Medium,
    High,
}

/// What keeps a verdict from being surer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Doubt {
    /// Days of the window were not seen.
    DaysMissing,
    /// Some file or record could not be read.
    DamagedDays,
    /// The trail's settings are not known; its files come from several Regions.
    RegionsInferred,
    /// The trail's settings are not known; its files come from one Region, and it is granted in more.
    OneRegion,
    /// The age of the role is not known.
    RoleAgeUnknown,
    /// The age of a grant is not known.
    GrantAgeUnknown,
    /// When the service was last accessed is not known: the trail is the only witness.
    OneWitness,
    /// The service was accessed in the window, and the trail shows no call to it.
    WitnessesDisagree,
    /// A function of the role was not seen to run.
    SeldomRun,
    /// An event of a service that the catalogue does not have was seen.
    UnmappedService,
    /// Whose code called was found by the name of the session alone, or not at all.
    Attribution,
    /// Whether the calls were allowed is not clear from their outcome.
    OutcomeUnclear,
    /// Only sessions that are no function's used it.
    ForeignOnly,
}

/// A set of [`Doubt`]s.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Doubts(u16);

impl Doubt {
    const ALL: [Self; 13] = [
        Self::DaysMissing,
        Self::DamagedDays,
        Self::RegionsInferred,
        Self::OneRegion,
        Self::RoleAgeUnknown,
        Self::GrantAgeUnknown,
        Self::OneWitness,
        Self::WitnessesDisagree,
        Self::SeldomRun,
        Self::UnmappedService,
        Self::Attribution,
        Self::OutcomeUnclear,
        Self::ForeignOnly,
    ];

    /// How much it weighs: see [`Doubts::confidence`].
    fn weight(self) -> u32 {
        match self {
            Self::DamagedDays | Self::RoleAgeUnknown | Self::GrantAgeUnknown | Self::OneWitness => {
                1
            }
            Self::SeldomRun => 2,
            Self::DaysMissing | Self::RegionsInferred | Self::Attribution => 3,
            Self::OutcomeUnclear | Self::ForeignOnly | Self::WitnessesDisagree => 3,
            Self::UnmappedService | Self::OneRegion => 5,
        }
    }
}

impl Doubts {
    /// Adds one where `raised`.
    pub(crate) fn raise(&mut self, doubt: Doubt, raised: bool) {
        if raised {
            self.0 |= 1 << doubt as u16;
        }
    }

    /// The doubts of both.
    pub(crate) fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// One by one.
    pub fn iter(self) -> impl Iterator<Item = Doubt> {
        Doubt::ALL.into_iter().filter(move |doubt| self.0 & (1 << *doubt as u16) != 0)
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// High with at most two small doubts, low with a grave one or many.
    pub fn confidence(self) -> Confidence {
        match self.iter().map(Doubt::weight).sum() {
            0..=2 => Confidence::High,
            3..=4 => Confidence::Medium,
            5.. => Confidence::Low,
        }
    }
}

impl fmt::Debug for Doubts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl Serialize for Doubts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}
