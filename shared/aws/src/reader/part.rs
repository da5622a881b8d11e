//! Which functions stand in a part of a network, or go through it.

use std::collections::BTreeSet;

use scan::PortError;

use super::{configuration::Vpc, network};
use crate::ec2::{Ec2, Endpoint, RouteTable};

/// What a change of networks touches. Where the changed thing is gone, it is all that it might
/// have been.
#[derive(Debug, Default)]
pub(super) struct Part {
    groups: BTreeSet<String>,
    subnets: BTreeSet<String>,
    vpcs: BTreeSet<String>,
    /// Every route table of the place, if one was changed.
    tables: Vec<RouteTable>,
    /// Those that were.
    changed: BTreeSet<String>,
    everything: bool,
}

impl Part {
    /// Asks EC2 about what does not tell by itself where it is.
    ///
    /// # Errors
    /// A list cannot be read to its end.
    pub(super) async fn find(ec2: &Ec2, ids: &BTreeSet<String>) -> Result<Self, PortError> {
        let of = |kinds: &[&str]| -> BTreeSet<String> {
            let is_of = |id: &&String| kinds.iter().any(|kind| id.starts_with(kind));
            ids.iter().filter(is_of).cloned().collect()
        };
        let mut part = Self {
            groups: of(&["sg-"]),
            subnets: of(&["subnet-"]),
            vpcs: of(&["vpc-"]),
            // A flow log is gone as soon as it is deleted, and new ones name what they watch.
            everything: !of(&["fl-"]).is_empty(),
            ..Self::default()
        };
        let routing = of(&["rtb-", "rtbassoc-", "nat-"]);
        if !routing.is_empty() {
            part.tables = ec2.describe(&[]).await?;
            let changed = part.tables.iter().filter(|table| is_changed(table, &routing));
            part.changed = changed.map(|table| table.route_table_id.clone()).collect();
        }
        let endpoints = of(&["vpce-"]);
        if !endpoints.is_empty() {
            let wanted = endpoints.iter().map(String::as_str).collect();
            let found: Vec<Endpoint> = ec2.describe(&[("vpc-endpoint-id", wanted)]).await?;
            part.everything |= found.len() < endpoints.len();
            part.vpcs.extend(found.into_iter().map(|endpoint| endpoint.vpc_id));
        }
        Ok(part)
    }

    /// Whether a function that is attached to `vpc` is touched.
    pub(super) fn has(&self, vpc: &Vpc) -> bool {
        let routed = |subnet: &String| {
            let table = network::table_of(&self.tables, subnet, &vpc.id);
            table.is_some_and(|table| self.changed.contains(&table.route_table_id))
        };
        self.everything
            || self.vpcs.contains(&vpc.id)
            || vpc.groups.iter().any(|id| self.groups.contains(id))
            || vpc.subnets.iter().any(|id| self.subnets.contains(id) || routed(id))
    }
}

/// Whether one of `ids` is the table, or a gateway that it leads to. A subnet that has lost its
/// association goes by its VPC's main table.
fn is_changed(table: &RouteTable, ids: &BTreeSet<String>) -> bool {
    let is_main = table.association_set.item.iter().any(|link| link.main);
    ids.contains(&table.route_table_id)
        || table.route_set.item.iter().any(|route| ids.contains(&route.nat_gateway_id))
        || (is_main && ids.iter().any(|id| id.starts_with("rtbassoc-")))
}
