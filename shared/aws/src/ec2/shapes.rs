//! The parts of EC2's answers that we read. Names are the wire's.
//!
//! Source: <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Types.html>

use serde::{Deserialize, de::DeserializeOwned};

/// Something that EC2 describes.
pub(crate) trait Resource: DeserializeOwned {
    /// IAM action name.
    const OPERATION: &'static str;
    /// The largest page the operation offers.
    const PAGE: u16 = 1000;
}

/// One page of an answer.
#[derive(Debug, Deserialize)]
#[serde(bound = "T: DeserializeOwned", rename_all = "camelCase")]
pub(crate) struct Page<T> {
    #[serde(
        alias = "flowLogSet",
        alias = "natGatewaySet",
        alias = "routeTableSet",
        alias = "securityGroupInfo",
        alias = "subnetSet",
        alias = "vpcEndpointSet"
    )]
    pub(crate) set: Items<T>,
    pub(crate) next_token: Option<String>,
}

/// A list as EC2 writes it: an element with an `item` for each member.
#[derive(Debug, Deserialize)]
#[serde(bound = "T: DeserializeOwned")]
pub(crate) struct Items<T> {
    #[serde(default = "Vec::new")]
    pub(crate) item: Vec<T>,
}

impl<T> Default for Items<T> {
    fn default() -> Self {
        Self { item: Vec::new() }
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Subnet {
    pub(crate) subnet_id: String,
    pub(crate) vpc_id: String,
    pub(crate) availability_zone: String,
    /// Empty where the subnet has IPv6 alone.
    #[serde(default)]
    pub(crate) cidr_block: String,
    pub(crate) available_ip_address_count: u32,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RouteTable {
    pub(crate) route_table_id: String,
    pub(crate) vpc_id: String,
    #[serde(default)]
    pub(crate) route_set: Items<Route>,
    #[serde(default)]
    pub(crate) association_set: Items<Association>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Route {
    pub(crate) destination_cidr_block: String,
    pub(crate) carrier_gateway_id: String,
    pub(crate) core_network_arn: String,
    pub(crate) gateway_id: String,
    pub(crate) instance_id: String,
    pub(crate) local_gateway_id: String,
    pub(crate) nat_gateway_id: String,
    pub(crate) network_interface_id: String,
    pub(crate) odb_network_arn: String,
    pub(crate) transit_gateway_id: String,
    pub(crate) vpc_peering_connection_id: String,
}

impl Route {
    /// Where the route leads: of the many elements one is filled.
    pub(crate) fn target(&self) -> Option<&str> {
        let targets = [
            &self.carrier_gateway_id,
            &self.core_network_arn,
            &self.gateway_id,
            &self.instance_id,
            &self.local_gateway_id,
            &self.nat_gateway_id,
            &self.odb_network_arn,
            &self.transit_gateway_id,
            &self.vpc_peering_connection_id,
            // Last: a route to an instance names its network interface too.
            &self.network_interface_id,
        ];
        targets.into_iter().find(|id| !id.is_empty()).map(String::as_str)
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Association {
    pub(crate) main: bool,
    pub(crate) subnet_id: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SecurityGroup {
    pub(crate) group_id: String,
    #[serde(default)]
    pub(crate) ip_permissions_egress: Items<Permission>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Permission {
    pub(crate) ip_protocol: String,
    /// ICMP writes its type here, and `-1` for any.
    pub(crate) from_port: Option<i32>,
    pub(crate) to_port: Option<i32>,
    #[serde(default)]
    pub(crate) ip_ranges: Items<Range>,
    #[serde(default)]
    pub(crate) ipv6_ranges: Items<Range6>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Range {
    pub(crate) cidr_ip: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Range6 {
    pub(crate) cidr_ipv6: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NatGateway {
    pub(crate) nat_gateway_id: String,
    /// Empty for a regional gateway.
    #[serde(default)]
    pub(crate) subnet_id: String,
    #[serde(default)]
    pub(crate) availability_mode: String,
    #[serde(default)]
    pub(crate) state: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Endpoint {
    pub(crate) vpc_endpoint_id: String,
    pub(crate) vpc_id: String,
    #[serde(default)]
    pub(crate) vpc_endpoint_type: String,
    /// Empty where the endpoint leads to a resource or service network.
    #[serde(default)]
    pub(crate) service_name: String,
    pub(crate) state: String,
    #[serde(default)]
    pub(crate) route_table_id_set: Items<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FlowLog {
    pub(crate) resource_id: String,
    pub(crate) flow_log_status: String,
    /// `SUCCESS`, `FAILED`, or nothing before the first delivery.
    #[serde(default)]
    pub(crate) deliver_logs_status: String,
    #[serde(default)]
    pub(crate) traffic_type: String,
}

impl Resource for Subnet {
    const OPERATION: &'static str = "ec2:DescribeSubnets";
}

impl Resource for RouteTable {
    const OPERATION: &'static str = "ec2:DescribeRouteTables";
    const PAGE: u16 = 100;
}

impl Resource for SecurityGroup {
    const OPERATION: &'static str = "ec2:DescribeSecurityGroups";
}

impl Resource for NatGateway {
    const OPERATION: &'static str = "ec2:DescribeNatGateways";
}

impl Resource for Endpoint {
    const OPERATION: &'static str = "ec2:DescribeVpcEndpoints";
}

impl Resource for FlowLog {
    const OPERATION: &'static str = "ec2:DescribeFlowLogs";
}

/// `<Response><Errors><Error>…`
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct ErrorAnswer {
    pub(crate) errors: Errors,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Errors {
    pub(crate) error: ErrorPart,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct ErrorPart {
    pub(crate) code: String,
    pub(crate) message: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page<T: Resource>(body: &str) -> Result<Vec<T>, quick_xml::DeError> {
        let xml = format!(
            r#"<?xml version="1.0" encoding="UTF-8"?>
               <R xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>r</requestId>{body}</R>"#
        );
        quick_xml::de::from_str::<Page<T>>(&xml).map(|page| page.set.item)
    }

    #[test]
    fn lists_may_be_empty_but_not_missing() {
        assert_eq!(page::<Subnet>("<subnetSet/>").unwrap().len(), 0);
        assert!(page::<Subnet>("").is_err(), "a cut answer is no empty list");
    }

    #[test]
    fn route_tables_are_read() {
        let tables = page::<RouteTable>(
            "<routeTableSet><item><routeTableId>rtb-1</routeTableId><vpcId>vpc-1</vpcId>
               <routeSet>
                 <item><destinationCidrBlock>10.0.0.0/16</destinationCidrBlock>
                   <gatewayId>local</gatewayId><state>active</state></item>
                 <item><destinationCidrBlock>0.0.0.0/0</destinationCidrBlock>
                   <natGatewayId>nat-1</natGatewayId><state>blackhole</state></item>
               </routeSet>
               <associationSet>
                 <item><routeTableAssociationId>rtbassoc-1</routeTableAssociationId>
                   <main>true</main></item>
                 <item><subnetId>subnet-1</subnetId><main>false</main></item>
               </associationSet><propagatingVgwSet/><tagSet/></item></routeTableSet>",
        )
        .unwrap();
        let [table] = tables.as_slice() else { panic!("{tables:?}") };
        assert_eq!(table.route_set.item[1].nat_gateway_id, "nat-1");
        let main: Vec<_> = table.association_set.item.iter().map(|link| link.main).collect();
        assert_eq!(main, [true, false]);
        assert_eq!(table.association_set.item[1].subnet_id, "subnet-1");
    }

    #[test]
    fn security_groups_are_read() {
        let groups = page::<SecurityGroup>(
            "<securityGroupInfo><item><groupId>sg-1</groupId><ipPermissions/>
               <ipPermissionsEgress>
                 <item><ipProtocol>-1</ipProtocol><groups/>
                   <ipRanges><item><cidrIp>0.0.0.0/0</cidrIp></item></ipRanges>
                   <ipv6Ranges><item><cidrIpv6>::/0</cidrIpv6></item></ipv6Ranges>
                   <prefixListIds/></item>
                 <item><ipProtocol>tcp</ipProtocol><fromPort>443</fromPort><toPort>443</toPort>
                   <ipRanges/></item>
               </ipPermissionsEgress></item></securityGroupInfo>",
        )
        .unwrap();
        let rules = &groups[0].ip_permissions_egress.item;
        assert_eq!((rules[0].from_port, rules[1].to_port), (None, Some(443)));
        assert_eq!(rules[0].ipv6_ranges.item[0].cidr_ipv6, "::/0");
    }

    #[test]
    fn errors_are_read() {
        let answer: ErrorAnswer = quick_xml::de::from_str(
            "<Response><Errors><Error><Code>UnauthorizedOperation</Code>
             <Message>You are not authorized.</Message></Error></Errors>
             <RequestID>r</RequestID></Response>",
        )
        .unwrap();
        assert_eq!(answer.errors.error.code, "UnauthorizedOperation");
    }
}
