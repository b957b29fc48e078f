//! The corners of XML, as tables: what counts as the same document, and what is refused.

use proptest::prelude::*;

use super::*;

fn xml(text: &str) -> Document {
    Document::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn shown(expected: &str, received: &str) -> Vec<String> {
    let text = |side: Option<String>| side.unwrap_or_else(|| "-".into());
    let listed = differences(&xml(expected), &xml(received));
    listed
        .into_iter()
        .map(|d| format!("{}: {} -> {}", d.at, text(d.expected), text(d.received)))
        .collect()
}

#[test]
fn notation_makes_no_difference() {
    for (a, b) in [
        ("<a/>", "<a></a>"),
        (
            "<a/>",
            "<?xml version='1.0' encoding='utf-16'?>\n<!-- c --><?pi?><a>\n \t</a><!-- c -->\n",
        ),
        ("<a x='1' y='2'/>", "<a y=\"2\" x=\"1\" />"),
        ("<a><b/><c/></a>", "<a>\n  <b/>\n  <c/>\n</a>"),
        ("<a>text</a>", "<a>\n  text\n</a>"),
        ("<a>x &lt; y &amp; z</a>", "<a><![CDATA[x < y & z]]></a>"),
        ("<a>]]&gt;</a>", "<a><![CDATA[]]]]><![CDATA[>]]></a>"),
        (
            "<a>one two</a>",
            "<a>one<!-- c --> <?pi x?><![CDATA[two]]></a>",
        ),
        ("<a>A\u{e9}\"'</a>", "<a>&#65;&#xE9;&quot;&apos;</a>"),
        ("<a>x\ny</a>", "<a>x\r\ny</a>"),
        ("<a>x\ny</a>", "<a>x\ry</a>"),
        ("<a b='x y'/>", "<a b='x\ny'/>"),
        ("<a b='x y'/>", "<a b='x\ty'/>"),
        ("<p:a xmlns:p='urn:u'/>", "<a xmlns='urn:u'/>"),
        (
            "<p:a xmlns:p='urn:u' p:b='1'/>",
            "<q:a xmlns:q='urn:u' q:b='1'/>",
        ),
        (
            "<a xmlns='urn:u'><b/></a>",
            "<p:a xmlns:p='urn:u'><p:b/></p:a>",
        ),
        (
            "<a xmlns='urn:u'><b xmlns=''/></a>",
            "<p:a xmlns:p='urn:u'><b/></p:a>",
        ),
        ("<a xmlns:unused='urn:u'/>", "<a/>"),
        (
            "<a xml:lang='en'/>",
            "<a xmlns:xml='http://www.w3.org/XML/1998/namespace' xml:lang='en'/>",
        ),
        (
            "<a xmlns:p='urn:1'><p:b xmlns:p='urn:2'/></a>",
            "<a><b xmlns='urn:2'/></a>",
        ),
    ] {
        assert_eq!(xml(a), xml(b), "{a} and {b}");
        assert!(shown(a, b).is_empty(), "{a} and {b}");
    }
}

#[test]
fn meaning_makes_a_difference() {
    for (a, b, place) in [
        ("<a/>", "<b/>", "/b: <a> -> <b>"),
        ("<a/>", "<A/>", "/A: <a> -> <A>"),
        ("<a xmlns='urn:u'/>", "<a/>", "/a: <{urn:u}a> -> <a>"),
        (
            "<a xmlns='urn:u'/>",
            "<a xmlns='urn:U'/>",
            "/a: <{urn:u}a> -> <{urn:U}a>",
        ),
        // An attribute without a prefix is in no namespace, whatever the default one is.
        (
            "<a xmlns='urn:u' b='1'/>",
            "<p:a xmlns:p='urn:u' p:b='1'/>",
            "/a/@b: 1 -> -",
        ),
        ("<a x='1'/>", "<a x='2'/>", "/a/@x: 1 -> 2"),
        ("<a x='1 '/>", "<a x='1'/>", "/a/@x: 1  -> 1"),
        ("<a x='x y'/>", "<a x='x&#10;y'/>", "/a/@x: x y -> x\\ny"),
        ("<a/>", "<a x=''/>", "/a/@x: - -> "),
        ("<a>1</a>", "<a>2</a>", "/a/text(): 1 -> 2"),
        ("<a>x y</a>", "<a>x  y</a>", "/a/text(): x y -> x  y"),
        ("<a>\u{a0}x</a>", "<a>x</a>", "/a/text(): \u{a0}x -> x"),
        ("<a>x</a>", "<a/>", "/a/text(): x -> -"),
        ("<a><b/></a>", "<a>b</a>", "/a/text(): <b/> -> b"),
        ("<a><b/></a>", "<a/>", "/a/b: <b/> -> -"),
    ] {
        assert_ne!(xml(a), xml(b), "{a} and {b}");
        assert_eq!(shown(a, b)[0], place, "{a} and {b}");
    }
}

#[test]
fn the_order_of_elements_counts() {
    assert_eq!(
        shown("<a><b/><c/></a>", "<a><c/><b/></a>"),
        ["/a/c: <b> -> <c>", "/a/b: <c> -> <b>"]
    );
}

#[test]
fn paths_number_what_is_repeated() {
    let expected = "<order><item sku='A'/><item sku='B'><n>1</n></item><note/></order>";
    assert_eq!(
        shown(expected, &expected.replace("'B'", "'C'").replace('1', "2")),
        [
            "/order/item[2]/@sku: B -> C",
            "/order/item[2]/n/text(): 1 -> 2"
        ]
    );
    let inserted = expected.replace("<item sku='B'", "<item sku='X'>&lt;</item><item sku='B'");
    assert_eq!(
        shown(expected, &inserted),
        ["/order/item[2]: - -> <item sku=\"X\">&lt;</item>"]
    );
    assert_eq!(
        shown(&inserted, expected),
        ["/order/item[2]: <item sku=\"X\">&lt;</item> -> -"]
    );
}

#[test]
fn long_texts_and_lists_are_cut() {
    let of = |value: &str| format!("<a>{}</a>", format!("<b>{value}</b><c/>").repeat(60));
    let listed = shown(&of("1"), &of(&"x".repeat(1000)));
    assert_eq!(listed.len(), 51);
    assert!(
        listed[0].len() < 300 && listed[50].contains("10 more places"),
        "{listed:?}"
    );
}

#[test]
fn what_is_not_well_formed_is_an_error() {
    for text in [
        "",
        "text",
        "<a>",
        "<a></b>",
        "<a/><b/>",
        "<a b=1/>",
        "<a b/>",
        "<a b='1' b='2'/>",
        "<a xmlns:p='u' xmlns:q='u' p:b='1' q:b='2'/>",
        "<p:a/>",
        "<a p:b='1'/>",
        "<a b='<'/>",
        "<a>&nbsp;</a>",
        "<a>&</a>",
        "<a>&#1;</a>",
        "<a>\u{1}</a>",
        "<a>]]></a>",
        "<a><!-- -- --></a>",
        "<a><![CDATA[</a>",
        "<a><!",
        "<",
        "<a '",
        " <?xml version='1.0'?><a/>",
        "<xmlns:a xmlns:xmlns='u'/>",
    ] {
        let error = Document::parse(text).expect_err(text);
        assert!(matches!(error, XmlError::Malformed(_)), "{text}: {error}");
    }
}

/// What the standards call malformed and the parser lets by: this fails when it no longer does.
#[test]
fn the_parser_is_lenient_here() {
    for (text, read_as) in [
        ("<a>&#xD800;</a>", "<a>\u{fffd}</a>"),
        ("<a xmlns:p='urn:u'><b xmlns:p=''/></a>", "<a><b/></a>"),
        ("<?xml version='1.1'?><a/>", "<a/>"),
        ("<?xml version='1.0' encoding='no such'?><a/>", "<a/>"),
    ] {
        assert_eq!(xml(text), xml(read_as), "{text}");
    }
}

#[test]
fn document_types_are_refused() {
    let bomb = "<!DOCTYPE a [<!ENTITY b 'bb'><!ENTITY c '&b;&b;'>]><a>&c;</a>";
    for text in [
        bomb,
        "<!DOCTYPE a><a/>",
        "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>",
    ] {
        assert_eq!(Document::parse(text), Err(XmlError::DocumentType), "{text}");
    }
    // Not where it is only text.
    xml("<a><!-- <!DOCTYPE --><![CDATA[<!DOCTYPE]]></a>");
}

#[test]
fn hostile_sizes_are_refused_at_once() {
    let deep = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
    assert_eq!(Document::parse(&deep), Err(XmlError::TooDeep));
    assert_eq!(
        Document::parse(&"<a>".repeat(100_000)),
        Err(XmlError::TooDeep)
    );
    let wide: String = (0..100_000).map(|n| format!(" a{n}='<!--'")).collect();
    assert_eq!(
        Document::parse(&format!("<a{wide}/>")),
        Err(XmlError::TooManyAttributes)
    );
    let spaces: String = (0..100).map(|n| format!("<a xmlns:p{n}='{n}'>")).collect();
    assert_eq!(Document::parse(&spaces), Err(XmlError::TooManyNamespaces));
    xml(&format!(
        "<r>{}</r>",
        "<a xmlns='u'><b xmlns=''/></a>".repeat(1000)
    ));
    xml(&format!(
        "{}{}",
        "<a>".repeat(guard::DEPTH),
        "</a>".repeat(guard::DEPTH)
    ));
    xml(&format!("<r>{}</r>", "<a b='/>'/>".repeat(1000)));
}

#[test]
fn bodies_have_charsets() {
    let expected = xml("<a>é</a>");
    for (content_type, body) in [
        (None, "<a>é</a>".as_bytes()),
        (None, b"\xef\xbb\xbf<a>\xc3\xa9</a>"),
        (None, b"\xff\xfe<\0a\0>\0\xe9\0<\0/\0a\0>\0"),
        (
            None,
            b"<?xml version='1.0' encoding=\"ISO-8859-1\"?><a>\xe9</a>",
        ),
        (
            Some("text/xml"),
            b"<?xml version='1.0' encoding='iso-8859-1'?><a>\xe9</a>",
        ),
        (Some("text/xml; charset=latin1"), b"<a>\xe9</a>"),
        (
            Some("text/xml; charset=utf-8"),
            "<?xml version='1.0' encoding='iso-8859-1'?><a>é</a>".as_bytes(),
        ),
        (
            None,
            "<?xml version='1.0' encoding='utf-16'?><a>é</a>".as_bytes(),
        ),
    ] {
        assert_eq!(
            Document::from_body(content_type, body).as_ref(),
            Ok(&expected),
            "{content_type:?} {body:?}"
        );
    }
}

proptest! {
    #[test]
    fn no_bytes_panic(body: Vec<u8>) {
        let _ = Document::from_body(None, &body);
    }

    #[test]
    fn nothing_that_looks_like_xml_panics(
        pieces in prop::collection::vec("<|>|/|a|=|'|\"| |<a|</a>|<!--|-->|<!\\[CDATA\\[|\\]\\]>|<\\?|\\?>|&|;|xmlns|é", 0..30)
    ) {
        let _ = Document::from_body(None, pieces.concat().as_bytes());
    }

    #[test]
    fn a_list_is_empty_exactly_when_they_are_equal(
        a in prop::collection::vec("<b/>|<b x='1'/>|<c>1</c>|t| ", 0..5),
        b in prop::collection::vec("<b/>|<b x='1'/>|<c>1</c>|t| ", 0..5),
    ) {
        let (a, b) = (format!("<a>{}</a>", a.concat()), format!("<a>{}</a>", b.concat()));
        prop_assert_eq!(shown(&a, &b).is_empty(), xml(&a) == xml(&b));
    }
}
