//! Plays a script: says what is to be done next, judges what the client says, and tells the journal where it stands.

use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;

use crate::conversation::end::Run;
use crate::conversation::websocket::message::{Frame, Message, Side};
use crate::conversation::websocket::script::{Act, Rest, Script};
use crate::conversation::websocket::socket::WebSocket;
use crate::conversation::websocket::talked::Stand;
use crate::engine::{Engine, Ticket, panic_message};
use crate::miss::{Miss, Part};
use crate::reply::{Fault, Gate};

/// The close of a mock to whose script a message does not fit.
const POLICY: u16 = 1008;
/// The close of a mock whose closure failed.
const INTERNAL: u16 = 1011;

/// A script that is being played, for the adapter that has the connection. Dropped before its end, the client has left.
#[derive(Debug)]
pub struct Talk {
    script: Arc<Script>,
    recorder: Recorder,
    ticket: Option<Ticket>,
    /// How many steps are done.
    played: usize,
    state: State,
    /// What the client said at last, where it closed.
    closed: Option<Message>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Playing,
    Finished,
    Failed,
}

/// What is to be done next.
#[derive(Debug)]
#[non_exhaustive]
pub enum Play {
    /// Wait for what the client says next, whatever its kind, and give it to [`Talk::hear`]; where nothing comes any more,
    /// [`Talk::gone`].
    Listen,
    /// Say this.
    Say(Message),
    /// Write this as it is.
    Raw(Bytes),
    /// Wait, and no longer than the client is there.
    Wait(Duration),
    /// The same, until the gate opens.
    Hold(Gate),
    /// Await this, and give what it comes to to [`Talk::ran`].
    Run(Running),
    /// Break the connection; nothing follows.
    Break(Fault),
}

/// A closure that talks; its panic is caught.
#[must_use = "a future does nothing unless it is awaited"]
pub struct Running(Result<Run, String>);

/// What a closure that talked came to.
#[derive(Debug)]
pub struct Ran(Result<Result<(), String>, String>);

/// Writes what is said to the call in the journal.
#[derive(Debug, Clone)]
pub struct Recorder {
    engine: Engine,
    call: u64,
}

impl Recorder {
    /// The engine whose call it is.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Writes that this was said, now.
    pub fn note(&self, from: Side, message: &Message) {
        let bound = self.engine.body_bound();
        let frame = Frame::new(from, self.engine.elapsed(), message.clone());
        let displaced = self.engine.state().journal.say(self.call, frame, bound);
        drop(displaced);
    }
}

impl Talk {
    /// The beginning of a conversation by this script; `None` where its call is settled already.
    pub fn new(script: Arc<Script>, ticket: Ticket) -> Option<Self> {
        let (engine, call) = ticket.call()?;
        let mut talk = Self {
            recorder: Recorder {
                engine: engine.clone(),
                call,
            },
            script,
            ticket: Some(ticket),
            played: 0,
            state: State::Playing,
            closed: None,
        };
        talk.advanced();
        Some(talk)
    }

    /// Writes down what is said.
    pub fn recorder(&self) -> &Recorder {
        &self.recorder
    }

    /// Whether pings are answered by themselves.
    pub fn answers_pings(&self) -> bool {
        self.script.pongs
    }

    /// What is to be done next, where the mock's end of the line is `socket`.
    pub fn next(&mut self, socket: &WebSocket) -> Play {
        let Some(step) = self
            .script
            .steps
            .get(self.played)
            .filter(|_| self.state == State::Playing)
        else {
            return Play::Listen;
        };
        let act = step.act.clone();
        let is_last = self.played + 1 == self.script.steps.len();
        match act {
            Act::Expect(_) => return Play::Listen,
            // What came before it was closed is heard, and how.
            Act::Send(_) | Act::Raw(_) if socket.is_closed() => return Play::Listen,
            _ => {}
        }
        // It counts before it is done: a client that has heard the last word may end its test at once.
        self.played += 1;
        match act {
            Act::Run(run) => {
                // Its end is the end of the call.
                match is_last {
                    true => self.forget(),
                    false => self.stands(None, None),
                }
                let running = catch_unwind(AssertUnwindSafe(|| run(socket.clone())));
                Play::Run(Running(running.map_err(panic_message)))
            }
            Act::Break(fault) => {
                self.end(Ticket::fault);
                Play::Break(fault)
            }
            act => {
                self.advanced();
                match act {
                    Act::Send(message) => Play::Say(message),
                    Act::Raw(bytes) => Play::Raw(bytes),
                    Act::Wait(duration) => Play::Wait(duration),
                    Act::Hold(gate) => Play::Hold(gate),
                    Act::Expect(_) | Act::Run(_) | Act::Break(_) => Play::Listen,
                }
            }
        }
    }

    /// The client said this; what is to be said to it.
    pub fn hear(&mut self, message: &Message) -> Option<Message> {
        if matches!(message, Message::Close { .. }) {
            self.closed = Some(message.clone());
        }
        let script = Arc::clone(&self.script);
        match script.steps.get(self.played).map(|step| &step.act) {
            _ if self.state == State::Failed => None,
            Some(Act::Expect(expect)) if expect.lets_by(message) => None,
            Some(Act::Expect(expect)) => {
                match catch_unwind(AssertUnwindSafe(|| expect.check(message))) {
                    Ok(Ok(())) => {
                        self.played += 1;
                        self.advanced();
                        None
                    }
                    Ok(Err(_)) if self.closed.is_some() => {
                        self.gone();
                        None
                    }
                    Ok(Err(miss)) => self.missed(miss),
                    Err(payload) => self.panicked(panic_message(payload)),
                }
            }
            Some(_) => None,
            None => self.hear_more(&script.rest, message),
        }
    }

