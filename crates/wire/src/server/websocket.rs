//! A WebSocket on a connection: what a script or a closure says goes out as frames, what the client says comes in.
//!
//! tungstenite has the protocol, over buffers in memory; nothing here waits but where the stream does. Two futures run side by
//! side, both inside that of the connection: one plays the script, the other serves the stream, so that pings are answered and
//! a client that leaves is noticed while the script waits.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use bytes::{Buf, BytesMut};
use http::header::{
    CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL,
    SEC_WEBSOCKET_VERSION, UPGRADE,
};
use http::{HeaderMap, HeaderValue, Version};
use standin_core::{
    ByteStream, Command, Line, Message, Play, Recorder, Request, Script, Side, Talk, WebSocket,
};
use tungstenite::error::{CapacityError, ProtocolError};
use tungstenite::handshake::derive_accept_key;
use tungstenite::protocol::frame::CloseFrame;
use tungstenite::protocol::{Role, WebSocketConfig, WebSocketContext};

use super::tunnel::Upgraded;
use crate::time;

/// How much is read at a time, in bytes.
const READ: usize = 16 << 10;

/// What may wait to be written, in bytes, before no more is read: pongs to a client that does not hear.
const ROOM: usize = 1 << 20;

/// The headers that say yes to a handshake.
///
/// # Errors
/// When it is none.
pub(super) fn accept(request: &Request, script: &Script) -> Result<HeaderMap, &'static str> {
    let headers = request.headers();
    let version = headers.get(SEC_WEBSOCKET_VERSION);
    if version.is_none_or(|version| version != "13") {
        return Err(
            "the request asks for a WebSocket, and not in version 13: its header `sec-websocket-version` says so",
        );
    }
    let mut added = HeaderMap::new();
    // An extended CONNECT has no key: what it asks for is no misunderstanding.
    if request.version() < Version::HTTP_2 {
        let Some(key) = headers.get(SEC_WEBSOCKET_KEY) else {
            return Err(
                "the request asks for a WebSocket without a key: it has no header `sec-websocket-key`",
            );
        };
        added.insert(UPGRADE, HeaderValue::from_static("websocket"));
        added.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
        if let Ok(key) = HeaderValue::try_from(derive_accept_key(key.as_bytes())) {
            added.insert(SEC_WEBSOCKET_ACCEPT, key);
        }
    }
    let offered = || {
        let offers = headers.get(SEC_WEBSOCKET_PROTOCOL)?.to_str().ok()?;
        offers.split(',').map(str::trim).find(|one| !one.is_empty())
    };
    if let Some(protocol) = script.subprotocol().or_else(offered)
        && let Ok(protocol) = HeaderValue::try_from(protocol)
    {
        added.insert(SEC_WEBSOCKET_PROTOCOL, protocol);
    }
    Ok(added)
}

/// Talks until both sides are done, or the engine has ended.
pub(super) async fn talk(stream: Upgraded, request: Request, talk: Talk) {
    let engine = talk.recorder().engine().clone();
    let (socket, line) = WebSocket::line(request);
    let mut serving = Some(Serving {
        context: WebSocketContext::new(Role::Server, Some(config())),
        buffers: Buffers::default(),
        recorder: talk.recorder().clone(),
        answers_pings: talk.answers_pings(),
        is_carrying: false,
        is_over: false,
        read: vec![0; READ].into_boxed_slice(),
        stream,
        line,
    });
    let mut ended = engine.ended();
    let mut playing = pin!(play(talk, socket));
    poll_fn(|cx| {
        if Pin::new(&mut ended).poll(cx).is_ready() {
            return Poll::Ready(());
        }
        // What one of them does may be what the other waits for; both are woken by that, and polled again.
        let played = playing.as_mut().poll(cx);
        if let Some(served) = &mut serving
            && served.poll(cx).is_ready()
        {
            // The client sees the end at once, whatever a closure does meanwhile.
            serving = None;
        }
        match (played, &serving) {
            (Poll::Ready(()), _) => Poll::Ready(()),
            _ => Poll::Pending,
        }
    })
    .await;
    // What was said at last is on its way.
    if let Some(mut serving) = serving {
        poll_fn(|cx| serving.poll_out(cx)).await.ok();
    }
}

fn config() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(READ)
        .write_buffer_size(0)
}

