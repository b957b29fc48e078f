//! native-tls: the TLS of the system, which on Linux is OpenSSL.
