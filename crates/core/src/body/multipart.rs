//! A multipart body is compared part by part, not as bytes around a boundary that the client drew by chance.
//!
//! The body is whole when it gets here, so that this is a search in a slice and the parts share the body's memory. The
//! crates that read multipart do so from an asynchronous stream and bring a dozen others along.

use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};

use super::listing::one_line;
use super::media::parameter;
use crate::url::normal;

/// One part of a multipart body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FormPart {
    /// The `name` of its content-disposition; only `multipart/form-data` has one.
    pub(crate) name: Option<String>,
    /// The file name, `filename*` before `filename`. A path is left in, `%22` of browsers is not undone.
    pub(crate) file_name: Option<String>,
    /// The content-type as it was sent.
    pub(crate) content_type: Option<String>,
    /// All of its headers.
    pub(crate) headers: HeaderMap,
    /// The bytes between its headers and the next boundary; a content-transfer-encoding is not undone.
    pub(crate) body: Bytes,
}

/// Why a body is no multipart body; parts are counted from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum MultipartError {
    NotMultipart(String),
    NoBoundary,
    NotFound(String),
    BareLf(String),
    Truncated(usize),
    OpenHeaders(usize),
    BadHeader { part: usize, line: String },
}

impl fmt::Display for MultipartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotMultipart(found) if found.is_empty() => f.write_str(
                "there is no content-type, which would have to be multipart and name the boundary",
            ),
            Self::NotMultipart(found) => write!(f, "the content-type is `{found}`, not multipart"),
            Self::NoBoundary => f.write_str("the content-type names no boundary"),
            Self::NotFound(boundary) => write!(
                f,
                "the boundary `--{boundary}` of the content-type is not in the body"
            ),
            Self::BareLf(boundary) => write!(
                f,
                "the lines around the boundary `--{boundary}` end in LF: a multipart body needs CRLF"
            ),
            Self::Truncated(part) => write!(
                f,
                "the body ends within part {part}: its closing boundary is missing"
            ),
            Self::OpenHeaders(part) => write!(
                f,
                "the headers of part {part} have no empty line after them"
            ),
            Self::BadHeader { part, line } => {
                write!(f, "part {part} has a line that is no header: `{line}`")
            }
        }
    }
}

impl std::error::Error for MultipartError {}

/// The parts of a multipart body of any subtype, in order (RFC 2046, RFC 7578).
///
/// What stands before the first boundary and after the last is ignored; text that only looks like the boundary belongs to
/// the part. A nested multipart part stays one body.
///
/// # Errors
///
/// When the content-type is not multipart or has no boundary, and when the body is not built as it promises.
pub(crate) fn parse(content_type: &str, body: &Bytes) -> Result<Vec<FormPart>, MultipartError> {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    if !essence
        .get(..10)
        .is_some_and(|start| start.eq_ignore_ascii_case("multipart/"))
    {
        return Err(MultipartError::NotMultipart(essence.to_owned()));
    }
    let boundary = parameter(content_type, "boundary").filter(|boundary| !boundary.is_empty());
    let boundary = boundary.ok_or(MultipartError::NoBoundary)?;
    let delimiter = format!("--{boundary}").into_bytes();

    let Some(mut line) = next_delimiter(body, 0, &delimiter) else {
        return Err(not_found(boundary, body, &delimiter));
    };
    let mut parts = Vec::new();
    while !line.closes {
        let number = parts.len() + 1;
        // The line break before a delimiter belongs to it, and may be the one that ends the part's headers.
        let Some(next) = next_delimiter(body, line.end - 2, &delimiter) else {
            return Err(MultipartError::Truncated(number));
        };
        parts.push(part(
            number,
            body.slice(line.end..next.start.max(line.end)),
        )?);
        line = next;
    }
    Ok(parts)
}

fn not_found(boundary: String, body: &[u8], delimiter: &[u8]) -> MultipartError {
    let rest = body.strip_prefix(delimiter);
    if rest.is_some_and(|rest| rest.starts_with(b"\n") || rest.starts_with(b"--\n")) {
        MultipartError::BareLf(boundary)
    } else if rest.is_some_and(|rest| rest.iter().all(|b| b" \t\r".contains(b))) {
        MultipartError::Truncated(1)
    } else {
        MultipartError::NotFound(boundary)
    }
}

