//! What must every dispatch do? Compare, lock, count, keep a record, answer.

use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName};
use http::{Method, Request, Response};

/// The journal keeps so many, so that a long run costs what a short one does.
pub const KEPT: usize = 10_000;

/// The URL of `Dispatch::one`.
pub const URL: &str = "https://api.x.io/users/7";

/// The request that all in-process rows send.
pub fn request(url: &str) -> Request<Bytes> {
    Request::builder()
        .method(Method::GET)
        .uri(url)
        .body(Bytes::new())
        .expect("a valid request")
}

/// The answer that all in-process rows give.
pub fn answer(body: Bytes) -> Response<Bytes> {
    Response::builder()
        .status(200)
        .header(CONTENT_TYPE, "text/plain")
        .body(body)
        .expect("a valid response")
}

/// One mock, matched by comparing.
pub struct One {
    method: Method,
    host: &'static str,
    path: &'static str,
    body: Bytes,
    world: Mutex<World>,
}

/// What changes with each request.
#[derive(Default)]
struct World {
    count: u64,
    journal: VecDeque<Record>,
}

/// A request as it is kept: copied, so that it pins no read buffer.
pub struct Record {
    _method: Method,
    _url: Box<str>,
    _headers: Box<[(HeaderName, Box<[u8]>)]>,
    _body: Bytes,
}

impl Record {
    /// Copies what `request` holds.
    pub fn of(request: &Request<Bytes>) -> Self {
        let uri = request.uri();
        let (host, path) = (uri.host().unwrap_or_default(), uri.path());
        let mut url = String::with_capacity(host.len() + path.len());
        url.push_str(host);
        url.push_str(path);
        Self {
            _method: request.method().clone(),
            _url: url.into_boxed_str(),
            _headers: request
                .headers()
                .iter()
                .map(|(name, value)| (name.clone(), value.as_bytes().into()))
                .collect(),
            _body: request.body().clone(),
        }
    }
}

impl World {
    fn keep(&mut self, record: Record) {
        self.count += 1;
        if self.journal.len() == KEPT {
            self.journal.pop_front();
        }
        self.journal.push_back(record);
    }
}

impl One {
    pub fn new() -> Self {
        Self {
            method: Method::GET,
            host: "api.x.io",
            path: "/users/7",
            body: Bytes::from_static(b"ok"),
            world: Mutex::default(),
        }
    }

    /// Answers `request`, or says that it does not match.
    pub fn serve(&self, request: &Request<Bytes>) -> Option<Response<Bytes>> {
        let uri = request.uri();
        if request.method() != self.method
            || uri.host() != Some(self.host)
            || uri.path() != self.path
        {
            return None;
        }
        let record = Record::of(request);
        self.world.lock().expect("nothing panics").keep(record);
        Some(answer(self.body.clone()))
    }
}

/// Many mocks, found by hashing host and path; what is not found is a miss, which is kept as well.
pub struct Many {
    mocks: HashMap<(String, String), Bytes>,
    world: Mutex<World>,
}

impl Many {
    pub fn new() -> Self {
        Self {
            mocks: HashMap::new(),
            world: Mutex::default(),
        }
    }

    /// Adds a mock for exactly this URL.
    pub fn add(&mut self, url: &str) {
        let uri: http::Uri = url.parse().expect("a valid URL");
        let key = (
            uri.host().unwrap_or_default().to_owned(),
            uri.path().to_owned(),
        );
        self.mocks.insert(key, Bytes::from_static(b"ok"));
    }

    /// Answers `request`, or says that none matches.
    pub fn serve(&self, request: &Request<Bytes>) -> Option<Response<Bytes>> {
        let uri = request.uri();
        let found = self
            .mocks
            .get(&(
                uri.host().unwrap_or_default().to_owned(),
                uri.path().to_owned(),
            ))
            .cloned();
        let record = Record::of(request);
        self.world.lock().expect("nothing panics").keep(record);
        found.map(answer)
    }
}

/// One-use mocks on one URL, first in, first out.
pub struct Queue {
    world: Mutex<(World, VecDeque<Bytes>)>,
}

impl Queue {
    pub fn new(uses: usize) -> Self {
        let replies = (0..uses).map(|_| Bytes::from_static(b"ok")).collect();
        Self {
            world: Mutex::new((World::default(), replies)),
        }
    }

    /// Answers `request` with the next reply.
    pub fn serve(&self, request: &Request<Bytes>) -> Option<Response<Bytes>> {
        let record = Record::of(request);
        let mut guard = self.world.lock().expect("nothing panics");
        let reply = guard.1.pop_front();
        guard.0.keep(record);
        drop(guard);
        reply.map(answer)
    }
}
