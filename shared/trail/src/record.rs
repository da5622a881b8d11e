use crate::{Raw, scan::Scan};

/// The fields of one CloudTrail record that a digest asks for, strings without their quotes and
/// with their escapes as they were.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Record<'a> {
    /// The record's text.
    pub(crate) whole: &'a [u8],
    /// The text of `userIdentity`.
    pub(crate) identity: &'a [u8],
    /// Of that what does not change when the same session gets new keys.
    pub(crate) session: [&'a [u8]; 3],
    pub(crate) time: &'a [u8],
    pub(crate) source: &'a [u8],
    pub(crate) name: &'a [u8],
    pub(crate) region: &'a [u8],
    /// The text from `source` to `region`, where they follow one another.
    pub(crate) call: &'a [u8],
    pub(crate) agent: &'a [u8],
    pub(crate) error_code: &'a [u8],
    pub(crate) error_message: &'a [u8],
    pub(crate) parameters: Option<Raw<'a>>,
    pub(crate) resources: Option<Raw<'a>>,
    pub(crate) additional: Option<Raw<'a>>,
    pub(crate) id: &'a [u8],
    pub(crate) shared_id: &'a [u8],
    pub(crate) recipient: &'a [u8],
    pub(crate) kind: &'a [u8],
    pub(crate) category: &'a [u8],
    pub(crate) read_only: Option<bool>,
    pub(crate) management: Option<bool>,
    /// It has a field that only records have.
    is_record: bool,
}

impl<'a> Record<'a> {
    /// Reads the record that comes next; false if it is a whole JSON value and no record. `None`:
    /// the text is damaged here.
    pub(crate) fn read(&mut self, scan: &mut Scan<'a>) -> Option<bool> {
        *self = Self::default();
        if scan.peek()? != b'{' {
            scan.value()?;
            return Some(false);
        }
        let start = scan.at();
        scan.take(b'{');
        let mut open = !scan.take(b'}') && !self.expected(scan)?;
        while open {
            self.field(scan)?;
            open = scan.take(b',');
            if !open && !scan.take(b'}') {
                return None;
            }
        }
        self.whole = scan.since(start);
        Some(self.is_record && !self.source.is_empty() && !self.name.is_empty())
    }

    /// Reads the fields that come in the order in which CloudTrail writes them, with no white space
    /// between; true if that was the whole record.
    #[inline]
    fn expected(&mut self, scan: &mut Scan<'a>) -> Option<bool> {
        macro_rules! next {
            ($($name:literal $scan:ident => $take:expr;)*) => {$(
                if $scan.literal(concat!("\"", $name, "\":")) {
                    let _ = $take;
                    if !$scan.literal(",") {
                        return $scan.take(b'}').then_some(true);
                    }
                }
            )*};
        }
        let mut call = usize::MAX;
        next! {
            "eventVersion" scan => { self.is_record = true; scan.text()? };
            "userIdentity" scan => { self.is_record = true; self.identity(scan)? };
            "eventTime" scan => self.time = scan.text()?;
            "eventSource" scan => { call = scan.at(); self.source = scan.text()? };
            "eventName" scan => self.name = scan.text()?;
            "awsRegion" scan => { self.region = scan.text()?; self.call = scan.since(call) };
            "sourceIPAddress" scan => scan.text()?;
            "userAgent" scan => self.agent = scan.text()?;
            "errorCode" scan => self.error_code = scan.text()?;
            "errorMessage" scan => self.error_message = scan.text()?;
            "requestParameters" scan => self.parameters = unless_null(scan.value()?);
            "responseElements" scan => scan.value()?;
            "additionalEventData" scan => self.additional = unless_null(scan.value()?);
            "requestID" scan => scan.text()?;
            "eventID" scan => self.id = scan.text()?;
            "readOnly" scan => self.read_only = flag(scan.value()?);
            "resources" scan => self.resources = unless_null(scan.value()?);
            "eventType" scan => self.kind = scan.text()?;
            "managementEvent" scan => self.management = flag(scan.value()?);
            "recipientAccountId" scan => self.recipient = scan.text()?;
            "sharedEventID" scan => self.shared_id = scan.text()?;
            "eventCategory" scan => self.category = scan.text()?;
            "tlsDetails" scan => scan.value()?;
        }
        Some(false)
    }

