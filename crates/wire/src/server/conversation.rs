//! A mock that talks with its client has the connection to itself, once the client has its 101. Over HTTP/2 it has a stream, opened by
//! an extended CONNECT (RFC 8441), which the engine sees as the GET with an upgrade that it stands for.

use bytes::Bytes;
use http::header::{CONNECTION, UPGRADE};
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, Version};
use hyper::ext::Protocol;
use hyper::upgrade::OnUpgrade;
#[cfg(feature = "websocket")]
use standin_core::Talk;
use standin_core::{Conversation, Conversing, Transport};

use super::answer::Connection;
use super::asked::Asked;
use super::outgoing::Outgoing;
use super::tunnel::Upgraded;
#[cfg(feature = "websocket")]
use super::websocket;
use crate::error::Error;

/// Whether a request of HTTP/2 asks for a stream on which another protocol is spoken.
pub(super) fn is_extended<B>(request: &http::Request<B>) -> bool {
    request.method() == Method::CONNECT && request.extensions().get::<Protocol>().is_some()
}

/// The request of HTTP/1.1 that an extended CONNECT stands for, as mocks know it.
pub(super) fn as_upgrade<B>(request: &mut http::Request<B>) {
    let protocol = request.extensions_mut().remove::<Protocol>();
    *request.method_mut() = Method::GET;
    let protocol = protocol.and_then(|it| HeaderValue::from_str(it.as_str()).ok());
    if let Some(protocol) = protocol {
        request.headers_mut().insert(UPGRADE, protocol);
    }
}

/// HTTP/1.1 has upgrades by a header.
pub(super) fn is_asked_for<B>(request: &http::Request<B>) -> bool {
    request.version() == Version::HTTP_11 && request.headers().contains_key(UPGRADE)
}

/// Says yes, and lets the mock talk beside the connection.
pub(super) fn begin(
    connection: &Connection,
    upgrade: Option<OnUpgrade>,
    asked: Asked,
    conversing: Conversing,
) -> Response<Outgoing> {
    let refused = |conversing: Conversing, why: &str| {
        let said = conversing.refuse(why).to_string();
        asked.said(StatusCode::INTERNAL_SERVER_ERROR, "failed", said)
    };
    let upgrade = match upgrade {
        Some(upgrade) => upgrade,
        None if connection.is_http2 => return refused(conversing, HTTP_2),
        None => return refused(conversing, HTTP_1),
    };
    let (reply, under_way) = (conversing.reply.clone(), connection.farewell.begin());
    // Other streams live on a connection of HTTP/2.
    let is_http2 = asked.transport() == Transport::Http2;
    let cut = (!is_http2).then(|| connection.cut.clone());
    #[cfg_attr(
        not(feature = "websocket"),
        expect(unused_mut, reason = "a WebSocket adds its own")
    )]
    let mut added = HeaderMap::new();
    match &conversing.conversation {
        Conversation::Upgrade(with) => {
            let with = with.clone();
            let ticket = conversing.ticket;
            connection.beside.add(async move {
                let _under_way = under_way;
                // A client that leaves before it has its answer wants none.
                if let Ok(stream) = upgrade.await {
                    let stream = Box::pin(Upgraded::new(stream, cut));
                    with.talk(stream, ticket).await;
                }
            });
        }
        #[cfg(feature = "websocket")]
        Conversation::WebSocket(script) => {
            added = match websocket::accept(&conversing.request, script) {
                Ok(added) => added,
                Err(why) => return refused(conversing, why),
            };
            let Some(talk) = Talk::new(script.clone(), conversing.ticket) else {
                return asked.misfit();
            };
            let request = *conversing.request;
            connection.beside.add(async move {
                let _under_way = under_way;
                if let Ok(stream) = upgrade.await {
                    websocket::talk(Upgraded::new(stream, cut), request, talk).await;
                }
            });
        }
        _ => return refused(conversing, &Error::Versions.to_string()),
    }
    let mut response = asked.headed(reply.head(), &reply, |is_sized| {
        Outgoing::whole(Bytes::new(), None, is_sized)
    });
    response.headers_mut().extend(added);
    if is_http2 {
        *response.status_mut() = StatusCode::OK;
        response.headers_mut().remove(CONNECTION);
        response.headers_mut().remove(UPGRADE);
    }
    response
}

const HTTP_2: &str = "the mock talks with its client after an upgrade, which HTTP/2 has by an extended CONNECT alone: let the client send \
                      one, or speak HTTP/1.1";

const HTTP_1: &str = "the mock talks with its client after an upgrade, and the request, of HTTP/1.0, cannot ask for one";
