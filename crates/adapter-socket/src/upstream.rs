//! On a connection that mocks claim, a single request may be meant for the real network, and no adapter is there to take it: the
//! responder connects.

use std::io;
use std::net::SocketAddr;

use http::{Uri, Version};
use standin_wire::{BoxError, Carrier, Socket, Upstream, bypassed};
use tokio::net::TcpStream;

use crate::intercept::really;

/// A connection that leads to the real network, and what was negotiated on it.
type Real = (Box<dyn Carrier>, Option<Version>);

/// By a connection of its own for each request: to `address`, where the client connected to that one and none other is asked for,
/// else to what the name of the URL really is.
pub(crate) fn upstream(address: Option<SocketAddr>) -> Upstream {
    Upstream::connecting(move |url| connect(url, address))
}

async fn connect(url: Uri, address: Option<SocketAddr>) -> Result<Real, BoxError> {
    let is_tls = url.scheme_str() == Some("https");
    let port = url.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
    let host = url.host().unwrap_or_default();
    let host = host.trim_matches(['[', ']']).to_owned();
    let addresses = match address.filter(|address| address.port() == port) {
        Some(address) => vec![address],
        None => {
            let host = host.clone();
            tokio::task::spawn_blocking(move || really(&host, port)).await?
        }
    };
    let stream = dial(&addresses)
        .await
        .map_err(|error| format!("{host}:{port}: {error}"))?;
    let _ = stream.set_nodelay(true);
    // It ends with whoever reads and writes it.
    let (socket, _shut) = Socket::new(stream);
    if !is_tls {
        return Ok((Box::new(socket), None));
    }
    secure(socket, &host).await
}

/// A connection to the first of the addresses that answers.
pub(crate) async fn dial(addresses: &[SocketAddr]) -> io::Result<TcpStream> {
    let mut refused = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for address in addresses {
        match bypassed(TcpStream::connect(*address)).await {
            Ok(stream) => return Ok(stream),
            Err(error) => refused = error,
        }
    }
    Err(refused)
}

#[cfg(feature = "tls")]
async fn secure(socket: Socket, host: &str) -> Result<Real, BoxError> {
    let stream = crate::trust::connector()?.connect(socket, host).await?;
    let version = match stream.protocol() {
        Some(b"h2") => Version::HTTP_2,
        _ => Version::HTTP_11,
    };
    Ok((Box::new(stream), Some(version)))
}

#[cfg(not(feature = "tls"))]
async fn secure(_socket: Socket, _host: &str) -> Result<Real, BoxError> {
    Err("without the feature `tls` there is no `https` to the real network".into())
}
