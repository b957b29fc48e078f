//! Whatever a report is made of, its text is short and clean.

use std::time::Duration;

use proptest::prelude::*;

use super::*;

fn any_part() -> impl Strategy<Value = Part> {
    let name = any::<String>();
    prop_oneof![
        Just(Part::Path),
        Just(Part::Host),
        Just(Part::Json),
        Just(Part::Body),
        name.prop_map(Part::Header),
        name.prop_map(Part::Query),
        name.prop_map(Part::Cookie),
        name.prop_map(Part::Custom),
    ]
}

/// Few characters, so that texts have much in common, and such as are likely to hurt.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[ab/%2é日\u{1b}\u{202e}\n\r\t\"{}\u{301}]{0,40}",
        "(ab\n|b\n){0,30}"
    ]
}

fn any_detail() -> impl Strategy<Value = Detail> {
    let place = (
        text(),
        proptest::option::of(text()),
        proptest::option::of(text()),
    );
    let place = place.prop_map(|(at, expected, received)| Difference {
        at,
        expected,
        received,
    });
    prop_oneof![
        (text(), text(), any::<usize>()).prop_map(|(expected, received, line)| Detail::Text {
            expected,
            received,
            line,
        }),
        proptest::collection::vec(place, 0..14).prop_map(Detail::Differences),
    ]
}

fn any_miss() -> impl Strategy<Value = Miss> {
    let options = (
        proptest::option::of(text()),
        proptest::option::of(text()),
        proptest::option::of(any_detail()),
    );
    (any_part(), text(), options).prop_map(|(part, expected, (received, hint, detail))| {
        let mut miss = Miss::new(part, expected);
        (miss.received, miss.hint, miss.detail) = (received, hint, detail.map(Box::new));
        miss
    })
}

/// A script that stands still, all of whose words are these.
fn unplayed_saying(mock: &MockLine, said: &str, misses: &[Miss]) -> Finding {
    Finding::Unplayed {
        mock: mock.clone(),
        request: RequestLine::new(said, said),
        played: 0,
        steps: 1,
        next: Some(NextStep {
            step: said.into(),
            location: at(1),
        }),
        miss: misses.first().cloned(),
        how: Some(said.into()),
        said: vec![said.into(); 6],
        earlier: 1,
    }
}

fn any_report() -> impl Strategy<Value = Report> {
    let body = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..300),
        text().prop_map(String::into_bytes),
        "[\\[\\]{}\",:1a ]{0,60}".prop_map(String::into_bytes),
    ];
    let header = (text(), proptest::collection::vec(any::<u8>(), 0..40));
    let request = (
        text(),
        text(),
        proptest::collection::vec(header, 0..4),
        body,
    );
    let misses = proptest::collection::vec(any_miss(), 0..7);
    (request, misses, text(), any::<u64>(), 0..3_usize).prop_map(
        |((method, url, headers, body), misses, title, count, mocks)| {
            let headers = headers
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_slice()));
            let request = RequestDump::new(&method, &url, "HTTP/1.1", headers, &body);
            let mock = mock(1, &title).named(title);
            let near = NearRequest::new(RequestLine::new(&method, &url), misses.clone());
            let nearest = vec![
                Near::new(mock.clone(), NearWhy::Mismatched(misses.clone())),
                Near::new(mock.clone(), NearWhy::Spent { uses: count }),
                Near::new(mock.clone(), NearWhy::Declined),
                Near::new(mock.clone(), NearWhy::Mismatched(misses.clone())),
            ];
            let span = Duration::from_nanos(count);
            let findings = vec![
                Finding::Unmet {
                    mock: mock.clone(),
                    expected: method.clone(),
                    calls: count,
                    nearest: Some(near),
                },
                Finding::Unmatched {
                    request,
                    count,
                    span,
                    nearest,
                    mocks,
                    blocked: Some(url.clone()),
                },
                unplayed_saying(&mock, &url, &misses),
                Finding::Panicked {
                    mock,
                    request: RequestLine::new(&method, &url),
                    message: url,
                    location: None,
                },
            ];
            Report::new(findings, count).note(method)
        },
    )
}

proptest! {
    #[test]
    fn any_report_renders_short_and_clean(report in any_report(), width in 0..200_usize) {
        let text = report.render(Style::plain().width(width));
        prop_assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
        let turns = text.contains(['\u{202e}', '\u{2066}']);
        prop_assert!(!turns);
        prop_assert!(text.lines().count() <= 3 * 121 + 5);
        prop_assert_eq!(&text, &report.render(Style::plain().width(width)));
        let coloured = report.render(Style::plain().width(width).colour(true));
        let codes = regex::Regex::new("\u{1b}\\[[0-9;]+m").unwrap();
        prop_assert_eq!(text, codes.replace_all(&coloured, ""), "colour changes no word");
        for finding in &report.findings {
            prop_assert!(finding.to_string().lines().count() <= 120);
        }
    }
}
