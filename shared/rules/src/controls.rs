//! The compliance map: which of Security Hub's own controls, or which words of a framework, speak of
//! the same defect as a rule, and the requirements that they are published with.
//!
//! Nothing is mapped by likeness: a rule without a counterpart has no requirements.

/// A control and its requirements, spelt as Security Hub's own findings spell them.
#[derive(Debug, PartialEq, Eq)]
pub struct Control {
    /// `Lambda.1`
    pub id: &'static str,
    /// Where the requirements are published.
    pub page: &'static str,
    /// `NIST.800-53.r5 AC-6`; of PCI DSS those of v4.0.1.
    pub requirements: &'static [&'static str],
}

/// Function policies should prohibit public access.
pub(crate) static LAMBDA_1: Control = Control {
    id: "Lambda.1",
    page: "https://docs.aws.amazon.com/securityhub/latest/userguide/lambda-controls.html#lambda-1",
    requirements: &[
        "AWS Foundational Security Best Practices v1.0.0/Lambda.1",
        "NIST.800-53.r5 AC-21",
        "NIST.800-53.r5 AC-3",
        "NIST.800-53.r5 AC-3(7)",
        "NIST.800-53.r5 AC-4",
        "NIST.800-53.r5 AC-4(21)",
        "NIST.800-53.r5 AC-6",
        "NIST.800-53.r5 SC-7",
        "NIST.800-53.r5 SC-7(11)",
        "NIST.800-53.r5 SC-7(16)",
        "NIST.800-53.r5 SC-7(20)",
        "NIST.800-53.r5 SC-7(21)",
        "NIST.800-53.r5 SC-7(3)",
        "NIST.800-53.r5 SC-7(4)",
        "NIST.800-53.r5 SC-7(9)",
        "PCI DSS v4.0.1/7.2.1",
    ],
};

/// Functions should use supported runtimes.
pub(crate) static LAMBDA_2: Control = Control {
    id: "Lambda.2",
    page: "https://docs.aws.amazon.com/securityhub/latest/userguide/lambda-controls.html#lambda-2",
    requirements: &[
        "AWS Foundational Security Best Practices v1.0.0/Lambda.2",
        "NIST.800-53.r5 CA-9(1)",
        "NIST.800-53.r5 CM-2",
        "NIST.800-53.r5 SI-2",
        "NIST.800-53.r5 SI-2(2)",
        "NIST.800-53.r5 SI-2(4)",
        "NIST.800-53.r5 SI-2(5)",
        "PCI DSS v4.0.1/12.3.4",
    ],
};

/// Functions should be in a VPC.
pub(crate) static LAMBDA_3: Control = Control {
    id: "Lambda.3",
    page: "https://docs.aws.amazon.com/securityhub/latest/userguide/lambda-controls.html#lambda-3",
    requirements: &[
        "NIST.800-53.r5 AC-21",
        "NIST.800-53.r5 AC-3",
        "NIST.800-53.r5 AC-3(7)",
        "NIST.800-53.r5 AC-4",
        "NIST.800-53.r5 AC-4(21)",
        "NIST.800-53.r5 AC-6",
        "NIST.800-53.r5 SC-7",
        "NIST.800-53.r5 SC-7(11)",
        "NIST.800-53.r5 SC-7(16)",
        "NIST.800-53.r5 SC-7(20)",
        "NIST.800-53.r5 SC-7(21)",
        "NIST.800-53.r5 SC-7(3)",
        "NIST.800-53.r5 SC-7(4)",
        "NIST.800-53.r5 SC-7(9)",
    ],
};

/// Functions in a VPC should operate in several Availability Zones.
pub(crate) static LAMBDA_5: Control = Control {
    id: "Lambda.5",
    page: "https://docs.aws.amazon.com/securityhub/latest/userguide/lambda-controls.html#lambda-5",
    requirements: &[
        "AWS Foundational Security Best Practices v1.0.0/Lambda.5",
        "NIST.800-53.r5 CP-10",
        "NIST.800-53.r5 CP-6(2)",
        "NIST.800-53.r5 SC-36",
        "NIST.800-53.r5 SC-5(2)",
        "NIST.800-53.r5 SI-13(5)",
    ],
};

/// Functions should be tagged. Of a standard of AWS's own, without requirements of others.
pub(crate) static LAMBDA_6: Control = Control {
    id: "Lambda.6",
    page: "https://docs.aws.amazon.com/securityhub/latest/userguide/lambda-controls.html#lambda-6",
    requirements: &[],
};

/// Functions should have active tracing.
pub(crate) static LAMBDA_7: Control = Control {
    id: "Lambda.7",
    page: "https://docs.aws.amazon.com/securityhub/latest/userguide/lambda-controls.html#lambda-7",
    requirements: &["NIST.800-53.r5 CA-7"],
};

