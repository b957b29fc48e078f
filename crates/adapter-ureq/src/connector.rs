//! ureq resolves a name, then connects, then keeps the connection: what is real and what is mocked is settled at the connection.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use standin_core::{Destination, FaultStep, Request, Ticket, bypass};
use standin_wire::{Error, Met, Seat};
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{self, DefaultResolver, ResolvedSocketAddrs};
use ureq::unversioned::transport::{
    self, ConnectionDetails, DefaultConnector, NextTimeout, Transport,
};

use crate::mocked::Mocked;
use crate::parking::wait_for;
use crate::place::Place;
use crate::real::Real;
use crate::refused::refused;

/// Connects to mocks; and by ureq's own connector to what none of them could answer, where the network policy allows that.
///
/// Whether it is a mock that answers is asked again before a pool's connection is used once more.
#[derive(Debug, Clone)]
pub struct Connector {
    seat: Seat,
    real: Arc<DefaultConnector>,
}

impl Connector {
    pub(crate) fn new(seat: Seat) -> Self {
        Self {
            seat,
            real: Arc::default(),
        }
    }

    /// Whether a mock could answer on a connection to `uri`. Where none could, the engine decides as about a request.
    fn admit(&self, uri: &Uri) -> Result<Admitted, Error> {
        let engine = self.seat.asked()?;
        if engine.has_ended() {
            return Err(Error::Ended);
        }
        let scheme = uri.scheme_str().unwrap_or("http");
        let place = Place {
            seat: self.seat.clone(),
            destination: Destination::new(scheme, uri.host().unwrap_or(""), uri.port_u16()),
            engine,
        };
        if place.engine.claims(&place.destination) {
            return Ok(Admitted::Mocked(place));
        }
        let decided = place.engine.serve_blocking(Request::connect(uri.clone()));
        standin_wire::let_out(decided).map(|ticket| Admitted::Passed(place, ticket))
    }

    fn connect_really(
        &self,
        asked: &ConnectionDetails<'_>,
    ) -> Result<Box<dyn Transport>, ureq::Error> {
        let default = DefaultResolver::default();
        let is_ours = asked.addrs.iter().any(|address| address.ip() == NOWHERE);
        let addrs = match is_ours {
            true => bypass(|| {
                resolver::Resolver::resolve(&default, asked.uri, asked.config, asked.timeout)
            })?,
            false => asked.addrs.clone(),
        };
        let real = Arc::clone(&self.real);
        // A proxy that is on the way to where the policy lets out is no destination of its own.
        let run_connector =
            Arc::new(move |details: &ConnectionDetails<'_>| connect_by(&real, details));
        let details = ConnectionDetails {
            uri: asked.uri,
            addrs,
            config: asked.config,
            request_level: asked.request_level,
            resolver: if is_ours { &default } else { asked.resolver },
            now: asked.now,
            timeout: asked.timeout,
            current_time: asked.current_time.clone(),
            run_connector,
            register_shutdown: asked.register_shutdown.clone(),
        };
        connect_by(&self.real, &details)
    }
}

enum Connected {
    Mocked(Box<Mocked>),
    LetOut(Ticket),
}

/// Connects to mocks, which may have declared what a client meets that does.
fn meet(place: Place, details: &ConnectionDetails<'_>) -> Result<Connected, ureq::Error> {
    let (uri, config) = (details.uri, details.config);
    let connecting = standin_wire::connect(&place.engine, &place.destination);
    let met = wait_for(details.timeout, connecting)?.map_err(|error| {
        error
            .downcast::<Error>()
            .map_or_else(ureq::Error::Io, refused)
    })?;
    Ok(Connected::Mocked(Box::new(match met {
        Met::Open => Mocked::new(place, uri, config),
        // There is no TLS on this stream whose handshake could fail.
        Met::Broken(fault) if fault.step() == FaultStep::Tls => {
            return Err(fault
                .to_io_error()
                .map_or_else(|| refused(Error::Versions), ureq::Error::Io));
        }
        Met::Broken(fault) => Mocked::broken(fault, place, uri, config),
        Met::Serve(accepted) => Mocked::conversation(*accepted, place, uri, config),
        Met::LetOut(ticket) => return Ok(Connected::LetOut(ticket)),
        _ => return Err(refused(Error::Versions)),
    })))
}

fn connect_by(
    connector: &DefaultConnector,
    details: &ConnectionDetails<'_>,
) -> Result<Box<dyn Transport>, ureq::Error> {
    let connected = bypass(|| transport::Connector::connect(connector, details, None))?;
    connected.ok_or(ureq::Error::ConnectionFailed)
}

enum Admitted {
    Mocked(Place),
    Passed(Place, Ticket),
}

impl transport::Connector for Connector {
    type Out = Box<dyn Transport>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        _chained: Option<()>,
    ) -> Result<Option<Box<dyn Transport>>, ureq::Error> {
        let (place, ticket) = match self.admit(details.uri).map_err(refused)? {
            Admitted::Mocked(place) => match meet(place.clone(), details)? {
                Connected::Mocked(mocked) => {
                    (details.register_shutdown)(mocked.shutdown_handle())?;
                    return Ok(Some(mocked));
                }
                Connected::LetOut(ticket) => (place, ticket),
            },
            Admitted::Passed(place, ticket) => (place, ticket),
        };
        let transport = self.connect_really(details)?;
        ticket.settle();
        Ok(Some(Box::new(Real { transport, place })))
    }
}

/// What [`Resolver`] answers: an address of those that are kept for documentation.
const NOWHERE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));

/// Asks nobody, so that no name of a test is ever looked up: the [`Connector`] resolves what goes to the real network.
#[derive(Debug, Clone, Default)]
pub struct Resolver(());

impl resolver::Resolver for Resolver {
    fn resolve(
        &self,
        _uri: &Uri,
        _config: &Config,
        _timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let mut addresses = self.empty();
        addresses.push(SocketAddr::new(NOWHERE, 0));
        Ok(addresses)
    }
}
