//! Corners of the official JSON-Schema-Test-Suite, draft by draft, and the words of a miss.

mod newer_drafts;
mod older_drafts;

use proptest::prelude::*;
use serde_json::json;

use super::*;

const DRAFTS: [&str; 5] = [
    "http://json-schema.org/draft-04/schema#",
    "http://json-schema.org/draft-06/schema#",
    "http://json-schema.org/draft-07/schema#",
    "https://json-schema.org/draft/2019-09/schema",
    "https://json-schema.org/draft/2020-12/schema",
];
const D4: usize = 0;
const D6: usize = 1;
const D7: usize = 2;
const D2019: usize = 3;
const D2020: usize = 4;

/// Checks each `(schema, document, valid)` in each draft of the range, and lists all that fail.
#[track_caller]
fn suite(drafts: std::ops::RangeInclusive<usize>, cases: &[(Value, Value, bool)]) {
    let mut failed = Vec::new();
    for draft in drafts {
        for (schema, document, valid) in cases {
            let mut schema = schema.clone();
            if let Value::Object(entries) = &mut schema {
                entries.insert("$schema".into(), DRAFTS[draft].into());
            }
            match Schema::compile(&schema) {
                Err(error) => failed.push(format!("{schema}: {error}")),
                Ok(compiled) => {
                    if compiled.is_valid(document) != *valid
                        || compiled.validate(document).is_empty() != *valid
                    {
                        failed.push(format!("{schema} with {document}: expected {valid}"));
                    }
                }
            }
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
}

#[test]
fn without_a_draft_it_is_2020() {
    let schema = Schema::compile(&json!({"prefixItems": [{"type": "integer"}]})).unwrap();
    assert!(!schema.is_valid(&json!(["x"])));
}

#[test]
fn errors_of_a_schema_are_told() {
    for (schema, text) in [
        (json!({"type": "strin"}), "the JSON Schema is not valid: "),
        (
            json!({"properties": {"a": {"minimum": "x"}}}),
            "at /properties/a/minimum",
        ),
        (json!({"pattern": "("}), "the JSON Schema is not valid: "),
        (json!(5), "the JSON Schema is not valid: "),
        (json!({"$ref": "#/$defs/none"}), "cannot be followed"),
        (
            json!({"$ref": "https://example.com/remote.json"}),
            "https://example.com/remote.json",
        ),
        (
            json!({"$ref": "https://example.com/remote.json"}),
            "Nothing is fetched",
        ),
        (
            json!({"$ref": "file:///etc/hostname"}),
            "file:///etc/hostname",
        ),
        (json!({"$ref": "other.json"}), "Nothing is fetched"),
        (
            json!({"$schema": "https://example.com/my-draft"}),
            "https://example.com/my-draft",
        ),
    ] {
        let error = Schema::compile(&schema)
            .map(|_| ())
            .expect_err(&schema.to_string())
            .to_string();
        assert!(error.contains(text), "{schema}: {error}");
    }
}

#[test]
fn a_schema_of_schemas_needs_no_network() {
    for draft in DRAFTS {
        let schema = Schema::compile(&json!({"$schema": draft, "$ref": draft}))
            .unwrap_or_else(|error| panic!("{draft}: {error}"));
        assert!(schema.is_valid(&json!({"type": "string"})), "{draft}");
        assert!(!schema.is_valid(&json!({"type": 5})), "{draft}");
    }
}

#[test]
fn broken_rules_read_well() {
    let schema = Schema::compile(&json!({
        "type": "object", "required": ["id", "a/b"], "additionalProperties": false,
        "properties": {
            "age": {"minimum": 18}, "a/b": {"multipleOf": 2}, "kind": {"enum": ["a", 1]}, "name": {"type": ["string", "null"], "minLength": 2},
            "tags": {"items": {"pattern": "^t"}}, "one": {"oneOf": [{"type": "string"}, {"type": "null"}]},
        }
    }));
    let document = json!({"a/b": 1, "age": 5, "kind": "c", "name": "x", "tags": ["t1", "x"], "one": 2, "other": {"x": 1}});
    let text = |side: Option<String>| side.unwrap_or_else(|| "-".into());
    let mut lines: Vec<_> = schema
        .unwrap()
        .validate(&document)
        .into_iter()
        .map(|d| format!("{}: {} / {}", d.at, text(d.expected), text(d.received)))
        .collect();
    lines.sort();
    assert_eq!(
        lines,
        [
            "/age: at least 18 (minimum) / 5",
            "/a~1b: a multiple of 2 (multipleOf) / 1",
            "/id: a value (required) / -",
            "/kind: \"a\" or 1 (enum) / \"c\"",
            "/name: at least 2 characters (minLength) / \"x\"",
            "/one: exactly one of 2 schemas; it conforms to none (oneOf) / 2",
            "/other: nothing (additionalProperties) / {\"x\":1}",
            "/tags/1: a match of /^t/ (pattern) / \"x\"",
        ]
    );
}

proptest! {
    #[test]
    fn no_schema_panics(
        keyword in "type|minimum|pattern|\\$ref|\\$id|\\$schema|items|properties|enum|multipleOf|\\$anchor|required|\\$dynamicRef",
        text in "[#/a$~%0:.*(\\[]{0,8}",
        number: i64,
    ) {
        for value in [json!(text), json!(number), json!([text]), json!({(text.clone()): number}), json!(null)] {
            if let Ok(schema) = Schema::compile(&json!({(keyword.clone()): value})) {
                for document in [json!(text), json!(number), json!([text]), json!({(text.clone()): number})] {
                    prop_assert_eq!(schema.validate(&document).is_empty(), schema.is_valid(&document));
                }
            }
        }
    }
}
