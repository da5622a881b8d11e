use scan::Refused;
use serde_json::Value;

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
    findings: Vec<Value>,
    bytes: usize,
}

impl Batch {
    /// Takes `finding` in. Where there is no room left, it becomes the first of the next batch, and
    /// what was gathered comes back.
    pub(super) fn push(&mut self, finding: Value, bytes: usize) -> Option<Vec<Value>> {
        let with_comma = bytes + 1;
        let is_full = self.findings.len() == BATCH || self.bytes + with_comma > BATCH_BYTES;
        let full = is_full.then(|| std::mem::take(self)).map(Self::rest);
        self.findings.push(finding);
        self.bytes += with_comma;
        full.filter(|findings| !findings.is_empty())
    }

    /// What was gathered.
    pub(super) fn rest(self) -> Vec<Value> {
        self.findings
    }
}

/// Measures `finding` in bytes, and takes off what it can do without if it is too large: first the
/// function's tags, then its settings.
///
/// # Errors
/// It is still too large; the code is the one that Security Hub has for it.
pub(super) fn fitted(mut finding: Value) -> Result<(Value, usize), Refused> {
    let mut bytes = finding.to_string().len();
    for part in ["Tags", "Details"] {
        if bytes > FINDING_BYTES
            && let Some(Value::Object(resource)) = finding.pointer_mut("/Resources/0")
        {
            resource.remove(part);
            bytes = finding.to_string().len();
        }
    }
    if bytes <= FINDING_BYTES {
        return Ok((finding, bytes));
    }
    Err(Refused {
        id: finding.get("Id").and_then(Value::as_str).unwrap_or_default().to_owned(),
        code: "FindingSizeExceeded".to_owned(),
        message: format!("{bytes} bytes without tags and settings, of {FINDING_BYTES} at most"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The number of findings in each batch; the order must be kept.
    fn packed(sizes: &[usize]) -> Vec<usize> {
        let mut batch = Batch::default();
        let mut batches = Vec::new();
        for (id, bytes) in sizes.iter().enumerate() {
            batches.extend(batch.push(Value::from(id), *bytes));
        }
        batches.push(batch.rest());
        let ids: Vec<Value> = batches.iter().flatten().cloned().collect();
        assert_eq!(ids, (0..sizes.len()).map(Value::from).collect::<Vec<_>>());
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
}
