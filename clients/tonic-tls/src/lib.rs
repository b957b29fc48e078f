//! The client of `clients/tonic`, with a TLS feature of tonic switched on: then tonic wants TLS for an `https` URL.
