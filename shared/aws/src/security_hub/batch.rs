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
use scan::Refused;

/// Findings a call may carry.
///
/// Source: <https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_BatchImportFindings.html>
pub(super) const BATCH: usize = 100;

/// Bytes a call may carry: 6 MB.
const BATCH_BYTES: usize = 6_000_000;

/// Bytes a finding may take: 240 KB.
const FINDING_BYTES: usize = 240_000;

/// A finding and its size on the wire, in bytes.
pub(super) type Measured = (AwsSecurityFinding, usize);

/// Measures `finding`, and takes off what it can do without if it is too large: first the
/// function's tags, then its settings.
///
/// # Errors
/// It is still too large, or cannot be written at all.
pub(super) fn fitted(mut finding: AwsSecurityFinding) -> Result<Measured, Refused> {
    let trims: [fn(&mut AwsSecurityFinding); 3] = [|_| {}, without_tags, without_details];
    let mut bytes = 0;
    for trim in trims {
        trim(&mut finding);
        bytes = match serialised(vec![finding.clone()]) {
            Ok(body) => body.len(),
            Err(error) => return Err(refused(&finding, "InvalidInput", error.to_string())),
        };
        if bytes <= FINDING_BYTES {
            return Ok((finding, bytes));
        }
    }
    let message = format!("{bytes} bytes without tags and settings, of {FINDING_BYTES} at most");
    Err(refused(&finding, "FindingSizeExceeded", message))
}

/// Splits findings into calls, in order.
pub(super) fn batches(findings: Vec<Measured>) -> Vec<Vec<AwsSecurityFinding>> {
    let mut batches: Vec<Vec<AwsSecurityFinding>> = Vec::new();
    let mut room = 0;
    for (finding, bytes) in findings {
        match batches.last_mut() {
            Some(batch) if batch.len() < BATCH && bytes <= room => {
                room -= bytes;
                batch.push(finding);
            }
            _ => {
                room = BATCH_BYTES.saturating_sub(bytes);
                batches.push(vec![finding]);
            }
        }
    }
    batches
}

/// The body that the SDK would send to import `findings`, by the SDK's own serialiser.
pub(super) fn serialised(findings: Vec<AwsSecurityFinding>) -> Result<Vec<u8>, BoxError> {
    let input = BatchImportFindingsInput::builder().set_findings(Some(findings)).build()?;
    let config = BatchImportFindings::new().config().ok_or("the operation has no configuration")?;
    let serialiser =
        config.load::<SharedRequestSerializer>().ok_or("the operation has no serialiser")?;
    let request = serialiser.serialize_input(Input::erase(input), &mut ConfigBag::base())?;
    Ok(request.body().bytes().ok_or("the body is a stream")?.to_vec())
}

fn without_tags(finding: &mut AwsSecurityFinding) {
    finding.resources.iter_mut().flatten().for_each(|resource| resource.tags = None);
}

fn without_details(finding: &mut AwsSecurityFinding) {
    finding.resources.iter_mut().flatten().for_each(|resource| resource.details = None);
}

/// The codes are Security Hub's own, so that callers need know no others.
fn refused(finding: &AwsSecurityFinding, code: &str, message: String) -> Refused {
    let id = finding.id().unwrap_or_default().to_owned();
    Refused { id, code: code.to_owned(), message }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(id: usize) -> AwsSecurityFinding {
        AwsSecurityFinding::builder().id(id.to_string()).build()
    }

    /// The number of findings in each batch; the order must be kept.
    fn packed(sizes: &[usize]) -> Vec<usize> {
        let findings = sizes.iter().enumerate().map(|(id, bytes)| (named(id), *bytes)).collect();
        let batches = batches(findings);
        let ids: Vec<_> = batches.iter().flatten().filter_map(AwsSecurityFinding::id).collect();
        let expected: Vec<_> = (0..sizes.len()).map(|id| id.to_string()).collect();
        assert_eq!(ids, expected);
        batches.iter().map(Vec::len).collect()
    }

    #[test]
    fn a_batch_ends_at_a_hundred_findings_or_six_megabytes() {
        assert_eq!(packed(&[]), [0; 0]);
        assert_eq!(packed(&[5_000; 100]), [100]);
        assert_eq!(packed(&[5_000; 250]), [100, 100, 50]);
        assert_eq!(packed(&[240_000; 25]), [25]);
        assert_eq!(packed(&[240_000; 26]), [25, 1]);
        assert_eq!(packed(&[3_000_000, 3_000_001, 2_999_999]), [1, 2]);
    }
}
