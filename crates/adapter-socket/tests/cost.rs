//! What interception costs beside plain loopback, printed: `--release -- --ignored --nocapture --test-threads 1`.
#![cfg(all(target_os = "linux", target_env = "gnu"))]
#![expect(clippy::print_stdout, reason = "what this prints is what it is for")]

mod clients;

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use clients::start;
use http_body_util::Full;
use hyper_util::rt::TokioIo;
use standin_core::prelude::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const ROUNDS: usize = 5;
const TIMES: u32 = 2000;

#[expect(clippy::disallowed_methods, reason = "this measures")]
fn now() -> Instant {
    Instant::now()
}

/// The best of some rounds, for one time.
fn best(mut round: impl FnMut() -> Duration) -> Duration {
    let rounds = (0..ROUNDS).map(|_| round()).min();
    rounds.unwrap_or_default() / TIMES
}

fn refused(at: SocketAddr) -> Duration {
    best(|| {
        let began = now();
        for _ in 0..TIMES {
            assert!(TcpStream::connect(at).is_err());
        }
        began.elapsed()
    })
}

/// By a client that makes its system calls itself.
fn refused_past_libc(at: SocketAddr) -> Duration {
    use rustix::net::{AddressFamily, SocketType};
    best(|| {
        let began = now();
        for _ in 0..TIMES {
            let client = rustix::net::socket(AddressFamily::INET, SocketType::STREAM, None);
            assert!(rustix::net::connect(client.expect("a socket"), &at).is_err());
        }
        began.elapsed()
    })
}

/// A system call that nobody traps.
fn untrapped() -> Duration {
    best(|| {
        let began = now();
        for _ in 0..TIMES {
            // SAFETY: it takes nothing, and cannot fail.
            unsafe { libc::syscall(libc::SYS_getppid) };
        }
        began.elapsed()
    })
}

/// Run it alone: it seals the process.
#[test]
#[ignore = "prints figures"]
fn a_seal() {
    let at = SocketAddr::from(([127, 0, 0, 1], 1));
    standin_socket::start().expect("here it is");
    let open = (refused_past_libc(at), refused(at), untrapped());
    standin_socket::seal().expect("here it can be");
    let sealed = (refused_past_libc(at), refused(at), untrapped());
    println!(
        "past libc, by libc, a system call that is not trapped: open {open:?}, sealed {sealed:?}"
    );
}

#[test]
#[ignore = "prints figures"]
fn an_inactive_hook() {
    let at = SocketAddr::from(([127, 0, 0, 1], 1));
    let before = refused(at);
    standin_socket::start().expect("here it is");
    let installed = refused(at);
    let bypassed = {
        let _bypass = standin_hooks::bypass();
        refused(at)
    };
    let _net = start();
    let active = refused(at);
    println!(
        "a refused connect to loopback: never started {before:?}, bypassed {bypassed:?}, started {installed:?}, with an engine {active:?}"
    );

    // SAFETY: no such descriptor, which is what the call says.
    let call = || unsafe { libc::connect(-1, std::ptr::null(), 0) };
    // SAFETY: as above.
    let real = || unsafe { standin_hooks::real::connect(-1, std::ptr::null(), 0) };
    let time = |call: &dyn Fn() -> i32| {
        best(|| {
            let began = now();
            for _ in 0..TIMES {
                assert_eq!(call(), -1);
            }
            began.elapsed()
        })
    };
    println!(
        "a connect of no descriptor: through the hook {:?}, past it {:?}",
        time(&call),
        time(&real)
    );
}

const REQUEST: &[u8] = b"GET /a HTTP/1.1\r\nhost: api.standin.test\r\n\r\n";

async fn ask(stream: &mut tokio::net::TcpStream) -> io::Result<()> {
    stream.write_all(REQUEST).await?;
    let mut reply = [0; 1024];
    let mut got = 0;
    while !reply[..got].ends_with(b"hello") {
        let read = stream.read(&mut reply[got..]).await?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        got += read;
    }
    Ok(())
}

async fn serve(listener: tokio::net::TcpListener) {
    while let Ok((stream, _)) = listener.accept().await {
        let _ = stream.set_nodelay(true);
        let service = hyper::service::service_fn(async |_| {
            Ok::<_, std::convert::Infallible>(hyper::Response::new(Full::new(bytes::Bytes::from(
                "hello",
            ))))
        });
        let connection = hyper::server::conn::http1::Builder::new();
        tokio::spawn(connection.serve_connection(TokioIo::new(stream), service));
    }
}

async fn connecting(to: &str) -> Duration {
    let mut fastest = Duration::MAX;
    for _ in 0..ROUNDS {
        let began = now();
        for _ in 0..TIMES {
            let mut stream = tokio::net::TcpStream::connect(to)
                .await
                .expect("somebody listens");
            ask(&mut stream).await.expect("answered");
        }
        fastest = fastest.min(began.elapsed());
    }
    fastest / TIMES
}

async fn keeping(to: &str) -> Duration {
    let mut stream = tokio::net::TcpStream::connect(to)
        .await
        .expect("somebody listens");
    let mut fastest = Duration::MAX;
    for _ in 0..ROUNDS {
        let began = now();
        for _ in 0..TIMES {
            ask(&mut stream).await.expect("answered");
        }
        fastest = fastest.min(began.elapsed());
    }
    fastest / TIMES
}

fn compared(what: &str, ours: Duration, plain: Duration) {
    println!(
        "{what}: {ours:?} against {plain:?}, {:.2} times",
        ours.as_secs_f64() / plain.as_secs_f64()
    );
}

#[tokio::test]
#[ignore = "prints figures"]
async fn a_connection_and_a_request() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let address = listener.local_addr().expect("bound").to_string();
    tokio::spawn(serve(listener));
    let plain = connecting(&address).await;
    let plain_kept = keeping(&address).await;

    let _net = start();
    mock::get("http://api.standin.test/a")
        .persist()
        .reply("hello");
    mock::get("http://93.184.216.34/a")
        .optional()
        .reply("hello");
    mock::get(format!("http://{}/a", address.replace("127.0.0.1", "localhost")).as_str())
        .optional()
        .reply("hello");
    let literal = connecting("93.184.216.34:80").await;
    let literal_kept = keeping("93.184.216.34:80").await;
    compared("a connection and its request, by address", literal, plain);
    compared(
        "a request on a connection that is kept",
        literal_kept,
        plain_kept,
    );
    compared(
        "a connection and its request, by name",
        connecting("api.standin.test:80").await,
        plain,
    );
    compared(
        "the same to a server on loopback, by name",
        connecting(&address.replace("127.0.0.1", "localhost")).await,
        plain,
    );
}
