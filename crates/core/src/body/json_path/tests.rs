//! The corners of RFC 9535's compliance suite.

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn select(query: &str, document: &Value) -> Value {
    let query = Query::parse(query).unwrap_or_else(|error| panic!("{error}"));
    query.select(document).into_iter().cloned().collect()
}

#[track_caller]
fn table(document: &Value, cases: &[(&str, Value)]) {
    let failed: Vec<_> = cases
        .iter()
        .filter_map(|(query, expected)| {
            let found = select(query, document);
            (found != *expected).then(|| format!("{query}: expected {expected}, found {found}"))
        })
        .collect();
    assert!(failed.is_empty(), "{failed:#?}");
}

#[test]
fn names() {
    let document = json!({"a": 1, "a b": 2, "": 3, "é☺": 4, "'": 5, "\"": 6, "😀": 7, "\\": 8, "\n": 9, "_x1": 10, "0": 11});
    table(
        &document,
        &[
            ("$", json!([document])),
            ("$.a", json!([1])),
            ("$['a']", json!([1])),
            ("$[\"a\"]", json!([1])),
            ("$ .a", json!([1])),
            ("$\n['a']", json!([1])),
            ("$[ 'a' ]", json!([1])),
            ("$['a b']", json!([2])),
            ("$['']", json!([3])),
            ("$.é☺", json!([4])),
            ("$['\\u00e9\\u263A']", json!([4])),
            ("$['\\'']", json!([5])),
            ("$[\"'\"]", json!([5])),
            ("$[\"\\\"\"]", json!([6])),
            ("$.😀", json!([7])),
            ("$['\\uD83D\\uDE00']", json!([7])),
            ("$['\\\\']", json!([8])),
            ("$['\\n']", json!([9])),
            ("$._x1", json!([10])),
            ("$['0']", json!([11])),
            ("$[0]", json!([])),
            ("$.missing", json!([])),
            ("$.a.b", json!([])),
            ("$['a','a']", json!([1, 1])),
            ("$['a','missing','']", json!([1, 3])),
        ],
    );
}

