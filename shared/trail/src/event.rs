use crate::Raw;

/// The parts of a CloudTrail record that say what was called, on what.
#[derive(Clone, Copy, Debug)]
pub struct Event<'a> {
    /// `eventSource`: `s3.amazonaws.com`.
    pub source: &'a str,
    /// `eventName`: `GetObject`.
    pub name: &'a str,
    /// `awsRegion`: `eu-west-1`.
    pub region: &'a str,
    /// The account of the caller, twelve digits.
    pub account: &'a str,
    /// `recipientAccountId`: the account the record was delivered to. The caller's, unless the
    /// record is the copy that the owner of the resource gets.
    pub recipient: &'a str,
    /// `aws`, `aws-cn`, `aws-us-gov`, …: of the caller's ARN.
    pub partition: &'a str,
    /// `requestParameters`, unless `null`.
    pub parameters: Option<Raw<'a>>,
    /// `resources`, unless `null`.
    pub resources: Option<Raw<'a>>,
    /// `errorCode`, empty if the call succeeded.
    pub error: &'a str,
    /// `additionalEventData`, unless `null`.
    pub additional: Option<Raw<'a>>,
}
