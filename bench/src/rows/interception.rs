//! What does a client pay that knows nothing of mocks, and whose connections are intercepted? It speaks HTTP by hand, so that its own
//! cost hides little; server and client are on one runtime, as in a test.

use std::rc::Rc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;

use crate::client::runtime;
use crate::floors::hyper::accept;
use crate::ours;
use crate::row::{Bound, Row, Start, Work, start};

/// A connection's port is not free for a minute.
const MOST: u64 = 100;

/// What a mock answers for.
pub const BY_NAME: &str = "api.x.io:80";
/// The same without a name.
pub const BY_ADDRESS: &str = "93.184.216.34:80";

/// A request, as each client makes it.
#[derive(Clone, Copy)]
pub enum Asks {
    /// On a connection of its own.
    Connecting,
    /// On one that is kept.
    Keeping,
}

pub fn rows() -> Vec<Row> {
    vec![
        Row::time(
            "interception/by-name",
            "A new connection and a GET. The floor connects to a plain hyper server by its address, which nobody has to look up.",
        )
        .most(MOST)
        .floor(plain(Asks::Connecting, "127.0.0.1"))
        .reference("hyper, by name", plain(Asks::Connecting, "localhost"))
        .ours(Bound::Floor(1.3), ours::intercepted(Asks::Connecting, BY_NAME)),
        Row::time("interception/by-address", "The same to an address that mocks claim.")
            .most(MOST)
            .floor(plain(Asks::Connecting, "127.0.0.1"))
            .ours(Bound::Floor(1.3), ours::intercepted(Asks::Connecting, BY_ADDRESS)),
        Row::time("interception/kept", "A GET on a connection that is kept.")
            .floor(plain(Asks::Keeping, "127.0.0.1"))
            .ours(Bound::Floor(1.2), ours::intercepted(Asks::Keeping, BY_NAME)),
    ]
}

fn plain(asks: Asks, host: &'static str) -> Start {
    start(move || {
        let runtime = runtime();
        let listener = runtime
            .block_on(TcpListener::bind(("127.0.0.1", 0)))
            .expect("loopback has a port");
        let port = listener
            .local_addr()
            .expect("a bound socket has an address")
            .port();
        runtime.spawn(accept(listener));
        let to = format!("{host}:{port}");
        let mut asking = Asking::new(asks, to, runtime);
        Ok(Work::Repeat(Box::new(move |n| {
            // Standin intercepts in this process, and this one is past it.
            let _bypass = standin_hooks::bypass();
            asking.run(n);
        })))
    })
}

/// A client of one server.
pub struct Asking {
    asks: Asks,
    to: String,
    kept: Option<TcpStream>,
    runtime: Rc<Runtime>,
}

impl Asking {
    pub fn new(asks: Asks, to: String, runtime: Runtime) -> Self {
        Self {
            asks,
            to,
            kept: None,
            runtime: Rc::new(runtime),
        }
    }

    /// Asks so often.
    pub fn run(&mut self, n: u64) {
        let runtime = Rc::clone(&self.runtime);
        runtime.block_on(async {
            for _ in 0..n {
                let mut stream = match self.kept.take() {
                    Some(kept) => kept,
                    None => TcpStream::connect(&self.to)
                        .await
                        .expect("somebody listens"),
                };
                let host = self.to.trim_end_matches(":80");
                ask(&mut stream, host).await;
                if let Asks::Keeping = self.asks {
                    self.kept = Some(stream);
                }
            }
        });
    }
}

async fn ask(stream: &mut TcpStream, host: &str) {
    let request = format!("GET /users/7 HTTP/1.1\r\nhost: {host}\r\n\r\n");
    stream
        .write_all(request.as_bytes())
        .await
        .expect("the server reads");
    let (mut reply, mut got) = ([0; 1024], 0);
    while !reply[..got].ends_with(b"\r\n\r\nok") {
        let read = stream
            .read(&mut reply[got..])
            .await
            .expect("the server answers");
        assert!(read > 0, "the answer is whole");
        got += read;
        assert!(reply.starts_with(b"HTTP/1.1 200"), "a mock answers");
    }
}
