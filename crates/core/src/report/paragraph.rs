//! One finding as a paragraph: its first three lines carry the mistake, the rest says how to mend it.

use super::explain::{self, counted, left_out};
use super::page::{Ink, Line, Page};
use super::render::{CONNECT, asked, called, headline, mock};
use super::{BodyDump, Finding, MockLine, Near, NearWhy, RequestDump, Style};
use crate::{Miss, Part};

/// Mocks told of for a request.
const NEAREST: usize = 3;
/// Misses explained for a mock.
const MISSES: usize = 5;
/// Lines of a request's body.
const BODY: usize = 30;
/// Lines of a message.
const MESSAGE: usize = 12;
/// The least that a style's width counts as.
const NARROWEST: usize = 40;

/// What a mock still waits for.
pub(super) struct Waiting<'a> {
    pub(super) expected: &'a str,
    pub(super) calls: u64,
}

/// Tells of `finding`, and of the mock that waited for it in vain.
pub(super) fn paragraph(finding: &Finding, waiting: Option<&Waiting<'_>>, style: Style) -> Page {
    let width = style.width.max(NARROWEST);
    let mut page = Page::default();
    page.push(headline(finding));
    match finding {
        Finding::Panicked {
            request,
            message: said,
            location,
            ..
        } => {
            message(&mut page, said);
            let line = match location {
                Some(location) => Line::new(2).plain(&format!("at {location}, ")),
                None => Line::new(2),
            };
            page.push(line.plain(&format!("on {}", asked(&request.method, &request.url))));
        }
        Finding::Failed {
            request,
            message: said,
            ..
        } => {
            message(&mut page, said);
            page.push(Line::new(2).plain(&format!("on {}", asked(&request.method, &request.url))));
        }
        Finding::Unplayed {
            request,
            next,
            miss: missed,
            how,
            said,
            earlier,
            ..
        } => {
            if let Some(next) = next {
                let line = Line::new(2)
                    .plain("still to come: ")
                    .ink(Ink::Strong, &next.step);
                page.push(line.ink(Ink::Dim, &format!(" at {}", next.location)));
            }
            if let Some(missed) = missed {
                explain::miss(&mut page, 2, missed, None, width);
            }
            if let Some(how) = how {
                page.push(Line::new(2).ink(Ink::Received, how));
            } else if missed.is_none() {
                page.push(Line::new(2).ink(Ink::Received, "the test ended before that"));
            }
            if !said.is_empty() {
                page.push(Line::new(2).ink(Ink::Dim, "what was said:"));
            }
            if *earlier > 0 {
                page.push(Line::new(4).ink(Ink::Dim, &format!("… {earlier} before")));
            }
            for line in said {
                page.push(Line::new(4).plain(line));
            }
            page.push(Line::new(2).plain(&format!("on {}", asked(&request.method, &request.url))));
        }
        Finding::Conversation { miss, .. } => {
            explain::miss(&mut page, 2, miss, None, width);
        }
        Finding::Unfinished { mock } => {
            mend(
                &mut page,
                2,
                match is_of_connections(mock) {
                    true => {
                        "end the declaration with `.serve(..)`, such as `.serve(script().expect(\"PING\\r\\n\"))`"
                    }
                    false => "end the declaration with `.reply(..)`, such as `.reply(200)`",
                },
            );
        }
        Finding::Malformed {
            message: said,
            beginning,
            ..
        } => {
            message(&mut page, said);
            if !beginning.is_empty() {
                page.push(Line::new(2).plain("it begins: ").plain(beginning));
            }
        }
        Finding::Unmatched {
            request,
            count,
            nearest,
            mocks,
            blocked,
            ..
        } => {
            if nearest.is_empty() && *mocks > 0 {
                page.push(Line::new(2).plain(&match mocks {
                    1 => "the 1 registered mock is not near it".into(),
                    mocks => format!("none of the {mocks} registered mocks is near it"),
                }));
            }
            for (at, one) in nearest.iter().take(NEAREST).enumerate() {
                near(
                    &mut page,
                    at,
                    one,
                    waiting.filter(|_| at == 0),
                    (request, *count),
                    width,
                );
            }
            left_out(&mut page, 2, nearest.len().saturating_sub(NEAREST), "mock");
            if request.method == CONNECT {
                if !says_the_mend(nearest) {
                    mend(&mut page, 2, &connection(&request.url));
                }
            } else if *mocks == 0 {
                mend(&mut page, 2, &first_mock(request));
            }
            if let Some(blocked) = blocked {
                page.push(
                    Line::new(2)
                        .plain("kept from the real network: ")
                        .plain(blocked),
                );
            }
            dump(&mut page, request, nearest, width);
        }
        Finding::Unmet {
            nearest: Some(near),
            ..
        } => {
            let request = asked(&near.request.method, &near.request.url);
            page.push(
                Line::new(2)
                    .plain("nearest request: ")
                    .ink(Ink::Strong, &request),
            );
            misses(&mut page, &near.misses, None, width);
        }
        Finding::Unmet { nearest: None, .. } => {}
    }
    page
}

