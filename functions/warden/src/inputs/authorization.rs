//! What `aws iam get-account-authorization-details` prints.

use std::{collections::BTreeMap, path::Path};

use iam::Policy;
use jiff::Timestamp;
use model::{Fact, NamedPolicy, Origin, Role};
use serde::Deserialize;
use serde_json::Value;

use super::{read, whole};
use crate::exit::Failure;

const PROGRAM: &str = "aws iam get-account-authorization-details";

/// The identities of one account. Documents are parsed when they are asked for: one that nobody
/// asks for may be as broken as it likes.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Account {
    #[serde(skip)]
    path: String,
    role_detail_list: Vec<Identity>,
    #[serde(default)]
    user_detail_list: Vec<Identity>,
    #[serde(default)]
    group_detail_list: Vec<Identity>,
    #[serde(default)]
    policies: Vec<Managed>,
    #[serde(alias = "Marker", default)]
    next_token: Option<String>,
}

/// A role, a user or a group.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Identity {
    arn: String,
    role_name: Option<String>,
    user_name: Option<String>,
    group_name: Option<String>,
    #[serde(alias = "RoleId", alias = "UserId", alias = "GroupId")]
    unique_id: Option<String>,
    create_date: Option<String>,
    assume_role_policy_document: Option<Value>,
    #[serde(alias = "UserPolicyList", alias = "GroupPolicyList")]
    role_policy_list: Vec<Inline>,
    attached_managed_policies: Vec<Attached>,
    permissions_boundary: Option<Boundary>,
    group_list: Vec<String>,
    tags: Vec<Tag>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Inline {
    policy_name: String,
    policy_document: Value,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Attached {
    policy_arn: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Boundary {
    permissions_boundary_arn: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    key: String,
    value: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Managed {
    arn: String,
    #[serde(default)]
    policy_version_list: Vec<Version>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Version {
    #[serde(default)]
    is_default_version: bool,
    document: Value,
    create_date: Option<String>,
}

/// Who asks, with what decides over it.
#[derive(Debug)]
pub(crate) struct Principal {
    /// Of the role or user itself, never of a session.
    pub(crate) arn: String,
    /// `AROA…` or `AIDA…`.
    pub(crate) id: Option<String>,
    pub(crate) tags: BTreeMap<String, String>,
    /// A user's include those of its groups.
    pub(crate) policies: Vec<NamedPolicy>,
    pub(crate) boundary: Option<NamedPolicy>,
}

impl Account {
    /// Reads the file.
    ///
    /// # Errors
    /// It cannot be read, is something else, or holds a part only.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let mut account: Self = read(path, PROGRAM)?;
        whole(path, PROGRAM, account.next_token.as_ref())?;
        account.path = path.display().to_string();
        Ok(account)
    }

    /// The role or user of an ARN; a session stands for its role.
    ///
    /// # Errors
    /// Nobody of that ARN is in the file, or one of its policies cannot be read.
    pub(crate) fn principal(&self, arn: &str) -> Result<Principal, Failure> {
        let identity = self.find(arn)?;
        let mut policies = self.policies(identity)?;
        for name in &identity.group_list {
            let named = |group: &&Identity| group.group_name.as_ref() == Some(name);
            let group = self.group_detail_list.iter().find(named);
            let group = group
                .ok_or_else(|| self.wrong(&format!("group `{name}` of `{arn}` is missing")))?;
            policies.extend(self.policies(group)?);
        }
        Ok(Principal {
            arn: identity.arn.clone(),
            id: identity.unique_id.clone(),
            tags: identity.tags.iter().map(|tag| (tag.key.clone(), tag.value.clone())).collect(),
            policies,
            boundary: self.boundary(identity)?,
        })
    }

    /// The role of an ARN, as the rules see it.
    ///
    /// # Errors
    /// As [`Account::principal`].
    pub(crate) fn role(&self, arn: &str) -> Result<Role, Failure> {
        let identity = self.find(arn)?;
        let document =
            identity.assume_role_policy_document.as_ref().filter(|_| identity.role_name.is_some());
        let Some(document) = document else {
            return Err(Failure::Usage(format!("`{arn}` is not a role")));
        };
        Ok(Role {
            arn: identity.arn.clone(),
            id: identity.unique_id.clone(),
            created: self.time(&identity.arn, identity.create_date.as_deref())?,
            trust: Fact::Known(self.parse("trust policy", &identity.arn, document)?),
            policies: Fact::Known(self.policies(identity)?),
            boundary: Fact::Known(self.boundary(identity)?),
        })
    }

    fn find(&self, arn: &str) -> Result<&Identity, Failure> {
        let known = || self.role_detail_list.iter().chain(&self.user_detail_list);
        let session = session_role(arn);
        let is_asked = |one: &&Identity| match session {
            Some((account, name)) => {
                one.role_name.as_deref() == Some(name)
                    && model::account_of(&one.arn) == Some(account)
            }
            None => one.arn == arn,
        };
        known().find(is_asked).ok_or_else(|| {
            let near = rules::did_you_mean(arn, known().map(|one| one.arn.as_str()));
            self.wrong(&format!("no role or user `{arn}`{near}"))
        })
    }

    fn policies(&self, identity: &Identity) -> Result<Vec<NamedPolicy>, Failure> {
        let inline = identity.role_policy_list.iter().map(|policy| {
            let document =
                self.parse(&policy.policy_name, &identity.arn, &policy.policy_document)?;
            Ok(NamedPolicy {
                name: policy.policy_name.clone(),
                origin: Origin::Inline,
                document,
                changed: None,
            })
        });
        let attached = identity.attached_managed_policies.iter();
        let attached = attached.map(|policy| self.managed(&policy.policy_arn, &identity.arn));
        inline.chain(attached).collect()
    }

    fn boundary(&self, identity: &Identity) -> Result<Option<NamedPolicy>, Failure> {
        let boundary = identity.permissions_boundary.as_ref();
        boundary.map(|one| self.managed(&one.permissions_boundary_arn, &identity.arn)).transpose()
    }

    /// The default version of a managed policy; the others do not count.
    fn managed(&self, arn: &str, of: &str) -> Result<NamedPolicy, Failure> {
        let found = self.policies.iter().find(|policy| policy.arn == arn);
        let versions = found.map(|policy| policy.policy_version_list.as_slice());
        let default = versions.into_iter().flatten().find(|version| version.is_default_version);
        let version = default.ok_or_else(|| {
            self.wrong(&format!(
                "the default version of `{arn}`, a policy of `{of}`, is missing; run `{PROGRAM}` \
                 without `--filter`"
            ))
        })?;
        let name = model::name_of(arn).to_owned();
        let document = self.parse(&name, of, &version.document)?;
        Ok(NamedPolicy {
            name,
            origin: Origin::Managed(arn.to_owned()),
            document,
            changed: self.time(arn, version.create_date.as_deref())?,
        })
    }

    fn parse(&self, name: &str, of: &str, document: &Value) -> Result<Policy, Failure> {
        serde_json::from_value(document.clone())
            .map_err(|error| self.wrong(&format!("policy `{name}` of `{of}`: {error}")))
    }

    /// A date that cannot be read would make what is new look old.
    fn time(&self, of: &str, text: Option<&str>) -> Result<Option<Timestamp>, Failure> {
        let time = text.map(|text| {
            text.parse().map_err(|_| {
                self.wrong(&format!(
                    "`CreateDate` `{text}` of `{of}` is no time; expected ISO 8601"
                ))
            })
        });
        time.transpose()
    }

    fn wrong(&self, what: &str) -> Failure {
        Failure::Usage(format!("`{}`: {what}", self.path))
    }
}

/// Account and role name of `arn:aws:sts::111122223333:assumed-role/NAME/SESSION`.
fn session_role(arn: &str) -> Option<(&str, &str)> {
    let is_session = model::service_of(arn) == Some("sts");
    let rest = arn.split_once(":assumed-role/").filter(|_| is_session)?.1;
    Some((model::account_of(arn)?, rest.split('/').next()?))
}
