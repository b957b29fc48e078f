//! The body of a request is read for two reasons: a matcher looks at it, and the journal shows it. It may also never end.
//!
//! What has a known length is read to its end. Of what has none, only what is there already is read before the engine is asked;
//! the rest when it asks for the body. So a reply to an upload may come before the upload ends.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes, BytesMut};
use http_body::Body;
use standin_core::Upload;

use crate::error::{BoxError, Error};

/// The most that is read before the engine has asked for more.
const AT_HAND: usize = 64 << 20;

/// The body of a request while it is read.
pub(crate) struct Intake<B> {
    body: Pin<Box<B>>,
    read: Pieces,
    ended: bool,
}

/// How far reading came.
pub(crate) enum Progress {
    Ended,
    /// Its length is unknown, and no more is there now.
    Open,
}

impl<B: Body> Intake<B>
where
    B::Error: Into<BoxError>,
{
    pub(crate) fn new(body: B) -> Self {
        Self {
            body: Box::pin(body),
            read: Pieces::None,
            ended: false,
        }
    }

    /// Reads what is there; waits only for a body of a known length.
    pub(crate) fn poll_at_hand(&mut self, cx: &mut Context<'_>) -> Poll<Result<Progress, Error>> {
        while self.read.len() <= AT_HAND {
            match self.poll_piece(cx) {
                Poll::Ready(Ok(true)) => {}
                Poll::Ready(Ok(false)) => return Poll::Ready(Ok(Progress::Ended)),
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending if self.body.size_hint().upper().is_some() => return Poll::Pending,
                Poll::Pending => break,
            }
        }
        Poll::Ready(Ok(Progress::Open))
    }

    /// The whole body, up to `limit` bytes.
    pub(crate) async fn whole(&mut self, limit: usize) -> Result<Bytes, Error> {
        self.fill(limit).await?;
        Ok(self.read.take())
    }

    /// Reads to the end, up to `limit` bytes.
    pub(crate) async fn fill(&mut self, limit: usize) -> Result<(), Error> {
        loop {
            if self.read.len() > limit {
                return Err(Error::BodyTooLong { limit });
            }
            if !std::future::poll_fn(|cx| self.poll_piece(cx)).await? {
                return Ok(());
            }
        }
    }

    /// How many bytes were read and not taken.
    pub(crate) fn len(&self) -> usize {
        self.read.len()
    }

    /// Whether no more is read before the engine asks for more.
    #[cfg(feature = "server")]
    pub(crate) fn is_full(&self) -> bool {
        self.read.len() > AT_HAND
    }

    /// The next piece, after those that were taken.
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Bytes>, Error>> {
        if self.read.len() == 0 && !ready!(self.poll_piece(cx)?) {
            return Poll::Ready(Ok(None));
        }
        Poll::Ready(Ok(Some(self.read.take())))
    }

    /// Reads on when the request is decided, for the journal alone.
    pub(crate) async fn read_on(mut self, mut upload: Upload) {
        loop {
            upload.push(&self.read.take());
            match std::future::poll_fn(|cx| self.poll_piece(cx)).await {
                Ok(true) => {}
                // Broken off or whole: what came is in the journal.
                Ok(false) | Err(_) => return upload.end(),
            }
        }
    }

    /// What was read; the whole, once reading has ended.
    pub(crate) fn take(&mut self) -> Bytes {
        self.read.take()
    }

    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Result<bool, Error>> {
        if self.ended {
            return Poll::Ready(Ok(false));
        }
        match ready!(self.body.as_mut().poll_frame(cx)) {
            Some(Ok(frame)) => {
                if let Ok(mut data) = frame.into_data() {
                    self.read.push(data.copy_to_bytes(data.remaining()));
                }
                // A connection that waits for its next request already does not tell the end of this one's body.
                self.ended = self.body.is_end_stream();
                Poll::Ready(Ok(true))
            }
            Some(Err(error)) => {
                self.ended = true;
                Poll::Ready(Err(Error::RequestBody(error.into())))
            }
            None => {
                self.ended = true;
                Poll::Ready(Ok(false))
            }
        }
    }
}

