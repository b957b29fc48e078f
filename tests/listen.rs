//! A listener is for any language: curl and Python's own client ask it too, where the machine has them.

use std::io::{Read, Write};
use std::process::{Command, Output};

use standin::prelude::*;
use standin::{Listener, listen};

/// What a program said; `None`, and a word about it, where there is no such program.
#[expect(clippy::print_stdout, reason = "a test that did not run says so")]
fn run(program: &str, arguments: &[&str]) -> Option<Output> {
    match Command::new(program).args(arguments).output() {
        Ok(output) => Some(output),
        Err(error) => {
            println!("skipped: {program} does not run here ({error})");
            None
        }
    }
}

fn said(output: &Output) -> String {
    let said = [&output.stdout[..], &output.stderr[..]].concat();
    String::from_utf8_lossy(&said).into_owned()
}

fn listener() -> (standin::Guard, Listener, String) {
    let net = standin::activate().lenient();
    let listener = listen();
    let url = listener.url();
    (net, listener, url)
}

#[test]
fn curl_asks() {
    let (net, _listener, url) = listener();
    let orders = mock::post("/orders")
        .body(re("^x+$"))
        .times(0..)
        .reply((201, "made"));
    let users = mock::get("/users")
        .times(0..)
        .reply(reply(200).header("x-tea", "green").chunks(["one", "two"]));
    // Long enough for curl to ask first whether to send it (`Expect: 100-continue`).
    let long = "x".repeat(2 << 20);
    let file = std::env::temp_dir().join(format!("standin-{}-body", std::process::id()));
    std::fs::write(&file, &long).expect("written");
    let from = format!("@{}", file.display());
    let posted = run(
        "curl",
        &[
            "-sS",
            "-i",
            "--data-binary",
            &from,
            &format!("{url}/orders"),
        ],
    );
    std::fs::remove_file(&file).expect("removed");
    let Some(posted) = posted else { return };
    assert!(said(&posted).ends_with("made"), "{}", said(&posted));
    assert_eq!(orders.last_call().body().len(), long.len());

    let twice = format!("{url}/users");
    let Some(kept) = run("curl", &["-sS", "-v", &twice, &twice]) else {
        return;
    };
    assert!(said(&kept).starts_with("onetwoonetwo"), "{}", said(&kept));
    assert!(
        said(&kept).to_lowercase().contains("re-us"),
        "{}",
        said(&kept)
    );
    users.assert_called(2);

    let Some(head) = run("curl", &["-sS", "-I", &format!("{url}/nothing")]) else {
        return;
    };
    assert!(said(&head).starts_with("HTTP/1.1 501"), "{}", said(&head));
    let Some(old) = run("curl", &["-sS", "-0", "-H", "Host:", &twice]) else {
        return;
    };
    assert!(said(&old).starts_with("onetwo"), "{}", said(&old));
    let asked = [
        "-sS",
        "--http2-prior-knowledge",
        "-w",
        "%{http_version}",
        &twice,
    ];
    let http2 = run("curl", &asked).filter(|http2| http2.status.success());
    // A curl that was built without HTTP/2 fails.
    if let Some(http2) = http2 {
        assert_eq!(said(&http2), "onetwo2");
    }
    assert_eq!(net.take_unmatched().len(), 1);
}

/// The listener stands in for a proxy: absolute URLs, and tunnels to what is mocked.
#[test]
fn curl_takes_it_for_a_proxy() {
    let (net, listener, _) = listener();
    let mocked = mock::get("http://api.example.com/users")
        .times(0..)
        .reply("here");
    let proxy = listener.proxy_url();
    let through = |url: &str, more: &[&str]| {
        let asked = [&["-sS", "-i", "--noproxy", "", "-x", &proxy, url], more].concat();
        run("curl", &asked).map(|output| said(&output))
    };
    let Some(absolute) = through("http://api.example.com/users", &[]) else {
        return;
    };
    assert!(absolute.ends_with("here"), "{absolute}");
    let tunnelled = through("http://api.example.com/users", &["-p"]).expect("curl runs");
    assert!(tunnelled.ends_with("here"), "{tunnelled}");
    mocked.assert_called(2);
    let refused = through("http://other.example.com/users", &["-p"]).expect("curl runs");
    assert!(
        refused.contains("501") && refused.contains("x-standin"),
        "{refused}"
    );
    let unmatched = net.take_unmatched();
    assert_eq!(
        (unmatched.len(), unmatched[0].method().as_str()),
        (1, "CONNECT")
    );
}

#[test]
fn python_asks() {
    let (_net, listener, _) = listener();
    mock::put("/a")
        .times(0..)
        .reply(|asked: &Request| asked.text().into_owned());
    mock::get("http://x.io/inside").times(0..).reply("inside");
    mock::get("/faulty").times(0..).reply(Fault::Reset);
    let script = format!(
        r#"
import http.client
kept = http.client.HTTPConnection("127.0.0.1", {port}, timeout=60)
for _ in range(2):
    kept.request("PUT", "/a", body="hello", headers={{"x-name": "J\xfcrgen"}})
    answer = kept.getresponse()
    print(answer.status, answer.read().decode())
kept.request("PUT", "/a", body=iter([b"in ", b"pieces"]), encode_chunked=True, headers={{"transfer-encoding": "chunked"}})
print(kept.getresponse().read().decode())
tunnel = http.client.HTTPConnection("127.0.0.1", {port}, timeout=60)
tunnel.set_tunnel("x.io", 80)
tunnel.request("GET", "/inside")
print(tunnel.getresponse().read().decode())
try:
    broken = http.client.HTTPConnection("127.0.0.1", {port}, timeout=60)
    broken.request("GET", "/faulty")
    broken.getresponse()
except ConnectionResetError:
    print("reset")
"#,
        port = listener.address().port()
    );
    let Some(asked) = run("python3", &["-c", &script]) else {
        return;
    };
    assert_eq!(
        said(&asked),
        "200 hello\n200 hello\nin pieces\ninside\nreset\n"
    );
}

