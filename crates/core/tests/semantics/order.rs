//! Which of several mocks answers.

use standin_core::{Declaration, Engine};

use crate::served::{get, lenient, statuses};

const URL: &str = "https://x.io/a";

#[test]
fn the_first_registered_wins_while_it_has_uses_left_then_the_next() {
    let engine = lenient();
    let first = engine.get(URL).reply(201);
    let second = engine.get(URL).times(2).reply(202);
    assert_eq!(engine.pending().len(), 2);
    assert_eq!(statuses(&engine, URL, 1), [201]);
    assert_eq!(engine.pending().len(), 1);
    assert_eq!(statuses(&engine, URL, 3), [202, 202, 0]);
    assert!(first.is_spent() && second.is_spent() && engine.is_done());
}

#[test]
fn when_all_are_spent_the_report_names_them_all() {
    let engine = Engine::new();
    engine.get(URL).named("one").reply(201);
    engine.get(URL).named("two").reply(202);
    statuses(&engine, URL, 3);
    let report = engine.report().to_string();
    assert!(
        report.contains("named \"one\"") && report.contains("named \"two\""),
        "{report}"
    );
    engine.take_unmatched();
}

#[test]
fn a_persistent_mock_shadows_an_equal_one_for_ever() {
    let engine = lenient();
    engine.get(URL).persist().reply(201);
    let shadowed = engine.get(URL).optional().reply(202);
    assert_eq!(statuses(&engine, URL, 3), [201, 201, 201]);
    shadowed.assert_not_called();
}

#[test]
fn a_specific_mock_does_not_win_over_an_earlier_general_one() {
    let engine = Engine::new();
    engine.get("https://x.io").reply(201);
    engine.get("https://x.io/a").reply(202);
    assert_eq!(statuses(&engine, URL, 2), [201, 202]);
}

#[test]
fn kinds_of_urls_are_asked_in_the_order_in_which_they_were_declared() {
    let engine = Engine::new();
    engine.get("/{any}").reply(201);
    engine.get(standin_core::re("/a$")).reply(202);
    engine
        .get("https://*.io/{x}")
        .path_param("x", "a")
        .optional()
        .reply(299);
    engine.get("*").path_prefix("/a").reply(203);
    engine.get("x.io").path(standin_core::re("^/a")).reply(204);
    engine.get("https://x.io/a").reply(205);
    engine.any(standin_core::glob("https://x.io/*")).reply(206);
    assert_eq!(
        statuses(&engine, URL, 7),
        [201, 202, 299, 203, 204, 205, 206]
    );
}

#[test]
fn a_lower_priority_is_asked_first() {
    let engine = Engine::new();
    engine.get(URL).priority(5).reply(205);
    engine.get(URL).reply(200);
    engine.get(URL).priority(-1).reply(201);
    assert_eq!(statuses(&engine, URL, 3), [201, 200, 205]);
}

/// The ids of wiremock's scoped mocks are positions in a list that it sorts: each guard then tells the other's requests.
#[test]
fn a_handle_tells_the_calls_of_its_own_mock_whatever_the_order() {
    let engine = Engine::new();
    let later = engine.get("https://x.io/{id}").priority(5).reply(205);
    let first = engine.get("https://x.io/1").priority(1).reply(201);
    statuses(&engine, "https://x.io/1", 1);
    statuses(&engine, "https://x.io/2", 1);
    assert_eq!(first.last_call().url().to_string(), "https://x.io/1");
    assert_eq!(later.last_call().url().to_string(), "https://x.io/2");
    first.assert_called(1);
    later.assert_called(1);
}

#[test]
fn equal_priorities_are_asked_in_order() {
    let engine = Engine::new();
    engine.get(URL).priority(1).reply(201);
    engine.get(URL).priority(1).reply(202);
    assert_eq!(statuses(&engine, URL, 2), [201, 202]);
}

#[test]
fn a_changed_priority_counts_from_then_on() {
    let engine = Engine::new();
    engine.get(URL).reply(201);
    let second = engine.get(URL).reply(202);
    second.set_priority(-1);
    assert_eq!(statuses(&engine, URL, 2), [202, 201]);
}

#[test]
fn a_mock_can_be_moved_before_another() {
    let engine = Engine::new();
    let first = engine.get(URL).reply(201);
    engine.get(URL).reply(202);
    let third = engine.get(URL).reply(203);
    third.move_before(&first);
    assert_eq!(statuses(&engine, URL, 3), [203, 201, 202]);
}

#[test]
fn a_mock_can_be_moved_behind_all_others() {
    let engine = Engine::new();
    let first = engine.get(URL).reply(201);
    engine.get(URL).reply(202);
    first.move_last();
    assert_eq!(statuses(&engine, URL, 2), [202, 201]);
}

#[test]
fn a_removed_mock_answers_no_more_and_is_not_asked_for() {
    let engine = lenient();
    let mock = engine.get(URL).reply(200);
    mock.remove();
    assert!(get(&engine, URL).is_unmatched());
    assert!(engine.is_done(), "a removed mock needs no calls");
    assert!(engine.pending().is_empty(), "nor is it pending");
    assert!(engine.report().is_ok());
}

#[test]
fn a_replaced_mock_hands_its_place_on() {
    let engine = Engine::new();
    let first = engine.get(URL).reply(201);
    engine.get(URL).reply(202);
    let new = first.replace(Declaration::get(URL).reply(203));
    assert_eq!(statuses(&engine, URL, 2), [203, 202]);
    first.assert_not_called();
    new.assert_called(1);
}

#[test]
fn a_replacement_takes_the_priority_of_the_mock_that_it_replaces() {
    let engine = Engine::new();
    let first = engine.get(URL).priority(-3).reply(201);
    engine.get(URL).priority(-2).reply(202);
    first.replace(Declaration::get(URL).reply(203));
    assert_eq!(statuses(&engine, URL, 2), [203, 202]);
}

#[test]
fn all_mocks_can_be_removed_and_the_calls_stay() {
    let engine = lenient();
    engine.get(URL).reply(200);
    engine.get(URL).reply(200);
    get(&engine, URL);
    engine.remove_all();
    assert!(get(&engine, URL).is_unmatched());
    assert_eq!(engine.calls().len(), 2);
    assert!(engine.is_done());
}

#[test]
fn cost_and_place_stay_the_same_with_thousands_of_other_mocks() {
    let engine = lenient();
    for number in 0..2_000 {
        engine
            .get(format!("https://h{number}.io/{number}"))
            .optional()
            .reply(404);
        engine
            .get(format!("https://x.io/{number}"))
            .optional()
            .reply(404);
    }
    engine.get(URL).reply(200);
    assert_eq!(get(&engine, URL).status(), 200);
}
