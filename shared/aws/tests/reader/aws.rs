//! A healthy account. Shapes are those of botocore's models, cut to what is read.

use model::FunctionArn;
use scan::Place;
use serde_json::{Value, json};

use crate::stage::{ACCOUNT, Answer, Asked, REGION};

pub(crate) const ROLE: &str = "arn:aws:iam::111122223333:role/service-role/pay";
pub(crate) const KEY: &str =
    "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555";
const MANAGED: &str = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
const BOUNDARY: &str = "arn:aws:iam::111122223333:policy/edge";

pub(crate) fn place() -> Place {
    Place { partition: "aws".into(), account: ACCOUNT.into(), region: REGION.into() }
}

pub(crate) fn arn(name: &str) -> FunctionArn {
    FunctionArn::new("aws", REGION, ACCOUNT, name).unwrap()
}

/// `FunctionConfiguration`
pub(crate) fn configuration(name: &str) -> Value {
    json!({
        "FunctionName": name,
        "FunctionArn": arn(name).as_str(),
        "Version": "$LATEST",
        "Runtime": "python3.13",
        "PackageType": "Zip",
        "Role": ROLE,
        "Handler": "app.handler",
        "Timeout": 30,
        "MemorySize": 512,
        "RevisionId": "r1",
        "LastModified": "2026-08-22T10:00:00.000+0000",
        "CodeSha256": "sha",
        "Architectures": ["arm64"],
        "TracingConfig": {"Mode": "Active"},
        "KMSKeyArn": KEY,
        "Environment": {"Variables": {"STAGE": "prod"}},
        "VpcConfig": {"VpcId": "vpc-1", "SubnetIds": ["subnet-a", "subnet-b"], "SecurityGroupIds": ["sg-1"]},
        "DeadLetterConfig": {"TargetArn": "arn:aws:sqs:eu-west-1:111122223333:dead"},
        "Layers": [{"Arn": "arn:aws:lambda:eu-west-1:111122223333:layer:tools:3", "CodeSize": 1}],
        "State": "Active",
        "LastUpdateStatus": "Successful",
    })
}

/// The same of a published version.
pub(crate) fn version(name: &str, number: &str, runtime: &str) -> Value {
    let mut version = configuration(name);
    version["FunctionArn"] = format!("{}:{number}", arn(name)).into();
    version["Version"] = number.into();
    version["Runtime"] = runtime.into();
    version
}

/// What an account with one function, `pay`, answers.
pub(crate) fn healthy(asked: &Asked) -> Answer {
    let service = asked.call.split(':').next().unwrap();
    match service {
        "lambda" => Answer::json(lambda(asked)),
        "tag" => Answer::json(json!({
            "PaginationToken": "",
            "ResourceTagMappingList": [{"ResourceARN": arn("pay").as_str(), "Tags": [{"Key": "team", "Value": "payments"}]}],
        })),
        "kms" => Answer::json(json!({
            "KeyMetadata": {"KeyId": "k", "Arn": KEY, "KeyManager": "CUSTOMER", "KeyState": "Enabled", "Enabled": true},
        })),
        "ec2" => Answer::xml(ec2(&asked.call)),
        "iam" => Answer::xml(iam(asked)),
        _ => Answer::xml(sts(&asked.call)),
    }
}

fn lambda(asked: &Asked) -> Value {
    match asked.call.as_str() {
        "lambda:ListFunctions" => {
            json!({"Functions": [configuration("pay"), version("pay", "7", "python3.9")]})
        }
        "lambda:GetFunctionConfiguration" => configuration("pay"),
        "lambda:ListVersionsByFunction" => {
            json!({"Versions": [configuration("pay"), version("pay", "7", "python3.9")]})
        }
        "lambda:ListAliases" => json!({"Aliases": [{"Name": "live", "FunctionVersion": "7"}]}),
        "lambda:GetPolicy" => json!({"Policy": public_url_policy(), "RevisionId": "r"}),
        "lambda:ListFunctionUrlConfigs" => json!({"FunctionUrlConfigs": [{
            "FunctionUrl": "https://x.lambda-url.eu-west-1.on.aws/",
            "FunctionArn": format!("{}:live", arn("pay")),
            "CreationTime": "t", "LastModifiedTime": "t",
            "AuthType": "NONE",
            "Cors": {"AllowOrigins": ["*"], "AllowCredentials": true},
        }]}),
        "lambda:GetRuntimeManagementConfig" => json!({"UpdateRuntimeOn": "Manual"}),
        "lambda:ListFunctionEventInvokeConfigs" => json!({"FunctionEventInvokeConfigs": [{
            "FunctionArn": format!("{}:$LATEST", arn("pay")),
            "DestinationConfig": {"OnSuccess": {}, "OnFailure": {"Destination": "arn:aws:sns:eu-west-1:111122223333:errors"}},
        }]}),
        "lambda:ListEventSourceMappings" => json!({"EventSourceMappings": [{
            "FunctionArn": format!("{}:live", arn("pay")),
            "DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sqs:eu-west-1:111122223333:batches"}},
        }]}),
        "lambda:ListTags" => json!({"Tags": {"team": "payments"}}),
        other => panic!("unexpected call {other}"),
    }
}

