//! What a client of gRPC sent, as the messages that its program made.

use std::time::Duration;

use prost::Message;

use crate::grpc::frame::{DecodeError, Frames, decoded};
use crate::request::Request;

/// # gRPC
impl Request {
    /// The one message of a call.
    ///
    /// # Errors
    /// When the body is not exactly one message of gRPC, or that no `M`.
    pub fn message<M: Message + Default>(&self) -> Result<M, DecodeError> {
        let mut messages = self.messages()?;
        match (messages.pop(), messages.len()) {
            (Some(message), 0) => Ok(message),
            (None, _) => Err(DecodeError("the body holds no message".to_owned())),
            (Some(_), more) => Err(DecodeError(format!(
                "the body holds {} messages, and one was expected",
                more + 1
            ))),
        }
    }

    /// All messages of a call in order, as a client that streams sends them.
    ///
    /// # Errors
    /// When the body is not made of messages of gRPC, or one of them is no `M`.
    pub fn messages<M: Message + Default>(&self) -> Result<Vec<M>, DecodeError> {
        let mut frames = Frames::encoded(self.header("grpc-encoding"));
        frames.push(self.body());
        let mut messages = Vec::new();
        while let Some(message) = frames.next()? {
            messages.push(decoded(message)?);
        }
        frames.end()?;
        Ok(messages)
    }

    /// How long the client gives the call: the header `grpc-timeout`.
    pub fn grpc_timeout(&self) -> Option<Duration> {
        super::timeout(self.header("grpc-timeout")?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_has_a_unit() {
        let timeout = |text: &str| {
            Request::post("/")
                .with_header("grpc-timeout", text)
                .grpc_timeout()
        };
        assert_eq!(timeout("5S"), Some(Duration::from_secs(5)));
        assert_eq!(timeout("5000000u"), Some(Duration::from_secs(5)));
        assert_eq!(
            timeout("99999999H"),
            Some(Duration::from_secs(3600 * 99_999_999))
        );
        for wrong in [
            "",
            "S",
            "5",
            "-5S",
            "+5S",
            "123456789S",
            "5s",
            "5\u{fc}",
            "\u{fc}",
        ] {
            assert_eq!(timeout(wrong), None, "{wrong}");
        }
        assert_eq!(Request::post("/").grpc_timeout(), None);
    }
}
