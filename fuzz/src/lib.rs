//! Bytes that nobody chose reach standin from three sides: a peer on a connection, the body of a request that is matched, and what
//! a test writes into a declaration. Each side is a module with one function, to which a target in `targets/` gives bytes; none may
//! panic, or take long over a few of them.

pub mod bodies;
mod closing;
pub mod declarations;
pub mod server;
