//! The outline of a report: a summary, then each finding as a paragraph, as many as a person reads.
//!
//! A request that matched nothing and the mock that waited for it are one mistake, and are told as one paragraph.

use std::collections::BTreeMap;
use std::time::Duration;

use super::explain::{counted, listed};
use super::page::{Ink, Line, Page};
use super::paragraph::{Waiting, paragraph};
use super::{Finding, MockLine, Report, Style};

/// Findings told in full.
const FULL: usize = 10;
/// Findings told at all.
const TOLD: usize = 50;
/// Lines of one finding.
const LINES: usize = 120;
/// The method of a connection.
pub(super) const CONNECT: &str = "CONNECT";
/// Notes told.
const NOTES: usize = 10;

pub(super) fn report(report: &Report, style: Style) -> String {
    let mut page = Page::default();
    page.push(
        Line::new(0)
            .ink(Ink::Alarm, "standin")
            .plain(": ")
            .ink(Ink::Strong, &summary(report)),
    );
    let stories = stories(&report.findings);
    let lonely = stories.iter().position(|(finding, _)| {
        matches!(
            finding,
            Finding::Unmet {
                calls: 0,
                nearest: None,
                ..
            }
        )
    });
    for (at, (finding, waiting)) in stories.iter().take(TOLD).enumerate() {
        if at <= FULL {
            page.blank();
        }
        if at < FULL {
            page.append(paragraph(finding, waiting.as_ref(), style), LINES);
            if Some(at) == lonely {
                page.push(Line::new(2).plain(&arrived(report.requests, !report.notes.is_empty())));
            }
        } else {
            page.push(headline(finding));
        }
    }
    if stories.len() > TOLD {
        page.push(Line::new(0).ink(Ink::Dim, &format!("… and {} more", stories.len() - TOLD)));
    }
    if !report.notes.is_empty() {
        page.blank();
    }
    for note in report.notes.iter().take(NOTES) {
        page.push(Line::new(0).ink(Ink::Dim, "note: ").plain(note));
    }
    page.paint(style)
}

pub(super) fn finding(finding: &Finding, style: Style) -> String {
    let mut page = Page::default();
    page.append(paragraph(finding, None, style), LINES);
    page.paint(style)
}

/// The findings, a mock that was not called told along with the first request to which it was the nearest.
fn stories(findings: &[Finding]) -> Vec<(&Finding, Option<Waiting<'_>>)> {
    let mut waiting: BTreeMap<u64, Waiting<'_>> = BTreeMap::new();
    for finding in findings {
        if let Finding::Unmet {
            mock,
            expected,
            calls,
            ..
        } = finding
        {
            waiting.insert(
                mock.id,
                Waiting {
                    expected,
                    calls: *calls,
                },
            );
        }
    }
    let mut merged = Vec::new();
    let mut stories = Vec::new();
    for (at, finding) in findings.iter().enumerate() {
        match finding {
            Finding::Unmatched { nearest, .. } => {
                let nearest = nearest
                    .first()
                    .map(|near| near.mock.id)
                    .filter(|_| at < FULL);
                let told = nearest.and_then(|id| waiting.remove(&id).map(|waiting| (id, waiting)));
                merged.extend(told.as_ref().map(|(id, _)| *id));
                stories.push((finding, told.map(|(_, waiting)| waiting)));
            }
            Finding::Unmet { mock, .. } if merged.contains(&mock.id) => {}
            _ => stories.push((finding, None)),
        }
    }
    stories
}

/// What arrived while a mock that is near nothing waited.
fn arrived(requests: u64, has_notes: bool) -> String {
    match requests {
        0 if has_notes => "no request arrived: what is noted below may be why".into(),
        0 => "no request arrived: did the code under test run (a spawned task that nobody awaits may not), and with a client that standin reaches?".into(),
        1 => "1 request arrived, and was not for it".into(),
        requests => format!("{requests} requests arrived, none was for it"),
    }
}

