//! `docs/faults.md` is what really happens: each fault is carried out over each client, and what that reports is the cell.
//!
//! `STANDIN_BLESS=1` writes the file anew; else it is compared. `rows.rs` has the faults, `cell.rs` reads an error.

mod cell;
mod rows;

use std::fmt::Write;
use std::io::ErrorKind;

use crate::client::Client;
use crate::clients::{Hyper, Service, Ureq, bare, reqwest, reqwest_0_12};

use self::cell::{Cell, cell};
use self::rows::{Row, Section, sections};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/faults.md");

const HEAD: &str = "# Faults

Each fault is a value and stands wherever a reply may: `.reply(Fault::Reset)`, `replies![Fault::Reset, 200]`,
`Fault::Refused.delay(secs(3))`, `Fault::Reset.chance(0.1).or(200)`. It counts as a use, and is in the journal.

The tests make this table (`tests/conformance/table`): what stands in it is what the clients reported in the last run. `io` is the
kind of the `io::Error` among the causes, `h2` the reason of an HTTP/2 error, other words are those of the innermost cause. Where
a fault has no meaning, declaring it there answers with an error, and verification fails with the reason that stands in the cell.

- *hyper* is hyper-util's client over `standin::hyper::connector()`, HTTP/1.1 and HTTP/2.
- *layer* is a plain client of reqwest 0.13 and 0.12 with `standin::reqwest::layer()`, HTTP/1.1 and HTTP/2. What fails at the connect
  is the error of its kind; of a connection that is there, a socket, its server can do no more than reset or close it.
- *listener* is a plain client of reqwest 0.13 and 0.12 on a loopback listener, HTTP/1.1. A listener has accepted when it hears of
  a request, so what strikes before that is raised at the request, and a socket can be reset or closed and no more.
- *interception* is a plain client of reqwest 0.13 and 0.12 without an adapter, by name, over HTTP/1.1; its look-up and its connect
  fail as the system's do.
- *interception, HTTPS* is hyper-util's client with rustls on top, which trusts standin's CA: its own verifier says what is wrong with a
  certificate that was really minted so. Both agree on HTTP/2, but for what HTTP/1.1 alone can carry out.
- *ureq* is `standin::ureq::agent()`, over which no TLS is spoken. A plain agent under interception meets the same on a socket, while its
  thread runs beside the server's: how much of a body it hands out before the fault, and whether it sees an early reply, is chance.
- *in process* is a `tower::Service`, and the middleware for reqwest 0.13 and 0.12: they report the same, a `standin::Error` whose
  source is the `io::Error`. There is no connect phase, so its faults are raised at the request.

A fault of resolving, connecting, TLS or accepting strikes when a client connects: it is claimed by the first mock in order whose
authority fits and whose next reply is such a fault. Method and path play no part; the call in the journal has the method CONNECT.
On a connection that a pool has kept, for a fault that a closure returns, and for a mock whose URL is a pattern, it is raised at the
request.

A fault of TLS strikes in the handshake, where TLS is spoken: on a listener and under interception. For `https`, hyper's connector
raises it while it connects, and so do the adapters that speak no TLS. Over plain HTTP it has no meaning; a mock whose URL says `http`
does not take it.

What HTTP/1.1 alone can carry out (half a head, an endless header, a broken chunk) makes a server that speaks TLS prefer HTTP/1.1 to
HTTP/2 for its authority, as long as the mock has a use left. A client that speaks HTTP/2 alone, or that has a connection already,
gets the reason.

reqwest 0.13 sends a request again whose stream was refused, as HTTP/2 allows: `replies![Fault::RefusedStream, 200]` answers it, and
its row here refuses all.
";

/// The columns.
const CLIENTS: [&str; 9] = [
    "hyper, HTTP/1.1",
    "hyper, HTTP/2",
    "layer, HTTP/1.1",
    "layer, HTTP/2",
    "listener",
    "interception",
    "interception, HTTPS",
    "ureq",
    "in process",
];

const TAIL: &str = "
## Slow, but in the end

What fails late is a fault with a delay: `Fault::NameTryAgain.delay(secs(5))`, `Fault::Refused.delay(secs(5))`. What succeeds late is a
reply: `reply(200).lookup_delay(secs(5))` has a slow resolver, `reply(200).connect_delay(secs(5))` a slow network. Neither is a use of
the mock; the request that follows is. Who sees no look-up waits for both while the client connects, who sees no connect before
the head, and who connects to an address has no look-up to wait for.

