use serde::{Deserialize, Serialize};

use crate::Fact;

/// Where a function inside a VPC is attached, and what stands around it.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html>
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Network {
    /// VPC id.
    pub vpc: String,
    /// The subnets of `VpcConfig`, each as it is now.
    pub subnets: Fact<Vec<Subnet>>,
    /// The security groups of `VpcConfig`.
    pub security_groups: Fact<Vec<SecurityGroup>>,
    /// Every endpoint of the VPC.
    pub endpoints: Fact<Vec<Endpoint>>,
    /// Every flow log on the VPC or on one of `subnets`.
    pub flow_logs: Fact<Vec<FlowLog>>,
}

/// A subnet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subnet {
    /// `subnet-…`
    pub id: String,
    /// Availability Zone name, e.g. `eu-west-1a`.
    pub zone: String,
    /// Length of the IPv4 prefix: 24 for `10.0.0.0/24`.
    pub prefix: u8,
    /// IPv4 addresses still free.
    pub free_addresses: u32,
    /// Where `0.0.0.0/0` leads.
    pub default_route: Fact<DefaultRoute>,
    /// The route table in force, explicit or main; a gateway endpoint is tied to it.
    pub route_table: Fact<String>,
}

/// Where a subnet's `0.0.0.0/0` leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DefaultRoute {
    /// Nowhere: the subnet reaches no address outside its VPC.
    Absent,
    /// A NAT gateway in one zone.
    Nat {
        /// `nat-…`
        id: String,
        /// Its Availability Zone; unknown for a gateway that is gone.
        zone: Fact<String>,
    },
    /// A regional NAT gateway (`nat-…`, `AvailabilityMode` is `regional`): present in every zone.
    ///
    /// Source: <https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateways-regional.html>
    RegionalNat(String),
    /// An internet gateway: useless to a function, which has no public address.
    InternetGateway(String),
    /// Anything else: transit gateway, network interface, peering.
    Other(String),
}

/// A security group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecurityGroup {
    /// `sg-…`
    pub id: String,
    /// Outbound rules.
    pub egress: Vec<EgressRule>,
}

/// One outbound rule of a security group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EgressRule {
    /// `-1` for every protocol, else `tcp`, `udp`, `icmp` or a number.
    pub protocol: String,
    /// First and last port; `None` where the protocol has none.
    pub ports: Option<(u16, u16)>,
    /// IPv4 and IPv6 ranges. Prefix lists and other groups are left out: they name their peers.
    pub ranges: Vec<String>,
}

/// A VPC endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    /// `vpce-…`
    pub id: String,
    /// Last part of the service name: `secretsmanager`, `s3`, `ecr.api`.
    pub service: String,
    /// `available` or another state.
    pub state: String,
    /// Route tables of a gateway endpoint; empty for an interface endpoint.
    pub route_tables: Vec<String>,
    /// The endpoint is of the gateway kind.
    pub gateway: bool,
}

/// A flow log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FlowLog {
    /// The VPC, subnet or network interface it watches.
    pub resource: String,
    /// The log is running and its deliveries succeed.
    pub active: bool,
    /// `ALL`, `ACCEPT` or `REJECT`.
    pub traffic: String,
}
