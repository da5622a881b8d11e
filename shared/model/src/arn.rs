use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The unqualified ARN of a function: `arn:aws:lambda:eu-west-1:111122223333:function:pay`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FunctionArn {
    text: String,
}

/// The text is not the ARN of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadArn(
    /// The text as given.
    pub String,
);

impl fmt::Display for BadArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` is not a function ARN; expected `arn:PARTITION:lambda:REGION:ACCOUNT:function:NAME`",
            self.0
        )
    }
}

impl std::error::Error for BadArn {}

impl FunctionArn {
    /// Puts an ARN together. The parts are taken as they are.
    ///
    /// # Errors
    /// A part is empty, holds a colon, or the account is not twelve digits.
    pub fn new(partition: &str, region: &str, account: &str, name: &str) -> Result<Self, BadArn> {
        format!("arn:{partition}:lambda:{region}:{account}:function:{name}").parse()
    }

    /// The whole ARN.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// `aws`, `aws-cn`, `aws-us-gov`, …
    pub fn partition(&self) -> &str {
        self.part(1)
    }

    /// `eu-west-1`
    pub fn region(&self) -> &str {
        self.part(3)
    }

    /// Twelve digits.
    pub fn account(&self) -> &str {
        self.part(4)
    }

    /// The function's name.
    pub fn name(&self) -> &str {
        self.part(6)
    }

    fn part(&self, index: usize) -> &str {
        self.text.split(':').nth(index).unwrap_or_default()
    }
}

impl FromStr for FunctionArn {
    type Err = BadArn;

    /// Accepts a qualified ARN and drops the qualifier.
    fn from_str(text: &str) -> Result<Self, BadArn> {
        let bad = || BadArn(text.to_owned());
        let parts: Vec<&str> = text.split(':').collect();
        let (["arn", partition, "lambda", region, account, "function", name]
        | ["arn", partition, "lambda", region, account, "function", name, _]) = parts.as_slice()
        else {
            return Err(bad());
        };
        let name_is_sound = (1..=140).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        let soundly_named = |part: &str| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        };
        if !is_account(account)
            || !name_is_sound
            || !soundly_named(partition)
            || !soundly_named(region)
        {
            return Err(bad());
        }
        Ok(Self { text: format!("arn:{partition}:lambda:{region}:{account}:function:{name}") })
    }
}

impl TryFrom<String> for FunctionArn {
    type Error = BadArn;

    fn try_from(text: String) -> Result<Self, BadArn> {
        text.parse()
    }
}

impl From<FunctionArn> for String {
    fn from(arn: FunctionArn) -> Self {
        arn.text
    }
}

impl fmt::Display for FunctionArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The partition of any ARN, `None` where the text is no ARN.
pub fn partition_of(arn: &str) -> Option<&str> {
    field(arn, 1)
}

/// The service of any ARN, `None` where the text is no ARN.
pub fn service_of(arn: &str) -> Option<&str> {
    field(arn, 2)
}

/// The Region of any ARN; global resources have none.
pub fn region_of(arn: &str) -> Option<&str> {
    field(arn, 3)
}

/// The account of any ARN; S3 buckets have none.
pub fn account_of(arn: &str) -> Option<&str> {
    field(arn, 4)
}

/// The name of a role or policy, by its ARN: what follows its path.
pub fn name_of(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

/// Whether a text has the form of an account's id: twelve digits.
pub fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn field(arn: &str, index: usize) -> Option<&str> {
    let mut parts = arn.splitn(6, ':');
    let is_arn = parts.clone().next() == Some("arn") && parts.clone().count() == 6;
    if !is_arn {
        return None;
    }
    parts.nth(index).filter(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_are_read_or_refused() {
        let plain = "arn:aws:lambda:eu-west-1:111122223333:function:pay";
        for (text, expected) in [
            (plain, Some(plain)),
            ("arn:aws:lambda:eu-west-1:111122223333:function:pay:7", Some(plain)),
            ("arn:aws:lambda:eu-west-1:111122223333:function:pay:$LATEST", Some(plain)),
            ("arn:aws:lambda:eu-west-1:111122223333:function:pay:7:8", None),
            ("arn:aws:lambda:eu-west-1:1111:function:pay", None),
            ("arn:aws:lambda:eu-west-1:111122223333:function:", None),
            ("arn:aws:lambda:eu-west-1:111122223333:layer:pay", None),
            ("arn:aws:lambda:eu west:111122223333:function:pay", None),
            ("pay", None),
            ("", None),
        ] {
            let read = text.parse::<FunctionArn>();
            assert_eq!(read.as_ref().ok().map(FunctionArn::as_str), expected, "{text}");
        }
    }

    #[test]
    fn an_arn_names_its_parts() {
        let arn: FunctionArn =
            "arn:aws-cn:lambda:cn-north-1:111122223333:function:pay".parse().unwrap();
        let parts = (arn.partition(), arn.region(), arn.account(), arn.name());
        assert_eq!(parts, ("aws-cn", "cn-north-1", "111122223333", "pay"));
        assert_eq!(account_of("arn:aws:s3:::bucket"), None);
        assert_eq!(account_of("arn:aws:sqs:eu-west-1:444455556666:q"), Some("444455556666"));
        assert_eq!(service_of("not an arn"), None);
    }
}
