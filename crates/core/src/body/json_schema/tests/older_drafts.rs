//! What holds in every draft, in drafts 4 to 7, and from each of them on.

use serde_json::{Value, json};

use super::{D4, D6, D7, D2019, D2020, Schema, suite};

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
