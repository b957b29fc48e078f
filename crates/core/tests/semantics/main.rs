//! What standin does, sentence by sentence, asked from outside: each test's name is a rule.

mod at_once;
mod bodies;
mod closures;
mod combined;
mod connecting;
mod counting;
mod explained;
#[cfg(feature = "grpc")]
mod grpc;
mod headers;
mod journal;
mod keeping;
mod leaks;
mod lifetime;
mod methods;
mod motion;
mod network;
mod order;
mod panics;
mod queries;
mod replies;
mod scopes;
mod secrets;
mod sequences;
mod served;
mod settings;
mod sharing;
mod streaming;
#[cfg(feature = "websocket")]
mod talking;
mod telling;
mod traps;
mod uploads;
mod urls;
mod verifying;