fn summary(report: &Report) -> String {
    if report.is_ok() {
        return "every mock was called as it expects, and every request matched".into();
    }
    let mut counts = [0_u64; 10];
    for finding in &report.findings {
        counts[match finding {
            Finding::Panicked { .. } => 0,
            Finding::Failed { .. } => 1,
            Finding::Unplayed { .. } => 9,
            Finding::Unfinished { .. } => 2,
            Finding::Malformed { .. } => 3,
            Finding::Unmatched { request, .. } if request.method == CONNECT => 5,
            Finding::Unmatched { .. } => 4,
            Finding::Unmet { calls: 0, .. } => 6,
            Finding::Unmet { .. } => 7,
            Finding::Conversation { .. } => 8,
        }] += 1;
    }
    let were = |count: u64| if count == 1 { "was" } else { "were" };
    let texts = [
        format!("{} panicked", counted(counts[0], "closure")),
        format!(
            "{} failed",
            if counts[1] == 1 {
                "1 reply".into()
            } else {
                format!("{} replies", counts[1])
            }
        ),
        format!(
            "{} {} never registered",
            counted(counts[2], "mock"),
            were(counts[2])
        ),
        format!(
            "{} {} malformed",
            counted(counts[3], "request"),
            were(counts[3])
        ),
        format!("{} matched no mock", counted(counts[4], "request")),
        format!("{} matched no mock", counted(counts[5], "connection")),
        format!(
            "{} {} never called",
            counted(counts[6], "mock"),
            were(counts[6])
        ),
        format!(
            "{} {} called too rarely",
            counted(counts[7], "mock"),
            were(counts[7])
        ),
        format!("{} went otherwise", counted(counts[8], "conversation")),
        format!(
            "{} {} not played to {} end",
            counted(counts[9], "script"),
            were(counts[9]),
            if counts[9] == 1 { "its" } else { "their" }
        ),
    ];
    let mut said: Vec<String> = texts
        .into_iter()
        .zip(counts)
        .filter(|(_, count)| *count > 0)
        .map(|(text, _)| text)
        .collect();
    if report.requests == 0 && counts[6] > 0 {
        said.push("no request arrived at all".into());
    }
    listed(&said)
}

/// What a client wanted: `GET https://x.io/a`. By CONNECT the journal has connections, which no user of a client knows by that name.
pub(super) fn asked(method: &str, url: &str) -> String {
    match method {
        CONNECT => format!("a connection to {}", url.trim_end_matches('/')),
        _ => format!("{method} {url}"),
    }
}

/// The one line that a finding has when there is no room for more; also the first line of its paragraph.
pub(super) fn headline(finding: &Finding) -> Line {
    let line = Line::new(0);
    match finding {
        Finding::Panicked { mock: owner, .. } => mock(
            line.ink(Ink::Strong, "panic").plain(" in a closure of "),
            owner,
        ),
        Finding::Failed { mock: owner, .. } => mock(line, owner)
            .plain(" ")
            .ink(Ink::Strong, "could not reply"),
        Finding::Conversation {
            mock: owner, to, ..
        } => mock(line, owner)
            .plain(" ")
            .ink(Ink::Strong, "heard something else")
            .plain(&format!(" on a connection to {to}")),
        Finding::Unplayed {
            mock: owner,
            played,
            steps,
            ..
        } => {
            let line = mock(line.plain("the script of "), owner).plain(" ");
            match played < steps {
                true => line
                    .ink(Ink::Strong, "was not played to its end")
                    .plain(&format!(": {played} of {}", counted(*steps as u64, "step"))),
                false => line.ink(Ink::Strong, "was at its end, and the client said more"),
            }
        }
        Finding::Unfinished { mock: owner } => mock(line, owner)
            .plain(" ")
            .ink(Ink::Strong, "was never registered: it has no reply"),
        Finding::Malformed { to, count, .. } => {
            let line = line
                .ink(Ink::Strong, "a malformed request")
                .plain(&format!(" came to {to}"));
            match count {
                0 | 1 => line,
                count => line.plain(&format!(" (x{count})")),
            }
        }
        Finding::Unmatched {
            request,
            count,
            span,
            mocks,
            ..
        } => {
            let line = line
                .ink(Ink::Strong, &asked(&request.method, &request.url))
                .plain(" matched no mock");
            let line = if *mocks == 0 {
                line.plain(": none is registered")
            } else {
                line
            };
            match count {
                0 | 1 => line,
                _ if span.is_zero() => line.plain(&format!(" (x{count}, perhaps retries)")),
                _ => line.plain(&format!(
                    " (x{count} in {}, perhaps retries)",
                    duration(*span)
                )),
            }
        }
        Finding::Unmet {
            mock: owner,
            expected,
            calls,
            ..
        } => mock(line, owner)
            .plain(" ")
            .ink(Ink::Strong, &called(*calls))
            .plain(&format!(", expected {expected}")),
    }
}

pub(super) fn mock(line: Line, mock: &MockLine) -> Line {
    let line = line.ink(Ink::Strong, &mock.title);
    let line = match &mock.name {
        Some(name) => line.plain(" named \"").ink(Ink::Strong, name).plain("\""),
        None => line,
    };
    line.ink(Ink::Dim, &format!(" at {}", mock.location))
}

pub(super) fn called(calls: u64) -> String {
    match calls {
        0 => "was never called".into(),
        1 => "was called once".into(),
        2 => "was called twice".into(),
        calls => format!("was called {calls} times"),
    }
}

/// `850 µs`, `40 ms`, `3.1 s`, `2 min 5 s`.
fn duration(span: Duration) -> String {
    match span.as_millis() {
        0 => format!("{} µs", span.as_micros()),
        millis @ 1..1_000 => format!("{millis} ms"),
        millis @ 1_000..60_000 => format!("{}.{} s", millis / 1_000, millis % 1_000 / 100),
        millis => format!("{} min {} s", millis / 60_000, millis % 60_000 / 1_000),
    }
}
