//! On a connection that mocks claim, a single request may be meant for the real network: ureq itself takes it there.

use std::io::{self, Read};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::Request;
use http_body::{Body, Frame};
use standin_core::bypass;
use standin_wire::{BoxError, PassedBody, Upstream};
use ureq::config::{AutoHeaderValue, Config};
use ureq::{Agent, AsSendBody, BodyReader};

/// How much of a real response is read at a time, in bytes.
const PIECE: usize = 16 << 10;

/// By an agent beside the user's, with its TLS, proxy and timeouts, and none of what that does already: no headers, redirects or
/// middleware.
///
/// It blocks while the server is polled, in the very thread that waits for it.
pub(crate) fn upstream(config: &Config) -> Upstream {
    let configured = Agent::new_with_config(config.clone());
    Upstream::new(move |request| send(configured.clone(), request))
}

async fn send(
    configured: Agent,
    request: Request<PassedBody>,
) -> Result<http::Response<Reading>, BoxError> {
    let (head, body) = request.into_parts();
    let body = whole(body).await?;
    let response = match body.is_empty() {
        true => run(&configured, Request::from_parts(head, ())),
        false => run(&configured, Request::from_parts(head, body)),
    };
    Ok(response?.map(|body| Reading(body.into_reader())))
}

/// Configured by one agent, run by another: the TLS of a configuration has a name only where a TLS feature is on, and middleware
/// is the agent's that runs.
fn run(
    configured: &Agent,
    request: Request<impl AsSendBody>,
) -> Result<http::Response<ureq::Body>, ureq::Error> {
    let request = configured
        .configure_request(request)
        .accept(AutoHeaderValue::None)
        .accept_encoding(AutoHeaderValue::None)
        .user_agent(AutoHeaderValue::None)
        .allow_non_standard_methods(true)
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .build();
    bypass(|| Agent::new_with_defaults().run(request))
}

async fn whole(body: PassedBody) -> Result<Vec<u8>, BoxError> {
    let mut body = pin!(body);
    let mut whole = Vec::new();
    while let Some(frame) = std::future::poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
        if let Ok(data) = frame?.into_data() {
            whole.extend_from_slice(&data);
        }
    }
    Ok(whole)
}

/// The body of a real response.
struct Reading(BodyReader<'static>);

impl Body for Reading {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let mut piece = vec![0; PIECE];
        Poll::Ready(match self.0.read(&mut piece) {
            Ok(0) => None,
            Ok(read) => {
                piece.truncate(read);
                Some(Ok(Frame::data(piece.into())))
            }
            Err(error) => Some(Err(error)),
        })
    }
}
