//! Corners of the official JSON-Schema-Test-Suite, and the words of a miss.

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
fn in_every_draft() {
    let big: Value =
        serde_json::from_str("98249283749234923498293171823948729348710298301928331").unwrap();
    suite(
        D4..=D2020,
        &[
            (json!({}), json!(null), true),
            (json!({"type": "number"}), json!(1), true),
            (json!({"type": "integer"}), json!(1.1), false),
            (json!({"type": "integer"}), json!("1"), false),
            (json!({"type": "integer"}), json!(true), false),
            (json!({"type": ["string", "null"]}), json!(null), true),
            (json!({"type": "number"}), big, true),
            (json!({"enum": [1]}), json!(1.0), true),
            (json!({"enum": [0]}), json!(false), false),
            (json!({"enum": [[false]]}), json!([0]), false),
            (json!({"enum": [{"a": 1.0}]}), json!({"a": 1}), true),
            (json!({"enum": [null]}), json!(null), true),
            (
                json!({"minimum": -9223372036854775808i64}),
                json!(-9223372036854775808i64),
                true,
            ),
            (
                json!({"maximum": 18446744073709551615u64}),
                json!(18446744073709551600u64),
                true,
            ),
            (
                json!({"maximum": 9007199254740992u64}),
                json!(9007199254740993u64),
                false,
            ),
            (json!({"maximum": 3}), json!("4"), true),
            (json!({"multipleOf": 0.0001}), json!(0.0075), true),
            (json!({"multipleOf": 0.0001}), json!(0.00751), false),
            (json!({"multipleOf": 0.01}), json!(19.99), true),
            (json!({"multipleOf": 2}), json!(7), false),
            (json!({"maxLength": 2}), json!("💩💩"), true),
            (json!({"minLength": 2}), json!("💩"), false),
            (json!({"pattern": "^a*$"}), json!("aab"), false),
            (json!({"pattern": "a+"}), json!("xxaayy"), true),
            (json!({"pattern": "^\\p{Letter}+$"}), json!("é"), true),
            (json!({"uniqueItems": true}), json!([1, 1.0]), false),
            (json!({"uniqueItems": true}), json!([0, false]), true),
            (
                json!({"uniqueItems": true}),
                json!([{"a": 1, "b": 2}, {"b": 2, "a": 1}]),
                false,
            ),
            (json!({"uniqueItems": true}), json!([[1], [true]]), true),
            (
                json!({"required": ["__proto__", "toString"]}),
                json!({}),
                false,
            ),
            (
                json!({"properties": {"foo\nbar": {"type": "number"}, "a\"b": {}}}),
                json!({"foo\nbar": "1"}),
                false,
            ),
            (
                json!({"patternProperties": {"f.*o": {"type": "integer"}}}),
                json!({"foo": 1, "fooo": "x"}),
                false,
            ),
            (
                json!({"additionalProperties": false, "patternProperties": {"^á": {}}}),
                json!({"ármányos": 2}),
                true,
            ),
            (
                json!({"additionalProperties": false, "patternProperties": {"^á": {}}}),
                json!({"élmény": 2}),
                false,
            ),
            (json!({"not": {"type": "integer"}}), json!(1), false),
            (
                json!({"oneOf": [{"type": "integer"}, {"minimum": 2}]}),
                json!(3),
                false,
            ),
            (
                json!({"oneOf": [{"type": "integer"}, {"minimum": 2}]}),
                json!(2.5),
                true,
            ),
            (
                json!({"anyOf": [{"type": "integer"}, {"minimum": 2}]}),
                json!(1.5),
                false,
            ),
            (
                json!({"allOf": [{"maximum": 30}, {"minimum": 20}]}),
                json!(35),
                false,
            ),
            (
                json!({"properties": {"foo": {"$ref": "#"}}, "additionalProperties": false}),
                json!({"foo": {"bar": 1}}),
                false,
            ),
            (
                json!({"properties": {"a": {"type": "integer"}, "b": {"$ref": "#/properties/a"}}}),
                json!({"b": "x"}),
                false,
            ),
            (
                json!({"properties": {"$ref": {"type": "string"}}}),
                json!({"$ref": 2}),
                false,
            ),
            (
                json!({"definitions": {"a~b/c%d": {"type": "integer"}}, "properties": {"x": {"$ref": "#/definitions/a~0b~1c%25d"}}}),
                json!({"x": "y"}),
                false,
            ),
            (json!({"format": "email"}), json!("no email"), true),
            (json!({"format": "ipv4"}), json!("300.1.1.1"), true),
            (json!({"format": "made up"}), json!("x"), true),
            (json!({"default": 5, "type": "string"}), json!("x"), true),
        ],
    );
}

