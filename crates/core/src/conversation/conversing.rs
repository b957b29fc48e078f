//! The decision that a mock talks with the client, for whoever brought the request to carry out.

use std::sync::Arc;

use crate::conversation::upgrade::Upgrade;
#[cfg(feature = "websocket")]
use crate::conversation::websocket::script::Script;
use crate::engine::{Failed, Ticket};
use crate::matching::Condition;
use crate::reply::Reply;
use crate::request::Request;

/// A mock that talks with the client once its request is answered with the head of `reply`.
#[derive(Debug)]
#[must_use = "a decision does nothing until it is carried out"]
#[non_exhaustive]
pub struct Conversing {
    /// The request, as the mock saw it.
    pub request: Box<Request>,
    /// The answer to the request: 101, and what the protocol adds to it is the adapter's.
    pub reply: Arc<Reply>,
    /// What follows.
    pub conversation: Conversation,
    /// To be settled when the conversation is over.
    pub ticket: Ticket,
}

/// What a mock says and hears on a connection.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Conversation {
    /// A protocol of the test's own.
    Upgrade(Arc<Upgrade>),
    /// A WebSocket.
    #[cfg(feature = "websocket")]
    #[cfg_attr(docsrs, doc(cfg(feature = "websocket")))]
    WebSocket(Arc<Script>),
}

impl Conversation {
    /// Whether it begins with no other method.
    pub(crate) fn begins_with_get(&self) -> bool {
        match self {
            Self::Upgrade(_) => false,
            #[cfg(feature = "websocket")]
            Self::WebSocket(_) => true,
        }
    }

    /// What a request has to ask for.
    pub(crate) fn conditions(&self) -> Vec<Condition> {
        match self {
            Self::Upgrade(upgrade) => vec![upgrade.condition()],
            #[cfg(feature = "websocket")]
            Self::WebSocket(script) => script.conditions(),
        }
    }
}

impl Conversing {
    /// There is nothing to talk on here, for this reason: the journal says so, and verification fails with it.
    pub fn refuse(self, why: &str) -> Failed {
        self.ticket.refuse(why)
    }
}