    /// Behind the last step.
    fn hear_more(&mut self, rest: &Rest, message: &Message) -> Option<Message> {
        match rest {
            _ if !message.is_data() || self.has_ended() => None,
            Rest::Ignored => None,
            Rest::Answered(answer) => match catch_unwind(AssertUnwindSafe(|| answer(message))) {
                Ok(answer) => answer,
                Err(payload) => self.panicked(panic_message(payload)),
            },
            Rest::Refused => {
                let miss = Miss::new(Part::Message, "no more of them: the script is at its end")
                    .received(message.to_string())
                    .hint("`.ignore_rest()` lets them be, `.answer_each(..)` answers them");
                self.missed(Box::new(miss))
            }
        }
    }

    /// Whether its last step ended the conversation.
    fn has_ended(&self) -> bool {
        let last = self.script.steps.last().map(|step| &step.act);
        matches!(
            last,
            Some(Act::Send(Message::Close { .. }) | Act::Break(_) | Act::Run(_))
        )
    }

    /// Nothing comes any more.
    pub fn gone(&mut self) {
        if self.state != State::Playing {
            return;
        }
        let is_goodbye = |act: &Act| {
            matches!(
                act,
                Act::Wait(_) | Act::Hold(_) | Act::Send(Message::Close { .. }) | Act::Break(_)
            )
        };
        if self.script.steps[self.played..]
            .iter()
            .all(|step| is_goodbye(&step.act))
        {
            self.played = self.script.steps.len();
            return self.end(Ticket::settle);
        }
        let how = match &self.closed {
            Some(Message::Close { code: None, .. }) => "the client closed".to_owned(),
            Some(close) => format!("the client closed: {close}"),
            None => "the client left".to_owned(),
        };
        self.failed(None, Some(how));
    }

    /// The client said what is no message: it broke the protocol.
    pub fn broken(&mut self, why: &str) {
        if self.state == State::Playing {
            self.failed(None, Some(format!("the client broke the protocol: {why}")));
        }
    }

    /// The closure is done; what is to be said at last.
    pub fn ran(&mut self, ran: Ran) -> Option<Message> {
        match ran.0 {
            Ok(Ok(())) if self.played < self.script.steps.len() => None,
            Ok(Ok(())) => {
                self.end(Ticket::settle);
                Some(Message::Close {
                    code: Some(1000),
                    reason: String::new(),
                })
            }
            Ok(Err(error)) => {
                self.end(|ticket| drop(ticket.refuse(&error)));
                Some(close(INTERNAL, &error))
            }
            Err(message) => self.panicked(message),
        }
    }

    fn panicked(&mut self, message: String) -> Option<Message> {
        let said = close(INTERNAL, "a closure of the test panicked");
        match self.ticket.is_some() {
            true => self.end(|ticket| drop(ticket.panicked(message))),
            false => {
                let why =
                    Miss::new(Part::Message, "a closure that does not panic").received(message);
                self.failed(Some(Box::new(why)), None);
            }
        }
        Some(said)
    }

    fn missed(&mut self, miss: Box<Miss>) -> Option<Message> {
        let said = close(POLICY, &format!("standin: expected {}", miss.expected));
        self.failed(Some(miss), None);
        Some(said)
    }

    /// One step more is done.
    fn advanced(&mut self) {
        match self.played == self.script.steps.len() {
            true => self.end(Ticket::settle),
            false => self.stands(None, None),
        }
    }

    /// Tells the journal what is still to come.
    fn stands(&self, miss: Option<Box<Miss>>, how: Option<String>) {
        let steps = &self.script.steps;
        let next = steps.get(self.played);
        let stand = Stand {
            played: self.played,
            steps: steps.len(),
            next: next.map(|step| (step.act.to_string(), step.at)),
            miss,
            how,
        };
        let journal = &mut self.recorder.engine.state().journal;
        journal.stands(self.recorder.call, stand);
    }

    fn failed(&mut self, miss: Option<Box<Miss>>, how: Option<String>) {
        self.state = State::Failed;
        let message = match (&miss, &how) {
            (Some(miss), _) => miss.to_string(),
            (None, Some(how)) => how.clone(),
            (None, None) => String::new(),
        };
        if let Some(ticket) = self.ticket.take() {
            ticket.hand_over();
        }
        let recorder = &self.recorder;
        recorder.engine.fail_talk(recorder.call, &message);
        self.stands(miss, how);
    }

    fn forget(&self) {
        let journal = &mut self.recorder.engine.state().journal;
        journal.played(self.recorder.call);
    }

    fn end(&mut self, settle: impl FnOnce(Ticket)) {
        self.state = State::Finished;
        self.forget();
        if let Some(ticket) = self.ticket.take() {
            settle(ticket);
        }
    }
}

impl Drop for Talk {
    fn drop(&mut self) {
        let runs = self.played == self.script.steps.len();
        if !runs && self.ticket.is_some() {
            self.gone();
        }
    }
}

/// A close whose reason fits into its frame.
fn close(code: u16, reason: &str) -> Message {
    let mut end = reason.len().min(123);
    while !reason.is_char_boundary(end) {
        end -= 1;
    }
    Message::Close {
        code: Some(code),
        reason: reason[..end].to_owned(),
    }
}

impl Future for Running {
    type Output = Ran;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Ran> {
        let future = match &mut self.0 {
            Ok(future) => future.as_mut(),
            Err(message) => return Poll::Ready(Ran(Err(std::mem::take(message)))),
        };
        match catch_unwind(AssertUnwindSafe(|| future.poll(cx))) {
            Ok(polled) => polled.map(|end| Ran(Ok(end))),
            Err(payload) => Poll::Ready(Ran(Err(panic_message(payload)))),
        }
    }
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Running")
    }
}