#[test]
fn draft_4() {
    suite(
        D4..=D4,
        &[
            (
                json!({"minimum": 3, "exclusiveMinimum": true}),
                json!(3),
                false,
            ),
            (
                json!({"maximum": 3, "exclusiveMaximum": false}),
                json!(3),
                true,
            ),
            (
                json!({"id": "http://x.io/root.json", "definitions": {"A": {"id": "a.json", "type": "integer"}}, "allOf": [{"$ref": "a.json"}]}),
                json!("x"),
                false,
            ),
            (
                json!({"items": [{}, {}], "additionalItems": false}),
                json!([1, 2, 3]),
                false,
            ),
            (
                json!({"dependencies": {"bar": ["foo"]}}),
                json!({"bar": 1}),
                false,
            ),
            (json!({"const": 1}), json!(2), true),
            (json!({"contains": {"minimum": 5}}), json!([1]), true),
            (
                json!({"properties": {"foo": {"$ref": "#/definitions/r", "maxItems": 2}}, "definitions": {"r": {"type": "array"}}}),
                json!({"foo": [1, 2, 3]}),
                true,
            ),
        ],
    );
}

#[test]
fn from_draft_6() {
    suite(
        D6..=D2020,
        &[
            (json!({"type": "integer"}), json!(1.0), true),
            (json!({"const": 1}), json!(1.0), true),
            (json!({"const": 0}), json!(false), false),
            (json!({"const": -2.0}), json!(-2), true),
            (json!({"const": {"a": false}}), json!({"a": 0}), false),
            (
                json!({"const": 9007199254740992u64}),
                json!(9007199254740992.0),
                true,
            ),
            (
                json!({"const": 9007199254740992u64}),
                json!(9007199254740991u64),
                false,
            ),
            (
                json!({"const": 9007199254740993u64}),
                json!(9007199254740992u64),
                false,
            ),
            (json!({"const": null}), json!(null), true),
            (
                json!({"const": "hello\u{0}there"}),
                json!("hellothere"),
                false,
            ),
            (json!({"contains": {"minimum": 5}}), json!([3, 4, 5]), true),
            (json!({"contains": {"minimum": 5}}), json!([]), false),
            (json!({"contains": false}), json!(["x"]), false),
            (json!({"contains": {"type": "null"}}), json!([null]), true),
            (json!({"exclusiveMinimum": 3}), json!(3), false),
            (json!({"exclusiveMaximum": 3.0}), json!(2.2), true),
            (
                json!({"propertyNames": {"maxLength": 3}}),
                json!({"foobar": 1}),
                false,
            ),
            (json!({"propertyNames": false}), json!({}), true),
            (
                json!({"properties": {"foo": true, "bar": false}}),
                json!({"bar": 2}),
                false,
            ),
            (json!({"items": false}), json!([]), true),
            (json!({"items": false}), json!([1]), false),
            (json!({"allOf": [true, false]}), json!(1), false),
            (json!({"oneOf": [true, true, false]}), json!(1), false),
            (json!({"not": false}), json!(1), true),
            (json!({"required": []}), json!({}), true),
            (
                json!({"additionalProperties": {"type": "boolean"}}),
                json!({"a": 1}),
                false,
            ),
        ],
    );
    for (schema, valid) in [(json!(true), true), (json!(false), false)] {
        assert_eq!(
            Schema::compile(&schema)
                .unwrap()
                .is_valid(&json!({"any": 1})),
            valid
        );
    }
}

#[test]
fn from_draft_7() {
    suite(
        D7..=D2020,
        &[
            (
                json!({"if": {"exclusiveMaximum": 0}, "then": {"minimum": -10}, "else": {"multipleOf": 2}}),
                json!(-100),
                false,
            ),
            (
                json!({"if": {"exclusiveMaximum": 0}, "then": {"minimum": -10}, "else": {"multipleOf": 2}}),
                json!(3),
                false,
            ),
            (
                json!({"if": {"exclusiveMaximum": 0}, "then": {"minimum": -10}, "else": {"multipleOf": 2}}),
                json!(4),
                true,
            ),
            (json!({"then": {"const": 0}}), json!(1), true),
            (json!({"else": {"const": 0}}), json!(1), true),
            (
                json!({"if": false, "then": {"const": "t"}, "else": {"const": "e"}}),
                json!("e"),
                true,
            ),
            (
                json!({"allOf": [{"if": {"minimum": 0}}, {"then": {"minimum": 10}}]}),
                json!(3),
                true,
            ),
            (
                json!({"$comment": "x", "readOnly": true, "type": "string"}),
                json!("x"),
                true,
            ),
        ],
    );
}

