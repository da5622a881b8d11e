//! Changes of what functions use: keys, layers and networks.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Detail, Malformed, Subject};
use crate::{Place, Used};

/// The events of EC2 that a finding may depend on, and the parameter that names what was changed.
///
/// Subnets keep their zone and range for life: what changes around them are route tables. Rules
/// look at what leaves a security group, not at what comes in.
///
/// Source: <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Operations.html>
const NETWORK: &[(&str, &str)] = &[
    ("AssociateRouteTable", "subnetId"),
    ("AuthorizeSecurityGroupEgress", "groupId"),
    ("CreateFlowLogs", "resourceId"),
    ("CreateRoute", "routeTableId"),
    ("CreateVpcEndpoint", "vpcId"),
    ("DeleteFlowLogs", "flowLogId"),
    ("DeleteNatGateway", "natGatewayId"),
    ("DeleteRoute", "routeTableId"),
    ("DeleteSecurityGroup", "groupId"),
    ("DeleteSubnet", "subnetId"),
    ("DeleteVpcEndpoints", "vpcEndpointId"),
    ("DisassociateRouteTable", "associationId"),
    ("ModifySecurityGroupRules", "groupId"),
    ("ModifyVpcEndpoint", "vpcEndpointId"),
    ("ReplaceRoute", "routeTableId"),
    ("ReplaceRouteTableAssociation", "routeTableId"),
    ("RevokeSecurityGroupEgress", "groupId"),
];

/// What the ids of those begin with.
const KINDS: &[&str] = &["fl-", "nat-", "rtb-", "rtbassoc-", "sg-", "subnet-", "vpc-", "vpce-"];

impl Detail<'_> {
    /// The place that the event comes from.
    fn place(&self) -> Result<Place, Malformed> {
        let region = self.need("/region")?;
        Ok(Place {
            partition: self.partition(region).to_owned(),
            account: self.need("/account")?.to_owned(),
            region: region.to_owned(),
        })
    }

    /// KMS lists the key by its ARN, whatever the caller named it by.
    pub(super) fn key(&self) -> Result<Subject, Malformed> {
        let place = self.place()?;
        let listed = self.event.pointer("/detail/resources").and_then(Value::as_array);
        let listed = listed.into_iter().flatten().filter_map(|one| one.get("ARN")?.as_str());
        let is_key = |arn: &&str| model::service_of(arn) == Some("kms") && arn.contains(":key/");
        let named = listed.chain(self.text("/detail/requestParameters/keyId")).find(is_key);
        let arn = match (named, self.text("/detail/requestParameters/keyId")) {
            (Some(arn), _) => arn.to_owned(),
            (None, Some(id)) => {
                let Place { partition, account, region } = &place;
                format!("arn:{partition}:kms:{region}:{account}:key/{id}")
            }
            (None, None) => return Ok(Subject::Nothing("the call names no key")),
        };
        Ok(Subject::Used { place, what: Used::Key(arn) })
    }

    /// The layer may be named by its name or by its ARN, which lacks the version.
    pub(super) fn layer(&self) -> Result<Subject, Malformed> {
        let place = self.place()?;
        let named = self.need("/detail/requestParameters/layerName")?;
        let version = self.event.pointer("/detail/requestParameters/versionNumber");
        let version = version.ok_or(Malformed::Field("detail/requestParameters/versionNumber"))?;
        let name = named.split_once(":layer:").map_or(named, |(_, name)| name);
        let Place { partition, account, region } = &place;
        let owner = model::account_of(named).unwrap_or(account);
        let arn = format!("arn:{partition}:lambda:{region}:{owner}:layer:{name}:{version}");
        Ok(Subject::Used { place, what: Used::Layer(arn) })
    }

    pub(super) fn network(&self, name: &str) -> Result<Subject, Malformed> {
        let Some((_, parameter)) = NETWORK.iter().find(|(event, _)| *event == name) else {
            return Ok(Subject::Nothing("no finding depends on what was changed of the network"));
        };
        let Some(request) = self.event.pointer("/detail/requestParameters") else {
            return Err(Malformed::Field("detail/requestParameters"));
        };
        let request = unwrapped(request);
        let destination = field(request, "destinationCidrBlock").and_then(Value::as_str);
        if name.ends_with("Route") && destination != Some("0.0.0.0/0") {
            return Ok(Subject::Nothing("no finding depends on other routes than the default"));
        }
        let mut ids = BTreeSet::new();
        if let Some(named) = field(request, parameter) {
            texts(named, &mut ids);
        }
        ids.retain(|id| KINDS.iter().any(|kind| id.starts_with(kind)));
        match ids.is_empty() {
            true => Ok(Subject::Nothing("the call names no part of a network that functions use")),
            false => Ok(Subject::Used { place: self.place()?, what: Used::Network(ids) }),
        }
    }
}

/// CloudTrail writes younger calls of EC2 as `{"CreateFlowLogsRequest": {…}}`.
fn unwrapped(request: &Value) -> &Value {
    let mut members = request.as_object().into_iter().flatten();
    members
        .find(|(name, inner)| name.ends_with("Request") && inner.is_object())
        .map_or(request, |(_, inner)| inner)
}

/// A member by its name; younger calls of EC2 begin it with a capital letter.
fn field<'a>(request: &'a Value, name: &str) -> Option<&'a Value> {
    let mut members = request.as_object()?.iter();
    members.find(|(member, _)| member.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// Every text in `value`: one, a list of them, or `{"tag": 1, "content": …}`.
fn texts(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => drop(found.insert(text.clone())),
        Value::Array(values) => values.iter().for_each(|value| texts(value, found)),
        Value::Object(members) => members.values().for_each(|value| texts(value, found)),
        _ => {}
    }
}
