//! Code under test as others write it: a client of a gRPC service whose host is written in.
//!
//! Written by hand where others have it generated; a message is a line of text.

use bytes::{Buf, BufMut};
use http::uri::PathAndQuery;
use tonic::client::Grpc;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};

/// Where the service is.
pub fn endpoint() -> Endpoint {
    Endpoint::from_static("https://greeter.example.com")
}

/// Asks the service to greet somebody.
///
/// # Errors
/// When it refuses or cannot be reached.
pub async fn greet(channel: Channel, name: &str) -> Result<String, Status> {
    let mut client = Grpc::new(channel);
    client.ready().await.map_err(|error| Status::unavailable(error.to_string()))?;
    let path = PathAndQuery::from_static("/greeter.Greeter/Greet");
    let reply = client.unary(Request::new(name.to_owned()), path, Lines).await?;
    Ok(reply.into_inner())
}

#[derive(Default)]
struct Lines;

impl Codec for Lines {
    type Encode = String;
    type Decode = String;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Lines {
    type Item = String;
    type Error = Status;

    fn encode(&mut self, line: String, into: &mut EncodeBuf<'_>) -> Result<(), Status> {
        into.put_slice(line.as_bytes());
        Ok(())
    }
}

impl Decoder for Lines {
    type Item = String;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<String>, Status> {
        let line = from.copy_to_bytes(from.remaining());
        let line = String::from_utf8(line.into()).map_err(|_| Status::internal("no text"))?;
        Ok(Some(line))
    }
}