    fn identity(&mut self, scan: &mut Scan<'a>) -> Option<()> {
        let start = scan.at();
        let mut ahead = scan.back(start);
        if let Some(session) = session(&mut ahead) {
            self.session = session;
            *scan = ahead;
            self.identity = scan.since(start);
        } else {
            self.identity = scan.value()?.bytes();
            self.session = [self.identity, b"", b""];
        }
        Some(())
    }

    /// Reads one field, whichever it is.
    fn field(&mut self, scan: &mut Scan<'a>) -> Option<()> {
        let (name, value) = scan.member()?;
        match name.bytes() {
            b"eventVersion" => self.is_record = true,
            b"userIdentity" => {
                self.is_record = true;
                self.identity = value.bytes();
                self.session = [self.identity, b"", b""];
            }
            b"eventTime" => self.time = text(value),
            b"eventSource" => self.source = text(value),
            b"eventName" => self.name = text(value),
            b"awsRegion" => self.region = text(value),
            b"userAgent" => self.agent = text(value),
            b"errorCode" => self.error_code = text(value),
            b"errorMessage" => self.error_message = text(value),
            b"requestParameters" => self.parameters = unless_null(value),
            b"resources" => self.resources = unless_null(value),
            b"additionalEventData" => self.additional = unless_null(value),
            b"eventID" => self.id = text(value),
            b"sharedEventID" => self.shared_id = text(value),
            b"recipientAccountId" => self.recipient = text(value),
            b"eventType" => self.kind = text(value),
            b"eventCategory" => self.category = text(value),
            b"readOnly" => self.read_only = flag(value),
            b"managementEvent" => self.management = flag(value),
            _ => {}
        }
        Some(())
    }

    /// An API was called, and this is the record of who is billed for it and not of a network
    /// interface it went through.
    pub(crate) fn is_call(&self) -> bool {
        self.kind != b"AwsServiceEvent" && (matches!(self.category, b"" | b"Management" | b"Data"))
    }

    /// What copies of the record have in common.
    pub(crate) fn copied_id(&self) -> &'a [u8] {
        if self.shared_id.is_empty() { self.id } else { self.shared_id }
    }
}

/// The parts of a role's session that stay the same while its keys change: everything but
/// `accessKeyId` and `sessionContext.attributes`. `None`: it is not written as usual.
#[inline]
fn session<'a>(scan: &mut Scan<'a>) -> Option<[&'a [u8]; 3]> {
    let is_there = |scan: &mut Scan<'a>, literal| scan.literal(literal).then_some(());
    let start = scan.at();
    is_there(scan, "{\"type\":\"AssumedRole\",\"principalId\":")?;
    scan.text()?;
    is_there(scan, ",\"arn\":")?;
    scan.text()?;
    is_there(scan, ",\"accountId\":")?;
    scan.text()?;
    let who = scan.since(start);
    is_there(scan, ",\"accessKeyId\":")?;
    scan.text()?;
    is_there(scan, ",\"sessionContext\":{\"sessionIssuer\":")?;
    let issuer = scan.value()?.bytes();
    is_there(scan, ",\"attributes\":")?;
    scan.value()?;
    is_there(scan, "}")?;
    let end = scan.at();
    while scan.literal(",") {
        scan.member()?;
    }
    is_there(scan, "}")?;
    Some([who, issuer, scan.since(end)])
}

/// A string's inside; nothing for other values.
fn text(value: Raw<'_>) -> &[u8] {
    value.inside().unwrap_or_default()
}

/// Some emitters write flags as strings.
#[inline]
fn flag(value: Raw<'_>) -> Option<bool> {
    match value.bytes() {
        b"true" | b"\"true\"" => Some(true),
        b"false" | b"\"false\"" => Some(false),
        _ => None,
    }
}

#[inline]
fn unless_null(value: Raw<'_>) -> Option<Raw<'_>> {
    (!value.is_null()).then_some(value)
}
