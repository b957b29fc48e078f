//! A request in few bytes: one allocation for method, URI and headers, so that an entry costs what the request holds.
//!
//! A recorded `HeaderMap` would cost a kilobyte, and pin the buffer that the client's HTTP library read it from.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, Version};

use crate::journal::digest::Digest;
use crate::request::Request;
use crate::request_ref::RequestRef;
use crate::url::UrlRef;

/// Bodies up to this length are copied out of the buffer that they came in.
pub(crate) const COPIED: usize = 4096;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Record {
    head: Box<[u8]>,
    /// Most requests have none.
    payload: Option<Box<Payload>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Payload {
    body: Bytes,
    cut: Option<Cut>,
}

/// What is known of a body that is not here whole.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Cut {
    /// Of the whole body, in bytes.
    pub(crate) length: usize,
    /// Of the whole body, where somebody had looked at all of it.
    pub(crate) digest: Option<Digest>,
}

impl Record {
    /// Of a request, whose body is kept up to `bound` bytes.
    pub(crate) fn of(request: &Request, bound: usize) -> Self {
        let mut record = Self::of_ref(&RequestRef {
            method: request.method(),
            url: UrlRef::of_uri(request.uri()),
            version: request.version(),
            headers: request.headers(),
            body: &[],
        });
        let body = request.body();
        if body.len() > bound {
            let cut = Cut {
                length: body.len(),
                digest: Some(Digest::of(body)),
            };
            // A slice would keep the whole.
            record.set_body(Bytes::copy_from_slice(&body[..bound]), Some(cut));
        } else if !body.is_empty() {
            record.set_body(body.clone(), None);
        }
        record
    }

    /// Of a request that is only looked at, with all of its body.
    #[inline]
    pub(crate) fn of_ref(request: &RequestRef<'_>) -> Self {
        let url = &request.url;
        let url_len = url.len();
        let known = METHODS.iter().position(|method| method == request.method);
        let mut length = 1 + prefix_len(url_len) + url_len;
        if known.is_none() {
            let method = request.method.as_str().len();
            length += prefix_len(method) + method;
        }
        for (name, value) in request.headers {
            let (name, value) = (name.as_str().len(), value.len());
            length += prefix_len(name) + name + prefix_len(value) + value;
        }
        let mut head = Vec::with_capacity(length);
        let method = known.unwrap_or(METHODS.len()) as u8;
        head.push(method << METHOD_SHIFT | version_number(request.version));
        if known.is_none() {
            push(&mut head, request.method.as_str().as_bytes());
        }
        push_length(&mut head, url_len);
        url.write(&mut head);
        for (name, value) in request.headers {
            push(&mut head, name.as_str().as_bytes());
            push(&mut head, value.as_bytes());
        }
        let mut record = Self {
            head: head.into_boxed_slice(),
            payload: None,
        };
        if !request.body.is_empty() {
            record.set_body(Bytes::copy_from_slice(request.body), None);
        }
        record
    }

    pub(crate) fn set_body(&mut self, body: Bytes, cut: Option<Cut>) {
        let body = match body.len() {
            0 if cut.is_none() => {
                self.payload = None;
                return;
            }
            0..=COPIED => Bytes::copy_from_slice(&body),
            _ => body,
        };
        self.payload = Some(Box::new(Payload { body, cut }));
    }

    pub(crate) fn body(&self) -> &Bytes {
        static NONE: Bytes = Bytes::new();
        self.payload.as_ref().map_or(&NONE, |payload| &payload.body)
    }

    /// What is known of a body that is not here whole.
    pub(crate) fn cut(&self) -> Option<&Cut> {
        self.payload.as_ref()?.cut.as_ref()
    }

    /// Lets go of the body, of which its length is kept; `None` where there is none.
    pub(crate) fn take_body(&mut self) -> Option<Bytes> {
        let payload = self.payload.as_mut()?;
        let length = payload.body.len();
        if length == 0 {
            return None;
        }
        payload.cut.get_or_insert(Cut {
            length,
            digest: None,
        });
        Some(std::mem::take(&mut payload.body))
    }

