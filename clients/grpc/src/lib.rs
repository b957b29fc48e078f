//! Code under test as others write it: a client of a gRPC service with messages of prost, its host written in.
//!
//! What tonic's build script would generate stands here by hand, so that no protoc is needed.

use http::uri::PathAndQuery;
use tonic::client::Grpc;
use tonic::codec::CompressionEncoding;
use tonic::transport::{Channel, Endpoint};
use tonic::{IntoRequest, IntoStreamingRequest, Response, Status, Streaming};
use tonic_prost::ProstCodec;

/// Who is to be greeted.
#[derive(Clone, PartialEq, prost::Message)]
pub struct HelloRequest {
    #[prost(string, tag = "1")]
    pub name: String,
}

/// The greeting.
#[derive(Clone, PartialEq, prost::Message)]
pub struct HelloReply {
    #[prost(string, tag = "1")]
    pub text: String,
}

/// A request for this name.
pub fn hello(name: &str) -> HelloRequest {
    HelloRequest { name: name.to_owned() }
}

/// Where the service is.
pub fn endpoint() -> Endpoint {
    Endpoint::from_static("https://greeter.example.com")
}

/// The service `greet.Greeter`.
#[derive(Debug, Clone)]
pub struct Greeter(Grpc<Channel>);

type Codec = ProstCodec<HelloRequest, HelloReply>;

impl Greeter {
    pub fn new(channel: Channel) -> Self {
        Self(Grpc::new(channel))
    }

    /// With compressed requests.
    pub fn compressing(self) -> Self {
        Self(self.0.send_compressed(CompressionEncoding::Gzip))
    }

    pub async fn say_hello(&mut self, request: impl IntoRequest<HelloRequest>) -> Result<Response<HelloReply>, Status> {
        let path = self.path("/greet.Greeter/SayHello").await?;
        self.0.unary(request.into_request(), path, Codec::default()).await
    }

    /// One request, and greetings one after the other.
    pub async fn watch(&mut self, request: HelloRequest) -> Result<Response<Streaming<HelloReply>>, Status> {
        let path = self.path("/greet.Greeter/Watch").await?;
        self.0.server_streaming(request.into_request(), path, Codec::default()).await
    }

    /// All names, and one greeting.
    pub async fn greet_all(
        &mut self,
        names: impl IntoStreamingRequest<Message = HelloRequest>,
    ) -> Result<Response<HelloReply>, Status> {
        let path = self.path("/greet.Greeter/GreetAll").await?;
        self.0.client_streaming(names.into_streaming_request(), path, Codec::default()).await
    }

    /// Names and greetings, both as they come.
    pub async fn chat(
        &mut self,
        names: impl IntoStreamingRequest<Message = HelloRequest>,
    ) -> Result<Response<Streaming<HelloReply>>, Status> {
        let path = self.path("/greet.Greeter/Chat").await?;
        self.0.streaming(names.into_streaming_request(), path, Codec::default()).await
    }

    async fn path(&mut self, path: &'static str) -> Result<PathAndQuery, Status> {
        self.0.ready().await.map_err(|error| Status::unavailable(error.to_string()))?;
        Ok(PathAndQuery::from_static(path))
    }
}
