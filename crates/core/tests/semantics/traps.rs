//! What reads as if it worked, and would silently do something else: it is refused with the mend, or does what it says.

use standin_core::prelude::*;
use standin_core::{Engine, matchers};

use crate::served::{panic_of, post};

const URL: &str = "https://x.io/a";

#[test]
fn a_document_as_text_is_refused_where_json_is_expected() {
    let engine = Engine::new();
    for text in [r#"{"a":1}"#, "[1]"] {
        let said = panic_of(|| engine.post(URL).json(text).reply(200));
        assert!(said.contains("write `json!(..)`"), "{said}");
        assert!(said.contains("traps.rs"), "{said}");
        let said = panic_of(|| engine.post(URL).json_includes(text.to_owned()).reply(200));
        assert!(said.contains("write `json!(..)`"), "{said}");
        let said = panic_of(|| {
            engine
                .post(URL)
                .matching(matchers::json(text).negate())
                .reply(200)
        });
        assert!(said.contains("write `json!(..)`"), "{said}");
    }
}

#[test]
fn text_that_is_no_document_and_a_value_are_json_strings() {
    let engine = Engine::new();
    engine.post(URL).json("5").reply(201);
    engine.post(URL).json(json!("[1]")).reply(202);
    assert_eq!(post(&engine, URL, r#""5""#).status(), 201);
    assert_eq!(post(&engine, URL, r#""[1]""#).status(), 202);
}
