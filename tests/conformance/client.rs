//! What the suite asks of a client: send this, and tell what came.

use std::collections::VecDeque;
use std::error::Error;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode, Version};
use http_body::{Body, Frame};
use http_body_util::BodyExt;
use standin::{Gate, Opened as GateOpened, Reason};
use tokio::time::timeout;

/// A client with an adapter in it.
pub trait Client: Clone + Send + Sync + 'static {
    /// What a client of this kind can show.
    const SHOWS: Shows;

    /// With an adapter made now, for the active engine.
    fn new() -> Self;

    /// Sends a request and gives the reply with its body unread.
    fn open(
        &self,
        request: http::Request<Upload>,
    ) -> impl Future<Output = Result<Opened, BoxError>> + Send;

    /// Sends a request and reads the whole reply.
    fn send(
        &self,
        request: http::Request<Upload>,
    ) -> impl Future<Output = Result<Sent, Refused>> + Send {
        async { Sent::read(self.open(request).await?).await }
    }

    fn get(&self, url: &str) -> impl Future<Output = Result<Sent, Refused>> + Send {
        self.send(get(url))
    }

    /// The same as `get`, given up after so long: `None`.
    fn get_within(
        &self,
        limit: Duration,
        url: &str,
    ) -> impl Future<Output = Option<Result<Sent, Refused>>> + Send {
        async move { timeout(limit, self.get(url)).await.ok() }
    }

    /// The same as `open`, given up after so long: `None`.
    fn open_within(
        &self,
        limit: Duration,
        request: http::Request<Upload>,
    ) -> impl Future<Output = Option<Result<Opened, BoxError>>> + Send {
        async move { timeout(limit, self.open(request)).await.ok() }
    }

    /// Whether an error is the client's own, for having waited too long.
    fn gave_up(_error: &BoxError) -> bool {
        false
    }

    /// A time of the suite as this client waits it: where that is the machine's, a fraction.
    fn pace(duration: Duration) -> Duration {
        duration
    }
}

/// What `get_within` is for a client that was told how long it may wait, and so gives up by itself.
pub async fn unless_given_up<C: Client>(
    asked: Result<Opened, BoxError>,
) -> Option<Result<Sent, Refused>> {
    match asked {
        Ok(opened) => Some(Sent::read(opened).await),
        Err(error) if C::gave_up(&error) => None,
        Err(error) => Some(Err(error.into())),
    }
}

/// What a client can show; each `false` has its reason where it stands.
pub struct Shows {
    /// Whether there is a network behind the adapter.
    pub network: bool,
    /// Whether an error holds a `standin::Error`; over a wire it is an answer, which [`Told`] stands for.
    pub typed: bool,
    /// The faults that the client tells by their kind.
    pub faults: &'static [io::ErrorKind],
    /// Whether the version is the declared one.
    pub version: bool,
    /// Whether there is a reason phrase.
    pub reason: bool,
    /// Whether a chunk is a frame at the client, and the next one not sent before that is read.
    pub frames: bool,
    /// Whether there are trailers.
    pub trailers: bool,
    /// Whether a reply can be had while the upload goes on.
    pub early: bool,
    /// Whether it waits by the time of the test's runtime, which is paused.
    pub paused: bool,
    /// Whether it asks the engine of who asks when that of its making has ended.
    pub follows: bool,
    /// How it comes to a stream on which another protocol is spoken.
    pub upgrades: Upgrades,
}

/// How a client asks for a WebSocket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Upgrades {
    /// By the header `upgrade` of HTTP/1.1.
    ByHeader,
    /// By an extended CONNECT of HTTP/2.
    ByConnect,
    /// There is no connection, and the error says so.
    InProcess,
    /// The client itself has no way to a stream, for this reason.
    Never(#[allow(dead_code, reason = "for who reads it")] &'static str),
}

/// What an adapter in process shows: everything, but a network only where one is behind it.
pub const IN_PROCESS: Shows = Shows {
    network: true,
    typed: true,
    faults: &[
        io::ErrorKind::ConnectionReset,
        io::ErrorKind::ConnectionRefused,
        io::ErrorKind::UnexpectedEof,
        io::ErrorKind::BrokenPipe,
        io::ErrorKind::TimedOut,
        io::ErrorKind::HostUnreachable,
        io::ErrorKind::NetworkUnreachable,
        io::ErrorKind::Other,
    ],
    version: true,
    reason: true,
    frames: true,
    trailers: true,
    early: true,
    paused: true,
    follows: true,
    upgrades: Upgrades::InProcess,
};