#[test]
fn indices_and_slices() {
    table(
        &json!([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
        &[
            ("$[0]", json!([0])),
            ("$[-1]", json!([9])),
            ("$[10]", json!([])),
            ("$[-11]", json!([])),
            ("$[9007199254740991]", json!([])),
            ("$[1:3]", json!([1, 2])),
            ("$[8:]", json!([8, 9])),
            ("$[:2]", json!([0, 1])),
            ("$[:]", json!([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])),
            ("$[::]", json!([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])),
            ("$[1:6:2]", json!([1, 3, 5])),
            ("$[ 1 : 6 : 2 ]", json!([1, 3, 5])),
            ("$[::-1]", json!([9, 8, 7, 6, 5, 4, 3, 2, 1, 0])),
            ("$[5:1:-2]", json!([5, 3])),
            ("$[:7:-1]", json!([9, 8])),
            ("$[2::-1]", json!([2, 1, 0])),
            ("$[-2:]", json!([8, 9])),
            ("$[-3:-1]", json!([7, 8])),
            ("$[:-8]", json!([0, 1])),
            ("$[-1:-4:-1]", json!([9, 8, 7])),
            ("$[0:3:0]", json!([])),
            ("$[3:1]", json!([])),
            ("$[1:3:-1]", json!([])),
            ("$[:10:113667776004]", json!([0])),
            ("$[-113667776004:1]", json!([0])),
            ("$[113667776004::-1]", json!([9, 8, 7, 6, 5, 4, 3, 2, 1, 0])),
            ("$[0,0,1:3,1]", json!([0, 0, 1, 2, 1])),
            ("$['a',1]", json!([1])),
            ("$[*]", json!([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])),
            ("$[?@>7, 0]", json!([8, 9, 0])),
        ],
    );
}

#[test]
fn wildcards_and_descendants() {
    let document = json!({"a": [{"b": 1}, {"b": [2, {"b": 3}]}]});
    table(
        &document,
        &[
            ("$.*", json!([[{"b": 1}, {"b": [2, {"b": 3}]}]])),
            ("$.a[*].b", json!([1, [2, {"b": 3}]])),
            ("$..b", json!([1, [2, {"b": 3}], 3])),
            (
                "$..['b','b']",
                json!([1, 1, [2, {"b": 3}], [2, {"b": 3}], 3, 3]),
            ),
            ("$..[0]", json!([{"b": 1}, 2])),
            ("$..missing", json!([])),
            ("$.a[0].*", json!([1])),
            ("$.a[0].b.*", json!([])),
            ("$.a..b.*", json!([2, {"b": 3}])),
        ],
    );
    assert_eq!(select("$..*", &document).as_array().unwrap().len(), 8);
}

#[test]
fn filters_compare() {
    let document = json!([{"a": 1}, {"a": "1"}, {"a": null}, {"b": 1}, {"a": 1.0}, {"a": [1]}, {"a": {"x": 1}}, {"a": 2, "b": 2}]);
    table(
        &document,
        &[
            (
                "$[?@.a]",
                json!([{"a": 1}, {"a": "1"}, {"a": null}, {"a": 1.0}, {"a": [1]}, {"a": {"x": 1}}, {"a": 2, "b": 2}]),
            ),
            ("$[?!@.a]", json!([{"b": 1}])),
            ("$[?@.a == 1]", json!([{"a": 1}, {"a": 1.0}])),
            ("$[?@.a==1.0]", json!([{"a": 1}, {"a": 1.0}])),
            ("$[?@.a == 1e0]", json!([{"a": 1}, {"a": 1.0}])),
            ("$[?1 == @.a]", json!([{"a": 1}, {"a": 1.0}])),
            ("$[?@.a == '1']", json!([{"a": "1"}])),
            ("$[?@.a == \"1\"]", json!([{"a": "1"}])),
            ("$[?@.a == null]", json!([{"a": null}])),
            (
                "$[?@.a != 1 && @.a]",
                json!([{"a": "1"}, {"a": null}, {"a": [1]}, {"a": {"x": 1}}, {"a": 2, "b": 2}]),
            ),
            // Nothing equals nothing, and nothing else.
            ("$[?@.x == @.y]", document.clone()),
            ("$[?@.a == @.x]", json!([{"b": 1}])),
            ("$[?@.x < @.y]", json!([])),
            ("$[?@.x == null]", json!([])),
            ("$[?@.a == @.b]", json!([{"a": 2, "b": 2}])),
            ("$[?@.a < 2]", json!([{"a": 1}, {"a": 1.0}])),
            ("$[?@.a >= 2]", json!([{"a": 2, "b": 2}])),
            ("$[?@.a < 'x']", json!([{"a": "1"}])),
            ("$[?@.a <= null]", json!([{"a": null}])),
            ("$[?@.a < null]", json!([])),
            ("$[?@.a == $[5].a]", json!([{"a": [1]}])),
            ("$[?@.a <= $[6].a]", json!([{"a": {"x": 1}}])),
            (
                "$[?@.a == 1 || @.b == 1]",
                json!([{"a": 1}, {"b": 1}, {"a": 1.0}]),
            ),
            ("$[?@.a == 2 || @.b == 1 && @.x]", json!([{"a": 2, "b": 2}])),
            ("$[?(@.a == 2 || @.b == 1) && !(@.a)]", json!([{"b": 1}])),
            ("$[?@[?@ > 1]]", json!([{"a": 2, "b": 2}])),
            ("$[?@['a'][0] == 1]", json!([{"a": [1]}])),
            ("$[?@.*]", document.clone()),
            ("$[?@ == @]", document.clone()),
            ("$[?@.a == -0]", json!([])),
        ],
    );
    table(
        &json!({"a": 1, "b": {"a": 1}}),
        &[("$[?@ == 1]", json!([1])), ("$..[?@.a]", json!([{"a": 1}]))],
    );
    table(
        &json!([-1, 0, true, false]),
        &[
            ("$[?@ == -0]", json!([0])),
            ("$[?@ == true]", json!([true])),
            ("$[?@ == -1.0E0]", json!([-1])),
            ("$[?@ < false]", json!([])),
            ("$[?@ <= false]", json!([false])),
        ],
    );
}

/// RFC 9535, 2.3.5.2.2: `==` implies `<=` and `>=`, for nothing too. The crate says no: this fails when it says yes.
#[test]
fn nothing_is_not_at_most_nothing() {
    assert_eq!(select("$[?@.x <= @.y]", &json!([{}])), json!([]));
    assert_eq!(select("$[?@.x >= @.y]", &json!([{}])), json!([]));
}

#[test]
fn functions() {
    let document = json!([
        {"t": "2024-01-01", "l": [1, 2]}, {"t": "😀é", "l": {"x": 1}}, {"t": 5, "l": []}, {"t": "a\nb"}, {"t": "x2024-01-01y"}
    ]);
    let with =
        |indices: &[usize]| -> Value { indices.iter().map(|&n| document[n].clone()).collect() };
    table(
        &document,
        &[
            ("$[?length(@.t) == 2]", with(&[1])),
            ("$[?length(@.l) == 2]", with(&[0])),
            ("$[?length(@.l) == 1]", with(&[1])),
            ("$[?length(@.l) == 0]", with(&[2])),
            ("$[?length(@.missing) == @.missing]", document.clone()),
            ("$[?length('abc') == 3]", document.clone()),
            ("$[?count(@.*) == 2]", with(&[0, 1, 2])),
            ("$[?count(@..*) == 4]", with(&[0])),
            ("$[?count(@.missing) == 0]", document.clone()),
            ("$[?match(@.t, '\\\\d{4}-\\\\d{2}-\\\\d{2}')]", with(&[0])),
            ("$[?match(@.t, '[0-9]{4}-[0-9]{2}-[0-9]{2}')]", with(&[0])),
            (
                "$[?search(@.t, '[0-9]{4}-[0-9]{2}-[0-9]{2}')]",
                with(&[0, 4]),
            ),
            ("$[?search(@.t, '\\\\p{L}')]", with(&[1, 3, 4])),
            ("$[?match(@.t, 'a|x.*')]", with(&[4])),
            ("$[?!match(@.t, '.*')]", with(&[2, 3])),
            ("$[?match(@.t, @.missing)]", json!([])),
            ("$[?search(@.t, '[')]", json!([])),
            ("$[?value(@..x) == 1]", with(&[1])),
            ("$[?value(@.l[*]) == 1]", with(&[1])),
            ("$[?value(@.missing) == 1]", json!([])),
        ],
    );
}

#[test]
fn what_is_no_query_is_refused() {
    let accepted: Vec<_> = [
        "",
        "a",
        "$.",
        "$a",
        ".a",
        " $",
        "$ ",
        "$[",
        "$[]",
        "$['a",
        "$['a\"]",
        "$[01]",
        "$[-0]",
        "$[1.0]",
        "$[1,]",
        "$[,1]",
        "$[0:1:2:3]",
        "$.0",
        "$.&",
        "$. a",
        "$...a",
        "$..",
        "$[a]",
        "$[?]",
        "$[?@.a = 1]",
        "$[?@.a === 1]",
        "$[?@.* == 1]",
        "$[?@..a == 1]",
        "$[?@[0,1] == 1]",
        "$[?1]",
        "$[?'a']",
        "$[?true]",
        "$[?1 == ]",
        "$[?length(@.a)]",
        "$[?count(1) == 1]",
        "$[?count(@.a, @.b) == 1]",
        "$[?match(@.a, 'x') == true]",
        "$[?value(@.a)]",
        "$[?length(@.*) == 1]",
        "$[?none(@.a)]",
        "$[?length (@.a) == 1]",
        "$[?@.a == [1]]",
        "$[?@.a == {}]",
        "$[?@.a in 'b']",
        "$[?(@.a]",
        "$[?!1]",
        "$[?@.a == 01]",
        "$[?@.a == 1.]",
        "$[?@.a == .5]",
        "$[?@.a == True]",
        "$['\\x41']",
        "$['\\uD800']",
        "$['\\uDC00\\uD800']",
        "$[\"\\'\"]",
        "$['\n']",
        "$[9007199254740992]",
        "$[-9007199254740992]",
        "$[::9007199254740992]",
        "$[?@.a==1 and @.b==2]",
    ]
    .into_iter()
    .filter(|query| Query::parse(query).is_ok())
    .collect();
    assert_eq!(accepted, [""; 0]);
}

#[test]
fn an_error_has_its_place() {
    let error = Query::parse("$.a[?@.b = 1]").unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("`$.a[?@.b = 1]` is no JSONPath query: at character "),
        "{error}"
    );
    assert!((4..=10).contains(&error.position), "{error}");
}

#[test]
fn a_cut_escape_is_an_error() {
    for (query, position) in [
        ("$['\\u", 4),
        ("$['\\u00", 4),
        ("$['\\\\\\u1']", 6),
        ("$['\\uD83D\\u", 10),
    ] {
        assert_eq!(
            Query::parse(query).unwrap_err().position,
            position,
            "{query}"
        );
    }
    assert_eq!(select("$['\\\\u']", &json!({"\\u": 1})), json!([1]));
}

proptest! {
    #[test]
    fn no_text_panics(query: String) {
        let _ = Query::parse(&query);
    }

    #[test]
    fn nothing_that_looks_like_a_query_panics(
        pieces in prop::collection::vec("\\$|\\.|\\.\\.|a|\\[|\\]|\\?|@|'|\\*|:|-|1|99999999999999999999|==|<|length\\(|\\)|&&|!|\\\\u|é| ", 0..12)
    ) {
        if let Ok(query) = Query::parse(&format!("${}", pieces.concat())) {
            query.select(&json!({"a": [1, {"a": "a"}, null]}));
        }
    }
}
