//! What a test declares.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| standin_fuzz::declarations::declare(bytes));
