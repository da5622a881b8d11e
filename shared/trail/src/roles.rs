use std::collections::{BTreeSet, HashMap, HashSet};

use foldhash::fast::RandomState;
use model::{Attribution, CallKind, FunctionArn};

use crate::{
    caller::{Agent, Standing, decrypted_for},
    identity::Identity,
    memo::Memo,
    names::{Id, Names},
    recall::Place,
    record::Record,
    rows::{MANY_SESSIONS, nobodys},
};

/// The roles seen so far, and what named their functions.
pub(crate) struct Roles {
    by_name: HashMap<(Id, Id), u32, RandomState>,
    roles: Vec<Role>,
    /// By role, session and Region.
    sessions: HashMap<(u32, Id, Id), Option<Id>, RandomState>,
    identities: Memo<Whose>,
    agents: Memo<Agent>,
}

struct Role {
    /// ARN and id.
    name: (Id, Id),
    partition: String,
    account: String,
    /// The number of the first role of that partition and account.
    place: u32,
    /// Functions that were named by nothing but a session.
    sessions: HashSet<Id, RandomState>,
}

/// What an identity tells.
#[derive(Clone, Copy)]
pub(crate) enum Whose {
    /// A session of a role.
    Role(Who),
    /// Of no role, or of one that its account cannot edit.
    Others,
    /// Not to be told before escapes are resolved.
    Escaped,
}

/// A session of a role.
#[derive(Clone, Copy)]
pub(crate) struct Who {
    role: u32,
    session: Id,
    /// By `inScopeOf`: function and qualifier.
    scoped: Option<(Id, Option<Id>)>,
    standing: Standing,
}

/// Who is counted as the caller.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Caller {
    pub(crate) role: u32,
    pub(crate) function: Option<Id>,
    pub(crate) qualifier: Option<Id>,
    pub(crate) attribution: Attribution,
}

impl Default for Roles {
    fn default() -> Self {
        Self {
            by_name: HashMap::default(),
            roles: Vec::new(),
            sessions: HashMap::default(),
            identities: Memo::new(2_048),
            agents: Memo::new(512),
        }
    }
}

impl Roles {
    pub(crate) fn who(&mut self, names: &mut Names, record: &Record<'_>) -> Whose {
        let (by_name, roles) = (&mut self.by_name, &mut self.roles);
        self.identities.of_all(&record.session, || {
            let Some(identity) = Identity::read(record.identity) else { return Whose::Escaped };
            let Some(arn) = identity.role() else { return Whose::Others };
            let name = (names.id(&arn), names.id(identity.role_id()));
            let role = *by_name.entry(name).or_insert_with(|| {
                let number = u32::try_from(roles.len()).unwrap_or(u32::MAX);
                let mut role = Role::new(name, &arn, number);
                if let Some(other) = roles.iter().find(|other| other.is_neighbour(&role)) {
                    role.place = other.place;
                }
                roles.push(role);
                number
            });
            let standing = Standing::of(&identity);
            let scoped = if standing.scoped { scoped(names, &identity) } else { None };
            let session = names.id(identity.session());
            Whose::Role(Who { role, session, scoped, standing })
        })
    }

    /// Partition and account of the role.
    pub(crate) fn place(&self, who: Who) -> Place<'_> {
        let role = self.roles.get(who.role as usize);
        let (partition, account) =
            role.map(|role| (role.partition.as_str(), role.account.as_str())).unwrap_or_default();
        Place { partition, account, number: role.map_or(0, |role| role.place) }
    }

    pub(crate) fn caller(
        &mut self,
        names: &mut Names,
        who: Who,
        record: &Record<'_>,
        region: &str,
    ) -> (Caller, CallKind) {
        let agent = self.agents.of(record.agent, || Agent::of(record.agent));
        let (mut attribution, mut kind) = who.standing.judge(agent, record);
        let (mut function, mut qualifier) = match attribution {
            Attribution::InScopeOf => who.scoped.unzip(),
            Attribution::UserAgent | Attribution::Session => {
                (self.of_session(names, who, region), None)
            }
            Attribution::Nothing => (None, None),
        };
        if let Some(arn) = decrypted_for(record) {
            let named = self.of_session(names, who, region);
            let own = if who.standing.scoped { who.scoped.map(|(arn, _)| arn) } else { named };
            let own = own.map(|own| names.text(own));
            if arn.parse().is_ok_and(|arn: FunctionArn| Some(arn.as_str()) == own) {
                kind = CallKind::Granted;
            }
        }
        let crowd = self.roles.get_mut(who.role as usize).map(|role| &mut role.sessions);
        if let (Attribution::Session, Some(named), Some(crowd)) = (attribution, function, crowd) {
            if crowd.len() <= MANY_SESSIONS {
                crowd.insert(named);
            }
            if crowd.len() > MANY_SESSIONS {
                function = None;
                kind = nobodys(kind);
            }
        }
        if function.is_none() {
            attribution = Attribution::Nothing;
        }
        let qualifier = qualifier.take().flatten();
        (Caller { role: who.role, function, qualifier, attribution }, kind)
    }

    /// The function that has the session's name, in the Region of the call.
    fn of_session(&mut self, names: &mut Names, who: Who, region: &str) -> Option<Id> {
        let key = (who.role, who.session, names.id(region));
        if let Some(known) = self.sessions.get(&key) {
            return *known;
        }
        let Place { partition, account, .. } = self.place(who);
        let arn = FunctionArn::new(partition, region, account, names.text(who.session));
        let found = arn.ok().map(|arn| names.id(arn.as_str()));
        self.sessions.insert(key, found);
        found
    }

    /// ARN and id.
    pub(crate) fn name(&self, role: u32) -> (Id, Id) {
        self.roles.get(role as usize).map(|role| role.name).unwrap_or_default()
    }

    /// The roles with too many sessions.
    pub(crate) fn crowded(&self, names: &Names) -> BTreeSet<String> {
        let crowded = self.roles.iter().filter(|role| role.sessions.len() > MANY_SESSIONS);
        crowded.map(|role| names.text(role.name.0).to_owned()).collect()
    }
}

impl Role {
    fn new(name: (Id, Id), arn: &str, place: u32) -> Self {
        let mut parts = arn.split(':').skip(1);
        let partition = parts.next().unwrap_or_default().to_owned();
        let account = parts.nth(2).unwrap_or_default().to_owned();
        Self { name, partition, account, place, sessions: HashSet::default() }
    }

    fn is_neighbour(&self, other: &Self) -> bool {
        (&self.partition, &self.account) == (&other.partition, &other.account)
    }
}

/// Function and qualifier by `inScopeOf`.
fn scoped(names: &mut Names, identity: &Identity<'_>) -> Option<(Id, Option<Id>)> {
    let arn: FunctionArn = identity.scope.parse().ok()?;
    let arns = [identity.scope_version, identity.scope];
    let qualifier = arns.iter().find_map(|arn| arn.split(':').nth(7));
    Some((names.id(arn.as_str()), qualifier.map(|qualifier| names.id(qualifier))))
}