/// An answer of standin's own over a wire, as the suite sees it: no answer.
#[derive(Debug)]
pub struct Told(String);

impl std::fmt::Display for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Told {}

/// A response over a wire, unless it is standin's own.
pub async fn told<B>(response: http::Response<B>) -> Result<Opened, BoxError>
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    if response.headers().contains_key("x-standin") {
        let said = response.into_body().collect().await.map_err(Into::into)?;
        let said = String::from_utf8_lossy(&said.to_bytes()).into_owned();
        return Err(Box::new(Told(said)));
    }
    Ok(response.map(|body| Box::pin(body.map_err(Into::into)) as _))
}

pub type BoxError = Box<dyn Error + Send + Sync>;
pub type Opened = http::Response<Pin<Box<dyn Body<Data = Bytes, Error = BoxError> + Send>>>;

pub fn get(url: &str) -> http::Request<Upload> {
    request("GET", url, Upload::whole(""))
}

pub fn post(url: &str, body: Upload) -> http::Request<Upload> {
    request("POST", url, body)
}

/// Mocks are declared without a scheme, because a listener is plain; clients ask by https where they can.
pub fn request(method: &str, url: &str, body: Upload) -> http::Request<Upload> {
    http::Request::builder()
        .method(method)
        .uri(format!("https://{url}"))
        .body(body)
        .expect("a valid request")
}

/// The body of a request: pieces, and what follows them.
#[derive(Debug)]
pub struct Upload {
    pieces: VecDeque<Bytes>,
    end: End,
    known: bool,
    /// What follows, each when a gate opens.
    later: VecDeque<(Pin<Box<GateOpened>>, Bytes)>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum End {
    Ends,
    Breaks,
    Open,
}

impl Upload {
    /// In one piece, of a length that is known.
    pub fn whole(body: impl Into<Bytes>) -> Self {
        let body = body.into();
        let pieces = if body.is_empty() {
            VecDeque::new()
        } else {
            [body].into()
        };
        Self {
            pieces,
            end: End::Ends,
            known: true,
            later: VecDeque::new(),
        }
    }

    /// In pieces, of a length that nobody knows.
    pub fn pieces(pieces: impl IntoIterator<Item = Bytes>) -> Self {
        Self {
            pieces: pieces.into_iter().collect(),
            end: End::Ends,
            known: false,
            later: VecDeque::new(),
        }
    }

    /// A piece, and another when the gate opens.
    pub fn held(first: &'static str, gate: &Gate, later: &'static str) -> Self {
        Self::gated(first, [(gate, later)])
    }

    /// A piece, and others, each when its gate opens.
    pub fn gated<const N: usize>(first: &'static str, later: [(&Gate, &'static str); N]) -> Self {
        let later = later.map(|(gate, piece)| {
            (
                Box::pin(gate.opened()),
                Bytes::from_static(piece.as_bytes()),
            )
        });
        Self {
            later: later.into(),
            ..Self::pieces([Bytes::from_static(first.as_bytes())])
        }
    }

    /// And then another, when the gate opens.
    pub fn then(mut self, gate: &Gate, piece: Bytes) -> Self {
        self.later.push_back((Box::pin(gate.opened()), piece));
        self
    }

    /// It breaks off after these pieces.
    pub fn broken(pieces: impl IntoIterator<Item = Bytes>) -> Self {
        Self {
            end: End::Breaks,
            ..Self::pieces(pieces)
        }
    }

    /// It breaks off where it would end.
    pub fn breaking_off(self) -> Self {
        Self {
            end: End::Breaks,
            ..self
        }
    }

    /// It never ends after these pieces.
    pub fn open(pieces: impl IntoIterator<Item = Bytes>) -> Self {
        Self {
            end: End::Open,
            ..Self::pieces(pieces)
        }
    }

    /// The bytes of one that is whole, for clients that have a cheaper body for that.
    pub fn try_into_bytes(mut self) -> Result<Bytes, Self> {
        if self.known {
            Ok(self.pieces.pop_front().unwrap_or_default())
        } else {
            Err(self)
        }
    }
}