/// Plays the script to its end, and hears what comes behind it until nothing does.
async fn play(mut talk: Talk, socket: WebSocket) {
    let engine = talk.recorder().engine().clone();
    loop {
        let said = match talk.next(&socket) {
            Play::Listen => match socket.next_of_any_kind().await {
                Some(message) => talk.hear(&message),
                None => {
                    match socket.broken() {
                        Some(why) => talk.broken(&why),
                        None => talk.gone(),
                    }
                    return;
                }
            },
            Play::Say(message) => Some(message),
            Play::Raw(bytes) => {
                let _ = socket.send_raw(bytes).await;
                None
            }
            Play::Wait(duration) => {
                either(time::sleep(&engine, duration), socket.left()).await;
                None
            }
            Play::Hold(gate) => {
                either(gate.opened(), socket.left()).await;
                None
            }
            Play::Run(running) => {
                let ran = running.await;
                talk.ran(ran)
            }
            Play::Break(fault) => {
                socket.break_off(fault);
                None
            }
            _ => return,
        };
        if let Some(said) = said {
            // A client that has left is told of when it is listened to.
            let _ = socket.send(said).await;
        }
    }
}

/// Waits for one of them.
async fn either(a: impl Future<Output = ()>, b: impl Future<Output = ()>) {
    let (mut a, mut b) = (pin!(a), pin!(b));
    poll_fn(|cx| match a.as_mut().poll(cx) {
        Poll::Ready(()) => Poll::Ready(()),
        Poll::Pending => b.as_mut().poll(cx),
    })
    .await;
}

/// The stream, and the protocol on it.
struct Serving {
    context: WebSocketContext,
    buffers: Buffers,
    recorder: Recorder,
    answers_pings: bool,
    /// A command of the mock's is in the buffer, and not yet on its way.
    is_carrying: bool,
    /// No more is read: what is in the buffer goes out, and then it ends.
    is_over: bool,
    read: Box<[u8]>,
    stream: Upgraded,
    line: Line,
}

impl Serving {
    /// Ready when the connection is over.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            match self.poll_out(cx) {
                Poll::Ready(Ok(())) if self.is_over => {
                    ready!(ByteStream::poll_shutdown(Pin::new(&mut self.stream), cx)).ok();
                    return Poll::Ready(());
                }
                Poll::Ready(Ok(())) => {
                    if let Poll::Ready(command) = self.line.poll_command(cx) {
                        if self.carry_out(command).is_break() {
                            return Poll::Ready(());
                        }
                        continue;
                    }
                }
                Poll::Ready(Err(_)) => return Poll::Ready(()),
                Poll::Pending if self.is_over || self.buffers.outgoing.len() > ROOM => {
                    return Poll::Pending;
                }
                Poll::Pending => {}
            }
            if !self.line.has_room(cx) {
                return Poll::Pending;
            }
            match self.hear() {
                Heard::Something => {}
                Heard::End => self.is_over = true,
                Heard::Nothing => match ready!(self.poll_in(cx)) {
                    Ok(0) => self.buffers.is_at_end = true,
                    Ok(_) => {}
                    Err(_) => return Poll::Ready(()),
                },
            }
        }
    }

    /// Writes what is in the buffer.
    fn poll_out(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut wrote = self.is_carrying;
        while !self.buffers.outgoing.is_empty() {
            let stream = Pin::new(&mut self.stream);
            match ready!(ByteStream::poll_write(stream, cx, &self.buffers.outgoing))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                written => self.buffers.outgoing.advance(written),
            }
            wrote = true;
        }
        if wrote {
            ready!(ByteStream::poll_flush(Pin::new(&mut self.stream), cx))?;
        }
        if std::mem::take(&mut self.is_carrying) {
            self.line.carried_out();
        }
        Poll::Ready(Ok(()))
    }

    fn poll_in(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let stream = Pin::new(&mut self.stream);
        let came = ready!(ByteStream::poll_read(stream, cx, &mut self.read))?;
        self.buffers.incoming.extend_from_slice(&self.read[..came]);
        Poll::Ready(Ok(came))
    }

    /// Puts what the mock wants into the buffer.
    fn carry_out(&mut self, command: Command) -> std::ops::ControlFlow<()> {
        match command {
            Command::Say(message) => {
                // Written down before it can be heard.
                if self.context.can_write() {
                    self.recorder.note(Side::Mock, &message);
                }
                let close = matches!(message, Message::Close { .. });
                let said = self.context.write(&mut self.buffers, frame(message));
                let said = said.and_then(|()| self.context.flush(&mut self.buffers));
                self.is_carrying = said.is_ok();
                // Whoever has closed already gets nothing more.
                self.is_over |= said.is_err() && !close;
            }
            Command::Raw(bytes) => {
                self.buffers.outgoing.extend_from_slice(&bytes);
                self.is_carrying = true;
            }
            Command::Break(fault) => {
                ByteStream::break_off(Pin::new(&mut self.stream), &fault);
                return std::ops::ControlFlow::Break(());
            }
            _ => {}
        }
        std::ops::ControlFlow::Continue(())
    }

    /// The next message out of the buffer.
    fn hear(&mut self) -> Heard {
        match self.context.read(&mut self.buffers) {
            Ok(message) => {
                if let Some(message) = said(message) {
                    self.heard(message);
                }
                Heard::Something
            }
            Err(tungstenite::Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => {
                Heard::Nothing
            }
            Err(error) => {
                if let Some((code, why)) = broken(&error) {
                    self.line.break_down(&why);
                    let close = CloseFrame {
                        code: code.into(),
                        reason: "".into(),
                    };
                    // It may be too late for it.
                    let _ = self.context.close(&mut self.buffers, Some(close));
                }
                Heard::End
            }
        }
    }

    fn heard(&mut self, message: Message) {
        self.recorder.note(Side::Client, &message);
        match &message {
            Message::Ping(_) if !self.answers_pings => {
                // The pong that the protocol has ready goes nowhere.
                let _ = self.context.flush(&mut Nowhere);
            }
            Message::Ping(bytes) => {
                if self.context.can_write() {
                    self.recorder
                        .note(Side::Mock, &Message::Pong(bytes.clone()));
                }
                let _ = self.context.flush(&mut self.buffers);
            }
            Message::Close { .. } => {
                let before = self.buffers.outgoing.len();
                let _ = self.context.flush(&mut self.buffers);
                // Where the mock has closed first, this was the answer.
                if self.buffers.outgoing.len() > before {
                    self.recorder.note(Side::Mock, &message);
                }
            }
            _ => {}
        }
        self.line.hear(message);
    }
}

