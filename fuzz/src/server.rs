//! A connection in memory on which a peer says these bytes, in pieces, and then no more.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use hyper::rt::{Read, ReadBuf, Write};
use standin_core::prelude::*;
use standin_core::{Engine, OwnedEngine, ws};
use standin_wire::{MemoryStream, Origin, Seat};

use crate::closing::close;

/// The first byte says how: its low three bits in which pieces, the next whether it is a connection to a proxy.
pub fn serve(said: &[u8]) {
    let Some((how, said)) = said.split_first() else {
        return;
    };
    let piece = [usize::MAX, 1, 2, 7, 16, 64, 256, 4096][usize::from(how & 7)];
    let engine = mocked();
    let origin = match how & 8 {
        0 => Origin::of(&"https://x.io".parse().expect("a URL")),
        _ => Origin::behind("127.0.0.1:81".parse().ok()),
    };
    converse(MemoryStream::new(Seat::of(&engine), origin), said, piece);
    close(engine);
}

fn mocked() -> OwnedEngine {
    let engine = Engine::new().lenient();
    engine.keep_calls(64);
    engine.get("/").persist().optional().reply("hello");
    engine
        .any("/chunks/{id}")
        .persist()
        .optional()
        .reply(reply(200).chunk("one").chunk("two").trailer("x-sum", "7"));
    engine
        .post("/json")
        .json_includes(json!({"id": 7}))
        .persist()
        .optional()
        .reply(201);
    engine
        .put("/upload")
        .persist()
        .optional()
        .reply(|request: &Request| request.text().into_owned());
    engine
        .get("/live")
        .persist()
        .optional()
        .websocket(ws().expect_text("hi").send_text("ho").close(1000, "bye"));
    engine
        .get("/reset")
        .persist()
        .optional()
        .reply(Fault::Reset);
    engine.get("/cut").persist().optional().reply(
        reply(200)
            .body("hello world")
            .breaks_after(5, Fault::Closed),
    );
    engine
        .method("CONNECT", "https://y.io")
        .persist()
        .optional()
        .reply(200);
    engine
}

/// Says it all, piece by piece, and reads what comes between, until neither side has more to say.
fn converse(mut stream: MemoryStream, said: &[u8], piece: usize) {
    let woken = Arc::new(Woken::default());
    let waker = Waker::from(Arc::clone(&woken));
    let mut cx = Context::from_waker(&waker);
    for mut piece in said.chunks(piece.min(said.len().max(1))) {
        while !piece.is_empty() {
            match Pin::new(&mut stream).poll_write(&mut cx, piece) {
                Poll::Ready(Ok(written)) => piece = &piece[written..],
                Poll::Ready(Err(_)) => return,
                Poll::Pending if woken.take() => {}
                Poll::Pending if read(&mut stream, &mut cx, &woken) => {}
                Poll::Pending => return,
            }
        }
        let _ = Pin::new(&mut stream).poll_flush(&mut cx);
        read(&mut stream, &mut cx, &woken);
    }
    let mut shut = poll_fn(|cx| Pin::new(&mut stream).poll_shutdown(cx));
    let _ = Pin::new(&mut shut).poll(&mut cx);
    read(&mut stream, &mut cx, &woken);
}

/// Reads what there is; whether there was anything.
fn read(stream: &mut MemoryStream, cx: &mut Context<'_>, woken: &Woken) -> bool {
    let mut any = false;
    loop {
        let mut bytes = [0; 4096];
        let mut into = ReadBuf::new(&mut bytes);
        match Pin::new(&mut *stream).poll_read(cx, into.unfilled()) {
            Poll::Ready(Ok(())) if into.filled().is_empty() => return any,
            Poll::Ready(Ok(())) => any = true,
            Poll::Ready(Err(_)) => return any,
            Poll::Pending if woken.take() => {}
            Poll::Pending => return any,
        }
    }
}

#[derive(Default)]
struct Woken(AtomicBool);

impl Woken {
    fn take(&self) -> bool {
        self.0.swap(false, Ordering::Relaxed)
    }
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}
