use std::borrow::Cow;

use crate::Raw;

/// `userIdentity` as far as it tells roles and sessions apart.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Identity<'a> {
    pub(crate) kind: &'a str,
    pub(crate) principal: &'a str,
    pub(crate) arn: &'a str,
    pub(crate) invoked_by: &'a str,
    /// `sessionContext.sessionIssuer`
    pub(crate) issuer_arn: &'a str,
    pub(crate) issuer_id: &'a str,
    /// `inScopeOf`
    pub(crate) scope_kind: &'a str,
    pub(crate) scope: &'a str,
    pub(crate) scope_version: &'a str,
}

impl<'a> Identity<'a> {
    /// `None`: something in it is escaped, and must be resolved first.
    pub(crate) fn read(text: &'a [u8]) -> Option<Self> {
        let mut identity = Self::default();
        for (name, value) in Raw::whole(text).members() {
            match name.bytes() {
                b"type" => identity.kind = plain(value)?,
                b"principalId" => identity.principal = plain(value)?,
                b"arn" => identity.arn = plain(value)?,
                b"invokedBy" => identity.invoked_by = plain(value)?,
                b"sessionContext" => identity.issued(value)?,
                b"inScopeOf" => identity.scoped(value)?,
                _ => {}
            }
        }
        Some(identity)
    }

    fn issued(&mut self, session: Raw<'a>) -> Option<()> {
        for (name, value) in session.get("sessionIssuer").into_iter().flat_map(Raw::members) {
            match name.bytes() {
                b"arn" => self.issuer_arn = plain(value)?,
                b"principalId" => self.issuer_id = plain(value)?,
                _ => {}
            }
        }
        Some(())
    }

    fn scoped(&mut self, scope: Raw<'a>) -> Option<()> {
        for (name, value) in scope.members() {
            match name.bytes() {
                b"issuerType" => self.scope_kind = plain(value)?,
                b"credentialsIssuedTo" => self.scope = plain(value)?,
                b"credentialsIssuedToVersion" => self.scope_version = plain(value)?,
                _ => {}
            }
        }
        Some(())
    }

    /// The role whose credentials these are, unless its account cannot edit it because it belongs
    /// to a service or to Identity Center. Where the issuer is not told, its path is not either:
    /// `arn:aws:sts::111122223333:assumed-role/pay/pay-api`.
    pub(crate) fn role(&self) -> Option<Cow<'a, str>> {
        if self.kind != "AssumedRole" {
            return None;
        }
        if self.issuer_arn.is_empty() {
            let (head, session) = self.arn.split_once(":assumed-role/")?;
            let (partition, account) = head.strip_prefix("arn:")?.split_once(":sts::")?;
            let (role, _) = session.split_once('/')?;
            return Some(format!("arn:{partition}:iam::{account}:role/{role}").into());
        }
        let (_, path) = self.issuer_arn.split_once(":role/")?;
        let is_foreign = path.starts_with("aws-service-role/") || path.starts_with("aws-reserved/");
        (!is_foreign).then_some(self.issuer_arn.into())
    }

    /// `AROA…`
    pub(crate) fn role_id(&self) -> &'a str {
        let before = || self.principal.split(':').next().unwrap_or_default();
        if self.issuer_id.is_empty() { before() } else { self.issuer_id }
    }

    /// The name of the session. The ARN has it whole; `principalId` may be cut.
    pub(crate) fn session(&self) -> &'a str {
        let from_arn = self.arn.rsplit_once('/');
        let found = from_arn.or_else(|| self.principal.split_once(':'));
        found.map(|(_, session)| session).unwrap_or_default()
    }
}

/// A string without escapes, or nothing where it is none.
fn plain(value: Raw<'_>) -> Option<&str> {
    value.inside().map_or(Some(""), |_| value.plain())
}
