//! Several tests mock one host, and a thread of nobody's connects: the request tells whose it is, or nobody gets it.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

mod clients;

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Barrier, mpsc};
use std::thread;

use bytes::Bytes;
use clients::{get, get_with_timeout, start};
use http::StatusCode;
use http_body_util::Empty;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use standin_core::prelude::*;

/// On a thread of rayon's global pool, which belongs to no test.
fn elsewhere(host: &'static str, path: &'static str) -> io::Result<String> {
    let (answer, arrived) = mpsc::channel();
    rayon::spawn(move || {
        let got = get(host, path).and_then(|first| match get_with_timeout(host, path) {
            Ok(second) if second == first => Ok(second),
            Ok(second) => Err(io::Error::other(format!("{first}, then {second}"))),
            Err(error) => Err(error),
        });
        answer.send(got).expect("somebody listens");
    });
    arrived.recv().expect("it answers")
}

/// Two tests at once, as libtest has them: each is a thread with an engine of its own.
fn two(test: impl Fn(usize, &Barrier) + Send + Sync + 'static) {
    let (test, both) = (Arc::new(test), Arc::new(Barrier::new(2)));
    let threads: Vec<_> = (0..2)
        .map(|number| {
            let (test, both) = (Arc::clone(&test), Arc::clone(&both));
            thread::spawn(move || test(number, &both))
        })
        .collect();
    for thread in threads {
        thread.join().expect("no panic");
    }
}

#[test]
fn one_that_alone_has_a_mock_for_it_answers() {
    let host = "one.standin.test:80";
    two(move |number, both| {
        let _net = start();
        let path = ["/a", "/b"][number];
        mock::get(format!("http://{host}{path}"))
            .times(2)
            .reply(path);
        both.wait();
        assert_eq!(elsewhere(host, path).expect("answered"), path);
        both.wait();
    });
}

/// Two requests at once by one connection of HTTP/2, which says so from its first byte on.
async fn both_by_http2(host: &str, path: &str) {
    let stream = tokio::net::TcpStream::connect(host)
        .await
        .expect("connected");
    let (sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
        .await
        .expect("shaken");
    let ask = async |mut sender: http2::SendRequest<Empty<Bytes>>| {
        let request = http::Request::get(format!("http://{host}{path}"));
        let request = request.body(Empty::new()).expect("a request");
        sender.send_request(request).await.expect("answered")
    };
    let serving = tokio::spawn(connection);
    let (one, other) = tokio::join!(ask(sender.clone()), ask(sender));
    assert_eq!(
        (one.status(), other.status()),
        (StatusCode::OK, StatusCode::OK)
    );
    serving.abort();
}

#[test]
fn where_http2_hides_who_asks_the_reports_say_so() {
    let host = "crowd.standin.test:80";
    two(move |number, both| {
        let net = start();
        mock::get(format!("http://{host}/a"))
            .times(2)
            .optional()
            .reply(200);
        both.wait();
        if number == 0 {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            runtime.block_on(both_by_http2(host, "/a"));
        }
        both.wait();
        let report = net.report().to_string();
        let said = "several requests came at once by a connection of HTTP/2 to crowd.standin.test, which `";
        assert!(report.contains(said), "{report}");
        both.wait();
    });
}

#[test]
fn where_both_could_nobody_does_and_the_reports_say_why() {
    let host = "both.standin.test:80";
    two(move |_, both| {
        let net = start();
        let mocked = mock::get(format!("http://{host}/same"))
            .optional()
            .reply("whose?");
        both.wait();
        elsewhere(host, "/same").expect_err("refused");
        elsewhere(host, "/neither").expect_err("refused");
        both.wait();
        mocked.assert_not_called();
        mock::get("/never").reply(200);
        let report = net.report().to_string();
        assert!(
            report.contains("a connection to both.standin.test:80 was refused: thread `")
                && report.contains("the mocks of several could answer"),
            "{report}"
        );
        net.remove_all();
        both.wait();
    });
}

#[test]
fn a_closure_or_a_body_that_had_to_be_asked_is_not_certain() {
    let host = "asked.standin.test:80";
    two(move |number, both| {
        let net = start();
        match number {
            0 => mock::get(format!("http://{host}/asked"))
                .optional()
                .when(|_: &Request| true)
                .reply("perhaps"),
            _ => mock::get(format!("http://{host}/other"))
                .optional()
                .reply(200),
        };
        both.wait();
        elsewhere(host, "/asked").expect_err("refused");
        both.wait();
        drop(net);
    });
}

#[test]
fn where_the_others_have_ended_meanwhile_the_one_that_is_left_answers() {
    let host = "left.standin.test:80";
    two(move |number, both| {
        let net = start();
        if number == 1 {
            mock::get(format!("http://{host}/other"))
                .optional()
                .reply(200);
            both.wait();
            both.wait();
            drop(net);
            both.wait();
            return;
        }
        mock::post(format!("http://{host}/a"))
            .body("hello")
            .reply("mine");
        both.wait();
        let (connected, arrived) = mpsc::channel();
        rayon::spawn(move || {
            let stream = TcpStream::connect(host).expect("connected");
            connected.send(stream).expect("somebody listens");
        });
        let mut stream = arrived.recv().expect("connected");
        both.wait();
        both.wait();
        stream
            .write_all(b"POST /a HTTP/1.1\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello")
            .expect("written");
        let mut said = String::new();
        stream.read_to_string(&mut said).expect("answered");
        assert!(said.ends_with("mine"), "{said}");
    });
}

#[test]
fn connections_of_bytes_say_nothing_by_which_to_choose() {
    let host = "bytes.standin.test:80";
    two(move |number, both| {
        let _net = start();
        let path = ["/c", "/d"][number];
        mock::tcp(host).optional().serve(script().close());
        mock::get(format!("http://{host}{path}"))
            .optional()
            .reply(path);
        both.wait();
        let refused = elsewhere(host, path).expect_err("refused");
        assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
        both.wait();
    });
}
