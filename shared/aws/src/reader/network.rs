//! What stands around a function inside a VPC.

use std::collections::BTreeSet;

use model::{DefaultRoute, EgressRule, Endpoint, Fact, FlowLog, Network, SecurityGroup, Subnet};

use super::{configuration::Vpc, fact};
use crate::ec2::{self, Ec2};

/// What EC2 tells of one VPC or of all.
#[derive(Debug)]
pub(crate) struct View {
    subnets: Fact<Vec<ec2::Subnet>>,
    tables: Fact<Vec<ec2::RouteTable>>,
    gateways: Fact<Vec<ec2::NatGateway>>,
    groups: Fact<Vec<ec2::SecurityGroup>>,
    endpoints: Fact<Vec<ec2::Endpoint>>,
    flow_logs: Fact<Vec<ec2::FlowLog>>,
}

impl View {
    /// Where no function is inside a VPC.
    pub(crate) fn empty() -> Self {
        Self {
            subnets: Fact::Known(Vec::new()),
            tables: Fact::Known(Vec::new()),
            gateways: Fact::Known(Vec::new()),
            groups: Fact::Known(Vec::new()),
            endpoints: Fact::Known(Vec::new()),
            flow_logs: Fact::Known(Vec::new()),
        }
    }

    /// Everything of the place, in six calls and their further pages.
    pub(crate) async fn of_all(ec2: &Ec2) -> Self {
        let (subnets, tables, gateways, groups, endpoints, flow_logs) = tokio::join!(
            ec2.describe(&[]),
            ec2.describe(&[]),
            ec2.describe(&[]),
            ec2.describe(&[]),
            ec2.describe(&[]),
            ec2.describe(&[]),
        );
        Self {
            subnets: fact(subnets),
            tables: fact(tables),
            gateways: fact(gateways),
            groups: fact(groups),
            endpoints: fact(endpoints),
            flow_logs: fact(flow_logs),
        }
    }

    /// What concerns one function.
    pub(crate) async fn of_vpc(ec2: &Ec2, vpc: &Vpc) -> Self {
        let inside = [("vpc-id", vec![vpc.id.as_str()])];
        let groups = [("group-id", vpc.groups.iter().map(String::as_str).collect())];
        let watched = [vpc.id.as_str()].into_iter().chain(vpc.subnets.iter().map(String::as_str));
        let watched = [("resource-id", watched.collect())];
        // All subnets of the VPC: a NAT gateway stands in another than the function's.
        let (subnets, tables, groups, endpoints, flow_logs) = tokio::join!(
            ec2.describe(&inside),
            ec2.describe(&inside),
            ec2.describe(&groups),
            ec2.describe(&inside),
            ec2.describe(&watched),
        );
        let tables: Fact<Vec<ec2::RouteTable>> = fact(tables);
        let routes =
            || tables.known().into_iter().flatten().flat_map(|table| &table.route_set.item);
        let gateways = if routes().any(|route| !route.nat_gateway_id.is_empty()) {
            fact(ec2.describe(&inside).await)
        } else {
            Fact::Known(Vec::new())
        };
        Self {
            subnets: fact(subnets),
            tables,
            gateways,
            groups: fact(groups),
            endpoints: fact(endpoints),
            flow_logs: fact(flow_logs),
        }
    }

    /// Whether everything could be read.
    pub(crate) fn is_whole(&self) -> bool {
        self.subnets.known().is_some()
            && self.tables.known().is_some()
            && self.gateways.known().is_some()
            && self.groups.known().is_some()
            && self.endpoints.known().is_some()
            && self.flow_logs.known().is_some()
    }

    /// The surroundings of a function attached to `vpc`.
    pub(crate) fn network(&self, vpc: &Vpc) -> Network {
        let subnets = follow(&self.subnets, |all| {
            vpc.subnets.iter().map(|id| self.subnet(all, id)).collect()
        });
        let security_groups = follow(&self.groups, |all| {
            let group = |id: &String| {
                let found = all.iter().find(|group| group.group_id == *id);
                found.map(security_group).ok_or_else(|| hidden("ec2:DescribeSecurityGroups", id))
            };
            vpc.groups.iter().map(group).collect()
        });
        let endpoints = follow(&self.endpoints, |all| {
            Ok(all.iter().filter(|found| found.vpc_id == vpc.id).map(endpoint).collect())
        });
        let flow_logs = follow(&self.flow_logs, |all| {
            let watched: BTreeSet<_> = vpc.subnets.iter().chain([&vpc.id]).collect();
            Ok(all.iter().filter(|log| watched.contains(&log.resource_id)).map(flow_log).collect())
        });
        Network { vpc: vpc.id.clone(), subnets, security_groups, endpoints, flow_logs }
    }

    fn subnet(&self, all: &[ec2::Subnet], id: &str) -> Result<Subnet, String> {
        let found = all.iter().find(|subnet| subnet.subnet_id == id);
        let found = found.ok_or_else(|| hidden("ec2:DescribeSubnets", id))?;
        let prefix = found.cidr_block.split_once('/').and_then(|(_, length)| length.parse().ok());
        let table =
            follow(&self.tables, |tables| Ok(table_of(tables, &found.subnet_id, &found.vpc_id)));
        let table = match table {
            Fact::Known(Some(table)) => Fact::Known(table),
            Fact::Known(None) => Fact::unknown(hidden("ec2:DescribeRouteTables", id)),
            Fact::Unknown { unknown } => Fact::Unknown { unknown },
        };
        Ok(Subnet {
            id: id.to_owned(),
            zone: found.availability_zone.clone(),
            prefix: prefix.ok_or_else(|| format!("`{id}` has no IPv4 range"))?,
            free_addresses: found.available_ip_address_count,
            default_route: follow(&table, |table| Ok(self.default_route(table))),
            route_table: table.map(|table| table.route_table_id.clone()),
        })
    }

