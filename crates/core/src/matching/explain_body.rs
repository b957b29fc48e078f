//! Whose test wants JSON and gets a form has not mistaken a value but the kind of the body: the report says which kind came, and
//! shows bytes that are no text as bytes.

use std::borrow::Cow;
use std::fmt;

use crate::body;
use crate::body::json::Mode;
use crate::body::media::content_type_matches;
use crate::matching::excerpt;
use crate::matching::explain::{LINE, hinted, shorten};
use crate::matching::pattern::{Kind, Pattern};
use crate::miss::{Detail, Miss};
use crate::report::readable;
use crate::request::Request;
use crate::secret;

/// What is said of a request without a body.
pub(super) const NO_BODY: &str = "the request has no body";

/// Bytes that are shown of what is no text.
const BYTES: usize = 16;

/// Why the body is not what a pattern wants.
pub(super) fn body(miss: Miss, pattern: &Pattern, request: &Request) -> Miss {
    let Ok(body) = request.decoded() else {
        return with_body(miss, request);
    };
    let expected = match &pattern.0 {
        Kind::Text(text) => Some(text.as_str()),
        Kind::Bytes(bytes) => readable(bytes),
        _ => None,
    };
    match (&pattern.0, expected, readable(body)) {
        (_, Some(expected), Some(received))
            if expected.contains('\n') || received.contains('\n') =>
        {
            miss.received(shorten(received))
                .detail(excerpt::of(expected, received))
        }
        (_, Some(expected), Some(received)) if !received.is_empty() => {
            let mut miss = hinted(miss, expected, received);
            miss.received = Some(shorten(&unsecret(received, request)));
            if let Cow::Owned(expected) = unsecret(expected, request) {
                miss.expected = shorten(&expected);
            }
            miss
        }
        (Kind::Bytes(expected), ..) if !body.is_empty() => {
            let same = expected.iter().zip(body).take_while(|(a, b)| a == b);
            match same.count() {
                at if at < BYTES => with_body(miss, request),
                at => with_body(miss, request).hint(format!("the first {at} bytes are the same")),
            }
        }
        _ => with_body(miss, request),
    }
}

/// The body as what was received.
pub(super) fn with_body(miss: Miss, request: &Request) -> Miss {
    match request.decoded() {
        Ok(body) if body.is_empty() => miss.hint(NO_BODY),
        Ok(body) => miss.received(shown(body, request)),
        Err(error) => miss
            .received(format!("{} bytes", request.body().len()))
            .hint(error.to_owned()),
    }
}

/// Text as its content type says it, anything else as bytes.
fn shown(body: &[u8], request: &Request) -> String {
    let content_type = request.content_type();
    let has_charset =
        content_type.is_some_and(|of| body::media::parameter(of, "charset").is_some());
    match readable(body) {
        None if has_charset => shorten(&request.text()),
        Some(text) => shorten(&unsecret(text, request)),
        None if content_type.is_some_and(|of| content_type_matches("form-data", of)) => {
            format!("{} bytes, not all of them text", body.len())
        }
        None => shorten(&said(body)),
    }
}

/// Text without the credentials in a form.
fn unsecret<'t>(text: &'t str, request: &Request) -> Cow<'t, str> {
    match request.content_type() {
        Some(of) if content_type_matches("form", of) => Cow::Owned(secret::form(text)),
        _ => Cow::Borrowed(text),
    }
}

/// Text as it is, anything else as `3 bytes: 00 01 ff`.
pub(super) fn said(bytes: &[u8]) -> String {
    if let Some(text) = readable(bytes) {
        return text.to_owned();
    }
    let mut said = format!("{} bytes:", bytes.len());
    for byte in bytes.iter().take(BYTES) {
        said.push_str(&format!(" {byte:02x}"));
    }
    if bytes.len() > BYTES {
        said.push_str(" …");
    }
    said
}

/// Where a JSON body differs.
pub(super) fn json(
    miss: Miss,
    expected: &serde_json::Value,
    request: &Request,
    mode: Mode,
) -> Miss {
    match request.json_value() {
        Ok(received) => miss
            .received(beginning(received))
            .detail(Detail::Differences(body::json::differences(
                expected, received, mode,
            ))),
        Err(error) => not_json(miss, request, error),
    }
}

pub(super) fn not_json(miss: Miss, request: &Request, error: &str) -> Miss {
    with_body(miss, request).hint(other_than("JSON", request, error))
}

/// Whether the body can be meant as a form: without a content type, or without a word in its favour, any can.
pub(super) fn is_form(request: &Request) -> bool {
    let is = request
        .content_type()
        .is_none_or(|received| content_type_matches("form", received));
    is && !request.body().is_empty()
}

pub(super) fn not_a_form(miss: Miss, request: &Request) -> Miss {
    with_body(miss, request).hint(no_form(request))
}

fn no_form(request: &Request) -> String {
    if request.body().is_empty() {
        return NO_BODY.to_owned();
    }
    let received = request.content_type().unwrap_or_default();
    let mend = if content_type_matches("form-data", received) {
        "; `.multipart(part(..))` asks for its parts"
    } else if content_type_matches("json", received) {
        "; `.json_includes(json!({..}))` asks for its values"
    } else {
        ""
    };
    format!("the body is no form but `{received}`{mend}")
}

/// Why the body of `request` is not what `wanted` names, with the content type that came.
pub(super) fn other_than(wanted: &str, request: &Request, error: &str) -> String {
    if request.body().is_empty() {
        return NO_BODY.to_owned();
    }
    match request.content_type() {
        Some(received) if content_type_matches(wanted, received) => {
            format!("the body is not {wanted}, though its content type is `{received}`: {error}")
        }
        Some(received) if content_type_matches("form", received) => {
            format!(
                "the body is not {wanted} but a form, `{received}`: `.form(field, value)` asks for its fields"
            )
        }
        Some(received) => {
            format!("the body is not {wanted}, its content type is `{received}`: {error}")
        }
        None => format!("the body is not {wanted}, and has no content type: {error}"),
    }
}

/// The first characters of a JSON text, without making all of it.
fn beginning(value: &serde_json::Value) -> String {
    struct Line(String);
    impl fmt::Write for Line {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            self.0.push_str(text);
            // Four bytes are one character at the most.
            if self.0.len() > 4 * LINE {
                return Err(fmt::Error);
            }
            Ok(())
        }
    }
    let mut line = Line(String::new());
    // The error is the end of what is wanted.
    let _ = fmt::Write::write_fmt(&mut line, format_args!("{value}"));
    shorten(&line.0)
}