/// Bytes in the pieces in which they came; one piece is not copied.
enum Pieces {
    None,
    One(Bytes),
    Several(BytesMut),
}

impl Pieces {
    fn len(&self) -> usize {
        match self {
            Self::None => 0,
            Self::One(bytes) => bytes.len(),
            Self::Several(bytes) => bytes.len(),
        }
    }

    fn push(&mut self, piece: Bytes) {
        match self {
            Self::None => *self = Self::One(piece),
            Self::One(first) => {
                let mut several = BytesMut::with_capacity(2 * (first.len() + piece.len()));
                several.extend_from_slice(first);
                several.extend_from_slice(&piece);
                *self = Self::Several(several);
            }
            Self::Several(several) => several.extend_from_slice(&piece),
        }
    }

    fn take(&mut self) -> Bytes {
        match std::mem::replace(self, Self::None) {
            Self::None => Bytes::new(),
            Self::One(bytes) => bytes,
            Self::Several(bytes) => bytes.freeze(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::task::Waker;

    use http_body::Frame;
    use http_body_util::Full;

    use super::*;

    fn at_hand<B: Body<Error: Into<BoxError>>>(
        intake: &mut Intake<B>,
    ) -> Poll<Result<Progress, Error>> {
        intake.poll_at_hand(&mut Context::from_waker(Waker::noop()))
    }

    /// Pieces that are there; `None` is one that is not there yet.
    struct Pieces(VecDeque<Option<&'static str>>, Option<u64>);

    impl Body for Pieces {
        type Data = Bytes;
        type Error = BoxError;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _cx: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
            match self.0.pop_front() {
                Some(Some(piece)) => Poll::Ready(Some(Ok(Frame::data(piece.into())))),
                Some(None) => Poll::Pending,
                None => Poll::Ready(None),
            }
        }

        fn size_hint(&self) -> http_body::SizeHint {
            self.1.map_or_else(
                http_body::SizeHint::default,
                http_body::SizeHint::with_exact,
            )
        }
    }

    #[test]
    fn one_piece_is_not_copied() {
        let bytes = Bytes::from(vec![7; 64]);
        let mut intake = Intake::new(Full::new(bytes.clone()));
        assert!(matches!(
            at_hand(&mut intake),
            Poll::Ready(Ok(Progress::Ended))
        ));
        assert_eq!(intake.take().as_ptr(), bytes.as_ptr());
    }

    #[test]
    fn a_known_length_is_waited_for_and_an_unknown_one_is_not() {
        let pieces = || VecDeque::from([Some("a"), None, Some("b")]);
        let mut known = Intake::new(Pieces(pieces(), Some(2)));
        assert!(at_hand(&mut known).is_pending());
        assert!(matches!(
            at_hand(&mut known),
            Poll::Ready(Ok(Progress::Ended))
        ));
        assert_eq!(known.take(), "ab");
        let mut unknown = Intake::new(Pieces(pieces(), None));
        assert!(matches!(
            at_hand(&mut unknown),
            Poll::Ready(Ok(Progress::Open))
        ));
    }

    #[tokio::test]
    async fn a_body_beyond_the_limit_is_refused_with_the_limit() {
        let pieces = VecDeque::from([Some("12345"), Some("67890")]);
        let mut intake = Intake::new(Pieces(pieces, None));
        let refused = intake.whole(9).await.expect_err("too long");
        assert!(matches!(refused, Error::BodyTooLong { limit: 9 }));
        assert!(refused.to_string().contains("9 bytes"), "{refused}");
    }

    #[tokio::test]
    async fn a_body_of_the_limit_is_read() {
        let mut intake = Intake::new(Pieces(VecDeque::from([Some("12345"), Some("6789")]), None));
        assert_eq!(intake.whole(9).await.expect("it fits"), "123456789");
    }
}
