//! A client that connects may have to wait, or meet a fault before it has said a word.

use std::future::pending;
use std::io;

use standin_core::{Accepted, Action, Answered, Connect, Destination, Engine, Fault, FaultStep};

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
}

/// Asks `engine` what a client meets that connects to `to`, and waits as it says. A connect that hangs never resolves.
///
/// # Errors
/// What resolving and connecting fail with, of the fault's kind.
pub async fn connect(engine: &Engine, to: &Destination) -> io::Result<Met> {
    meet(engine, engine.connect(to)).await
}

/// As [`connect`], for a client that puts TLS on top: a fault of TLS is left for the handshake, where
/// [`serve_connection`](crate::serve_connection) asks for it.
#[cfg(feature = "server")]
pub(crate) async fn connect_below_tls(engine: &Engine, to: &Destination) -> io::Result<Met> {
    for step in [FaultStep::Resolve, FaultStep::Connect, FaultStep::Accept] {
        if let Met::Broken(fault) = meet(engine, engine.connect_at(to, step)).await? {
            return Ok(Met::Broken(fault));
        }
    }
    Ok(Met::Open)
}

/// Waits as `met` says, which [`Engine::connect_at`] or its like answered. A connect that hangs never resolves.
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
        Connect::PassThrough(_) => return Err(io::ErrorKind::ConnectionRefused.into()),
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
                    FaultStep::Tls | FaultStep::Accept => Ok(Met::Broken(fault)),
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
