mod told;

use std::{
    io::{IsTerminal, Write},
    sync::Arc,
};

use ::scan::{Inventory, Place, Used, Window};
use ::usage::{Settings, judge, own_roles};
use aws::{Cloud, Digests, Reader};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use model::{Baseline, Gap, Role, RoleState, RoleUsage, RoleUser};

use crate::{
    args::{Colour, ListFormat, Propose},
    exit::{Exit, Failure},
    inputs::{authorization::Account, functions::users_of},
    ledger,
    reach::settings,
};
use told::Told;

/// Judges each permission of a role, and proposes the least it needs.
pub(crate) async fn run(args: Propose) -> Result<Exit, Failure> {
    let subject = match args.authorization_details {
        Some(_) => Subject::from_files(&args).await?,
        None => Subject::from_aws(&args).await?,
    };
    let Subject { role, users, seen } = &subject;
    let usual = Settings::default();
    let days = u32::from(args.window);
    // A short look is no reason to be hasty with what is new.
    let asked = Settings { window_days: days, grace_days: days.max(usual.grace_days), ..usual };
    let judgement = judge(role, users, seen, &asked).map_err(unknown)?;
    let proposal = ::usage::propose(role, &judgement).map_err(unknown)?;
    let own = match judgement.functions.len() {
        0 | 1 => vec![],
        _ => own_roles(role, &judgement).map_err(unknown)?,
    };
    let told = Told { role, judgement: &judgement, proposal: &proposal, own: &own };
    let mut out = std::io::stdout().lock();
    match args.format {
        ListFormat::Json => writeln!(out, "{:#}", told.json())?,
        ListFormat::Table => told.text(&mut out, is_coloured(args.color))?,
    }
    drop(out);
    let window = &judgement.window;
    let exit = if window.seen < window.days { Exit::Blind } else { Exit::Clean };
    match (args.apply, users.first().map(|user| user.arn.clone())) {
        (false, _) => Ok(exit),
        (true, Some(function)) => crate::repair::propose(&function, args).await,
        (true, None) => Err(Failure::Usage(format!(
            "no function has the role `{}`, so that no finding speaks of it",
            role.arn
        ))),
    }
}

/// A role with everything that its judgement rests on.
struct Subject {
    role: Role,
    users: Vec<RoleUser>,
    seen: RoleUsage,
}

impl Subject {
    async fn from_files(args: &Propose) -> Result<Self, Failure> {
        let details = args.authorization_details.as_deref().unwrap_or("".as_ref());
        let role = Account::read(details)?.role(&args.role)?;
        let users = match &args.functions {
            Some(functions) => {
                let users = users_of(&role.arn, functions, args.event_sources.as_deref())?;
                if users.is_empty() {
                    return Err(Failure::Usage(format!(
                        "`{}` has no function with the role `{}`; give the list of its Region",
                        functions.display(),
                        role.arn
                    )));
                }
                users
            }
            None => vec![],
        };
        let account = model::account_of(&role.arn).unwrap_or_default().to_owned();
        let window = Window::before(day(args), args.window);
        let digests = Digests::new(Arc::new(Cloud::new(settings(&args.reach, None))), &args.ledger);
        let loaded = ledger::load(&digests, &args.ledger, [account].into(), window).await?;
        let names = users.iter().map(|user| user.arn.clone()).collect();
        let known = args.functions.is_some().then_some(&names);
        let of_role = |ledger: &trail::Ledger| ledger.usage(&role.arn, role.id.as_deref(), known);
        let seen = loaded.accounts.first().map(of_role);
        let seen = seen.ok_or_else(|| Failure::Usage(format!("`{}` is empty", args.ledger)))?;
        Ok(Self { role, users, seen })
    }

    /// As a scan would read it, by way of one of the role's functions.
    async fn from_aws(args: &Propose) -> Result<Self, Failure> {
        if args.day.is_some() {
            return Err(Failure::Usage(
                "`--day` needs `--authorization-details`: AWS tells roles as they are now"
                    .to_owned(),
            ));
        }
        let cloud = Arc::new(Cloud::new(settings(&args.reach, args.region.as_ref())));
        let home = cloud.home().await?;
        let account = model::account_of(&args.role).unwrap_or_default().to_owned();
        let place = Place { account, ..home };
        let reader = Reader::new(cloud.clone(), &Baseline::default());
        let reader = reader.ledger(Digests::new(cloud, &args.ledger), args.window);
        let role = Used::Role(model::name_of(&args.role).to_owned());
        let users = reader.users(&place, &role, Timestamp::MIN).await?;
        let Some(first) = users.first() else {
            return Err(Failure::Usage(format!(
                "no function in {place} has the role `{}`; check the ARN, and give its functions' Region \
                 with `--region`",
                args.role
            )));
        };
        let snapshot = reader.function(first, Timestamp::MIN).await?;
        let role = match snapshot.role.get("execution role").map_err(unknown)? {
            RoleState::Present(role) if role.arn == args.role => (**role).clone(),
            RoleState::Present(role) => {
                return Err(Failure::Usage(format!(
                    "no role `{}`; did you mean `{}`?",
                    args.role, role.arn
                )));
            }
            RoleState::Missing => {
                return Err(Failure::Usage(format!("the role `{}` does not exist", args.role)));
            }
        };
        let users = snapshot.role_users.get("functions with the same role").map_err(unknown)?;
        let seen = snapshot.usage.get("usage").map_err(unknown)?;
        Ok(Self { role, users: users.to_vec(), seen: (**seen).clone() })
    }
}

fn day(args: &Propose) -> Date {
    args.day.unwrap_or_else(|| Timestamp::now().to_zoned(TimeZone::UTC).date())
}

/// What is not known makes no proposal.
fn unknown(gap: Gap) -> Failure {
    Failure::Blind(format!("{} unknown: {}", gap.fact, gap.why))
}

fn is_coloured(colour: Colour) -> bool {
    match colour {
        Colour::Always => true,
        Colour::Never => false,
        Colour::Auto => {
            let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
            std::io::stdout().is_terminal() && !plain
        }
    }
}