/// Over TLS, by a client that trusts standin's CA.
#[tokio::test]
async fn a_fault_of_tls_strikes_in_the_handshake() {
    let _net = standin::activate();
    let listener = standin::listen_https();
    let connector = standin_wire::tls::Connector::trusting(standin::tls::ca_pem().as_bytes());
    let connector = connector.expect("a CA");
    let shaken = async || {
        let stream = tokio::net::TcpStream::connect(listener.address()).await?;
        let stream = hyper_util::rt::TokioIo::new(stream);
        connector.connect(stream, "127.0.0.1").await.map(drop)
    };
    for (fault, said) in [
        (Fault::TlsHandshake, "HandshakeFailure"),
        (Fault::CertificateExpired, "certificate expired"),
        (Fault::CertificateWrongHost, "not valid for name"),
        (Fault::CertificateUntrusted, "UnknownIssuer"),
    ] {
        let mocked = mock::get("/orders").reply(fault);
        let refused = shaken().await.expect_err("a fault").to_string();
        assert!(refused.contains(said), "{refused}");
        mocked.assert_called(1);
        assert!(shaken().await.is_ok(), "the next handshake goes well");
    }
}

/// A real server, which answers every request with 299.
fn real() -> std::net::SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("its address");
    std::thread::spawn(move || {
        while let Ok((mut stream, _)) = listener.accept() {
            let mut asked = [0; 4096];
            if stream.read(&mut asked).is_ok_and(|read| read > 0) {
                let said =
                    b"HTTP/1.1 299 Real\r\ncontent-length: 4\r\nconnection: close\r\n\r\nreal";
                // A client that has left is no concern of a server's.
                let _ = stream.write_all(said);
            }
        }
    });
    address
}

#[test]
fn a_tunnel_that_the_policy_lets_out_leads_to_the_real_network() {
    let net = standin::activate();
    let listener = Listener::of(&net);
    mock::get("http://api.example.com/users")
        .optional()
        .reply("here");
    net.enable_network("127.0.0.1");
    let (to, proxy) = (real(), listener.proxy_url());
    let url = format!("http://{to}/");
    let asked = ["-sS", "-i", "-p", "--noproxy", "", "-x", &proxy, &url];
    let Some(output) = run("curl", &asked) else {
        return;
    };
    assert!(said(&output).ends_with("real"), "{}", said(&output));
    let calls = net.calls();
    assert_eq!(calls.len(), 1, "what is inside is nobody's concern");
    assert_eq!(calls[0].request().method(), "CONNECT");
    assert_eq!(calls[0].outcome(), &standin::CallOutcome::PassedThrough);
    // Nobody is there.
    let closed = std::net::TcpListener::bind("127.0.0.1:0").and_then(|port| port.local_addr());
    let url = format!("http://{}/", closed.expect("a port that was closed"));
    let asked = ["-sS", "-i", "-p", "--noproxy", "", "-x", &proxy, &url];
    let refused = run("curl", &asked).expect("curl runs");
    assert!(said(&refused).contains("502"), "{}", said(&refused));
}

/// By the environment alone, as a program that cannot be changed is led.
#[cfg(feature = "tls")]
#[test]
fn curl_speaks_tls_inside_a_tunnel() {
    let (net, listener, _) = listener();
    let mocked = mock::get("https://api.github.com/users/7")
        .times(0..)
        .reply("Ada");
    let ca = std::env::temp_dir().join(format!("standin-{}-ca.pem", std::process::id()));
    std::fs::write(&ca, standin::tls::ca_pem()).expect("written");
    for version in ["--http1.1", "--http2"] {
        let asked = Command::new("curl")
            .args(["-sS", version, "--cacert"])
            .arg(&ca)
            .arg("https://api.github.com/users/7")
            .env("HTTPS_PROXY", listener.proxy_url())
            .env_remove("NO_PROXY")
            .env_remove("no_proxy")
            .output();
        if let Ok(output) = asked {
            assert_eq!(said(&output), "Ada", "{version}");
            assert_eq!(
                mocked.last_call().url().to_string(),
                "https://api.github.com/users/7"
            );
        }
    }
    // Who does not trust is told so by its own TLS.
    let refused = Command::new("curl")
        .args([
            "-sS",
            "https://api.github.com/users/7",
            "--cacert",
            "/dev/null",
        ])
        .env("HTTPS_PROXY", listener.proxy_url())
        .output();
    if let Ok(output) = refused {
        assert!(!output.status.success());
    }
    std::fs::remove_file(&ca).expect("removed");
    assert!(net.take_unmatched().is_empty());
}

#[cfg(feature = "tls")]
#[test]
fn one_port_speaks_both() {
    let (_net, listener, url) = listener();
    let mocked = mock::get("/users").times(0..).reply("here");
    let secured = url.replacen("http:", "https:", 1);
    for (url, scheme) in [(url, "http"), (secured, "https")] {
        let asked = ["-sS", "-k", "--noproxy", "*", &format!("{url}/users")];
        let Some(output) = run("curl", &asked) else {
            return;
        };
        assert_eq!(said(&output), "here", "{url}");
        assert_eq!(mocked.last_call().request().scheme(), scheme);
    }
    drop(listener);
}