    /// The request again. What was recorded was a request, so every part of it can be made.
    pub(crate) fn request(&self) -> Request {
        let mut fields = Fields(&self.head[1..]);
        let method = match METHODS.get(usize::from(self.head[0] >> METHOD_SHIFT)) {
            Some(known) => known.clone(),
            None => Method::from_bytes(fields.next().unwrap_or_default()).unwrap_or_default(),
        };
        let uri = Uri::try_from(fields.next().unwrap_or_default()).unwrap_or_default();
        let mut headers = HeaderMap::new();
        while let (Some(name), Some(value)) = (fields.next(), fields.next()) {
            if let (Ok(name), Ok(value)) =
                (HeaderName::from_bytes(name), HeaderValue::from_bytes(value))
            {
                headers.append(name, value);
            }
        }
        Request::from_parts(
            method,
            uri,
            version_of(self.head[0] & ((1 << METHOD_SHIFT) - 1)),
            headers,
            self.body().clone(),
        )
    }
}

/// In the first byte; what is none of them is written out.
const METHODS: [Method; 9] = [
    Method::GET,
    Method::POST,
    Method::PUT,
    Method::DELETE,
    Method::PATCH,
    Method::HEAD,
    Method::OPTIONS,
    Method::CONNECT,
    Method::TRACE,
];

/// Where the method stands in the first byte, above the version.
const METHOD_SHIFT: u32 = 3;

const VERSIONS: [Version; 5] = [
    Version::HTTP_09,
    Version::HTTP_10,
    Version::HTTP_11,
    Version::HTTP_2,
    Version::HTTP_3,
];

fn version_number(version: Version) -> u8 {
    VERSIONS
        .iter()
        .position(|known| *known == version)
        .unwrap_or(2) as u8
}

fn version_of(byte: u8) -> Version {
    VERSIONS.get(usize::from(byte)).copied().unwrap_or_default()
}

/// Lengths are written in groups of seven bits, the lowest first.
fn prefix_len(length: usize) -> usize {
    if length < 0x80 {
        1
    } else {
        1 + (length.ilog2() / 7) as usize
    }
}

fn push(out: &mut Vec<u8>, field: &[u8]) {
    push_length(out, field.len());
    out.extend_from_slice(field);
}

#[inline]
fn push_length(out: &mut Vec<u8>, mut length: usize) {
    while length >= 0x80 {
        out.push(length as u8 | 0x80);
        length >>= 7;
    }
    out.push(length as u8);
}

struct Fields<'r>(&'r [u8]);

impl<'r> Iterator for Fields<'r> {
    type Item = &'r [u8];

    fn next(&mut self) -> Option<&'r [u8]> {
        let (mut length, mut shift) = (0_usize, 0);
        loop {
            let (&byte, rest) = self.0.split_first()?;
            self.0 = rest;
            length |= usize::from(byte & 0x7f) << shift;
            shift += 7;
            if byte & 0x80 == 0 {
                break;
            }
        }
        let (field, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_gives_the_request_again() {
        let long = "v".repeat(20_000);
        let request = Request::post("https://x.io:8443/a%20b?q=1&q=2")
            .with_header("x-a", "1")
            .with_header("x-a", "2")
            .with_header("x-obs", [0xff, 0xfe])
            .with_header("x-long", &long)
            .with_body("hello");
        let again = Record::of(&request, 100).request();
        assert_eq!(again.method(), request.method());
        assert_eq!(again.uri(), request.uri());
        assert_eq!(again.headers(), request.headers());
        assert_eq!(again.body(), request.body());
    }

    #[test]
    fn origin_and_authority_forms_are_kept() {
        for text in ["/only/path?x", "x.io:443", "*", "https://x.io"] {
            let request = Request::get(text).with_header("host", "x.io");
            assert_eq!(
                Record::of(&request, 0).request().uri(),
                request.uri(),
                "{text}"
            );
        }
    }

    #[test]
    fn a_small_get_costs_what_it_holds() {
        let request = Request::get("https://api.github.com/users/7")
            .with_header("accept", "application/json");
        assert!(Record::of(&request, 0).head.len() < 70);
    }

    #[test]
    fn of_a_long_body_its_beginning_length_and_digest_are_kept() {
        let request = Request::post("https://x.io").with_body("hello");
        assert_eq!(Record::of(&request, 5).cut(), None);
        let mut record = Record::of(&request, 2);
        assert_eq!(record.request().body(), "he");
        let cut = Cut {
            length: 5,
            digest: Some(Digest::of(b"hello")),
        };
        assert_eq!(record.cut(), Some(&cut));
        assert_eq!(record.take_body().as_deref(), Some(&b"he"[..]));
        assert_eq!(record.take_body(), None);
        assert_eq!((record.body().len(), record.cut()), (0, Some(&cut)));
    }
}