/// For clients that read what they send.
impl io::Read for Upload {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let Some(piece) = self.pieces.front_mut() else {
            return match self.end {
                End::Breaks => Err(io::Error::other("the disk is gone")),
                End::Ends | End::Open => Ok(0),
            };
        };
        let taken = piece.len().min(into.len());
        into[..taken].copy_from_slice(&piece.split_to(taken));
        if piece.is_empty() {
            self.pieces.pop_front();
        }
        Ok(taken)
    }
}

impl From<Bytes> for Upload {
    fn from(body: Bytes) -> Self {
        Self::whole(body)
    }
}

impl Body for Upload {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if self.pieces.is_empty()
            && let Some((opened, later)) = self.later.front_mut()
        {
            std::task::ready!(opened.as_mut().poll(cx));
            let later = std::mem::take(later);
            self.later.pop_front();
            return Poll::Ready(Some(Ok(Frame::data(later))));
        }
        match (self.pieces.pop_front(), self.end) {
            (Some(piece), _) => Poll::Ready(Some(Ok(Frame::data(piece)))),
            (None, End::Ends) => Poll::Ready(None),
            (None, End::Breaks) => Poll::Ready(Some(Err("the disk is gone".into()))),
            (None, End::Open) => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.pieces.is_empty() && self.later.is_empty() && self.end == End::Ends
    }

    fn size_hint(&self) -> http_body::SizeHint {
        match self.known {
            true => http_body::SizeHint::with_exact(
                self.pieces.iter().map(|piece| piece.len() as u64).sum(),
            ),
            false => http_body::SizeHint::default(),
        }
    }
}

/// A reply as the client shows it.
#[derive(Debug)]
pub struct Sent {
    pub status: StatusCode,
    pub version: Version,
    pub headers: HeaderMap,
    pub reason: Option<String>,
    pub chunks: Vec<Bytes>,
    pub trailers: HeaderMap,
}

impl Sent {
    pub async fn read(opened: Opened) -> Result<Self, Refused> {
        let (parts, mut body) = opened.into_parts();
        let mut sent = Self {
            status: parts.status,
            version: parts.version,
            headers: parts.headers,
            reason: parts
                .extensions
                .get::<Reason>()
                .map(|reason| reason.as_str().to_owned())
                .or_else(|| {
                    let reason = parts.extensions.get::<hyper::ext::ReasonPhrase>()?;
                    Some(String::from_utf8_lossy(reason.as_bytes()).into_owned())
                }),
            chunks: Vec::new(),
            trailers: HeaderMap::new(),
        };
        while let Some(frame) = body.frame().await {
            match frame?.into_data() {
                Ok(data) => sent.chunks.push(data),
                Err(frame) => sent
                    .trailers
                    .extend(frame.into_trailers().unwrap_or_default()),
            }
        }
        Ok(sent)
    }

    pub fn body(&self) -> Vec<u8> {
        self.chunks.concat()
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.body()).expect("UTF-8")
    }

    pub fn header(&self, name: &str) -> Vec<&str> {
        self.headers
            .get_all(name)
            .iter()
            .map(|value| value.to_str().expect("text"))
            .collect()
    }
}

/// An error as a client sees it, causes and all.
#[derive(Debug)]
pub struct Refused(BoxError);

impl<E: Into<BoxError>> From<E> for Refused {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl Refused {
    /// The first error of this type among the error and its causes.
    pub fn find<E: Error + 'static>(&self) -> Option<&E> {
        self.chain().find_map(|error| error.downcast_ref())
    }

    pub fn kind(&self) -> Option<io::ErrorKind> {
        self.find::<io::Error>().map(io::Error::kind)
    }

    /// Each error's own words, outermost first.
    pub fn text(&self) -> String {
        self.chain()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(": ")
    }

    pub fn chain(&self) -> impl Iterator<Item = &(dyn Error + 'static)> {
        let first: &(dyn Error + 'static) = &*self.0;
        std::iter::successors(Some(first), |error: &&'_ (dyn Error + 'static)| {
            (*error).source()
        })
    }
}
