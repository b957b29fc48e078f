//! What came with drafts 2019-09 and 2020-12.

use super::*;

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
