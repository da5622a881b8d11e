"""The fewest calls a plain script needs for the facts most tools look at: bulk lists, and GetPolicy of each function.

It judges nothing, and reads neither versions, aliases, URLs nor networks. It is here as the floor of its language.
"""

import boto3

functions = boto3.client("lambda")
listed = [f for page in functions.get_paginator("list_functions").paginate() for f in page["Functions"]]
tagged = boto3.client("resourcegroupstaggingapi").get_paginator("get_resources")
tags = {r["ResourceARN"]: r["Tags"] for page in tagged.paginate(ResourceTypeFilters=["lambda:function"])
        for r in page["ResourceTagMappingList"]}
details = boto3.client("iam").get_paginator("get_account_authorization_details")
roles = {role["Arn"]: role for page in details.paginate(Filter=["Role", "LocalManagedPolicy", "AWSManagedPolicy"])
         for role in page["RoleDetailList"]}
policies = 0
for function in listed:
    try:
        functions.get_policy(FunctionName=function["FunctionName"])
        policies += 1
    except functions.exceptions.ResourceNotFoundException:
        pass
print(f"{len(listed)} functions, {len(tags)} tagged, {len(roles)} roles, {policies} policies")
