use crate::{Raw, record::Record, scan::Scan};

/// How the records of a file ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ended {
    /// The text was read to its end.
    pub(crate) whole: bool,
    /// It has the form of a file with CloudTrail records, though perhaps none.
    pub(crate) known: bool,
    /// Values that stand where records do and are none.
    pub(crate) others: u64,
}

/// Hands over every record in `text`, one after the other, whichever form it has: a log file, what
/// `LookupEvents` answers, EventBridge events, or bare records; several one behind the other.
pub(crate) fn records(text: &[u8], each: &mut dyn FnMut(&Record<'_>)) -> Ended {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let mut walk = Walk { each, ended: Ended::default() };
    let mut scan = Scan::new(text);
    let mut whole = true;
    while whole && scan.peek().is_some() {
        whole = walk.value(&mut scan).is_some();
    }
    Ended { whole, ..walk.ended }
}

struct Walk<'w> {
    each: &'w mut dyn FnMut(&Record<'_>),
    ended: Ended,
}

impl Walk<'_> {
    /// A value of the outermost level, or an element of an outermost array.
    fn value<'a>(&mut self, scan: &mut Scan<'a>) -> Option<()> {
        match scan.peek()? {
            b'[' => self.elements(scan, Self::wrapped),
            b'{' => self.envelope(scan),
            _ => self.other(scan),
        }
    }

    /// What stands in an array: an event of `LookupEvents` or of EventBridge, or a bare record.
    fn wrapped<'a>(&mut self, scan: &mut Scan<'a>) -> Option<()> {
        if scan.peek()? == b'{' { self.envelope(scan) } else { self.other(scan) }
    }

    /// An object that has records in it, or is one.
    fn envelope<'a>(&mut self, scan: &mut Scan<'a>) -> Option<()> {
        let start = scan.at();
        scan.take(b'{');
        if scan.take(b'}') {
            return Some(());
        }
        let (mut is_record, mut is_envelope) = (false, false);
        loop {
            let name = scan.name()?.bytes();
            match name {
                b"Records" | b"Events" if scan.peek()? == b'[' => {
                    is_envelope = true;
                    self.ended.known = true;
                    self.elements(
                        scan,
                        if name == b"Records" { Self::record } else { Self::wrapped },
                    )?;
                }
                b"CloudTrailEvent" if scan.peek()? == b'"' => {
                    is_envelope = true;
                    self.quoted(scan.value()?);
                }
                b"detail" if scan.peek()? == b'{' => {
                    is_envelope = true;
                    self.record(scan)?;
                }
                b"eventVersion" | b"userIdentity" => {
                    is_record = true;
                    scan.value()?;
                }
                _ => {
                    scan.value()?;
                }
            }
            if !scan.take(b',') {
                break;
            }
        }
        if !scan.take(b'}') {
            return None;
        }
        if is_record && !is_envelope {
            return self.record(&mut scan.back(start));
        }
        self.ended.others += u64::from(!is_envelope);
        Some(())
    }

    fn elements<'a>(
        &mut self,
        scan: &mut Scan<'a>,
        element: fn(&mut Self, &mut Scan<'a>) -> Option<()>,
    ) -> Option<()> {
        scan.take(b'[');
        if scan.take(b']') {
            return Some(());
        }
        loop {
            element(self, scan)?;
            if !scan.take(b',') {
                return scan.take(b']').then_some(());
            }
        }
    }

    fn record<'a>(&mut self, scan: &mut Scan<'a>) -> Option<()> {
        let mut record = Record::default();
        if record.read(scan)? {
            self.ended.known = true;
            (self.each)(&record);
        } else {
            self.ended.others += 1;
        }
        Some(())
    }

    /// A record that stands as text in a string.
    fn quoted(&mut self, value: Raw<'_>) {
        let text = value.text();
        let read = text.as_deref().and_then(|text| self.record(&mut Scan::new(text.as_bytes())));
        self.ended.others += u64::from(read.is_none());
    }

    fn other(&mut self, scan: &mut Scan<'_>) -> Option<()> {
        scan.value()?;
        self.ended.others += 1;
        Some(())
    }
}