Under interception a look-up by libc blocks its thread, by the machine's time: on tokio that is a thread for blocking work, and while
one works, paused time stands still. So where time is paused a look-up that succeeds late does not wait, and the connect that follows waits
as long, by the runtime's time; one that fails late fails at once. A query to a name server, which a client like hickory sends, is
answered late by the runtime's time, paused or not.

## Informational heads

`early_hints(..)` and `informational(..)` send 1xx heads before the reply over HTTP/1.1 alone. Over HTTP/2 a frame for them exists, but hyper's
server, which answers here, has no way to write it (hyper 1.12; h2 has one below). So a server of TLS agrees on HTTP/1.1 with a client that
offers both, as long as the mock has a use left. To one that speaks HTTP/2 alone the head is left out, and a note says so, which a test
prints that fails, in its report or else at its end. In process no client could see one.
";

/// What every client reports of one fault.
struct Reports {
    hyper_1: Cell,
    hyper_2: Cell,
    layer_1: Cell,
    layer_0_12_1: Cell,
    layer_2: Cell,
    layer_0_12_2: Cell,
    reqwest: Cell,
    reqwest_0_12: Cell,
    tower: Cell,
    chain: Cell,
    chain_0_12: Cell,
    intercepted: Cell,
    intercepted_0_12: Cell,
    /// Over TLS, where HTTP/2 is what both agree on.
    intercepted_2: Cell,
    ureq: Cell,
}

impl Reports {
    async fn of(row: &Row) -> Self {
        Self {
            hyper_1: cell::<Hyper<false>>(row).await,
            hyper_2: cell::<Hyper<true>>(row).await,
            layer_1: cell::<reqwest::Plain<false>>(row).await,
            layer_0_12_1: cell::<reqwest_0_12::Plain<false>>(row).await,
            layer_2: cell::<reqwest::Plain<true>>(row).await,
            layer_0_12_2: cell::<reqwest_0_12::Plain<true>>(row).await,
            reqwest: cell::<reqwest::BaseUrl>(row).await,
            reqwest_0_12: cell::<reqwest_0_12::BaseUrl>(row).await,
            tower: cell::<Service>(row).await,
            chain: cell::<reqwest::Chain>(row).await,
            chain_0_12: cell::<reqwest_0_12::Chain>(row).await,
            intercepted: cell::<reqwest::Bare>(row).await,
            intercepted_0_12: cell::<reqwest_0_12::Bare>(row).await,
            intercepted_2: over_tls(row).await,
            ureq: cell::<Ureq<false>>(row).await,
        }
    }

    /// What has to be so whatever the file says.
    fn check(&self, row: &Row) {
        let Row { code, kind, .. } = row;
        assert_eq!(self.tower, self.chain, "{code}");
        assert_eq!(self.chain, self.chain_0_12, "{code}");
        let in_process = self.tower.kind;
        if !self.tower.is_none() {
            assert_eq!(in_process, *kind, "{code} in process: {}", self.tower.text);
        }
        if let Some(kind) = row.over_hyper {
            assert_eq!(
                self.hyper_1.kind,
                Some(kind),
                "{code}: {}",
                self.hyper_1.text
            );
        }
        if let Some(kind) = row.over_a_socket {
            for reported in [
                &self.reqwest,
                &self.reqwest_0_12,
                &self.layer_1,
                &self.layer_0_12_1,
                &self.intercepted,
                &self.intercepted_0_12,
            ] {
                assert_eq!(reported.kind, Some(kind), "{code}: {}", reported.text);
            }
        }
    }

    /// In the order of [`CLIENTS`].
    fn cells(&self) -> [String; CLIENTS.len()] {
        [
            self.hyper_1.text.clone(),
            self.hyper_2.text.clone(),
            of_both(&self.layer_1, &self.layer_0_12_1),
            of_both(&self.layer_2, &self.layer_0_12_2),
            of_both(&self.reqwest, &self.reqwest_0_12),
            of_both(&self.intercepted, &self.intercepted_0_12),
            self.intercepted_2.text.clone(),
            self.ureq.text.clone(),
            self.tower.text.clone(),
        ]
    }
}

/// HTTP/2 where that can carry it out: a client that offers both may be given HTTP/1.1 where tests can run at once.
async fn over_tls(row: &Row) -> Cell {
    let agreed = cell::<bare::Https<true>>(row).await;
    match agreed.is_none() {
        true => cell::<bare::Https<false>>(row).await,
        false => agreed,
    }
}

/// What both versions of reqwest report.
fn of_both(reqwest: &Cell, reqwest_0_12: &Cell) -> String {
    if reqwest == reqwest_0_12 {
        reqwest.text.clone()
    } else {
        format!("0.13: {}; 0.12: {}", reqwest.text, reqwest_0_12.text)
    }
}