#[test]
fn a_reference_hides_its_siblings_up_to_draft_7() {
    let schema = json!({"properties": {"foo": {"$ref": "#/definitions/r", "maxItems": 2}}, "definitions": {"r": {"type": "array"}}});
    suite(
        D4..=D7,
        &[
            (schema.clone(), json!({"foo": [1, 2, 3]}), true),
            (schema.clone(), json!({"foo": "x"}), false),
        ],
    );
    suite(
        D2019..=D2020,
        &[
            (schema.clone(), json!({"foo": [1, 2, 3]}), false),
            (schema, json!({"foo": [1]}), true),
        ],
    );
}

#[test]
fn old_keywords_end() {
    suite(
        D6..=D2019,
        &[(
            json!({"items": [{"type": "integer"}, {}], "additionalItems": false}),
            json!([1, 2, 3]),
            false,
        )],
    );
    suite(
        D6..=D7,
        &[
            (
                json!({"dependencies": {"bar": ["foo"]}}),
                json!({"bar": 1}),
                false,
            ),
            (
                json!({"dependencies": {"bar": false}}),
                json!({"bar": 1}),
                false,
            ),
            (
                json!({"dependentRequired": {"bar": ["foo"]}}),
                json!({"bar": 1}),
                true,
            ),
            (
                json!({"unevaluatedProperties": false}),
                json!({"x": 1}),
                true,
            ),
            (
                json!({"$id": "http://x.io/a", "definitions": {"i": {"$id": "#here", "type": "integer"}}, "allOf": [{"$ref": "#here"}]}),
                json!("x"),
                false,
            ),
        ],
    );
}

#[test]
fn from_2019() {
    suite(
        D2019..=D2020,
        &[
            (
                json!({"dependentRequired": {"bar": ["foo"]}}),
                json!({"bar": 1}),
                false,
            ),
            (
                json!({"dependentRequired": {"bar": []}}),
                json!({"bar": 1}),
                true,
            ),
            (
                json!({"dependentRequired": {"foo\nbar": ["foo\rbar"]}}),
                json!({"foo\nbar": 1}),
                false,
            ),
            (
                json!({"dependentSchemas": {"bar": {"properties": {"foo": {"type": "integer"}}}}}),
                json!({"bar": 1, "foo": "x"}),
                false,
            ),
            (
                json!({"dependentSchemas": {"foo": false}}),
                json!({"foo": 1}),
                false,
            ),
            (
                json!({"contains": {"const": 1}, "minContains": 2}),
                json!([1, 2]),
                false,
            ),
            (
                json!({"contains": {"const": 1}, "maxContains": 1}),
                json!([1, 1]),
                false,
            ),
            (
                json!({"contains": {"const": 1}, "minContains": 0}),
                json!([]),
                true,
            ),
            (json!({"minContains": 1}), json!([]), true),
            (
                json!({"contains": {"const": 1}, "minContains": 2.0}),
                json!([1, 1]),
                true,
            ),
            (
                json!({"unevaluatedProperties": false, "properties": {"a": {}}}),
                json!({"a": 1, "b": 2}),
                false,
            ),
            (
                json!({"unevaluatedProperties": false, "allOf": [{"properties": {"a": {}}}]}),
                json!({"a": 1}),
                true,
            ),
            (
                json!({"allOf": [{"properties": {"a": {}}}, {"unevaluatedProperties": false}]}),
                json!({"a": 1}),
                false,
            ),
            (
                json!({"unevaluatedProperties": false, "anyOf": [{"properties": {"b": {"const": 1}}, "required": ["b"]}, {"properties": {"c": {}}, "required": ["c"]}]}),
                json!({"b": 1, "c": 2}),
                true,
            ),
            (
                json!({"unevaluatedProperties": false, "anyOf": [{"properties": {"b": {"const": 1}}, "required": ["b"]}, {"properties": {"c": {}}, "required": ["c"]}]}),
                json!({"b": 2, "c": 2}),
                false,
            ),
            (
                json!({"unevaluatedProperties": false, "not": {"not": {"properties": {"a": {}}}}}),
                json!({"a": 1}),
                false,
            ),
            (
                json!({"unevaluatedProperties": false, "if": {"properties": {"a": {"const": 1}}, "required": ["a"]}, "else": {"properties": {"b": {}}}}),
                json!({"a": 1}),
                true,
            ),
            (
                json!({"unevaluatedProperties": false, "if": {"properties": {"a": {"const": 1}}, "required": ["a"]}, "else": {"properties": {"b": {}}}}),
                json!({"a": 2}),
                false,
            ),
            (
                json!({"unevaluatedProperties": false, "$ref": "#/$defs/x", "$defs": {"x": {"properties": {"a": {}}}}}),
                json!({"a": 1}),
                true,
            ),
            (
                json!({"unevaluatedProperties": false, "dependentSchemas": {"a": {"properties": {"a": {}, "b": {}}}}}),
                json!({"a": 1, "b": 1}),
                true,
            ),
            (
                json!({"unevaluatedProperties": {"type": "integer"}}),
                json!({"a": "x"}),
                false,
            ),
            (
                json!({"unevaluatedProperties": false, "additionalProperties": true}),
                json!({"a": 1}),
                true,
            ),
            (json!({"unevaluatedItems": false}), json!([1]), false),
            (
                json!({"unevaluatedItems": false, "items": {}}),
                json!([1]),
                true,
            ),
            (
                json!({"$id": "http://x.io/a", "$defs": {"i": {"$anchor": "here", "type": "integer"}}, "$ref": "#here"}),
                json!("x"),
                false,
            ),
            (
                json!({"$id": "http://x.io/a/", "$defs": {"i": {"$id": "i.json", "type": "integer"}}, "$ref": "i.json"}),
                json!("x"),
                false,
            ),
            (
                json!({"$id": "urn:uuid:deadbeef-1234-ff00-00ff-4321feebdaed", "properties": {"a": {"$ref": "#/$defs/b"}}, "$defs": {"b": {"type": "string"}}}),
                json!({"a": 1}),
                false,
            ),
            (
                json!({"$defs": {"": {"$defs": {"": {"type": "number"}}}}, "allOf": [{"$ref": "#/$defs//$defs/"}]}),
                json!("x"),
                false,
            ),
            (
                json!({"contentMediaType": "application/json", "contentEncoding": "base64"}),
                json!("{:}"),
                true,
            ),
            (
                json!({"type": "object", "deprecated": true}),
                json!({}),
                true,
            ),
        ],
    );
    suite(
        D2019..=D2019,
        &[
            (
                json!({"$recursiveAnchor": true, "properties": {"foo": {"$recursiveRef": "#"}}, "additionalProperties": false}),
                json!({"foo": {"bar": 1}}),
                false,
            ),
            (
                json!({"unevaluatedItems": false, "items": [{}]}),
                json!([1, 2]),
                false,
            ),
        ],
    );
}