/// One of the nearest mocks: the best in full, others in two lines.
fn near(
    page: &mut Page,
    at: usize,
    near: &Near,
    waiting: Option<&Waiting<'_>>,
    (request, count): (&RequestDump, u64),
    width: usize,
) {
    let line = mock(
        Line::new(2).plain(if at == 0 { "nearest: " } else { "next: " }),
        &near.mock,
    );
    page.push(match waiting {
        Some(Waiting {
            calls: 0,
            expected: "1 call",
        }) => line.plain(", which was never called"),
        Some(Waiting { calls, expected }) => {
            line.plain(&format!(", which {}, expected {expected}", called(*calls)))
        }
        None => line,
    });
    let say = |page: &mut Page, text: &str| page.push(Line::new(4).ink(Ink::Strong, text));
    let fits = if near.unasked {
        "it fits as far as can be told without asking its closure"
    } else {
        "it fits"
    };
    match &near.why {
        NearWhy::Mismatched(all) if at == 0 => misses(page, all, Some(request), width),
        NearWhy::Mismatched(all) => {
            page.push(Line::new(4).plain(&format!("differs in {}", explain::parts(all))))
        }
        NearWhy::Spent { uses } => {
            let are = if *uses == 1 {
                "its 1 use is".into()
            } else {
                format!("its {uses} uses are")
            };
            say(page, &format!("{fits}, but {are} spent"));
            if at == 0 && !near.unasked {
                mend(
                    page,
                    4,
                    &more_uses(*uses, count, is_of_connections(&near.mock)),
                );
            }
        }
        NearWhy::Never => {
            say(
                page,
                &format!("{fits}, but is declared never to be called: `.times(0)`"),
            );
        }
        NearWhy::Filtered => say(page, "a filter rejected the request"),
        NearWhy::Declined => say(
            page,
            "it fits, but its closure declined: it returned `None`",
        ),
        NearWhy::Removed => say(
            page,
            &format!("{fits}, but was removed before the request came"),
        ),
    }
}

fn misses(page: &mut Page, all: &[Miss], request: Option<&RequestDump>, width: usize) {
    for miss in all.iter().take(MISSES) {
        explain::miss(page, 4, miss, request, width);
    }
    if let Some(rest) = all.get(MISSES..).filter(|rest| !rest.is_empty()) {
        page.push(Line::new(4).ink(
            Ink::Dim,
            &format!("also differs in {}", explain::parts(rest)),
        ));
    }
}

fn mend(page: &mut Page, indent: usize, text: &str) {
    page.push(Line::new(indent).ink(Ink::Hint, "mend: ").plain(text));
}

/// Whether bytes are served and not requests.
fn is_of_connections(mock: &MockLine) -> bool {
    ["mock::tcp(", "mock::unix("]
        .iter()
        .any(|begins| mock.title.starts_with(begins))
}

fn more_uses(uses: u64, more: u64, of_connections: bool) -> String {
    let all = uses.saturating_add(more.max(1));
    if all > 5 || of_connections {
        return format!("`.times({all})` allows {all} uses, `.persist()` any number");
    }
    let answers: Vec<_> = (1..all).map(|_| "503").chain(["200"]).collect();
    format!(
        "`.times({all})` allows {all} uses, `.persist()` any number, `.reply([{}])` a new answer each time",
        answers.join(", ")
    )
}

fn first_mock(request: &RequestDump) -> String {
    let method = request.method.to_ascii_lowercase();
    match method.as_str() {
        "get" | "post" | "put" | "delete" | "patch" | "head" | "options" => {
            let url = request.url.split(['?', '#']).next().unwrap_or_default();
            format!("declare one before the request: `mock::{method}({url:?}).reply(200)`")
        }
        _ => "declare a mock for it before the request is made".into(),
    }
}

/// Whether the nearest mock was meant for this connection: what does not fit of it is what has to be mended.
fn says_the_mend(nearest: &[Near]) -> bool {
    match nearest.first().map(|near| &near.why) {
        Some(NearWhy::Mismatched(misses)) => {
            let other = |miss: &Miss| miss.part == Part::Host && miss.hint.is_none();
            !misses.is_empty() && !misses.iter().any(other)
        }
        _ => false,
    }
}

