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
        "https://pathfinding.cloud/paths/iam-001",
    ),
    Path::new(
        &["iam:SetDefaultPolicyVersion"],
        "brings back an older version of a policy",
        "https://rhinosecuritylabs.com/aws/aws-privilege-escalation-methods-mitigation/",
    ),
    Path::new(
        &["iam:PutRolePolicy"],
        "gives a role any permission",
        "https://pathfinding.cloud/paths/iam-005",
    ),
    Path::new(
        &["iam:AttachRolePolicy"],
        "gives a role any policy",
        "https://pathfinding.cloud/paths/iam-009",
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
        "https://pathfinding.cloud/paths/sts-001",
    ),
    Path::new(
        &["iam:UpdateAssumeRolePolicy"],
        "lets itself into another role",
        "https://pathfinding.cloud/paths/iam-012",
    ),
    Path::new(
        &["iam:CreateAccessKey"],
        "makes keys for a user",
        "https://pathfinding.cloud/paths/iam-002",
    ),
    Path::new(
        &["iam:CreateLoginProfile"],
        "sets a user's password",
        "https://pathfinding.cloud/paths/iam-004",
    ),
    Path::new(
        &["iam:UpdateLoginProfile"],
        "changes a user's password",
        "https://pathfinding.cloud/paths/iam-006",
    ),
    // A new workload with a role of its choice.
    Path::passing(
        "lambda.amazonaws.com",
        &["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"],
        CODE,
        "https://pathfinding.cloud/paths/lambda-001",
    ),
    Path::passing(
        "lambda.amazonaws.com",
        &["iam:PassRole", "lambda:CreateFunction", "lambda:CreateEventSourceMapping"],
        CODE,
        "https://pathfinding.cloud/paths/lambda-002",
    ),
    Path::passing(
        "lambda.amazonaws.com",
        &["iam:PassRole", "lambda:CreateFunction", "lambda:AddPermission"],
        CODE,
        "https://pathfinding.cloud/paths/lambda-006",
    ),
    Path::passing(
        "ec2.amazonaws.com",
        &["iam:PassRole", "ec2:RunInstances"],
        CODE,
        "https://pathfinding.cloud/paths/ec2-001",
    ),
    Path::passing(
        "ec2.amazonaws.com",
        &["iam:PassRole", "ec2:RequestSpotInstances"],
        CODE,
        "https://pathfinding.cloud/paths/ec2-003",
    ),
    Path::passing(
        "ecs-tasks.amazonaws.com",
        &["iam:PassRole", "ecs:RegisterTaskDefinition", "ecs:RunTask"],
        CODE,
        "https://pathfinding.cloud/paths/ecs-004",
    ),
    Path::passing(
        "ecs-tasks.amazonaws.com",
        &["iam:PassRole", "ecs:RegisterTaskDefinition", "ecs:StartTask"],
        CODE,
        "https://pathfinding.cloud/paths/ecs-005",
    ),
    Path::passing(
        "ecs-tasks.amazonaws.com",
        &["iam:PassRole", "ecs:RegisterTaskDefinition", "ecs:CreateService"],
        CODE,
        "https://pathfinding.cloud/paths/ecs-003",
    ),
    Path::passing(
        "cloudformation.amazonaws.com",
        &["iam:PassRole", "cloudformation:CreateStack"],
        TEMPLATE,
        "https://pathfinding.cloud/paths/cloudformation-001",
    ),
    Path::passing(
        "cloudformation.amazonaws.com",
        &["iam:PassRole", "cloudformation:CreateStackSet", "cloudformation:CreateStackInstances"],
        TEMPLATE,
        "https://pathfinding.cloud/paths/cloudformation-003",
    ),
    Path::passing(
        "cloudformation.amazonaws.com",
        &["iam:PassRole", "cloudformation:UpdateStackSet"],
        TEMPLATE,
        "https://pathfinding.cloud/paths/cloudformation-004",
    ),
    Path::passing(
        "codebuild.amazonaws.com",
        &["iam:PassRole", "codebuild:CreateProject", "codebuild:StartBuild"],
        CODE,
        "https://pathfinding.cloud/paths/codebuild-001",
    ),
    Path::passing(
        "codebuild.amazonaws.com",
        &["iam:PassRole", "codebuild:CreateProject", "codebuild:StartBuildBatch"],
        CODE,
        "https://pathfinding.cloud/paths/codebuild-004",
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
        "https://pathfinding.cloud/paths/datapipeline-001",
    ),
    Path::passing(
        "glue.amazonaws.com",
        &["iam:PassRole", "glue:CreateDevEndpoint"],
        CODE,
        "https://pathfinding.cloud/paths/glue-001",
    ),
    Path::passing(
        "glue.amazonaws.com",
        &["iam:PassRole", "glue:CreateJob", "glue:StartJobRun"],
        CODE,
        "https://pathfinding.cloud/paths/glue-003",
    ),
    Path::passing(
        "glue.amazonaws.com",
        &["iam:PassRole", "glue:CreateJob", "glue:CreateTrigger"],
        CODE,
        "https://pathfinding.cloud/paths/glue-004",
    ),
    Path::passing(
        "glue.amazonaws.com",
        &["iam:PassRole", "glue:UpdateJob", "glue:StartJobRun"],
        CODE,
        "https://pathfinding.cloud/paths/glue-005",
    ),
    Path::passing(
        "glue.amazonaws.com",
        &["iam:PassRole", "glue:UpdateJob", "glue:CreateTrigger"],
        CODE,
        "https://pathfinding.cloud/paths/glue-006",
    ),
    Path::passing(
        "sagemaker.amazonaws.com",
        &["iam:PassRole", "sagemaker:CreateNotebookInstance"],
        CODE,
        "https://pathfinding.cloud/paths/sagemaker-001",
    ),
    Path::passing(
        "sagemaker.amazonaws.com",
        &["iam:PassRole", "sagemaker:CreateTrainingJob"],
        CODE,
        "https://pathfinding.cloud/paths/sagemaker-002",
    ),
    Path::passing(
        "sagemaker.amazonaws.com",
        &["iam:PassRole", "sagemaker:CreateProcessingJob"],
        CODE,
        "https://pathfinding.cloud/paths/sagemaker-003",
    ),
    Path::passing(
        "tasks.apprunner.amazonaws.com",
        &["iam:PassRole", "apprunner:CreateService"],
        CODE,
        "https://pathfinding.cloud/paths/apprunner-001",
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
        "https://pathfinding.cloud/paths/bedrock-001",
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
    Path::new(&["lambda:UpdateFunctionCode"], CODE, "https://pathfinding.cloud/paths/lambda-003"),
    Path::new(
        &["cloudformation:UpdateStack"],
        "changes a stack with the stack's role",
        "https://pathfinding.cloud/paths/cloudformation-002",
    ),
    Path::new(
        &["cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet"],
        "changes a stack with the stack's role",
        "https://pathfinding.cloud/paths/cloudformation-005",
    ),
    Path::new(
        &["codebuild:StartBuild"],
        "runs a build with commands of its own",
        "https://pathfinding.cloud/paths/codebuild-002",
    ),
    Path::new(
        &["codebuild:StartBuildBatch"],
        "runs a build with commands of its own",
        "https://pathfinding.cloud/paths/codebuild-003",
    ),
    Path::new(&["apprunner:UpdateService"], CODE, "https://pathfinding.cloud/paths/apprunner-002"),
    Path::new(
        &[
            "bedrock-agentcore:StartCodeInterpreterSession",
            "bedrock-agentcore:InvokeCodeInterpreter",
        ],
        CODE,
        "https://pathfinding.cloud/paths/bedrock-002",
    ),
    Path::new(
        &["ec2:ModifyInstanceAttribute", "ec2:StopInstances", "ec2:StartInstances"],
        "runs a script at the start of an instance",
        "https://pathfinding.cloud/paths/ec2-002",
    ),
    Path::new(
        &["ec2:CreateLaunchTemplateVersion", "ec2:ModifyLaunchTemplate"],
        "changes what instances are started as",
        "https://pathfinding.cloud/paths/ec2-004",
    ),
    Path::new(
        &["ec2-instance-connect:SendSSHPublicKey"],
        "opens a shell on an instance",
        "https://pathfinding.cloud/paths/ec2instanceconnect-003",
    ),
    Path::new(
        &["glue:UpdateDevEndpoint"],
        "opens a shell on an endpoint",
        "https://pathfinding.cloud/paths/glue-002",
    ),
    Path::new(
        &["sagemaker:CreatePresignedNotebookInstanceUrl"],
        "opens a notebook",
        "https://pathfinding.cloud/paths/sagemaker-004",
    ),
    Path::new(
        &[
            "sagemaker:CreateNotebookInstanceLifecycleConfig",
            "sagemaker:StopNotebookInstance",
            "sagemaker:UpdateNotebookInstance",
            "sagemaker:StartNotebookInstance",
        ],
        "runs a script at the start of a notebook",
        "https://pathfinding.cloud/paths/sagemaker-005",
    ),
    Path::new(
        &["ssm:SendCommand"],
        "runs commands on an instance",
        "https://pathfinding.cloud/paths/ssm-002",
    ),
    Path::new(
        &["ssm:StartSession"],
        "opens a shell on an instance",
        "https://pathfinding.cloud/paths/ssm-001",
    ),
];