#[tokio::test(start_paused = true)]
async fn docs_faults_md_is_what_happens() {
    let mut page = HEAD.to_owned();
    for Section { title, rows } in sections() {
        let _ = write!(
            page,
            "\n## {title}\n\n| fault | what happens | {} |\n|---|---|{}\n",
            CLIENTS.join(" | "),
            "---|".repeat(CLIENTS.len())
        );
        for row in rows {
            let reports = Reports::of(&row).await;
            reports.check(&row);
            let (code, wire) = (row.code.replace('\n', " "), row.wire);
            let _ = writeln!(
                page,
                "| `{code}` | {wire} | {} |",
                reports.cells().join(" | ")
            );
        }
    }
    page.push_str(TAIL);
    if std::env::var_os("STANDIN_BLESS").is_some() {
        std::fs::write(FILE, &page).expect("docs/faults.md is written");
    }
    let written = std::fs::read_to_string(FILE).unwrap_or_default();
    for (at, (line, now)) in written.lines().zip(page.lines()).enumerate() {
        assert_eq!(
            line,
            now,
            "line {} of docs/faults.md; `STANDIN_BLESS=1` writes it anew",
            at + 1
        );
    }
    assert_eq!(
        written, page,
        "docs/faults.md; `STANDIN_BLESS=1` writes it anew"
    );
}

/// A fault that nobody carried out here would be one that nobody knows.
#[test]
fn each_fault_has_its_row() {
    let source = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/crates/core/src/reply/fault.rs"
    );
    let Ok(source) = std::fs::read_to_string(source) else {
        // In a package of its own the crate has no neighbours.
        return;
    };
    let variants = source.split("pub enum Fault {").nth(1).expect("the enum");
    let variants = variants.split("\n}").next().expect("its end");
    let lines = variants.lines().map(str::trim);
    let names = lines.filter(|line| line.starts_with(char::is_uppercase));
    let names: Vec<_> = names
        .filter_map(|line| line.split(['(', ',']).next())
        .collect();
    assert!(names.len() > 25, "{names:?}");
    let rows: Vec<_> = sections().into_iter().flat_map(|it| it.rows).collect();
    for name in names {
        let made = name.to_lowercase();
        let is_there = rows.iter().any(|row| {
            let mut called = row.code.split("Fault::").skip(1);
            called.any(|code| {
                let end = code.find(|it: char| !it.is_alphanumeric());
                let called = &code[..end.unwrap_or(code.len())];
                called == name || called == made
            })
        });
        assert!(is_there, "`Fault::{name}` is in no row");
    }
}

/// Whoever classifies errors for a retry sees the same each time.
#[tokio::test(start_paused = true)]
async fn what_a_client_reports_does_not_depend_on_chance() {
    for Section { rows, .. } in sections() {
        for row in rows {
            let first = (
                cell::<Hyper<false>>(&row).await,
                cell::<Hyper<true>>(&row).await,
                cell::<reqwest::BaseUrl>(&row).await,
                cell::<reqwest::Bare>(&row).await,
                cell::<reqwest::Plain<false>>(&row).await,
                over_tls(&row).await,
            );
            for _ in 0..8 {
                assert_eq!(cell::<Hyper<false>>(&row).await, first.0, "{}", row.code);
                assert_eq!(cell::<Hyper<true>>(&row).await, first.1, "{}", row.code);
                assert_eq!(
                    cell::<reqwest::BaseUrl>(&row).await,
                    first.2,
                    "{}",
                    row.code
                );
                assert_eq!(cell::<reqwest::Bare>(&row).await, first.3, "{}", row.code);
                let layer = cell::<reqwest::Plain<false>>(&row).await;
                assert_eq!(layer, first.4, "{}", row.code);
                assert_eq!(over_tls(&row).await, first.5, "{}", row.code);
            }
        }
    }
}

/// wiremock-rs#149 asked for these three kinds, at a client of reqwest.
#[tokio::test(start_paused = true)]
async fn a_retry_can_be_classified_by_kind() {
    let _net = standin::activate();
    for (fault, kind) in [
        (standin::Fault::Reset, ErrorKind::ConnectionReset),
        (standin::Fault::Closed, ErrorKind::UnexpectedEof),
        (standin::Fault::BrokenPipe, ErrorKind::BrokenPipe),
    ] {
        standin::mock::get("x.io/").reply(fault);
        let refused = reqwest::Chain::new()
            .get("x.io/")
            .await
            .expect_err("a fault");
        assert_eq!(refused.kind(), Some(kind));
    }
}
