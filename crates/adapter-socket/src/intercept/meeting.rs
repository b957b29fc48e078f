//! What a client meets that connects is decided while it connects: there a fault can be an error of `connect` itself, and a mock of
//! connections counts a client that says nothing.

use std::io;
use std::time::Duration;

use libc::c_int;
use standin_core::{Accepted, Action, Connect, Destination, Engine, Fault, FaultStep};
use standin_wire::Met;

use super::address::is_loopback;
use super::whose;
use super::world::Active;

/// What a client meets whose connection is made.
#[derive(Debug)]
pub(crate) enum Meeting {
    /// Requests are answered, the first after this wait.
    Requests(Option<Duration>),
    Bytes(Box<Accepted>),
    Broken(Fault),
}

/// Why there is no connection to an engine.
pub(super) enum Turned {
    LetOut,
    Failed(c_int),
}

impl Meeting {
    /// For a connection that was accepted without having been asked about.
    pub(crate) async fn now(engine: &Engine, to: &Destination) -> Self {
        match standin_wire::converse(engine, to).await {
            Ok(Met::Open) => Self::Requests(None),
            Ok(Met::Serve(conversing)) => Self::Bytes(conversing),
            Ok(Met::Broken(fault)) => Self::Broken(fault),
            _ => Self::Broken(Fault::Reset),
        }
    }
}

/// What a client meets that connects to a host which this engine claims.
pub(super) fn of(active: &Active, host: &str, port: u16) -> Result<Meeting, Turned> {
    let to = |host: &str| Destination::new(whose::scheme(port), host, Some(port));
    let met = active.engine.converse(&to(host));
    let is_local = || host.trim_matches(['[', ']']).parse().is_ok_and(is_loopback);
    if matches!(met, Connect::Open(None)) && is_local() {
        return taken(active.engine.converse(&to("localhost")));
    }
    taken(met)
}

/// The same of a socket of Unix.
pub(super) fn of_socket(active: &Active, to: &Destination) -> Result<Meeting, Turned> {
    taken(active.engine.converse(to))
}

fn taken(met: Connect) -> Result<Meeting, Turned> {
    match met {
        Connect::Open(wait) => Ok(Meeting::Requests(wait)),
        Connect::Serve(conversing) => Ok(Meeting::Bytes(conversing)),
        Connect::PassThrough(passed) => {
            passed.ticket.settle();
            Err(Turned::LetOut)
        }
        Connect::Fault(answered) => {
            let fault = answered.reply.actions().find_map(|action| match action {
                Action::Fault(fault) => Some(fault),
                _ => None,
            });
            answered.ticket.settle();
            match fault {
                Some(fault) if matches!(fault.step(), FaultStep::Tls | FaultStep::Accept) => {
                    Ok(Meeting::Broken(fault))
                }
                fault => Err(Turned::Failed(fault.map_or(libc::ECONNREFUSED, errno))),
            }
        }
        _ => Err(Turned::Failed(libc::ECONNREFUSED)),
    }
}

/// What `connect` fails with. One that never ends ends at once here: a socket that does not wait has nobody to wait.
fn errno(fault: Fault) -> c_int {
    match (fault.kind(), &fault) {
        (_, Fault::ConnectHang) | (Some(io::ErrorKind::TimedOut), _) => libc::ETIMEDOUT,
        (Some(io::ErrorKind::HostUnreachable), _)
        | (_, Fault::NameNotFound | Fault::NameTryAgain) => libc::EHOSTUNREACH,
        _ => libc::ECONNREFUSED,
    }
}
