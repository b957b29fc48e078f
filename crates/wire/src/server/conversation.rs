//! A mock that talks with its client has the connection to itself, once the client has its 101.

use http::{Response, StatusCode};
use hyper::upgrade::OnUpgrade;
use standin_core::{Conversation, Conversing, Transport};

use super::answer::{Asked, Connection};
use super::outgoing::Outgoing;
use super::tunnel::Upgraded;
use crate::error::Error;

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
        None if asked.transport() == Transport::Http2 => return refused(conversing, HTTP_2),
        None => return refused(conversing, HTTP_1),
    };
    let Conversing {
        reply,
        conversation,
        ticket,
        ..
    } = conversing;
    let head = reply.head();
    let under_way = connection.farewell.begin();
    let cut = connection.cut.clone();
    match conversation {
        Conversation::Upgrade(with) => connection.beside.add(async move {
            let _under_way = under_way;
            // A client that leaves before it has its answer wants none.
            if let Ok(stream) = upgrade.await {
                let stream = Box::pin(Upgraded::new(stream, Some(cut)));
                with.talk(stream, ticket).await;
            }
        }),
        _ => {
            let said = ticket.refuse(&Error::Versions.to_string()).to_string();
            return asked.said(StatusCode::INTERNAL_SERVER_ERROR, "failed", said);
        }
    }
    asked.headed(head, &reply, |is_sized| {
        Outgoing::whole(Default::default(), None, is_sized)
    })
}

const HTTP_2: &str = "the mock talks with its client after an upgrade, which HTTP/2 does not have: let the client speak HTTP/1.1";

const HTTP_1: &str = "the mock talks with its client after an upgrade, and the request, of HTTP/1.0, cannot ask for one";
