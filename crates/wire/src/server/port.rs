//! A client that wants an address to connect to is given a port for one connection: whoever accepts knows whose it is.

use std::future::poll_fn;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::pin::pin;
use std::task::Poll;

use standin_core::{Accepted, Engine, Fault};
use tokio::net::TcpStream;
use tokio::runtime::{Handle, RuntimeFlavor};

use super::bytes::serve_conversation;
use super::carrier::Carrier;
use super::origin::Origin;
use super::serve_shared_connection;
use super::socket::Socket;
use crate::askers::Opened;

/// A port on loopback for one connection; dropped or accepted on, it refuses.
#[derive(Debug)]
pub struct Port {
    listener: TcpListener,
    address: SocketAddr,
}

impl Port {
    /// # Errors
    /// When loopback has no port to give.
    pub fn open() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address })
    }

    /// Where to connect to.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The far end of the connection; best asked for when the client is connected, for then it is there at once.
    ///
    /// # Errors
    /// When the connection broke meanwhile, or the caller is in no tokio runtime that has I/O.
    pub async fn accept(self) -> io::Result<TcpStream> {
        let (stream, _) = match self.listener.accept() {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                return tokio::net::TcpListener::from_std(self.listener)?
                    .accept()
                    .await
                    .map(|(stream, _)| stream);
            }
            accepted => accepted?,
        };
        stream.set_nonblocking(true)?;
        TcpStream::from_std(stream)
    }
}

/// Breaks a connection by its far end, so that the client sees this fault, as far as a socket can show it.
pub fn break_socket(stream: TcpStream, fault: &Fault) {
    let (mut socket, _shut) = Socket::new(stream);
    socket.break_off(fault);
}

/// Carries a conversation over a connection to `host` by its far end, until it is over.
pub async fn talk_over_socket(accepted: Accepted, stream: TcpStream, host: String) {
    // Nagle's delay belongs to no test.
    let _ = stream.set_nodelay(true);
    let (socket, _shut) = Socket::new(stream);
    serve_conversation(accepted, socket, &host).await;
}

/// Serves the far end of a connection that `engine` opened, as [`serve_connection`](crate::serve_connection) does.
///
/// A client that tests share may keep it when that engine has ended. On a runtime of one thread, the test that
/// runs there next is asked then; on one of several, nobody could say which that is, so the connection ends with its engine.
pub async fn serve_socket(engine: Engine, opened: Opened, stream: TcpStream, origin: Origin) {
    // Nagle's delay belongs to no test.
    let _ = stream.set_nodelay(true);
    let (socket, _shut) = Socket::new(stream);
    let Opened { seat, farewell } = opened;
    let mut serving = pin!(serve_shared_connection(seat, socket, origin, farewell));
    if Handle::current().runtime_flavor() == RuntimeFlavor::CurrentThread {
        return serving.await;
    }
    let mut ended = engine.ended();
    drop(engine);
    poll_fn(|cx| match pin!(&mut ended).poll(cx) {
        Poll::Ready(()) => Poll::Ready(()),
        Poll::Pending => serving.as_mut().poll(cx),
    })
    .await;
}
