//! The known ways, each with who described it. Read on 2026-11-23; facts, in words of our own.

/// One way to more permissions.
pub(super) struct Path {
    /// All are needed. The resources of the first decide whether it leads anywhere.
    pub(super) actions: &'static [&'static str],
    /// The service that a passed role is passed to.
    pub(super) passed_to: Option<&'static str>,
    /// What the role then does.
    pub(super) gain: &'static str,
    /// Where the way is described.
    #[cfg_attr(not(test), expect(dead_code, reason = "printed beside the row, for its reader"))]
    pub(super) source: &'static str,
}

impl Path {
    const fn new(
        actions: &'static [&'static str],
        gain: &'static str,
        source: &'static str,
    ) -> Self {
        Self { actions, passed_to: None, gain, source }
    }

    const fn passing(
        passed_to: &'static str,
        actions: &'static [&'static str],
        gain: &'static str,
        source: &'static str,
    ) -> Self {
        Self { actions, passed_to: Some(passed_to), gain, source }
    }
}

const CODE: &str = "runs code of its own as another role";
const TEMPLATE: &str = "runs a template of its own as another role";
const API: &str = "calls any API as another role";

/// Every known way.
pub(super) static PATHS: &[Path] = &[
    // Its own permissions.
    Path::new(
        &["iam:CreatePolicyVersion"],
        "rewrites a policy",
        "https://github.com/DataDog/pathfinding.cloud/blob/main/data/paths/iam/iam-001.yaml",
    ),
    Path::new(
        &["iam:SetDefaultPolicyVersion"],
        "brings back an older version of a policy",
        "https://rhinosecuritylabs.com/aws/aws-privilege-escalation-methods-mitigation/",
    ),
    Path::new(
        &["iam:PutRolePolicy"],
        "gives a role any permission",
        "https://github.com/DataDog/pathfinding.cloud/blob/main/data/paths/iam/iam-005.yaml",
    ),
    Path::new(
        &["iam:AttachRolePolicy"],
        "gives a role any policy",
        "https://github.com/DataDog/pathfinding.cloud/blob/main/data/paths/iam/iam-009.yaml",
    ),
    Path::new(
        &["iam:DeleteRolePermissionsBoundary"],
        "takes the boundary off a role",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html",
    ),
    // Another identity.
    Path::new(
        &["sts:AssumeRole"],
        "becomes another role",
        "https://github.com/DataDog/pathfinding.cloud/blob/main/data/paths/sts/sts-001.yaml",
    ),
    Path::new(
        &["iam:UpdateAssumeRolePolicy"],
        "lets itself into another role",
        "https://github.com/DataDog/pathfinding.cloud/blob/main/data/paths/iam/iam-012.yaml",
    ),
    Path::new(
        &["iam:CreateAccessKey"],
        "makes keys for a user",
        "https://github.com/DataDog/pathfinding.cloud/blob/main/data/paths/iam/iam-002.yaml",
    ),
    Path::new(
        &["iam:CreateLoginProfile"],
        "sets a user's password",
        "https://github.com/DataDog/pathfinding.cloud/blob/main/data/paths/iam/iam-004.yaml",
    ),
    Path::new(
        &["iam:UpdateLoginProfile"],
        "changes a user's password",
        "https://github.com/DataDog/pathfinding.cloud/blob/main/data/paths/iam/iam-006.yaml",
    ),
    // A new workload with a role of its choice.
    Path::passing(
        "lambda.amazonaws.com",
        &["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"],
        CODE,
        "https://github.com/DataDog/pathfinding.cloud/blob/main/data/paths/lambda/lambda-001.yaml",
    ),
    Path::passing(
        "lambda.amazonaws.com",
        &["iam:PassRole", "lambda:CreateFunction", "lambda:CreateEventSourceMapping"],
        CODE,
        "https://github.com/DataDog/pathfinding.cloud/blob/main/data/paths/lambda/lambda-002.yaml",
    ),
    Path::passing(
        "lambda.amazonaws.com",
        &["iam:PassRole", "lambda:CreateFunction", "lambda:AddPermission"],
        CODE,
        "https://github.com/DataDog/pathfinding.cloud/blob/main/data/paths/lambda/lambda-006.yaml",
    ),
    Path::passing(
        "ec2.amazonaws.com",
        &["iam:PassRole", "ec2:RunInstances"],
        CODE,
        "https://github.com/DataDog/pathfinding.cloud/blob/main/data/paths/ec2/ec2-001.yaml",
    ),
    Path::passing(
        "ec2.amazonaws.com",
        &["iam:PassRole", "ec2:RequestSpotInstances"],
        CODE,
        "https://github.com/DataDog/pathfinding.cloud/blob/main/data/paths/ec2/ec2-003.yaml",
    ),
    Path::passing(
        "ecs-tasks.amazonaws.com",
        &["iam:PassRole", "ecs:RegisterTaskDefinition", "ecs:RunTask"],
        CODE,
        "https://github.com/DataDog/pathfinding.cloud/blob/main/data/paths/ecs/ecs-004.yaml",
    ),
    Path::passing(
        "ecs-tasks.amazonaws.com",
        &["iam:PassRole", "ecs:RegisterTaskDefinition", "ecs:StartTask"],
        CODE,
        "https://github.com/DataDog/pathfinding.cloud/blob/main/data/paths/ecs/ecs-005.yaml",
    ),
    Path::passing(
        "ecs-tasks.amazonaws.com",
        &["iam:PassRole", "ecs:RegisterTaskDefinition", "ecs:CreateService"],
        CODE,
        "https://github.com/DataDog/pathfinding.cloud/blob/main/data/paths/ecs/ecs-003.yaml",
    ),
    Path::passing(
        "cloudformation.amazonaws.com",
        &["iam:PassRole", "cloudformation:CreateStack"],
        TEMPLATE,
        "https://github.com/DataDog/pathfinding.cloud/blob/main/data/paths/cloudformation/cloudformation-001.yaml",
    ),
    Path::passing(
        "cloudformation.amazonaws.com",
        &["iam:PassRole", "cloudformation:CreateStackSet", "cloudformation:CreateStackInstances"],
        TEMPLATE,
        "https://github.com/DataDog/pathfinding.cloud/blob/main/data/paths/cloudformation/cloudformation-003.yaml",
    ),
    Path::passing(
        "cloudformation.amazonaws.com",
        &["iam:PassRole", "cloudformation:UpdateStackSet"],
        TEMPLATE,
        "https://github.com/DataDog/pathfinding.cloud/blob/main/data/paths/cloudformation/cloudformation-004.yaml",
    ),
    Path::passing(
        "codebuild.amazonaws.com",
        &["iam:PassRole", "codebuild:CreateProject", "codebuild:StartBuild"],
        CODE,
        "https://github.com/DataDog/pathfinding.cloud/blob/main/data/paths/codebuild/codebuild-001.yaml",
    ),
    Path::passing(
        "codebuild.amazonaws.com",
        &["iam:PassRole", "codebuild:CreateProject", "codebuild:StartBuildBatch"],
        CODE,
        "https://github.com/DataDog/pathfinding.cloud/blob/main/data/paths/codebuild/codebuild-004.yaml",
    ),
    Path::passing(
        "datapipeline.amazonaws.com",
        &[
            "iam:PassRole",
            "datapipeline:CreatePipeline",
            "datapipeline:PutPipelineDefinition",
            "datapipeline:ActivatePipeline",
        ],
        CODE,
        "https://github.com/DataDog/pathfinding.cloud/blob/main/data/paths/datapipeline/datapipeline-001.yaml",
    ),
    Path::passing(
        "glue.amazonaws.com",
        &["iam:PassRole", "glue:CreateDevEndpoint"],
        CODE,
        "https://github.com/DataDog/pathfinding.cloud/blob/main/data/paths/glue/glue-001.yaml",
    ),
    Path::passing(
        "glue.amazonaws.com",
        &["iam:PassRole", "glue:CreateJob", "glue:StartJobRun"],
        CODE,
        "https://github.com/DataDog/pathfinding.cloud/blob/main/data/paths/glue/glue-003.yaml",
    ),
    Path::passing(
        "glue.amazonaws.com",
        &["iam:PassRole", "glue:CreateJob", "glue:CreateTrigger"],
        CODE,
        "https://github.com/DataDog/pathfinding.cloud/blob/main/data/paths/glue/glue-004.yaml",
    ),
    Path::passing(
        "glue.amazonaws.com",
        &["iam:PassRole", "glue:UpdateJob", "glue:StartJobRun"],
        CODE,
        "https://github.com/DataDog/pathfinding.cloud/blob/main/data/paths/glue/glue-005.yaml",
    ),
    Path::passing(
        "glue.amazonaws.com",
        &["iam:PassRole", "glue:UpdateJob", "glue:CreateTrigger"],
        CODE,
        "https://github.com/DataDog/pathfinding.cloud/blob/main/data/paths/glue/glue-006.yaml",
    ),
    Path::passing(
        "sagemaker.amazonaws.com",
        &["iam:PassRole", "sagemaker:CreateNotebookInstance"],
        CODE,
        "https://github.com/DataDog/pathfinding.cloud/blob/main/data/paths/sagemaker/sagemaker-001.yaml",
    ),
    Path::passing(
        "sagemaker.amazonaws.com",
        &["iam:PassRole", "sagemaker:CreateTrainingJob"],
        CODE,
        "https://github.com/DataDog/pathfinding.cloud/blob/main/data/paths/sagemaker/sagemaker-002.yaml",
    ),
    Path::passing(
        "sagemaker.amazonaws.com",
        &["iam:PassRole", "sagemaker:CreateProcessingJob"],
        CODE,
        "https://github.com/DataDog/pathfinding.cloud/blob/main/data/paths/sagemaker/sagemaker-003.yaml",
    ),
    Path::passing(
        "tasks.apprunner.amazonaws.com",
        &["iam:PassRole", "apprunner:CreateService"],
        CODE,
        "https://github.com/DataDog/pathfinding.cloud/blob/main/data/paths/apprunner/apprunner-001.yaml",
    ),
    Path::passing(
        "bedrock-agentcore.amazonaws.com",
        &[
            "iam:PassRole",
            "bedrock-agentcore:CreateCodeInterpreter",
            "bedrock-agentcore:StartCodeInterpreterSession",
            "bedrock-agentcore:InvokeCodeInterpreter",
        ],
        CODE,
        "https://github.com/DataDog/pathfinding.cloud/blob/main/data/paths/bedrock/bedrock-001.yaml",
    ),
    Path::passing(
        "scheduler.amazonaws.com",
        &["iam:PassRole", "scheduler:CreateSchedule"],
        API,
        "https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html",
    ),
    Path::passing(
        "states.amazonaws.com",
        &["iam:PassRole", "states:CreateStateMachine", "states:StartExecution"],
        API,
        "https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html",
    ),
    // A workload that is there, with its role.
    Path::new(
        &["lambda:UpdateFunctionCode"],
        CODE,
        "https://github.com/DataDog/pathfinding.cloud/blob/main/data/paths/lambda/lambda-003.yaml",
    ),
    Path::new(
        &["cloudformation:UpdateStack"],
        "changes a stack with the stack's role",
        "https://github.com/DataDog/pathfinding.cloud/blob/main/data/paths/cloudformation/cloudformation-002.yaml",
    ),
    Path::new(
        &["cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet"],
        "changes a stack with the stack's role",
        "https://github.com/DataDog/pathfinding.cloud/blob/main/data/paths/cloudformation/cloudformation-005.yaml",
    ),
    Path::new(
        &["codebuild:StartBuild"],
        "runs a build with commands of its own",
        "https://github.com/DataDog/pathfinding.cloud/blob/main/data/paths/codebuild/codebuild-002.yaml",
    ),
    Path::new(
        &["codebuild:StartBuildBatch"],
        "runs a build with commands of its own",
        "https://github.com/DataDog/pathfinding.cloud/blob/main/data/paths/codebuild/codebuild-003.yaml",
    ),
    Path::new(
        &["apprunner:UpdateService"],
        CODE,
        "https://github.com/DataDog/pathfinding.cloud/blob/main/data/paths/apprunner/apprunner-002.yaml",
    ),
    Path::new(
        &[
            "bedrock-agentcore:StartCodeInterpreterSession",
            "bedrock-agentcore:InvokeCodeInterpreter",
        ],
        CODE,
        "https://github.com/DataDog/pathfinding.cloud/blob/main/data/paths/bedrock/bedrock-002.yaml",
    ),
    Path::new(
        &["ec2:ModifyInstanceAttribute", "ec2:StopInstances", "ec2:StartInstances"],
        "runs a script at the start of an instance",
        "https://github.com/DataDog/pathfinding.cloud/blob/main/data/paths/ec2/ec2-002.yaml",
    ),
    Path::new(
        &["ec2:CreateLaunchTemplateVersion", "ec2:ModifyLaunchTemplate"],
        "changes what instances are started as",
        "https://github.com/DataDog/pathfinding.cloud/blob/main/data/paths/ec2/ec2-004.yaml",
    ),
    Path::new(
        &["ec2-instance-connect:SendSSHPublicKey"],
        "opens a shell on an instance",
        "https://github.com/DataDog/pathfinding.cloud/blob/main/data/paths/ec2-instance-connect/ec2instanceconnect-003.yaml",
    ),
    Path::new(
        &["glue:UpdateDevEndpoint"],
        "opens a shell on an endpoint",
        "https://github.com/DataDog/pathfinding.cloud/blob/main/data/paths/glue/glue-002.yaml",
    ),
    Path::new(
        &["sagemaker:CreatePresignedNotebookInstanceUrl"],
        "opens a notebook",
        "https://github.com/DataDog/pathfinding.cloud/blob/main/data/paths/sagemaker/sagemaker-004.yaml",
    ),
    Path::new(
        &[
            "sagemaker:CreateNotebookInstanceLifecycleConfig",
            "sagemaker:StopNotebookInstance",
            "sagemaker:UpdateNotebookInstance",
            "sagemaker:StartNotebookInstance",
        ],
        "runs a script at the start of a notebook",
        "https://github.com/DataDog/pathfinding.cloud/blob/main/data/paths/sagemaker/sagemaker-005.yaml",
    ),
    Path::new(
        &["ssm:SendCommand"],
        "runs commands on an instance",
        "https://github.com/DataDog/pathfinding.cloud/blob/main/data/paths/ssm/ssm-002.yaml",
    ),
    Path::new(
        &["ssm:StartSession"],
        "opens a shell on an instance",
        "https://github.com/DataDog/pathfinding.cloud/blob/main/data/paths/ssm/ssm-001.yaml",
    ),
];