/// Only from 2020-12 on does `contains` count as having looked at an item. The crate counts it in 2019-09 too: this fails
/// when it no longer does.
#[test]
fn contains_evaluates_too_early() {
    let schema =
        json!({"$schema": DRAFTS[D2019], "unevaluatedItems": false, "contains": {"const": 1}});
    assert!(Schema::compile(&schema).unwrap().is_valid(&json!([1])));
}

#[test]
fn from_2020() {
    let tree = json!({
        "$id": "http://x.io/strict", "$dynamicAnchor": "node", "$ref": "tree", "unevaluatedProperties": false,
        "$defs": {"tree": {
            "$id": "tree", "$dynamicAnchor": "node", "type": "object",
            "properties": {"data": true, "children": {"type": "array", "items": {"$dynamicRef": "#node"}}}
        }}
    });
    let list = json!({
        "$id": "http://x.io/typical", "$ref": "list",
        "$defs": {
            "foo": {"$dynamicAnchor": "items", "type": "string"},
            "list": {
                "$id": "list", "type": "array", "items": {"$dynamicRef": "#items"},
                "$defs": {"items": {"$dynamicAnchor": "items"}}
            }
        }
    });
    suite(
        D2020..=D2020,
        &[
            (tree.clone(), json!({"children": [{"daat": 1}]}), false),
            (tree, json!({"children": [{"data": 1}]}), true),
            (list.clone(), json!(["foo", "bar"]), true),
            (list, json!(["foo", 42]), false),
            (
                json!({"prefixItems": [{"type": "integer"}]}),
                json!(["x"]),
                false,
            ),
            (
                json!({"prefixItems": [{}], "items": {"type": "integer"}}),
                json!(["x", "y"]),
                false,
            ),
            (
                json!({"prefixItems": [{}], "items": false}),
                json!([1]),
                true,
            ),
            (
                json!({"unevaluatedItems": false, "prefixItems": [{}], "contains": {"const": 2}}),
                json!([1, 2]),
                true,
            ),
            (
                json!({"unevaluatedItems": false, "contains": {"const": 2}}),
                json!([1, 2]),
                false,
            ),
            (
                json!({"prefixItems": [{"$dynamicRef": "#a"}], "$defs": {"a": {"$anchor": "a", "type": "string"}}}),
                json!([1]),
                false,
            ),
            (
                json!({"additionalItems": false, "prefixItems": [{}]}),
                json!([1, 2]),
                true,
            ),
            (json!({"$recursiveRef": "#/nowhere"}), json!(1), true),
        ],
    );
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
