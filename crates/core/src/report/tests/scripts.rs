//! Scripts that stand still, each for its own reason.

use insta::assert_snapshot;

use super::*;

fn unplayed(next: Option<&str>, miss: Option<Miss>, how: Option<&str>, earlier: usize) -> Finding {
    Finding::Unplayed {
        mock: mock(12, r#"mock::get("wss://x.io/live")"#),
        request: RequestLine::new("GET", "https://x.io/live"),
        played: if next.is_some() { 2 } else { 4 },
        steps: 4,
        next: next.map(|step| NextStep {
            step: step.into(),
            location: at(15),
        }),
        miss,
        how: how.map(str::to_owned),
        said: vec![r#"client: text "hi""#.into(), r#"mock: text "ho""#.into()],
        earlier,
    }
}

#[test]
fn scripts_that_were_not_played_to_their_end() {
    let sku = Difference {
        at: "/sku".into(),
        expected: Some(r#""A1""#.into()),
        received: Some(r#""B1""#.into()),
    };
    let json = miss(
        Part::Custom("json message".into()),
        r#"{"sku":"A1"}"#,
        r#"{"sku":"B1"}"#,
    )
    .detail(Detail::Differences(vec![sku]));
    let more = miss(
        Part::Message,
        "no more of them: the script is at its end",
        r#"text "and more""#,
    );
    assert_snapshot!(Report::new(
        vec![
            unplayed(
                Some(r#"expect text "bye""#),
                Some(miss(Part::Message, "bye", "by")),
                None,
                0
            ),
            unplayed(
                Some(r#"expect text or binary {"sku":"A1"}"#),
                Some(json),
                None,
                0
            ),
            unplayed(
                Some(r#"expect text "bye""#),
                None,
                Some(r#"the client closed: close 1001 "going""#),
                7
            ),
            unplayed(Some(r#"expect text "bye""#), None, None, 0),
            unplayed(None, Some(more), None, 0),
        ],
        5
    ));
}