enum Heard {
    Something,
    Nothing,
    End,
}

/// With what code a client is told that it broke the protocol, and why; `None` where it has only left.
fn broken(error: &tungstenite::Error) -> Option<(u16, String)> {
    match error {
        tungstenite::Error::Protocol(
            ProtocolError::ResetWithoutClosingHandshake | ProtocolError::ReceivedAfterClosing,
        )
        | tungstenite::Error::ConnectionClosed
        | tungstenite::Error::AlreadyClosed
        | tungstenite::Error::Io(_) => None,
        tungstenite::Error::Utf8(_) => Some((1007, error.to_string())),
        tungstenite::Error::Capacity(CapacityError::MessageTooLong { .. }) => {
            Some((1009, error.to_string()))
        }
        _ => Some((1002, error.to_string())),
    }
}

fn frame(message: Message) -> tungstenite::Message {
    match message {
        Message::Text(text) => tungstenite::Message::Text(text.into()),
        Message::Binary(bytes) => tungstenite::Message::Binary(bytes),
        Message::Ping(bytes) => tungstenite::Message::Ping(bytes),
        Message::Pong(bytes) => tungstenite::Message::Pong(bytes),
        Message::Close { code, reason } => {
            tungstenite::Message::Close(code.map(|code| CloseFrame {
                code: code.into(),
                reason: reason.into(),
            }))
        }
    }
}

fn said(message: tungstenite::Message) -> Option<Message> {
    Some(match message {
        tungstenite::Message::Text(text) => Message::Text(text.as_str().to_owned()),
        tungstenite::Message::Binary(bytes) => Message::Binary(bytes),
        tungstenite::Message::Ping(bytes) => Message::Ping(bytes),
        tungstenite::Message::Pong(bytes) => Message::Pong(bytes),
        tungstenite::Message::Close(close) => Message::Close {
            code: close.as_ref().map(|close| close.code.into()),
            reason: close.map_or_else(String::new, |close| close.reason.as_str().to_owned()),
        },
        tungstenite::Message::Frame(_) => return None,
    })
}

/// What the protocol reads from and writes to.
#[derive(Default)]
struct Buffers {
    incoming: BytesMut,
    outgoing: BytesMut,
    is_at_end: bool,
}

impl io::Read for Buffers {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.incoming.is_empty() && !self.is_at_end {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let taken = self.incoming.len().min(into.len());
        into[..taken].copy_from_slice(&self.incoming[..taken]);
        self.incoming.advance(taken);
        Ok(taken)
    }
}

impl io::Write for Buffers {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.outgoing.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Takes everything, and keeps nothing.
struct Nowhere;

impl io::Read for Nowhere {
    fn read(&mut self, _into: &mut [u8]) -> io::Result<usize> {
        Err(io::ErrorKind::WouldBlock.into())
    }
}

impl io::Write for Nowhere {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
