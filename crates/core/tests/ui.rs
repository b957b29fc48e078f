//! What must not compile, and what the compiler says then: the message names what may stand there.
//!
//! The texts are those of one compiler: after a change of it, read them again and run with `TRYBUILD=overwrite`.

#[test]
#[rustversion::attr(not(stable(1.95)), ignore = "the messages are those of Rust 1.95")]
fn what_must_not_compile() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}

/// Features are united in a workspace; `cargo xtask features` runs this where none is on.
#[test]
#[rustversion::attr(not(stable(1.95)), ignore = "the messages are those of Rust 1.95")]
#[cfg(not(any(
    feature = "grpc",
    feature = "jsonpath",
    feature = "multipart",
    feature = "schema",
    feature = "websocket",
    feature = "xml"
)))]
fn a_feature_that_is_off_is_named() {
    trybuild::TestCases::new().compile_fail("tests/ui/off/*.rs");
}
