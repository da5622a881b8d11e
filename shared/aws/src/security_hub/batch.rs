use aws_sdk_securityhub::{
    operation::batch_import_findings::{BatchImportFindings, BatchImportFindingsInput},
    types::AwsSecurityFinding,
};
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::context::Input,
        runtime_plugin::RuntimePlugin,
        ser_de::{SerializeRequest, SharedRequestSerializer},
    },
};
use aws_smithy_types::config_bag::ConfigBag;
use scan::{Finding, Place, Refused};
use serde_json::Value;

use super::wire::wire;

/// Findings a call may carry.
///
/// Source: <https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_BatchImportFindings.html>
pub(super) const BATCH: usize = 100;

/// Bytes a call may carry: 6 MB, less what stands around the findings.
const BATCH_BYTES: usize = 6_000_000 - 1_000;

/// Bytes a finding may take: 240 KB.
const FINDING_BYTES: usize = 240_000;

/// Findings that fill a call together.
#[derive(Debug, Default)]
pub(super) struct Batch {
    findings: Vec<AwsSecurityFinding>,
    bytes: usize,
}

impl Batch {
    /// Takes `finding` in. Where there is no room left, it becomes the first of the next batch, and
    /// what was gathered comes back.
    pub(super) fn push(
        &mut self,
        finding: AwsSecurityFinding,
        bytes: usize,
    ) -> Option<Vec<AwsSecurityFinding>> {
        let with_comma = bytes + 1;
        let is_full = self.findings.len() == BATCH || self.bytes + with_comma > BATCH_BYTES;
        let full = is_full.then(|| std::mem::take(self)).map(Self::rest);
        self.findings.push(finding);
        self.bytes += with_comma;
        full.filter(|findings| !findings.is_empty())
    }

    /// What was gathered.
    pub(super) fn rest(self) -> Vec<AwsSecurityFinding> {
        self.findings
    }
}

/// `finding` as it is sent, and its size in bytes. One too large goes without what it can do
/// without: first the function's tags, then its settings.
///
/// # Errors
/// It is still too large, or cannot be written at all; the codes are those that Security Hub has.
pub(super) fn fitted(
    finding: &Finding,
    place: &Place,
) -> Result<(AwsSecurityFinding, usize), Refused> {
    let refused =
        |code: &str, message| Refused { id: finding.id(), code: code.to_owned(), message };
    let trims: [fn(&mut AwsSecurityFinding); 3] = [|_| {}, without_tags, without_tags_and_details];
    let mut bytes = 0;
    for trim in trims {
        // Measuring takes the finding. It is made again, for to clone it takes 0.14 MB of code.
        let make = || {
            let mut made = wire(finding, place);
            trim(&mut made);
            made
        };
        bytes = measured(make()).map_err(|error| refused("InvalidInput", error.to_string()))?;
        if bytes <= FINDING_BYTES {
            return Ok((make(), bytes));
        }
    }
    let message = format!("{bytes} bytes without tags and settings, of {FINDING_BYTES} at most");
    Err(refused("FindingSizeExceeded", message))
}

/// `finding` as the SDK sends it.
///
/// # Errors
/// The SDK cannot write it.
pub(super) fn written(finding: AwsSecurityFinding) -> Result<Value, BoxError> {
    let mut input: Value = serde_json::from_slice(&body(finding)?)?;
    let written = input.pointer_mut("/Findings/0").ok_or("the SDK wrote no finding")?;
    Ok(written.take())
}

fn measured(finding: AwsSecurityFinding) -> Result<usize, BoxError> {
    let around = r#"{"Findings":[]}"#.len();
    Ok(body(finding)?.len().saturating_sub(around))
}

/// The body by which the SDK would import `finding` alone, from its own serialiser.
fn body(finding: AwsSecurityFinding) -> Result<Vec<u8>, BoxError> {
    let input = BatchImportFindingsInput::builder().findings(finding).build()?;
    let config = BatchImportFindings::new().config().ok_or("the operation has no configuration")?;
    let serialiser =
        config.load::<SharedRequestSerializer>().ok_or("the operation has no serialiser")?;
    let request = serialiser.serialize_input(Input::erase(input), &mut ConfigBag::base())?;
    Ok(request.body().bytes().ok_or("the body is a stream")?.to_vec())
}

fn without_tags(finding: &mut AwsSecurityFinding) {
    finding.resources.iter_mut().flatten().for_each(|resource| resource.tags = None);
}

fn without_tags_and_details(finding: &mut AwsSecurityFinding) {
    without_tags(finding);
    finding.resources.iter_mut().flatten().for_each(|resource| resource.details = None);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(id: usize) -> AwsSecurityFinding {
        AwsSecurityFinding::builder().id(id.to_string()).build()
    }

    /// The number of findings in each batch; the order must be kept.
    fn packed(sizes: &[usize]) -> Vec<usize> {
        let mut batch = Batch::default();
        let mut batches = Vec::new();
        for (id, bytes) in sizes.iter().enumerate() {
            batches.extend(batch.push(named(id), *bytes));
        }
        batches.push(batch.rest());
        let ids: Vec<_> = batches.iter().flatten().filter_map(AwsSecurityFinding::id).collect();
        let expected: Vec<_> = (0..sizes.len()).map(|id| id.to_string()).collect();
        assert_eq!(ids, expected);
        batches.iter().map(Vec::len).collect()
    }

    #[test]
    fn a_batch_ends_at_a_hundred_findings_or_six_megabytes() {
        assert_eq!(packed(&[]), [0]);
        assert_eq!(packed(&[5_000; 100]), [100]);
        assert_eq!(packed(&[5_000; 250]), [100, 100, 50]);
        assert_eq!(packed(&[239_000; 25]), [25]);
        assert_eq!(packed(&[239_000; 26]), [25, 1]);
        assert_eq!(packed(&[3_000_000, 3_000_001, 2_000_000]), [1, 2]);
        assert_eq!(packed(&[7_000_000, 1]), [1, 1]);
    }

    #[test]
    fn a_finding_is_measured_as_it_is_sent() {
        let sent = body(named(7)).unwrap();
        assert_eq!(sent, br#"{"Findings":[{"Id":"7"}]}"#);
        assert_eq!(measured(named(7)).unwrap(), r#"{"Id":"7"}"#.len());
    }
}
