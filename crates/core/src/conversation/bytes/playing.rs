//! Playing a script: what is heard is compared step by step, and the first that differs ends it.

use std::future::poll_fn;

use super::broken::{Broken, Wanted};
use super::connection::Connection;
use super::pipe::{Ending, Owed};
use super::script::{Act, ByteScript, Step};
use crate::matching::Pattern;
use crate::reply::Fault;

/// What a script waits for before its client has said a word.
pub(super) fn first_owed(script: &ByteScript) -> Option<Owed> {
    let waits = |act: &Act| {
        !matches!(
            act,
            Act::Send(_) | Act::IgnoreRest | Act::Close | Act::Fault(_)
        )
    };
    let mut steps = script.steps.iter().enumerate();
    let (at, step) = steps.find(|(_, step)| waits(&step.act))?;
    Some(owed_at(at, step))
}

fn owed_at(at: usize, step: &Step) -> Owed {
    Owed {
        step: format!(
            "step {}, {}, at {}:{}",
            at + 1,
            step.name(),
            step.at.file(),
            step.at.line()
        ),
        expected: wanted(&step.act),
    }
}

pub(super) async fn play(script: ByteScript, mut io: Connection) -> Result<(), String> {
    for (at, step) in script.steps.iter().enumerate() {
        let owed = owed_at(at, step);
        io.pipe().owe(Some(owed.clone()));
        if let Err(received) = act(step, &mut io).await {
            return Err(fail(&io, owed, received));
        }
    }
    io.pipe().played();
    let is_strict = match script.steps.last().map(|step| &step.act) {
        Some(Act::Close) => return Ok(()),
        Some(Act::Fault(Fault::Hang)) => return std::future::pending().await,
        Some(Act::Fault(_)) => return Ok(()),
        last => !matches!(last, Some(Act::IgnoreRest)),
    };
    // The client closes.
    loop {
        let rest = io.read().await;
        if rest.is_empty() {
            return Ok(());
        }
        if is_strict {
            let place = script.steps.last().map_or_else(String::new, |last| {
                format!(" at {}:{}", last.at.file(), last.at.line())
            });
            let owed = Owed {
                step: format!("after the script's last step{place}"),
                expected: Wanted::Described(
                    "nothing more (`.ignore_rest()` would let it be)".to_owned(),
                ),
            };
            return Err(fail(&io, owed, rest.to_vec()));
        }
    }
}

fn fail(io: &Connection, owed: Owed, received: Vec<u8>) -> String {
    let broken = Broken {
        step: owed.step,
        expected: owed.expected,
        received,
    };
    let said = broken.miss().to_string();
    io.pipe().breaks(broken);
    io.pipe().end(Ending::Fault(Fault::Reset));
    said
}

/// What a step waits for, in the words of a report.
fn wanted(act: &Act) -> Wanted {
    match act {
        Act::These(bytes) => Wanted::These(bytes.clone()),
        Act::Line(pattern) => Wanted::Described(format!("a line that is {pattern}")),
        Act::Until(end, pattern) => {
            Wanted::Described(format!("{pattern} up to {}", super::broken::described(end)))
        }
        Act::Skip(count) => Wanted::Described(format!("{count} bytes")),
        Act::StartTls => Wanted::Described("a TLS handshake".to_owned()),
        Act::ExpectClose => Wanted::Described("the client's end".to_owned()),
        Act::Hold(_) => Wanted::Described("the gate to be opened".to_owned()),
        Act::Wait(duration) => Wanted::Described(format!("{duration:?} to pass")),
        Act::Send(_) | Act::IgnoreRest | Act::Close | Act::Fault(_) => {
            Wanted::Described("to come here".to_owned())
        }
    }
}

/// Plays a step, or says what came in its place.
async fn act(step: &Step, io: &mut Connection) -> Result<(), Vec<u8>> {
    match &step.act {
        Act::These(bytes) => poll_fn(|cx| io.pipe().poll_these(cx, bytes)).await,
        Act::Line(pattern) => {
            let line = poll_fn(|cx| io.pipe().poll_until(cx, b"\n")).await;
            let text = line.strip_suffix(b"\n");
            let text = text.map(|text| text.strip_suffix(b"\r").unwrap_or(text));
            fits(pattern, text, &line)
        }
        Act::Until(end, pattern) => {
            let heard = poll_fn(|cx| io.pipe().poll_until(cx, end)).await;
            fits(pattern, heard.strip_suffix(&end[..]), &heard)
        }
        Act::Skip(count) => {
            let heard = poll_fn(|cx| io.pipe().poll_exact(cx, *count)).await;
            match heard.len() == *count {
                true => Ok(()),
                false => Err(heard.to_vec()),
            }
        }
        Act::Send(bytes) => {
            io.send(bytes);
            Ok(())
        }
        Act::Wait(duration) => {
            io.wait(*duration).await;
            Ok(())
        }
        Act::Hold(gate) => {
            gate.opened().await;
            Ok(())
        }
        Act::StartTls => io.start_tls().await.map_err(|_| Vec::new()),
        Act::ExpectClose => {
            let rest = io.read().await;
            match rest.is_empty() {
                true => Ok(()),
                false => Err(rest.to_vec()),
            }
        }
        Act::IgnoreRest => Ok(()),
        Act::Close => {
            io.close();
            Ok(())
        }
        Act::Fault(Fault::Hang) => Ok(()),
        Act::Fault(fault) => {
            io.break_off(fault.clone());
            Ok(())
        }
    }
}

/// User code may run here: no lock is held.
fn fits(pattern: &Pattern, text: Option<&[u8]>, heard: &[u8]) -> Result<(), Vec<u8>> {
    match text {
        Some(text) if pattern.accepts_one(text) => Ok(()),
        _ => Err(heard.to_vec()),
    }
}