/// A line of the body that separates or ends parts.
struct Delimiter {
    /// Where the line break before it begins: the end of the part before.
    start: usize,
    /// Where the part after it begins.
    end: usize,
    closes: bool,
}

/// The first delimiter line whose preceding line break is at `from` or later.
fn next_delimiter(body: &[u8], from: usize, delimiter: &[u8]) -> Option<Delimiter> {
    if from == 0
        && let Some(found) = delimiter_at(body, 0, 0, delimiter)
    {
        return Some(found);
    }
    let mut at = from;
    loop {
        at += body.get(at..)?.iter().position(|&b| b == b'\r')?;
        if body.get(at + 1) == Some(&b'\n')
            && let Some(found) = delimiter_at(body, at, at + 2, delimiter)
        {
            return Some(found);
        }
        at += 1;
    }
}

fn delimiter_at(body: &[u8], start: usize, at: usize, delimiter: &[u8]) -> Option<Delimiter> {
    let rest = body.get(at..)?.strip_prefix(delimiter)?;
    let (rest, closes) = rest
        .strip_prefix(b"--")
        .map_or((rest, false), |rest| (rest, true));
    let padding = rest.iter().take_while(|b| b" \t".contains(b)).count();
    let after = &rest[padding..];
    let end = body.len() - after.len();
    if after.starts_with(b"\r\n") {
        Some(Delimiter {
            start,
            end: end + 2,
            closes,
        })
    } else if closes && after.is_empty() {
        Some(Delimiter { start, end, closes })
    } else {
        None
    }
}

