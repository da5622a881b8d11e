use crate::{Raw, scan::Scan};

/// The fields of one CloudTrail record that a digest asks for, strings without their quotes and
/// with their escapes as they were.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Record<'a> {
    /// The record's text.
    pub(crate) whole: &'a [u8],
    pub(crate) identity: Identity<'a>,
    pub(crate) time: &'a [u8],
    pub(crate) source: &'a [u8],
    pub(crate) name: &'a [u8],
    pub(crate) region: &'a [u8],
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
}

/// `userIdentity`
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Identity<'a> {
    pub(crate) kind: &'a [u8],
    pub(crate) principal: &'a [u8],
    pub(crate) arn: &'a [u8],
    pub(crate) account: &'a [u8],
    pub(crate) invoked_by: &'a [u8],
    /// `sessionContext.sessionIssuer`
    pub(crate) issuer_arn: &'a [u8],
    pub(crate) issuer_id: &'a [u8],
    /// `inScopeOf`
    pub(crate) scope_kind: &'a [u8],
    pub(crate) scope: &'a [u8],
    pub(crate) scope_version: &'a [u8],
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
        let mut named = false;
        scan.take(b'{');
        if !scan.take(b'}') {
            loop {
                named |= self.field(scan)?;
                if !scan.take(b',') {
                    break;
                }
            }
            if !scan.take(b'}') {
                return None;
            }
        }
        self.whole = scan.since(start);
        Some(named && !self.source.is_empty() && !self.name.is_empty())
    }

    /// A call made with the credentials of a role that its account can edit: not of one that
    /// belongs to a service or to Identity Center.
    pub(crate) fn is_call_of_role(&self) -> bool {
        let is_call = self.kind != b"AwsServiceEvent"
            && (self.category.is_empty()
                || self.category == b"Management"
                || self.category == b"Data");
        let role = self.identity.issuer_arn;
        let path = memchr::memmem::find(role, b":role/").and_then(|at| role.get(at + 6..));
        let is_foreign = path.is_some_and(|path| {
            path.starts_with(b"aws-service-role/") || path.starts_with(b"aws-reserved/")
        });
        self.identity.kind == b"AssumedRole" && is_call && !is_foreign
    }

    /// What copies of the record have in common.
    pub(crate) fn id(&self) -> &'a [u8] {
        if self.shared_id.is_empty() { self.id } else { self.shared_id }
    }

    /// Reads one field; true if it is one of those that only records have.
    #[inline]
    fn field(&mut self, scan: &mut Scan<'a>) -> Option<bool> {
        let name = scan.name()?.bytes();
        if name == b"userIdentity" && scan.peek()? == b'{' {
            self.identity = Identity::read(scan)?;
            return Some(true);
        }
        let value = scan.value()?;
        match name {
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
        Some(name == b"eventVersion")
    }
}

impl<'a> Identity<'a> {
    fn read(scan: &mut Scan<'a>) -> Option<Self> {
        let mut identity = Self::default();
        object(scan, |name, scan| {
            match name {
                b"sessionContext" => return identity.session(scan),
                b"inScopeOf" => return identity.scoped(scan),
                _ => {}
            }
            let value = scan.value()?;
            match name {
                b"type" => identity.kind = text(value),
                b"principalId" => identity.principal = text(value),
                b"arn" => identity.arn = text(value),
                b"accountId" => identity.account = text(value),
                b"invokedBy" => identity.invoked_by = text(value),
                _ => {}
            }
            Some(())
        })?;
        Some(identity)
    }

    /// The role's ARN as the session's tells it, that is without a path, where the issuer is not
    /// told: `arn:aws:sts::111122223333:assumed-role/pay/pay-api`.
    pub(crate) fn role_of_session(&self) -> Option<String> {
        let arn = std::str::from_utf8(self.arn).ok()?;
        let (head, session) = arn.split_once(":assumed-role/")?;
        let (partition, account) = head.strip_prefix("arn:")?.split_once(":sts::")?;
        let (role, _) = session.split_once('/')?;
        Some(format!("arn:{partition}:iam::{account}:role/{role}"))
    }

    /// `AROA…`
    pub(crate) fn role_id(&self) -> &'a [u8] {
        let before = || self.principal.split(|&byte| byte == b':').next();
        if self.issuer_id.is_empty() { before().unwrap_or_default() } else { self.issuer_id }
    }

    fn session(&mut self, scan: &mut Scan<'a>) -> Option<()> {
        object(scan, |name, scan| {
            if name != b"sessionIssuer" {
                return scan.value().map(|_| ());
            }
            object(scan, |name, scan| {
                let value = scan.value()?;
                match name {
                    b"arn" => self.issuer_arn = text(value),
                    b"principalId" => self.issuer_id = text(value),
                    _ => {}
                }
                Some(())
            })
        })
    }

    fn scoped(&mut self, scan: &mut Scan<'a>) -> Option<()> {
        object(scan, |name, scan| {
            let value = scan.value()?;
            match name {
                b"issuerType" => self.scope_kind = text(value),
                b"credentialsIssuedTo" => self.scope = text(value),
                b"credentialsIssuedToVersion" => self.scope_version = text(value),
                _ => {}
            }
            Some(())
        })
    }
}

/// Walks the members of the object that comes next. Anything else is passed over.
#[inline]
fn object<'a>(
    scan: &mut Scan<'a>,
    mut member: impl FnMut(&'a [u8], &mut Scan<'a>) -> Option<()>,
) -> Option<()> {
    if scan.peek()? != b'{' {
        return scan.value().map(|_| ());
    }
    scan.take(b'{');
    if scan.take(b'}') {
        return Some(());
    }
    loop {
        let name = scan.name()?.bytes();
        member(name, scan)?;
        if !scan.take(b',') {
            return scan.take(b'}').then_some(());
        }
    }
}

/// A string's inside; nothing for other values.
#[inline]
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
