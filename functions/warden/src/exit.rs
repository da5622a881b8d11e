use std::{fmt, process::ExitCode};

use scan::PortError;

/// How the program ends; DESIGN: the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    /// Everything was seen, and nothing at or above the threshold is wrong.
    Clean,
    /// Something could not be seen.
    Blind,
    /// Something is wrong.
    Violations,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Clean => 0,
            Exit::Violations => 1,
            Exit::Blind => 2,
        })
    }
}

/// Why the program did not do what it was asked; printed as one line.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The input is wrong.
    Usage(String),
    /// Something that the answer rests on is not known.
    Blind(String),
    /// AWS did not let itself be read.
    Port(PortError),
    /// The answer could not be written.
    Output(std::io::Error),
}

impl Failure {
    pub(crate) fn code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Usage(_) => 64,
            Self::Blind(_) | Self::Port(_) | Self::Output(_) => 2,
        })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(what) | Self::Blind(what) => f.write_str(what),
            Self::Port(error) => f.write_str(&error.advice()),
            Self::Output(error) => write!(f, "the answer could not be written: {error}"),
        }
    }
}

impl From<PortError> for Failure {
    fn from(error: PortError) -> Self {
        Self::Port(error)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Output(error)
    }
}
