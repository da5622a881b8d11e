//! What an organisation's functions look like at one moment, and its written forms.
//!
//! Names, tags and reasons in it are somebody else's: every form is made so that none of them
//! moves a cursor, turns a line, runs as markup or as a spreadsheet's formula.

mod csv;
mod html;
mod json;
mod ocsf;
mod page;
mod posture;
mod printable;
mod sarif;

pub use csv::csv;
pub use json::json;
pub use ocsf::ocsf;
pub use page::html;
pub use posture::{
    Exemption, Finding, Gap, Night, OWNER_TAGS, Place, Posture, Role, Rule, Status, owner,
};
pub use printable::printable;
pub use sarif::sarif;

/// Who wrote a report, as its forms name the tool.
pub(crate) const PRODUCT: &str = "lambda-warden";
