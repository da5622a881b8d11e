"""Makes accounts of the laptop's cloud members: infra/member.yaml in every Region, as the StackSet would."""

import stack


def join(cloud: stack.Cloud, outputs: dict, account: str, regions: tuple[str, ...]):
    """Deploys infra/member.yaml to `account`, the roles with the first of `regions`."""
    template = (stack.ROOT / "infra" / "member.yaml").read_text()
    publishers = ",".join(outputs[name] for name in ("OnChangeRoleArn", "SweepRoleArn"))
    parameters = {
        "SecurityAccount": cloud.account, "RolesRegion": regions[0], "BusArn": outputs["BusArn"],
        "ReadersArns": f"{publishers},{outputs['PlanSweepRoleArn']}", "PublishersArns": publishers,
    }
    for region in regions:
        formation = cloud.client("cloudformation", account, region)
        formation.create_stack(
            StackName="lambda-warden-member", TemplateBody=template, Capabilities=["CAPABILITY_NAMED_IAM"],
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()])
        stack.poll(lambda: _made(formation), 60, f"member stack in {account}/{region}")


def _made(formation) -> bool:
    [found] = formation.describe_stacks(StackName="lambda-warden-member")["Stacks"]
    if found["StackStatus"] != "CREATE_COMPLETE" and not found["StackStatus"].endswith("IN_PROGRESS"):
        raise SystemExit(f"infra/member.yaml: {found['StackStatus']}: {found.get('StackStatusReason')}")
    return found["StackStatus"] == "CREATE_COMPLETE"
