"""Rewrites operations.txt beside this file: the operations that have no action of their name.

    pip install botocore && python3 shared/trail/tests/operations.py

Of the clients that functions use most. `cargo test -p trail operations` says how many of all their
operations are mapped to actions, and holds the number against a floor.
"""

import re
from pathlib import Path

import botocore
import botocore.session

HERE = Path(__file__).parent
CATALOGUE = HERE / "../../iam/catalogue/actions.txt"
# Client, event source, prefix of the actions.
CLIENTS = """
acm apigateway apigatewayv2:apigateway appconfig appconfigdata:appconfig appsync athena autoscaling
batch bedrock bedrock-agent:bedrock bedrock-agent-runtime:bedrock bedrock-runtime:bedrock
cloudcontrol:cloudcontrolapi:cloudformation cloudformation cloudfront cloudwatch:monitoring:cloudwatch
codebuild codecommit codepipeline cognito-identity cognito-idp comprehend config
dynamodb dynamodbstreams:dynamodb ec2 ecr ecs efs:elasticfilesystem eks elasticache
elbv2:elasticloadbalancing events firehose glue iam iot iot-data:iotdata:iot kafka kinesis kms lambda
logs mq opensearch:es organizations pipes polly rds rds-data:rdsdataapi:rds-data rekognition
resourcegroupstaggingapi:tagging:tag route53 s3 s3control:s3 sagemaker-runtime:sagemaker scheduler
secretsmanager servicediscovery ses sesv2:ses sns sqs ssm stepfunctions:states sts textract transcribe
translate wafv2 xray
"""


def main():
    catalogue = actions()
    session = botocore.session.get_session()
    lines = [
        f"# botocore {botocore.__version__}, Apache-2.0; written by operations.py.",
        "# Client, event source, number of operations, and those without an action of their name.",
    ]
    for entry in CLIENTS.split():
        client, source, prefix = parts(entry)
        operations = session.get_service_model(client).operation_names
        misses = [name for name in operations if name.lower() not in catalogue[prefix]]
        lines.append(" ".join([client, source, str(len(operations)), *misses]))
    (HERE / "operations.txt").write_text("\n".join(lines) + "\n")


def parts(entry):
    """`efs:elasticfilesystem` is a client and a prefix, which is the source as well."""
    client, *rest = entry.split(":")
    source, prefix = rest if len(rest) == 2 else rest * 2 if rest else (client, client)
    return client, source, prefix


def actions():
    """The names of all actions in lower case, by prefix; see the catalogue's refresh.py."""
    text = CATALOGUE.read_text()
    found, at = {}, text.index("\n") + 1
    while at < len(text):
        end = text.index("\n", at)
        prefix, types, length = re.fullmatch(r"(\S+) (\d+) (\d+)", text[at:end]).groups()
        start = end + 1 + int(types)
        at = start + int(length)
        found[prefix] = {line.split(" ")[0].lower() for line in text[start:at].splitlines()}
    return found


if __name__ == "__main__":
    main()