    fn default_route(&self, table: &ec2::RouteTable) -> DefaultRoute {
        let mut routes = table.route_set.item.iter();
        let Some(route) = routes.find(|route| route.destination_cidr_block == "0.0.0.0/0") else {
            return DefaultRoute::Absent;
        };
        if !route.nat_gateway_id.is_empty() {
            let id = route.nat_gateway_id.clone();
            return DefaultRoute::Nat { zone: self.zone_of(&id), id };
        }
        if route.gateway_id.starts_with("igw-") {
            return DefaultRoute::InternetGateway(route.gateway_id.clone());
        }
        let target = route.target().unwrap_or("a target that EC2 does not name");
        DefaultRoute::Other(target.to_owned())
    }

    /// The zone of a NAT gateway is its subnet's.
    fn zone_of(&self, id: &str) -> Fact<String> {
        let subnet = follow(&self.gateways, |all| {
            let found = all.iter().find(|gateway| gateway.nat_gateway_id == id);
            let found = found.ok_or_else(|| hidden("ec2:DescribeNatGateways", id))?;
            match (found.state.as_str(), found.availability_mode.as_str()) {
                ("deleted" | "deleting" | "failed", _) => Err(format!("`{id}` is {}", found.state)),
                (_, "regional") => Err(format!("`{id}` is regional")),
                _ => Ok(&found.subnet_id),
            }
        });
        match (subnet, &self.subnets) {
            (Fact::Known(subnet), Fact::Known(all)) => {
                let found = all.iter().find(|found| found.subnet_id == *subnet);
                let zone = found.map(|found| found.availability_zone.clone());
                zone.map_or_else(
                    || Fact::unknown(hidden("ec2:DescribeSubnets", subnet)),
                    Fact::Known,
                )
            }
            (Fact::Unknown { unknown }, _) => Fact::Unknown { unknown },
            (_, Fact::Unknown { unknown }) => Fact::unknown(unknown),
        }
    }
}

/// What follows from a fact, or why nothing does.
fn follow<'a, T, U>(fact: &'a Fact<T>, then: impl FnOnce(&'a T) -> Result<U, String>) -> Fact<U> {
    match fact {
        Fact::Known(value) => then(value).map_or_else(Fact::unknown, Fact::Known),
        Fact::Unknown { unknown } => Fact::unknown(unknown),
    }
}

/// In a shared VPC the owner's things may be hidden from us.
fn hidden(operation: &str, id: &str) -> String {
    format!("{operation} does not show `{id}`")
}

/// The table that `subnet` is associated with, or else the main table of its VPC.
pub(super) fn table_of<'a>(
    tables: &'a [ec2::RouteTable],
    subnet: &str,
    vpc: &str,
) -> Option<&'a ec2::RouteTable> {
    let explicit = |table: &&ec2::RouteTable| {
        table.association_set.item.iter().any(|link| link.subnet_id == subnet)
    };
    let main = |table: &&ec2::RouteTable| {
        table.vpc_id == vpc && table.association_set.item.iter().any(|link| link.main)
    };
    tables.iter().find(explicit).or_else(|| tables.iter().find(main))
}

fn security_group(found: &ec2::SecurityGroup) -> SecurityGroup {
    let egress = found.ip_permissions_egress.item.iter().map(egress_rule).collect();
    SecurityGroup { id: found.group_id.clone(), egress }
}

fn egress_rule(found: &ec2::Permission) -> EgressRule {
    // ICMP writes its types where others write ports.
    let has_ports = !matches!(found.ip_protocol.as_str(), "-1" | "icmp" | "icmpv6" | "1" | "58");
    let port = |number: Option<i32>| number.and_then(|number| u16::try_from(number).ok());
    let ports = port(found.from_port).zip(port(found.to_port)).filter(|_| has_ports);
    let ipv4 = found.ip_ranges.item.iter().map(|range| &range.cidr_ip);
    let ipv6 = found.ipv6_ranges.item.iter().map(|range| &range.cidr_ipv6);
    EgressRule {
        protocol: found.ip_protocol.clone(),
        ports,
        ranges: ipv4.chain(ipv6).cloned().collect(),
    }
}

fn endpoint(found: &ec2::Endpoint) -> Endpoint {
    Endpoint {
        id: found.vpc_endpoint_id.clone(),
        service: service(&found.service_name).to_owned(),
        state: found.state.to_ascii_lowercase(),
        route_tables: found.route_table_id_set.item.clone(),
        gateway: found.vpc_endpoint_type == "Gateway",
    }
}

/// `ecr.api` of `com.amazonaws.eu-west-1.ecr.api`: what follows the Region.
fn service(name: &str) -> &str {
    let mut rest = name;
    while let Some((part, tail)) = rest.split_once('.') {
        rest = tail;
        let ends_in_digit = part.ends_with(|last: char| last.is_ascii_digit());
        if ends_in_digit && part.matches('-').count() >= 2 {
            return rest;
        }
    }
    name
}

fn flow_log(found: &ec2::FlowLog) -> FlowLog {
    FlowLog {
        resource: found.resource_id.clone(),
        active: found.flow_log_status == "ACTIVE" && found.deliver_logs_status != "FAILED",
        traffic: found.traffic_type.clone(),
    }
}
