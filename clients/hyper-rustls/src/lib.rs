//! hyper with hyper-rustls on top: the TLS of the code under test runs for real, over a stream in memory.