/// Of one that a client wanted to open, nothing is known but where to.
fn connection(url: &str) -> String {
    let origin = url.trim_end_matches('/');
    let authority = origin
        .rsplit_once("://")
        .map_or(origin, |(_, authority)| authority);
    let has_port = authority
        .rsplit_once(':')
        .is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    let bytes = match (has_port, origin.contains("://")) {
        (true, _) => format!(", `mock::tcp({authority:?})` what is not HTTP"),
        // Of a look-up nobody knows the port yet.
        (false, false) => format!(", `mock::tcp(\"{authority}:<port>\")` what is not HTTP"),
        (false, true) => String::new(),
    };
    format!(
        "`mock::any({origin:?})` answers there{bytes}; `enable_network({authority:?})` lets it out"
    )
}

fn message(page: &mut Page, text: &str) {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    for line in lines.by_ref().take(MESSAGE) {
        page.push(Line::new(2).ink(Ink::Received, line));
    }
    left_out(page, 2, lines.count(), "line");
}

/// The parts of the request that a reader needs beside the best explanation; most mistakes need none.
fn dump(page: &mut Page, request: &RequestDump, nearest: &[Near], width: usize) {
    let (mut headers, mut body) = (false, false);
    match nearest.first().map(|near| &near.why) {
        Some(NearWhy::Mismatched(misses)) => {
            for miss in misses {
                match &miss.part {
                    Part::Headers => headers = true,
                    Part::Header(_) | Part::Cookie(_) => headers |= miss.received.is_none(),
                    Part::Custom(_) => (headers, body) = (true, true),
                    Part::Body | Part::Json | Part::Xml | Part::Form(_) | Part::Multipart(_) => {
                        body |=
                            !explain::shows_the_body(miss) && !is_shown(miss, &request.body, width);
                    }
                    _ => {}
                }
            }
        }
        Some(NearWhy::Declined | NearWhy::Filtered) => (headers, body) = (true, true),
        _ => {}
    }
    if headers {
        page.push(Line::new(2).ink(Ink::Dim, "its headers:"));
        for (name, value) in &request.headers {
            page.push(Line::new(4).plain(name).plain(": ").plain(value));
        }
        if request.headers.is_empty() {
            page.push(Line::new(4).ink(Ink::Dim, "(none)"));
        }
        left_out(page, 4, request.more_headers, "header");
    }
    if body {
        dump_body(page, &request.body);
    }
}

/// Whether a line of the explanation holds the whole body already.
fn is_shown(miss: &Miss, body: &BodyDump, width: usize) -> bool {
    let (BodyDump::Text {
        text,
        truncated_from: None,
    }
    | BodyDump::Json {
        text,
        truncated_from: None,
    }) = body
    else {
        return false;
    };
    // JSON is laid out anew.
    let bare = |text: &str| {
        text.chars()
            .filter(|c| !c.is_whitespace())
            .collect::<String>()
    };
    miss.part == Part::Body
        && miss.received.as_ref().is_some_and(|received| {
            explain::is_whole(received, 4, width) && bare(received) == bare(text)
        })
}

fn dump_body(page: &mut Page, body: &BodyDump) {
    let (text, truncated_from) = match body {
        BodyDump::Empty => {
            return page.push(Line::new(2).ink(Ink::Dim, "its body is empty"));
        }
        BodyDump::Coming => {
            let said = "its body had not come yet when this was told";
            return page.push(Line::new(2).ink(Ink::Dim, said));
        }
        BodyDump::Dropped { len } => {
            return page.push(Line::new(2).ink(
                Ink::Dim,
                &format!(
                    "its body: {}, which the journal dropped",
                    counted(*len as u64, "byte")
                ),
            ));
        }
        BodyDump::Binary { len, preview } => {
            page.push(Line::new(2).ink(
                Ink::Dim,
                &format!("its body ({}):", counted(*len as u64, "byte")),
            ));
            let rest = if *len > preview.len().div_ceil(3) {
                " …"
            } else {
                ""
            };
            return page.push(Line::new(4).plain(preview).plain(rest));
        }
        BodyDump::Text {
            text,
            truncated_from,
        }
        | BodyDump::Json {
            text,
            truncated_from,
        } => (text, truncated_from),
    };
    page.push(Line::new(2).ink(Ink::Dim, "its body:"));
    let mut lines = text.lines();
    for line in lines.by_ref().take(BODY) {
        page.push(Line::new(4).plain(line));
    }
    let lines = lines.count();
    match truncated_from {
        Some(all) => page.push(Line::new(4).ink(
            Ink::Dim,
            &format!("… cut, of {}", counted(*all as u64, "byte")),
        )),
        None => left_out(page, 4, lines, "line"),
    }
}
