//! A peer on a connection.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| standin_fuzz::server::serve(bytes));
