//! Events on their way to the process, and answers on their way back.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::{Notify, oneshot};

use super::Answer;
use crate::clock::locked;

#[derive(Debug, Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    arrived: Notify,
}

#[derive(Debug, Default)]
struct State {
    started: Option<Instant>,
    init: Option<Duration>,
    waiting_for_init: Vec<oneshot::Sender<Duration>>,
    events: VecDeque<Event>,
    answers: BTreeMap<String, oneshot::Sender<Answer>>,
    numbers: u64,
    init_error: Option<Value>,
    /// What every invocation gets once the process has ended.
    end: Option<Answer>,
}

/// One event as `/next` delivers it.
#[derive(Clone, Debug)]
pub(super) struct Event {
    pub(super) id: String,
    pub(super) body: String,
    /// Milliseconds since 1970.
    pub(super) deadline: i64,
}

impl Queue {
    pub(super) fn starts(&self, now: Instant) {
        locked(&self.state).started = Some(now);
    }

    /// Queues an event; the receiver gets what becomes of it.
    pub(super) fn push(
        &self,
        event: &Value,
        timeout: Duration,
    ) -> (String, oneshot::Receiver<Answer>) {
        let mut state = locked(&self.state);
        state.numbers += 1;
        let id = format!("00000000-0000-4000-8000-{:012}", state.numbers);
        let (sender, receiver) = oneshot::channel();
        if let Some(end) = &state.end {
            let _receiver_lives = sender.send(end.clone());
            return (id, receiver);
        }
        let timeout = i64::try_from(timeout.as_millis()).unwrap_or(i64::MAX);
        let deadline = Timestamp::now().as_millisecond().saturating_add(timeout);
        state.answers.insert(id.clone(), sender);
        state.events.push_back(Event { id: id.clone(), body: event.to_string(), deadline });
        drop(state);
        self.arrived.notify_one();
        (id, receiver)
    }

    /// Waits for the next event, as the process does.
    pub(super) async fn next(&self) -> Event {
        self.note_init();
        loop {
            let event = locked(&self.state).events.pop_front();
            match event {
                Some(event) => return event,
                None => self.arrived.notified().await,
            }
        }
    }

    fn note_init(&self) {
        let mut state = locked(&self.state);
        if let (None, Some(started)) = (state.init, state.started) {
            let took = started.elapsed();
            state.init = Some(took);
            for waiting in state.waiting_for_init.drain(..) {
                let _gave_up = waiting.send(took);
            }
        }
    }

    pub(super) async fn first_next(&self) -> Option<Duration> {
        let receiver = {
            let mut state = locked(&self.state);
            if state.init.is_some() || state.end.is_some() {
                return state.init;
            }
            let (sender, receiver) = oneshot::channel();
            state.waiting_for_init.push(sender);
            receiver
        };
        receiver.await.ok()
    }

    /// Delivers an answer. Returns whether anyone was waiting for it.
    pub(super) fn settle(&self, id: &str, answer: Answer) -> bool {
        let sender = locked(&self.state).answers.remove(id);
        sender.is_some_and(|sender| sender.send(answer).is_ok())
    }

    pub(super) fn init_failed(&self, body: Value) {
        locked(&self.state).init_error = Some(body);
    }

    /// The process has ended: nobody waits any longer.
    pub(super) fn close(&self, code: Option<i32>) {
        let mut state = locked(&self.state);
        let end = state.init_error.clone().map_or(Answer::Exited(code), Answer::InitError);
        for sender in std::mem::take(&mut state.answers).into_values() {
            let _gave_up = sender.send(end.clone());
        }
        state.waiting_for_init.clear();
        state.end = Some(end);
    }
}