/// Lets anyone call by URL, so that URLs matter.
pub(crate) fn public_url_policy() -> String {
    json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": "*", "Action": "lambda:InvokeFunctionUrl",
        "Resource": arn("pay").as_str(),
        "Condition": {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}},
    }]})
    .to_string()
}

/// A policy document as IAM sends it: percent-encoded, spaces too.
pub(crate) fn document(action: &str) -> String {
    let text = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]});
    encode(&text.to_string())
}

fn trust() -> String {
    let text = json!({"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}]});
    encode(&text.to_string())
}

fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}

/// An answer of a query service, wrapped as botocore's model says.
pub(crate) fn wrapped(call: &str, result: &str) -> String {
    let action = call.split(':').nth(1).unwrap();
    format!("<{action}Response><{action}Result>{result}</{action}Result></{action}Response>")
}

fn iam(asked: &Asked) -> String {
    let versioned = |arn: &str, action: &str| {
        format!(
            "<member><PolicyName>p</PolicyName><Arn>{arn}</Arn><DefaultVersionId>v2</DefaultVersionId><PolicyVersionList>
               <member><VersionId>v1</VersionId><IsDefaultVersion>false</IsDefaultVersion><Document>{}</Document></member>
               <member><VersionId>v2</VersionId><IsDefaultVersion>true</IsDefaultVersion><Document>{}</Document></member>
             </PolicyVersionList></member>",
            document("*"), document(action),
        )
    };
    let attached = format!(
        "<AttachedPolicies><member><PolicyName>p</PolicyName><PolicyArn>{MANAGED}</PolicyArn></member></AttachedPolicies>"
    );
    let boundary = format!(
        "<PermissionsBoundary><PermissionsBoundaryType>PermissionsBoundaryPolicy</PermissionsBoundaryType><PermissionsBoundaryArn>{BOUNDARY}</PermissionsBoundaryArn></PermissionsBoundary>"
    );
    let role = format!(
        "<Path>/service-role/</Path><RoleName>pay</RoleName><RoleId>AROA</RoleId><Arn>{ROLE}</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate><AssumeRolePolicyDocument>{}</AssumeRolePolicyDocument>{boundary}",
        trust()
    );
    let inline = format!(
        "<PolicyName>inline</PolicyName><PolicyDocument>{}</PolicyDocument>",
        document("sqs:SendMessage")
    );
    let result = match asked.call.as_str() {
        "iam:GetRole" => format!("<Role>{role}</Role>"),
        "iam:ListRolePolicies" => "<PolicyNames><member>inline</member></PolicyNames><IsTruncated>false</IsTruncated>".into(),
        "iam:GetRolePolicy" => format!("<RoleName>pay</RoleName>{inline}"),
        "iam:ListAttachedRolePolicies" => format!("{attached}<IsTruncated>false</IsTruncated>"),
        "iam:GetPolicy" => format!("<Policy><Arn>{}</Arn><DefaultVersionId>v2</DefaultVersionId></Policy>", asked.with["PolicyArn"]),
        "iam:GetPolicyVersion" => {
            let action = if asked.with["PolicyArn"] == BOUNDARY { "sqs:*" } else { "logs:PutLogEvents" };
            format!("<PolicyVersion><Document>{}</Document><VersionId>v2</VersionId></PolicyVersion>", document(action))
        }
        "iam:GetAccountAuthorizationDetails" => format!(
            "<RoleDetailList><member>{role}<RolePolicyList><member>{inline}</member></RolePolicyList>{}</member></RoleDetailList>
             <Policies>{}{}</Policies><IsTruncated>false</IsTruncated>",
            attached.replace("AttachedPolicies", "AttachedManagedPolicies"),
            versioned(MANAGED, "logs:PutLogEvents"),
            versioned(BOUNDARY, "sqs:*"),
        ),
        "iam:ListEntitiesForPolicy" => "<PolicyRoles><member><RoleName>pay</RoleName></member></PolicyRoles><IsTruncated>false</IsTruncated>".into(),
        other => panic!("unexpected call {other}"),
    };
    wrapped(&asked.call, &result)
}

fn sts(call: &str) -> String {
    let result = match call {
        "sts:GetCallerIdentity" => format!("<Arn>arn:aws:sts::{ACCOUNT}:assumed-role/a/b</Arn><UserId>u</UserId><Account>{ACCOUNT}</Account>"),
        "sts:AssumeRole" => "<Credentials><AccessKeyId>AKTHERE</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials><AssumedRoleUser><Arn>arn:aws:sts::999988887777:assumed-role/warden-read/s</Arn><AssumedRoleId>AROA:s</AssumedRoleId></AssumedRoleUser>".into(),
        other => panic!("unexpected call {other}"),
    };
    wrapped(call, &result)
}

/// A VPC with two private subnets, one routed through a NAT gateway in a public one.
fn ec2(call: &str) -> String {
    let subnet = |id: &str, zone: &str, range: &str| {
        format!(
            "<item><subnetId>{id}</subnetId><vpcId>vpc-1</vpcId><availabilityZone>{zone}</availabilityZone><cidrBlock>{range}</cidrBlock><availableIpAddressCount>200</availableIpAddressCount></item>"
        )
    };
    let body = match call {
        "ec2:DescribeSubnets" => format!(
            "<subnetSet>{}{}{}</subnetSet>",
            subnet("subnet-a", "eu-west-1a", "10.0.0.0/24"),
            subnet("subnet-b", "eu-west-1b", "10.0.1.0/26"),
            subnet("subnet-public", "eu-west-1c", "10.0.2.0/24"),
        ),
        "ec2:DescribeRouteTables" => "<routeTableSet>
            <item><routeTableId>rtb-main</routeTableId><vpcId>vpc-1</vpcId>
              <routeSet><item><destinationCidrBlock>10.0.0.0/16</destinationCidrBlock><gatewayId>local</gatewayId></item></routeSet>
              <associationSet><item><main>true</main></item></associationSet></item>
            <item><routeTableId>rtb-a</routeTableId><vpcId>vpc-1</vpcId>
              <routeSet><item><destinationCidrBlock>0.0.0.0/0</destinationCidrBlock><natGatewayId>nat-1</natGatewayId></item></routeSet>
              <associationSet><item><subnetId>subnet-a</subnetId><main>false</main></item></associationSet></item>
            </routeTableSet>".into(),
        "ec2:DescribeNatGateways" => "<natGatewaySet><item><natGatewayId>nat-1</natGatewayId><subnetId>subnet-public</subnetId><state>available</state><vpcId>vpc-1</vpcId></item></natGatewaySet>".into(),
        "ec2:DescribeSecurityGroups" => "<securityGroupInfo><item><groupId>sg-1</groupId><vpcId>vpc-1</vpcId><ipPermissionsEgress>
            <item><ipProtocol>tcp</ipProtocol><fromPort>443</fromPort><toPort>443</toPort><ipRanges><item><cidrIp>0.0.0.0/0</cidrIp></item></ipRanges></item>
            <item><ipProtocol>icmp</ipProtocol><fromPort>8</fromPort><toPort>0</toPort><ipv6Ranges><item><cidrIpv6>::/0</cidrIpv6></item></ipv6Ranges></item>
            </ipPermissionsEgress></item></securityGroupInfo>".into(),
        "ec2:DescribeVpcEndpoints" => "<vpcEndpointSet><item><vpcEndpointId>vpce-1</vpcEndpointId><vpcEndpointType>Gateway</vpcEndpointType><vpcId>vpc-1</vpcId>
            <serviceName>com.amazonaws.eu-west-1.ecr.api</serviceName><state>Available</state><routeTableIdSet><item>rtb-a</item></routeTableIdSet></item>
            <item><vpcEndpointId>vpce-2</vpcEndpointId><vpcId>vpc-other</vpcId><state>available</state></item></vpcEndpointSet>".into(),
        "ec2:DescribeFlowLogs" => "<flowLogSet><item><flowLogId>fl-1</flowLogId><resourceId>vpc-1</resourceId><flowLogStatus>ACTIVE</flowLogStatus><deliverLogsStatus>SUCCESS</deliverLogsStatus><trafficType>ALL</trafficType></item>
            <item><flowLogId>fl-2</flowLogId><resourceId>vpc-other</resourceId><flowLogStatus>ACTIVE</flowLogStatus></item></flowLogSet>".into(),
        other => panic!("unexpected call {other}"),
    };
    described(call, &body, None)
}

/// An answer of EC2.
pub(crate) fn described(call: &str, body: &str, token: Option<&str>) -> String {
    let action = call.split(':').nth(1).unwrap();
    let token = token.map(|token| format!("<nextToken>{token}</nextToken>")).unwrap_or_default();
    format!(
        r#"<{action}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>r</requestId>{body}{token}</{action}Response>"#
    )
}
