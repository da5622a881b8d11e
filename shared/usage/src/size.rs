//! How large policies may be.
//!
//! Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>

use iam::Policy;

/// Characters of all inline policies of a role together.
pub const INLINE: usize = 10_240;
/// Characters of one managed policy.
pub const MANAGED: usize = 6_144;
/// Managed policies that can be attached to a role, unless the quota is raised.
pub const ATTACHED: usize = 10;

/// The characters of a document that count: all but white space, of which a document written as
/// tightly as possible has none outside of its texts.
pub fn size(document: &Policy) -> usize {
    serde_json::to_string(document).map_or(usize::MAX, |text| text.chars().count())
}
