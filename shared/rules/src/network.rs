use model::{Gap, Network, Snapshot};

/// Why the rules about networks do not speak of a function without one.
pub(crate) const OUTSIDE: &str = "outside any VPC";

/// Where the function is attached, `None` outside any VPC.
///
/// # Errors
/// The VPC configuration could not be read.
pub(crate) fn network(function: &Snapshot) -> Result<Option<&Network>, Gap> {
    Ok(function.network.get("VPC configuration")?.as_ref())
}
