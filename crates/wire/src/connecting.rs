//! A client that connects may have to wait, or meet a fault before it has said a word.

use std::future::pending;
use std::io;

use standin_core::FaultStep::{Accept, Connect as Connecting, Resolve, Tls};
use standin_core::{
    Accepted, Action, Answered, Connect, Destination, Engine, Fault, FaultStep, Ticket,
};

use crate::error::Error;
use crate::time;

/// What a client meets that connects.
#[derive(Debug)]
#[non_exhaustive]
pub enum Met {
    /// A connection.
    Open,
    /// A connection on which this fault strikes before the first request: one of TLS, or a reset as soon as it is there. It is
    /// for the caller, who has the stream, to carry out.
    Broken(Fault),
    /// A connection whose bytes a mock of connections hears and answers.
    Serve(Box<Accepted>),
    /// To the real network: mocks of connections alone have this authority, none has a use left, and the network policy lets it out.
    LetOut(Ticket),
}

/// Asks `engine` what a client meets that connects to `to`, and waits as it says. A connect that hangs never resolves.
///
/// # Errors
/// What resolving and connecting fail with, of the fault's kind.
pub async fn connect(engine: &Engine, to: &Destination) -> io::Result<Met> {
    by_steps(engine, to, &[Resolve, Connecting, Tls, Accept]).await
}

/// As [`connect`], for a client that puts TLS on top: a fault of TLS is left for the handshake, where
/// [`serve_connection`](crate::serve_connection) asks for it.
#[cfg(feature = "server")]
pub(crate) async fn connect_below_tls(engine: &Engine, to: &Destination) -> io::Result<Met> {
    by_steps(engine, to, &[Resolve, Connecting, Accept]).await
}

async fn by_steps(engine: &Engine, to: &Destination, steps: &[FaultStep]) -> io::Result<Met> {
    // Without TLS its step never comes.
    let is_plain = to.scheme == "http";
    for step in steps.iter().filter(|step| !is_plain || **step != Tls) {
        match meet(engine, engine.connect_at(to, *step)).await? {
            Met::Open => {}
            met => return Ok(met),
        }
    }
    Ok(Met::Open)
}

/// Waits as `met` says, which [`Engine::connect_at`] or [`Engine::accept_at`] answered. A connect that hangs never resolves.
///
/// # Errors
/// As those of [`connect`].
pub async fn meet(engine: &Engine, met: Connect) -> io::Result<Met> {
    let Answered { reply, ticket, .. } = match met {
        Connect::Fault(answered) => answered,
        Connect::Open(Some(duration)) => {
            time::sleep(engine, duration).await;
            return Ok(Met::Open);
        }
        Connect::Failed(failed) => {
            return Err(io::Error::new(
                io::ErrorKind::ConnectionRefused,
                Error::Failed(failed),
            ));
        }
        Connect::Serve(conversing) => return Ok(Met::Serve(conversing)),
        Connect::Unmatched(unmatched) => {
            return Err(io::Error::new(
                io::ErrorKind::ConnectionRefused,
                Error::Unmatched(unmatched),
            ));
        }
        Connect::PassThrough(passed) => return Ok(Met::LetOut(passed.ticket)),
        _ => return Ok(Met::Open),
    };
    for action in reply.actions() {
        match action {
            Action::Wait(duration) | Action::WaitToConnect(duration) => {
                time::sleep(engine, duration).await;
            }
            Action::Hold(gate) => gate.opened().await,
            Action::Fault(fault) => {
                ticket.settle();
                return match fault.step() {
                    Tls | Accept => Ok(Met::Broken(fault)),
                    _ => match fault.to_io_error() {
                        Some(error) => Err(error),
                        None => pending().await,
                    },
                };
            }
            _ => {}
        }
    }
    Ok(Met::Open)
}
