//! What is remembered of functions, when it counts, and what it saves. Calls are counted, never
//! time; nights are days of the calendar that a test names.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use aws::{Cloud, Memory, Reader};
use jiff::{SignedDuration, Timestamp, ToSpan, civil::date};
use model::Fact;
use scan::{Estate, Inventory, Progress, Turn};
use serde_json::json;

use crate::{
    aws::{arn, place},
    budget::{FUNCTIONS, large, name},
    stage::{ACCOUNT, Answer, Asked, REGION, Stage},
};

struct Nights {
    stage: Stage,
    folder: PathBuf,
}

impl Nights {
    fn new(script: impl Fn(&Asked) -> Option<Answer> + Send + Sync + 'static) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder =
            std::env::temp_dir().join(format!("warden-memory-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self { stage: Stage::start(script), folder }
    }

    fn reader(&self) -> (Reader, Arc<Cloud>) {
        let (reader, cloud) = self.stage.reader();
        let memory = Memory::new(cloud.clone(), self.folder.to_str().unwrap());
        (reader.memory(memory), cloud)
    }

    /// A night's run by a new process: what was read, and the calls of it.
    async fn night(&self, turn: Turn) -> (Estate, BTreeMap<String, u64>) {
        let (reader, cloud) = self.reader();
        let estate = reader.functions(&place(), turn).await.unwrap();
        (estate, cloud.calls())
    }

    fn file(&self) -> PathBuf {
        self.folder.join(format!("memory/account={ACCOUNT}/region={REGION}/facts.jsonl.gz"))
    }

    /// The functions whose own policy was asked for, how often.
    fn policies(&self) -> BTreeMap<String, usize> {
        let mut asked = BTreeMap::new();
        for one in self.stage.asked("lambda:GetPolicy") {
            if !one.with.contains_key("Qualifier") {
                *asked.entry(one.subject).or_default() += 1;
            }
        }
        asked
    }
}

impl Drop for Nights {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

/// The `n`th night.
fn night(n: i32) -> Turn {
    Turn { night: date(2026, 6, 1).saturating_add(n.days()), ..Turn::now(Timestamp::now()) }
}

#[tokio::test]
async fn an_ordinary_night_costs_at_most_0_6_calls_a_function_and_a_week_reads_all() {
    let nights = Nights::new(large);
    let mut first = None;
    for n in 0..8 {
        let (estate, calls) = nights.night(night(n)).await;
        assert_eq!(estate.functions.len(), FUNCTIONS);
        let total: u64 = calls.values().sum();
        let each = total as f64 / FUNCTIONS as f64;
        let bytes = std::fs::metadata(nights.file()).unwrap().len();
        println!("night {n}: {total} calls, {each:.2} a function, {bytes} bytes kept: {calls:?}");
        let (most, remembered) = if n == 0 { (3.3, 0) } else { (0.6, FUNCTIONS * 5 / 7) };
        assert!(each <= most, "night {n}: {calls:#?}");
        let old = estate.functions.iter().filter(|one| one.remembered.is_some()).count();
        assert!(old >= remembered, "night {n}: {old} remembered");
        // What is remembered is what was read.
        let facts = |estate: &Estate| {
            let of = |one: &model::Snapshot| {
                let one = one.clone();
                (one.arn, one.exposure, one.qualifiers, one.destinations, one.runtime_update)
            };
            estate.functions.iter().map(of).collect::<Vec<_>>()
        };
        let first = first.get_or_insert_with(|| facts(&estate));
        assert_eq!(*first, facts(&estate), "night {n}");
    }
    let asked = nights.policies();
    assert_eq!(asked.len(), FUNCTIONS);
    assert!(asked.values().all(|&times| times == 2), "once at first, once in the week after");
}

/// An estate of two, whose function `f0001` can be given another revision and another version.
fn small(
    revised: Arc<AtomicBool>,
    published: Arc<AtomicBool>,
) -> impl Fn(&Asked) -> Option<Answer> {
    move |asked| {
        if asked.call != "lambda:ListFunctions" {
            return large(asked);
        }
        let mut changed = crate::aws::configuration(&name(1));
        if revised.load(Ordering::Relaxed) {
            changed["RevisionId"] = "another".into();
        }
        let mut functions = vec![changed, crate::aws::configuration(&name(2))];
        if published.load(Ordering::Relaxed) {
            functions.push(crate::aws::version(&name(1), "1", "python3.13"));
        }
        Some(Answer::json(json!({"Functions": functions})))
    }
}

/// A night on which it is neither function's turn.
fn quiet() -> Turn {
    // Found by trying; the first test fails if it is no such night.
    night(1)
}

#[tokio::test]
async fn what_changed_is_read_anew_and_nothing_else() {
    let ago = |minutes| Timestamp::now() - SignedDuration::from_mins(minutes);
    type Change = fn(&AtomicBool, &AtomicBool);
    let none: Change = |_, _| {};
    let cases: [(&str, Change, Option<Timestamp>, usize, usize); 5] = [
        ("nothing", none, None, 0, 0),
        ("a revision", |revised, _| revised.store(true, Ordering::Relaxed), None, 1, 0),
        ("a version", |_, published| published.store(true, Ordering::Relaxed), None, 1, 0),
        ("an event", none, Some(Timestamp::now()), 1, 1),
        ("an event before it was read", none, Some(ago(10)), 0, 1),
    ];
    for (what, change, event, reads, marks) in cases {
        let (revised, published) = <(Arc<AtomicBool>, Arc<AtomicBool>)>::default();
        let nights = Nights::new(small(revised.clone(), published.clone()));
        nights.night(quiet()).await;
        change(&revised, &published);
        if let Some(at) = event {
            nights.reader().0.changed(&arn(&name(1)), at).await.unwrap();
        }
        nights.night(quiet()).await;
        let again = |index| nights.policies()[arn(&name(index)).as_str()] - 1;
        assert_eq!((again(1), again(2)), (reads, 0), "{what}");
        let touched = nights.file().with_file_name("touched").join(name(1));
        let left = std::fs::read_dir(touched).map_or(0, Iterator::count);
        assert_eq!(left, marks, "{what}: a note is kept for an hour");
    }
}

#[tokio::test]
async fn a_note_that_is_shown_by_what_is_saved_is_dropped() {
    let nights = Nights::new(small(Arc::default(), Arc::default()));
    let (reader, _) = nights.reader();
    let hours_ago = Timestamp::now() - SignedDuration::from_hours(2);
    reader.changed(&arn(&name(1)), hours_ago).await.unwrap();
    reader.changed(&arn("gone"), hours_ago).await.unwrap();
    nights.night(quiet()).await;
    let touched = nights.file().with_file_name("touched");
    for function in [name(1), "gone".to_owned()] {
        let left = std::fs::read_dir(touched.join(&function)).map_or(0, Iterator::count);
        assert_eq!(left, 0, "{function}");
    }
    nights.night(quiet()).await;
    assert!(nights.policies().values().all(|&times| times == 1));
}

#[tokio::test]
async fn a_memory_that_cannot_be_read_has_everything_read_anew() {
    type Damage = fn(Vec<u8>) -> Vec<u8>;
    let damage: [(&str, Damage); 4] = [
        ("cut", |mut file| {
            file.truncate(file.len() / 2);
            file
        }),
        ("text", |_| b"{}".to_vec()),
        ("empty", |_| Vec::new()),
        ("huge", |mut file| {
            let end = file.len() - 4;
            file[end..].copy_from_slice(&u32::MAX.to_le_bytes());
            file
        }),
    ];
    for (what, damage) in damage {
        let nights = Nights::new(small(Arc::default(), Arc::default()));
        nights.night(quiet()).await;
        let file = std::fs::read(nights.file()).unwrap();
        std::fs::write(nights.file(), damage(file)).unwrap();
        for times in [2, 2] {
            let (estate, _) = nights.night(quiet()).await;
            assert_eq!(estate.functions.len(), 2);
            assert!(nights.policies().values().all(|&found| found == times), "{what}");
        }
    }
}

#[tokio::test]
async fn what_could_not_be_read_is_not_remembered_beyond_the_run() {
    let denies = Arc::new(AtomicBool::new(true));
    let nights = Nights::new({
        let denies = denies.clone();
        let small = small(Arc::default(), Arc::default());
        move |asked| match asked.call.as_str() {
            "lambda:GetPolicy" if denies.load(Ordering::Relaxed) => {
                Some(Answer::error(403, "AccessDeniedException"))
            }
            _ => small(asked),
        }
    });
    let turn = quiet();
    nights.night(turn).await;
    nights.night(turn).await;
    assert!(nights.policies().values().all(|&times| times == 1), "the same run asks once");
    denies.store(false, Ordering::Relaxed);
    let (estate, _) = nights.night(quiet()).await;
    assert!(estate.functions.iter().all(|one| matches!(one.exposure.policy, Fact::Known(_))));
}

#[tokio::test]
async fn a_run_that_is_out_of_time_goes_on_where_it_stopped() {
    let nights = Nights::new(|asked| match asked.call.as_str() {
        "lambda:ListFunctions" => {
            let functions: Vec<_> = (0..40).map(|n| crate::aws::configuration(&name(n))).collect();
            Some(Answer::json(json!({"Functions": functions})))
        }
        _ => large(asked),
    });
    let turn = Turn { by: Timestamp::MIN, ..night(0) };
    for (read, left) in [(16, 24), (32, 8)] {
        let (estate, _) = nights.night(turn).await;
        assert_eq!(
            (estate.out_of_time, estate.functions.len()),
            (Some(Progress { read, left }), 0)
        );
    }
    let (estate, _) = nights.night(turn).await;
    assert_eq!((estate.out_of_time, estate.functions.len()), (None, 40));
    assert!(estate.functions.iter().all(|one| one.remembered.is_none()));
    assert!(nights.policies().values().all(|&times| times == 1), "nothing is read twice");
}

#[tokio::test]
async fn a_killed_run_repeats_at_most_what_it_had_not_saved() {
    let nights = Nights::new(large);
    let turn = night(0);
    let (reader, _) = nights.reader();
    let place = place();
    let read = reader.functions(&place, turn);
    let seen = async {
        while !nights.file().exists() {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        _ = read => {}
        () = seen => {}
    }
    let (estate, _) = nights.night(turn).await;
    assert_eq!(estate.functions.len(), FUNCTIONS);
    let twice = nights.policies().values().filter(|&&times| times > 1).count();
    assert!(twice <= 500, "{twice}");
}