fn part(number: usize, part: Bytes) -> Result<FormPart, MultipartError> {
    let (head, body) = split_head(&part).ok_or(MultipartError::OpenHeaders(number))?;
    let mut headers = HeaderMap::new();
    for line in unfolded(&part[..head]) {
        let bad = || MultipartError::BadHeader {
            part: number,
            line: one_line(&String::from_utf8_lossy(&line)),
        };
        let colon = line.iter().position(|&b| b == b':').ok_or_else(bad)?;
        let name = HeaderName::from_bytes(&line[..colon]).map_err(|_| bad())?;
        let value = HeaderValue::from_bytes(line[colon + 1..].trim_ascii()).map_err(|_| bad())?;
        headers.try_append(name, value).map_err(|_| bad())?;
    }
    let text = |name: &str| {
        headers
            .get(name)
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    let disposition = text("content-disposition");
    let of_disposition = |name: &str| {
        disposition
            .as_deref()
            .and_then(|header| extended(header, name))
    };
    Ok(FormPart {
        name: of_disposition("name"),
        file_name: of_disposition("filename"),
        content_type: text("content-type"),
        body: part.slice(body..),
        headers,
    })
}

/// Where the lines of the headers end and where the body begins.
fn split_head(part: &[u8]) -> Option<(usize, usize)> {
    if part.is_empty() {
        return Some((0, 0));
    }
    if part.starts_with(b"\r\n") {
        return Some((0, 2));
    }
    match part.windows(4).position(|four| four == b"\r\n\r\n") {
        Some(at) => Some((at, at + 4)),
        // Headers, their empty line shared with the delimiter, and no body.
        None if part.ends_with(b"\r\n") => Some((part.len() - 2, part.len())),
        None => None,
    }
}

/// The lines of a head, with those that continue one joined to it.
fn unfolded(head: &[u8]) -> Vec<Vec<u8>> {
    let mut lines: Vec<Vec<u8>> = Vec::new();
    for line in head
        .split(|&b| b == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
    {
        match lines.last_mut() {
            Some(last) if line.starts_with(b" ") || line.starts_with(b"\t") => {
                last.push(b' ');
                last.extend_from_slice(line.trim_ascii());
            }
            _ if line.is_empty() => {}
            _ => lines.push(line.to_vec()),
        }
    }
    lines
}

/// A parameter, or its extended form of RFC 5987 (`filename*=utf-8''na%C3%AFve.txt`), which reqwest sends.
fn extended(header: &str, name: &str) -> Option<String> {
    let long = parameter(header, &format!("{name}*")).and_then(|value| {
        let (charset, rest) = value.split_once('\'')?;
        let (_language, text) = rest.split_once('\'')?;
        let text = normal::decode(text).into_owned();
        charset.eq_ignore_ascii_case("utf-8").then_some(text)
    });
    long.or_else(|| parameter(header, name))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parsed(content_type: &str, body: &str) -> Result<Vec<FormPart>, MultipartError> {
        parse(content_type, &Bytes::copy_from_slice(body.as_bytes()))
    }

    /// The bodies of a form whose boundary is `b`.
    fn bodies(body: &str) -> Vec<String> {
        let parts = parsed("multipart/form-data; boundary=b", body).unwrap();
        parts
            .into_iter()
            .map(|part| String::from_utf8_lossy(&part.body).into_owned())
            .collect()
    }

    fn one(head: &str) -> FormPart {
        parsed(
            "multipart/form-data; boundary=b",
            &format!("--b\r\n{head}\r\n\r\nbody\r\n--b--"),
        )
        .unwrap()
        .remove(0)
    }

    fn error(content_type: &str, body: &str) -> String {
        parsed(content_type, body).unwrap_err().to_string()
    }

    #[test]
    fn reads_fields_and_files() {
        let body = "--x y\r\ncontent-disposition: form-data; name=\"title\"\r\n\r\nhello\r\n--x y\r\n\
            Content-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\n\r\n--x y--\r\n";
        let parts = parsed("Multipart/Form-Data; charset=utf-8; boundary=\"x y\"", body).unwrap();
        assert_eq!(parts.len(), 2);
        assert_eq!(
            (parts[0].name.as_deref(), parts[0].file_name.as_deref()),
            (Some("title"), None)
        );
        assert_eq!(
            (&parts[0].body[..], &parts[1].body[..]),
            (&b"hello"[..], &b""[..])
        );
        assert_eq!(
            (
                parts[1].file_name.as_deref(),
                parts[1].content_type.as_deref()
            ),
            (Some("a.txt"), Some("text/plain"))
        );
        assert_eq!(parts[1].headers["content-type"], "text/plain");
    }

    #[test]
    fn preamble_and_epilogue_are_ignored() {
        assert_eq!(
            bodies(
                "before\r\n--bx\r\n\r\n--b\r\n\r\n1\r\n--b\t \r\n\r\n2\r\n--b--  \r\nafter\r\n--b\r\n"
            ),
            ["1", "2"]
        );
        assert!(bodies("--b--").is_empty());
        assert!(bodies("--b--\r\n").is_empty());
        assert!(bodies("\r\n--b--").is_empty());
    }

    #[test]
    fn a_body_may_look_like_anything() {
        assert_eq!(bodies("--b\r\n\r\n\r\n\r\n--b--"), ["\r\n"]);
        assert_eq!(
            bodies("--b\r\n\r\nx--b\r\n--bb\r\n\r\n--b-\r\n\n--b\n\r--b--\r\n--b--"),
            ["x--b\r\n--bb\r\n\r\n--b-\r\n\n--b\n\r--b--"]
        );
        assert_eq!(
            bodies("--b\r\na: b\r\n\r\nx: y\r\n\r\nz\r\n--b--"),
            ["x: y\r\n\r\nz"]
        );
    }

    #[test]
    fn empty_parts() {
        assert_eq!(bodies("--b\r\n\r\n\r\n--b--"), [""]);
        assert_eq!(bodies("--b\r\na: b\r\n\r\n\r\n--b--"), [""]);
        assert_eq!(bodies("--b\r\na: b\r\n\r\n--b--"), [""]);
        assert_eq!(bodies("--b\r\n\r\n--b--"), [""]);
        assert_eq!(bodies("--b\r\n--b--"), [""]);
    }

    #[test]
    fn names_of_files() {
        for (parameters, name) in [
            ("filename=\"a \\\"b\\\".txt\"", "a \"b\".txt"),
            ("filename=\"a%22b.txt\"", "a%22b.txt"),
            ("filename=\"naïve.txt\"", "naïve.txt"),
            ("filename=plain.txt", "plain.txt"),
            ("filename=\"a;b.txt\"", "a;b.txt"),
            ("filename=\"C:\\dir\\a.txt\"", "C:\\dir\\a.txt"),
            ("filename=\"\"", ""),
            (
                "filename=\"ascii.txt\"; filename*=UTF-8''na%C3%AFve+1%26.txt",
                "naïve+1&.txt",
            ),
            ("filename*=utf-8'en'%e2%82%ac", "€"),
            ("filename*=klingon''x; filename=y", "y"),
        ] {
            let part = one(&format!(
                "content-disposition: form-data; name=f; {parameters}"
            ));
            assert_eq!(part.file_name.as_deref(), Some(name), "{parameters}");
            assert_eq!(part.name.as_deref(), Some("f"));
        }
        assert_eq!(
            one("content-disposition: form-data; name*=utf-8''%C3%A9")
                .name
                .as_deref(),
            Some("é")
        );
        assert_eq!(one("content-id: <1>").name, None);
    }

    #[test]
    fn headers_may_be_folded_and_repeated() {
        let part = one("content-disposition: form-data;\r\n\tname=\"f\"\r\nx: 1\r\nX: 2");
        assert_eq!(part.name.as_deref(), Some("f"));
        assert_eq!(part.headers.get_all("x").iter().count(), 2);
    }

    #[test]
    fn errors_say_what_is_wrong() {
        let form = "multipart/form-data; boundary=b";
        for (content_type, body, text) in [
            (
                "application/json; boundary=b",
                "",
                "the content-type is `application/json`, not multipart",
            ),
            (
                "multipart/form-data",
                "--b--",
                "the content-type names no boundary",
            ),
            (
                "multipart/form-data; boundary=\"\"",
                "--b--",
                "the content-type names no boundary",
            ),
            (
                form,
                "",
                "the boundary `--b` of the content-type is not in the body",
            ),
            (
                form,
                "--c\r\n\r\nx\r\n--c--",
                "the boundary `--b` of the content-type is not in the body",
            ),
            (
                form,
                "--b\n\nx\n--b--",
                "the lines around the boundary `--b` end in LF: a multipart body needs CRLF",
            ),
            (
                form,
                "--b",
                "the body ends within part 1: its closing boundary is missing",
            ),
            (
                form,
                "--b\r\n\r\nx",
                "the body ends within part 1: its closing boundary is missing",
            ),
            (
                form,
                "--b\r\n\r\nx\r\n--b\r\n",
                "the body ends within part 2: its closing boundary is missing",
            ),
            (
                form,
                "--b\r\n\r\nx\r\n--b-",
                "the body ends within part 1: its closing boundary is missing",
            ),
            (
                form,
                "--b\r\na: b\r\n--b--",
                "the headers of part 1 have no empty line after them",
            ),
            (
                form,
                "--b\r\nno header\r\n\r\n\r\n--b--",
                "part 1 has a line that is no header: `no header`",
            ),
            (
                form,
                "--b\r\nbad name: x\r\n\r\n\r\n--b--",
                "part 1 has a line that is no header: `bad name: x`",
            ),
        ] {
            assert_eq!(error(content_type, body), text, "{body:?}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_panic(body: Vec<u8>, header in ".{0,20}") {
            let body = Bytes::from(body);
            let _ = parse("multipart/mixed; boundary=b", &body);
            let _ = parse(&header, &body);
            let _ = parse(&format!("multipart/{header}; boundary=b"), &body);
        }

        #[test]
        fn nothing_that_looks_like_multipart_panics(pieces in prop::collection::vec("\r\n|--b|--|b|a: c|\r|\n| |:", 0..20)) {
            let _ = parse("multipart/mixed; boundary=b", &Bytes::from(pieces.concat()));
        }

        #[test]
        fn any_bodies_come_back(bodies in prop::collection::vec("[\r\nb-]{0,12}", 0..4)) {
            let mut text: String = bodies.iter().map(|body| format!("--bound\r\n\r\n{body}\r\n")).collect();
            text.push_str("--bound--");
            let parts = parsed("multipart/mixed; boundary=bound", &text).unwrap();
            let found: Vec<_> = parts.iter().map(|part| String::from_utf8_lossy(&part.body).into_owned()).collect();
            prop_assert_eq!(found, bodies);
        }
    }
}
