//! EC2's answers, as the rules see them.

use jiff::Timestamp;
use model::{DefaultRoute, Fact, Network};
use scan::{Inventory, Turn};

use crate::{
    aws::{arn, described, place},
    stage::{Answer, Asked, Stage},
};

async fn read(script: fn(&Asked) -> Option<Answer>) -> (Network, Stage) {
    let stage = Stage::start(script);
    let (reader, _) = stage.reader();
    let snapshot = reader.function(&arn("pay"), Timestamp::MIN).await.unwrap();
    let network = snapshot.network.known().unwrap().clone().unwrap();
    let estate = reader.functions(&place(), Turn::now(Timestamp::now())).await.unwrap();
    assert_eq!(estate.functions[0].network, snapshot.network, "both ways see the same");
    (network, stage)
}

#[tokio::test]
async fn a_network_is_read() {
    let (network, stage) = read(|_| None).await;
    let [a, b] = network.subnets.known().unwrap().as_slice() else { panic!() };
    assert_eq!(
        (a.id.as_str(), a.zone.as_str(), a.prefix, a.free_addresses),
        ("subnet-a", "eu-west-1a", 24, 200)
    );
    let zone = Fact::Known("eu-west-1c".into());
    assert_eq!(a.default_route, Fact::Known(DefaultRoute::Nat { id: "nat-1".into(), zone }));
    assert_eq!(a.route_table, Fact::Known("rtb-a".into()));
    // Nothing is associated with it: the main table counts.
    assert_eq!(b.default_route, Fact::Known(DefaultRoute::Absent));
    assert_eq!((b.prefix, &b.route_table), (26, &Fact::Known("rtb-main".into())));
    let group = &network.security_groups.known().unwrap()[0];
    let rules: Vec<_> = group
        .egress
        .iter()
        .map(|rule| (rule.protocol.as_str(), rule.ports, rule.ranges[0].as_str()))
        .collect();
    assert_eq!(rules, [("tcp", Some((443, 443)), "0.0.0.0/0"), ("icmp", None, "::/0")]);
    let [endpoint] = network.endpoints.known().unwrap().as_slice() else { panic!() };
    assert_eq!(
        (endpoint.service.as_str(), endpoint.state.as_str(), endpoint.gateway),
        ("ecr.api", "available", true)
    );
    let [log] = network.flow_logs.known().unwrap().as_slice() else { panic!() };
    assert_eq!((log.active, log.traffic.as_str()), (true, "ALL"));
    let alone = &stage.asked("ec2:DescribeSecurityGroups")[0].with;
    assert_eq!(
        (alone["Filter.1.Name"].as_str(), alone["Filter.1.Value.1"].as_str()),
        ("group-id", "sg-1")
    );
    assert!(!stage.asked("ec2:DescribeSecurityGroups")[1].with.contains_key("Filter.1.Name"));
}

#[tokio::test]
async fn pages_of_ec2_are_read_to_the_end() {
    let (network, stage) = read(|asked| {
        let token = asked.with.get("NextToken").map(String::as_str);
        let (next, body) = match (asked.call.as_str(), token) {
            ("ec2:DescribeSecurityGroups", None) => (Some("a+b/c="), "<securityGroupInfo/>"),
            ("ec2:DescribeSecurityGroups", Some("a+b/c=")) => {
                (Some("last"), "<securityGroupInfo/>")
            }
            _ => return None,
        };
        Some(Answer::xml(described(&asked.call, body, next)))
    })
    .await;
    assert_eq!(network.security_groups.known().unwrap()[0].id, "sg-1");
    assert_eq!(stage.asked("ec2:DescribeSecurityGroups").len(), 6);
}

#[tokio::test]
async fn what_ec2_hides_is_unknown() {
    let (network, _) = read(|asked| {
        let body = match asked.call.as_str() {
            "ec2:DescribeRouteTables" => "<routeTableSet/>",
            "ec2:DescribeSecurityGroups" => "<securityGroupInfo/>",
            _ => return None,
        };
        Some(Answer::xml(described(&asked.call, body, None)))
    })
    .await;
    let subnet = &network.subnets.known().unwrap()[0];
    let why = "ec2:DescribeRouteTables does not show `subnet-a`";
    assert_eq!(subnet.default_route, Fact::unknown(why));
    assert_eq!(
        network.security_groups,
        Fact::unknown("ec2:DescribeSecurityGroups does not show `sg-1`")
    );
}

#[tokio::test]
async fn default_routes_are_told_apart() {
    let nat = |zone| DefaultRoute::Nat { id: "nat-1".into(), zone };
    let cases: [(&'static str, &'static str, DefaultRoute); 5] = [
        ("<gatewayId>igw-1</gatewayId>", "", DefaultRoute::InternetGateway("igw-1".into())),
        ("<transitGatewayId>tgw-1</transitGatewayId>", "", DefaultRoute::Other("tgw-1".into())),
        (
            "<instanceId>i-1</instanceId><networkInterfaceId>eni-1</networkInterfaceId>",
            "",
            DefaultRoute::Other("i-1".into()),
        ),
        (
            "<natGatewayId>nat-1</natGatewayId>",
            "<state>deleted</state><subnetId>subnet-a</subnetId>",
            nat(Fact::unknown("`nat-1` is deleted")),
        ),
        (
            "<natGatewayId>nat-1</natGatewayId>",
            "<state>available</state><availabilityMode>regional</availabilityMode>",
            nat(Fact::unknown("`nat-1` is regional")),
        ),
    ];
    for (target, gateway, expected) in cases {
        let stage = Stage::start(move |asked| {
            let body = match asked.call.as_str() {
                "ec2:DescribeRouteTables" => format!(
                    "<routeTableSet><item><routeTableId>rtb</routeTableId><vpcId>vpc-1</vpcId>\
                     <routeSet><item><destinationCidrBlock>0.0.0.0/0</destinationCidrBlock>{target}\
                     </item></routeSet><associationSet><item><main>true</main></item>\
                     </associationSet></item></routeTableSet>"
                ),
                "ec2:DescribeNatGateways" => format!(
                    "<natGatewaySet><item><natGatewayId>nat-1</natGatewayId>{gateway}</item>\
                     </natGatewaySet>"
                ),
                _ => return None,
            };
            Some(Answer::xml(described(&asked.call, &body, None)))
        });
        let (reader, _) = stage.reader();
        let snapshot = reader.function(&arn("pay"), Timestamp::MIN).await.unwrap();
        let network = snapshot.network.known().unwrap().clone().unwrap();
        assert_eq!(
            network.subnets.known().unwrap()[0].default_route,
            Fact::Known(expected),
            "{target}"
        );
    }
}
