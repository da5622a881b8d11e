"""Builds functions of the sample estate, and all they stand on, through the ordinary APIs."""

import io
import json
import zipfile
from functools import cached_property

import estate


def package() -> bytes:
    """The smallest deployment package."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("index.py", "def handler(event, context):\n    return event\n")
    return out.getvalue()


class Builder:
    """Creates what a row asks for, each shared thing once."""

    def __init__(self, cloud):
        self.cloud, self.account, self.region = cloud, cloud.account, cloud.region
        self.functions, self.iam, self.ec2, self.kms = map(cloud.client, ("lambda", "iam", "ec2", "kms"))
        self._made = {}

    def build(self, row: estate.Row) -> str:
        """Creates one function of the estate; returns its ARN."""
        role = self.role(row)
        options = {"Tags": row.tags} | self.environment(row) | self.network(row)
        if row.traced:
            options["TracingConfig"] = {"Mode": "Active"}
        if row.layer_of:
            options["Layers"] = [self.once(self.layer, row.layer_of)]
        arn = self.functions.create_function(
            FunctionName=row.name, Role=role, **self.code(row), **options)["FunctionArn"]
        self.qualifiers(row)
        self.exposure(row)
        if row.pinned:
            self.functions.put_runtime_management_config(
                FunctionName=row.name, UpdateRuntimeOn="Manual",
                RuntimeVersionArn=f"arn:aws:lambda:{self.region}::runtime:{'0' * 64}")
        if row.role == "deleted":
            self.delete_role(role.rsplit("/", 1)[-1])
        return arn

    def once(self, make, *what):
        """The result of the first such call."""
        key = (make.__name__, *what)
        if key not in self._made:
            self._made[key] = make(*what)
        return self._made[key]

    def code(self, row):
        return {"Runtime": row.published or row.runtime, "Handler": "index.handler", "Code": {"ZipFile": package()}}

    def qualifiers(self, row):
        if not row.published:
            return
        version = self.functions.publish_version(FunctionName=row.name)["Version"]
        self.functions.create_alias(FunctionName=row.name, Name="live", FunctionVersion=version)
        if row.published != row.runtime:
            self.functions.update_function_configuration(FunctionName=row.name, Runtime=row.runtime)

    def exposure(self, row):
        for name in row.grants:
            grant = {k: v.format(account=self.account) if isinstance(v, str) else v
                     for k, v in estate.GRANTS[name].items()}
            self.functions.add_permission(FunctionName=row.name, StatementId=name, **grant)
        if row.url:
            self.functions.create_function_url_config(FunctionName=row.name, **row.url)
        if row.failures_to:
            self.functions.put_function_event_invoke_config(
                FunctionName=row.name, DestinationConfig={"OnFailure": {"Destination": row.failures_to}})

    def environment(self, row):
        out = {"Environment": {"Variables": row.variables}} if row.variables else {}
        return out | ({"KMSKeyArn": self.once(self.key, row.key)} if row.key else {})

    def key(self, state):
        key = self.kms.create_key(Description=f"variables, {state}")["KeyMetadata"]
        if state == "disabled":
            self.kms.disable_key(KeyId=key["KeyId"])
        if state == "deleted":
            self.kms.schedule_key_deletion(KeyId=key["KeyId"], PendingWindowInDays=7)
        return key["Arn"]

    def role(self, row):
        if row.role in estate.SHARED:
            return self.once(self.make_role, estate.SHARED[row.role], row.role, False)
        return self.make_role(f"{row.name}-role", row.role, bool(row.network))

    def make_role(self, name, kind, in_vpc):
        trusted = {"AWS": "*"} if kind == "trusts-all" else {"Service": "lambda.amazonaws.com"}
        statement = {"Effect": "Allow", "Principal": trusted, "Action": "sts:AssumeRole"}
        tags = estate.ROLE_TAGS.get(kind, {})
        role = self.iam.create_role(
            RoleName=name, AssumeRolePolicyDocument=document([statement]), Tags=[{"Key": k, "Value": v} for k, v in tags.items()])["Role"]["Arn"]
        rows = [estate.LOGS, *estate.ROLES[kind], *([estate.VPC] if in_vpc else [])]
        allowed = [{"Effect": "Allow", "Action": actions, "Resource": on.format(account=self.account, name=estate.LOG_GROUPS.get(kind, name))}
                   for actions, on in rows]
        self.iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document(allowed))
        if kind == "admin":
            self.iam.attach_role_policy(RoleName=name, PolicyArn=estate.ADMINISTRATOR)
        return role

    def delete_role(self, name):
        self.iam.delete_role_policy(RoleName=name, PolicyName="own")
        self.iam.delete_role(RoleName=name)

    def layer(self, account):
        theirs = self.cloud.client("lambda", account)
        layer = theirs.publish_layer_version(LayerName="agent", Content={"ZipFile": package()})
        theirs.add_layer_version_permission(
            LayerName="agent", VersionNumber=1, StatementId="all", Action="lambda:GetLayerVersion", Principal="*")
        return layer["LayerVersionArn"]

    def network(self, row):
        if not row.network:
            return {}
        subnets, watched, is_open = estate.NETWORKS[row.network]
        vpc = self.watched if watched else self.dark
        ids = [self.once(self.subnet, vpc, *subnet) for subnet in subnets]
        return {"VpcConfig": {"SubnetIds": ids, "SecurityGroupIds": [self.once(self.security_group, vpc, is_open)]}}

    @cached_property
    def watched(self):
        """A VPC with flow logs and endpoints."""
        vpc = self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.ec2.create_flow_logs(ResourceIds=[vpc], ResourceType="VPC", TrafficType="ALL",
                                  LogDestinationType="s3", LogDestination="arn:aws:s3:::flow-logs")
        for service, kind in estate.WATCHED_ENDPOINTS.items():
            self.ec2.create_vpc_endpoint(
                VpcId=vpc, VpcEndpointType=kind, ServiceName=f"com.amazonaws.{self.region}.{service}")
        return vpc

    @cached_property
    def dark(self):
        """A VPC with neither."""
        return self.ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]

    def subnet(self, vpc, cidr, zone, nat_zone):
        subnet = self.ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone=self.region + zone)["Subnet"]
        table = self.ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
        self.ec2.associate_route_table(RouteTableId=table, SubnetId=subnet["SubnetId"])
        if nat_zone:
            self.ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0",
                                  NatGatewayId=self.once(self.nat, vpc, nat_zone))
        return subnet["SubnetId"]

    def nat(self, vpc, zone):
        cidr = f"10.0.{250 + 'ab'.index(zone)}.0/24"
        subnet = self.ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone=self.region + zone)["Subnet"]
        address = self.ec2.allocate_address(Domain="vpc")["AllocationId"]
        gateway = self.ec2.create_nat_gateway(SubnetId=subnet["SubnetId"], AllocationId=address)
        return gateway["NatGateway"]["NatGatewayId"]

    def security_group(self, vpc, is_open):
        name = "egress-open" if is_open else "egress-https-inside"
        group = self.ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"]
        if not is_open:
            everywhere = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
            self.ec2.revoke_security_group_egress(GroupId=group, IpPermissions=everywhere)
            inside = [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}]
            self.ec2.authorize_security_group_egress(GroupId=group, IpPermissions=inside)
        return group


def document(statements) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