/// Policies should not allow full administrative privileges.
pub(crate) static IAM_1: Control = Control {
    id: "IAM.1",
    page: "https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html#iam-1",
    requirements: &[
        "AWS Foundational Security Best Practices v1.0.0/IAM.1",
        "CIS AWS Foundations Benchmark v1.4.0/1.16",
        "NIST.800-53.r5 AC-2",
        "NIST.800-53.r5 AC-2(1)",
        "NIST.800-53.r5 AC-3",
        "NIST.800-53.r5 AC-3(15)",
        "NIST.800-53.r5 AC-3(7)",
        "NIST.800-53.r5 AC-5",
        "NIST.800-53.r5 AC-6",
        "NIST.800-53.r5 AC-6(10)",
        "NIST.800-53.r5 AC-6(2)",
        "NIST.800-53.r5 AC-6(3)",
    ],
};

/// Policies should not allow wildcard actions for services.
pub(crate) static IAM_21: Control = Control {
    id: "IAM.21",
    page: "https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html#iam-21",
    requirements: &[
        "AWS Foundational Security Best Practices v1.0.0/IAM.21",
        "NIST.800-53.r5 AC-2",
        "NIST.800-53.r5 AC-2(1)",
        "NIST.800-53.r5 AC-3",
        "NIST.800-53.r5 AC-3(15)",
        "NIST.800-53.r5 AC-3(7)",
        "NIST.800-53.r5 AC-5",
        "NIST.800-53.r5 AC-6",
        "NIST.800-53.r5 AC-6(10)",
        "NIST.800-53.r5 AC-6(2)",
        "NIST.800-53.r5 AC-6(3)",
    ],
};

/// Keys should not be deleted unintentionally.
pub(crate) static KMS_3: Control = Control {
    id: "KMS.3",
    page: "https://docs.aws.amazon.com/securityhub/latest/userguide/kms-controls.html#kms-3",
    requirements: &[
        "AWS Foundational Security Best Practices v1.0.0/KMS.3",
        "NIST.800-53.r5 SC-12",
        "NIST.800-53.r5 SC-12(2)",
    ],
};

/// Environment variables should not contain clear text credentials: of CodeBuild's projects, the
/// only ones that Security Hub looks into.
pub(crate) static CODE_BUILD_2: Control = Control {
    id: "CodeBuild.2",
    page: "https://docs.aws.amazon.com/securityhub/latest/userguide/codebuild-controls.html#codebuild-2",
    requirements: &[
        "AWS Foundational Security Best Practices v1.0.0/CodeBuild.2",
        "NIST.800-53.r5 IA-5(7)",
        "NIST.800-53.r5 SA-3",
        "PCI DSS v4.0.1/8.3.2",
    ],
};

/// VPC flow logging should be enabled.
pub(crate) static EC2_6: Control = Control {
    id: "EC2.6",
    page: "https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html#ec2-6",
    requirements: &[
        "AWS Foundational Security Best Practices v1.0.0/EC2.6",
        "CIS AWS Foundations Benchmark v5.0.0/3.7",
        "NIST.800-53.r5 AC-4(26)",
        "NIST.800-53.r5 AU-12",
        "NIST.800-53.r5 AU-2",
        "NIST.800-53.r5 AU-3",
        "NIST.800-53.r5 AU-6(3)",
        "NIST.800-53.r5 AU-6(4)",
        "NIST.800-53.r5 CA-7",
        "NIST.800-53.r5 SI-7(8)",
    ],
};

/// Alarms should have actions.
pub(crate) static CLOUD_WATCH_15: Control = Control {
    id: "CloudWatch.15",
    page: "https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html#cloudwatch-15",
    requirements: &[
        "NIST.800-53.r5 AU-6(1)",
        "NIST.800-53.r5 AU-6(5)",
        "NIST.800-53.r5 CA-7",
        "NIST.800-53.r5 IR-4(1)",
        "NIST.800-53.r5 IR-4(5)",
        "NIST.800-53.r5 SI-2",
        "NIST.800-53.r5 SI-20",
        "NIST.800-53.r5 SI-4(12)",
        "NIST.800-53.r5 SI-4(5)",
    ],
};

/// Log groups should be retained for a specified time.
pub(crate) static CLOUD_WATCH_16: Control = Control {
    id: "CloudWatch.16",
    page: "https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html#cloudwatch-16",
    requirements: &[
        "NIST.800-53.r5 AU-10",
        "NIST.800-53.r5 AU-11",
        "NIST.800-53.r5 AU-6(3)",
        "NIST.800-53.r5 AU-6(4)",
        "NIST.800-53.r5 CA-7",
        "NIST.800-53.r5 SI-12",
    ],
};

/// Each role may do what its task needs and no more: the words of the framework itself.
pub(crate) static LEAST_PRIVILEGE: Control = Control {
    id: "AC-6",
    page: "https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final",
    requirements: &["NIST.800-53.r5 AC-6"],
};
