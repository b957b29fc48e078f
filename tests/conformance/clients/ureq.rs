//! ureq, in a thread of its own: it blocks. With standin's connector, and without an adapter, intercepted.

use std::io::{ErrorKind, Read};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame};
use tokio::task::spawn_blocking;
use ureq::{Agent, AsSendBody, SendBody};

use crate::client::{
    BoxError, Client, IN_PROCESS, Opened, Refused, Sent, Shows, Upgrades, Upload, get, told,
    unless_given_up,
};
use crate::clients::bare::{only_with_an_engine, plain};

#[derive(Clone)]
pub struct Ureq<const BARE: bool>(Agent);

impl<const BARE: bool> Client for Ureq<BARE> {
    const SHOWS: Shows = Shows {
        network: false,
        typed: false,
        faults: match BARE {
            // ureq makes a timeout of its own of the system's.
            true => &[
                ErrorKind::ConnectionReset,
                ErrorKind::ConnectionRefused,
                ErrorKind::HostUnreachable,
                ErrorKind::NetworkUnreachable,
            ],
            false => IN_PROCESS.faults,
        },
        version: false,
        // ureq drops the phrase, and reads no trailers.
        reason: false,
        frames: false,
        trailers: false,
        // It sends first, then it reads.
        early: false,
        // Its timeouts are the machine's time, and so are the delays that they are held against.
        paused: false,
        upgrades: Upgrades::Never("ureq has no upgrades"),
        ..IN_PROCESS
    };

    fn new() -> Self {
        let config = Agent::config_builder().http_status_as_error(false);
        Self(match BARE {
            true => Agent::new_with_config(config.proxy(None).build()),
            false => standin::ureq::agent_with(config.build()),
        })
    }

    async fn open(&self, request: http::Request<Upload>) -> Result<Opened, BoxError> {
        self.ask(None, request).await
    }

    async fn get_within(&self, limit: Duration, url: &str) -> Option<Result<Sent, Refused>> {
        unless_given_up::<Self>(self.ask(Some(limit), get(url)).await).await
    }

    async fn open_within(
        &self,
        limit: Duration,
        request: http::Request<Upload>,
    ) -> Option<Result<Opened, BoxError>> {
        match self.ask(Some(Self::pace(limit)), request).await {
            Err(error) if is_timeout(&error) => None,
            opened => Some(opened),
        }
    }

    fn gave_up(error: &BoxError) -> bool {
        let said = error.to_string();
        is_timeout(error) || said == "timeout: global"
    }

    fn pace(duration: Duration) -> Duration {
        (duration / 5).min(Duration::from_millis(1500))
    }
}

fn is_timeout(error: &BoxError) -> bool {
    let error = error.downcast_ref();
    matches!(error, Some(ureq::Error::Timeout(ureq::Timeout::Global)))
}

impl<const BARE: bool> Ureq<BARE> {
    async fn ask(
        &self,
        limit: Option<Duration>,
        mut request: http::Request<Upload>,
    ) -> Result<Opened, BoxError> {
        if BARE {
            only_with_an_engine()?;
            plain(&mut request)?;
        }
        let agent = self.0.clone();
        let run = move || {
            let (parts, upload) = request.into_parts();
            match upload.try_into_bytes() {
                Ok(whole) if whole.is_empty() => run(&agent, limit, parts, SendBody::none()),
                Ok(whole) => run(&agent, limit, parts, whole.as_ref()),
                Err(pieces) => run(&agent, limit, parts, SendBody::from_owned_reader(pieces)),
            }
        };
        let run: Box<dyn FnOnce() -> _ + Send> = match standin::active() {
            Some(engine) => Box::new(engine.attach(run)),
            None => Box::new(run),
        };
        match spawn_blocking(run).await? {
            Ok(response) => told(response.map(|body| Reader(body.into_reader()))).await,
            // ureq's errors have no source.
            Err(ureq::Error::Io(error)) => Err(error.into()),
            Err(error) => Err(error.into()),
        }
    }
}

fn run(
    agent: &Agent,
    limit: Option<Duration>,
    parts: http::request::Parts,
    body: impl AsSendBody,
) -> Result<http::Response<ureq::Body>, ureq::Error> {
    let request = http::Request::from_parts(parts, body);
    let config = agent.configure_request(request).timeout_global(limit);
    agent.run(config.build())
}

struct Reader(ureq::BodyReader<'static>);

impl Body for Reader {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let mut piece = vec![0; 16 << 10];
        Poll::Ready(match self.0.read(&mut piece) {
            Ok(0) => None,
            Ok(read) => {
                piece.truncate(read);
                Some(Ok(Frame::data(piece.into())))
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {
                Some(Ok(Frame::data(Bytes::new())))
            }
            Err(error) => Some(Err(error)),
        })
    }
}
