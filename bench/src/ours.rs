//! standin's part of each row: how it does what the floor and the peers do. `None` until it can; then the row prints its ratio and whether
//! its promise holds. The requests and the declarations are those of the floors: `floors::dispatch` and `rows::scaling` have them.

use std::hint::black_box;
use std::rc::Rc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, Response, Uri};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1;
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use standin_core::prelude::*;
use standin_core::{Engine, Outcome, OwnedEngine, RequestRef, Step};
use standin_wire::{Listener, MemoryStream, Origin, Seat};
use tokio::runtime::Runtime;
use tower::Service as _;

use crate::client::{Client, runtime};
use crate::floors::dispatch::{URL, request};
use crate::row::{Start, Work, start};
use crate::rows::dispatch::in_chunks;
use crate::rows::interception::{Asking, Asks};
use crate::rows::latency::asking;
use crate::rows::memory::{REQUESTS, per_entry};
use crate::rows::scaling::{
    MIXED_MISS, exact as exact_path, exact_url, mixed, regex, regex_request,
};
use crate::rows::starting::{Part, timed};

/// The journal keeps as many calls as the floor's does.
const KEPT: usize = 10_000;

fn engine() -> OwnedEngine {
    let engine = Engine::new().lenient();
    engine.keep_calls(KEPT);
    engine
}

/// What is decided without taking the request, as an in-process adapter asks first; carried out as the floor does: a response is built.
fn serve_at_once(engine: &Engine, request: &Request<Bytes>) -> Option<Response<Bytes>> {
    let reply = engine.reply_at_once(&RequestRef::of(request, request.body()))?;
    Some(reply.head().with_body(reply.as_body().to_bytes()))
}

/// The same, with all that may have to be done about a request.
fn serve(engine: &Engine, request: Request<Bytes>) -> Option<Response<Bytes>> {
    if let Some(response) = serve_at_once(engine, &request) {
        return Some(response);
    }
    match engine.admit_whole(request.into()).immediate().step() {
        Step::Decided(Outcome::Reply(answered)) => {
            let response = answered
                .reply
                .head()
                .with_body(answered.reply.as_body().to_bytes());
            answered.ticket.settle();
            Some(response)
        }
        Step::Decided(Outcome::Unmatched(unmatched)) => {
            black_box(unmatched);
            None
        }
        other => panic!("{other:?}"),
    }
}

/// One engine with these mocks, all persistent, asked for `url`.
fn among(declared: impl Iterator<Item = String>, url: String) -> Option<Start> {
    let declared: Vec<String> = declared.collect();
    Some(start(move || {
        let engine = engine();
        for url in &declared {
            engine.get(url).persist().optional().reply("ok");
        }
        Work::repeat(move || serve(&engine, request(&url)))
    }))
}

/// `dispatch/prepared`: an engine with one persistent mock, `rows::dispatch::in_chunks` around the decision; the request is dropped after it, as
/// the floor's is.
pub fn dispatch_prepared() -> Option<Start> {
    Some(start(|| {
        let engine = engine();
        engine.get(URL).persist().optional().reply("ok");
        Work::timed(move |n| {
            in_chunks(
                n,
                || request(URL),
                |request| serve_at_once(&engine, request).expect("a prepared reply"),
            )
        })
    }))
}

/// `dispatch/built`: `floors::dispatch::request(URL)` and `serve`.
pub fn dispatch_built() -> Option<Start> {
    among(std::iter::once(URL.to_owned()), URL.to_owned())
}

/// `dispatch/life`: a new engine, one mock, one `serve`, verify, drop.
pub fn life() -> Option<Start> {
    Some(start(|| {
        Work::repeat(|| {
            let engine = Engine::new();
            engine.get(URL).reply("ok");
            serve(&engine, request(URL))
        })
    }))
}

/// `latency/middleware`: reqwest-middleware with standin's terminal middleware.
pub fn middleware() -> Option<Start> {
    Some(start(|| {
        let engine = engine();
        engine.get(URL).persist().optional().reply("ok");
        let mut get = asking(standin::reqwest::middleware_for(&engine));
        Ok(Work::Repeat(Box::new(move |n| {
            let _running = &engine;
            get(n);
        })))
    }))
}

fn chain(middleware: standin::reqwest::Middleware) -> ClientWithMiddleware {
    ClientBuilder::new(Client::new().http)
        .with(middleware)
        .build()
}

async fn get(client: &ClientWithMiddleware) {
    let response = client.get(URL).send().await.expect("the mock answers");
    response.bytes().await.expect("the body is there");
}

/// `latency/tower`: standin's service.
pub fn tower() -> Option<Start> {
    Some(start(|| {
        let engine = engine();
        engine.get(URL).persist().optional().reply("ok");
        let mut service = standin::tower::service_for(&engine);
        let runtime = runtime();
        Ok(Work::Repeat(Box::new(move |n| {
            let _running = &engine;
            runtime.block_on(async {
                for _ in 0..n {
                    let response = service
                        .call(request(URL).map(Full::new))
                        .await
                        .expect("the mock answers");
                    response
                        .into_body()
                        .collect()
                        .await
                        .expect("the body is there")
                        .to_bytes();
                }
            });
        })))
    }))
}

/// `latency/hyper-memory`: standin's in-memory stream under a hyper client.
pub fn hyper_memory() -> Option<Start> {
    Some(start(|| {
        let engine = answering();
        let runtime = Rc::new(runtime());
        let origin = Origin::of(&Uri::from_static("https://api.x.io"));
        let stream = MemoryStream::new(Seat::of(&engine), origin);
        let (mut sender, driver) = runtime
            .block_on(http1::handshake(stream))
            .expect("a stream in memory connects");
        runtime.spawn(driver);
        Ok(Work::Repeat(Box::new(move |n| {
            let _running = &engine;
            runtime.block_on(async {
                for _ in 0..n {
                    let request = Request::get("/users/7")
                        .header("host", "api.x.io")
                        .body(Full::<Bytes>::default());
                    sender.ready().await.expect("the connection is kept alive");
                    let response = sender.send_request(request.expect("a valid request")).await;
                    let body = response
                        .expect("the server answers")
                        .into_body()
                        .collect()
                        .await;
                    body.expect("the body arrives").to_bytes();
                }
            });
        })))
    }))
}

fn answering() -> OwnedEngine {
    let engine = engine();
    engine.get("/users/7").persist().optional().reply("ok");
    engine
}

/// `latency/loopback`: a listener on a thread of its own.
pub fn loopback() -> Option<Start> {
    Some(start(|| {
        let engine = answering();
        let listener = Listener::of(&engine);
        let (client, url) = (Client::new(), format!("{}/users/7", listener.url()));
        Ok(Work::Repeat(Box::new(move |n| {
            let _running = (&engine, &listener);
            client.get(&url, n);
        })))
    }))
}

/// `latency/loopback-own-runtime`: a listener on the caller's runtime.
pub fn loopback_callers_runtime() -> Option<Start> {
    Some(start(|| {
        let engine = answering();
        let client = Client::new();
        let listener = client.runtime.block_on(async { Listener::of(&engine) });
        let url = format!("{}/users/7", listener.url());
        Ok(Work::Repeat(Box::new(move |n| {
            let _running = (&engine, &listener);
            client.get(&url, n);
        })))
    }))
}

/// `scaling/exact`: `n` mocks of `exact_url(i)`, the last one asked for.
pub fn exact(n: usize) -> Option<Start> {
    among((0..n).map(exact_url), exact_url(n - 1))
}

/// `scaling/mixed-hit`: `n` mocks of `mixed(i).declared`, the last one's `requested` asked for.
pub fn mixed_hit(n: usize) -> Option<Start> {
    among((0..n).map(|i| mixed(i).declared), mixed(n - 1).requested)
}

/// `scaling/mixed-miss`: the same mocks, `MIXED_MISS` asked for.
pub fn mixed_miss(n: usize) -> Option<Start> {
    among((0..n).map(|i| mixed(i).declared), MIXED_MISS.to_owned())
}

/// `scaling/regex`: `n` mocks with `regex(i)` for the path, `regex_request(n - 1)` asked for.
pub fn regexes(n: usize) -> Option<Start> {
    Some(start(move || {
        let engine = engine();
        for i in 0..n {
            engine
                .get("https://api.x.io")
                .path(re(&regex(i)))
                .persist()
                .optional()
                .reply("ok");
        }
        let url = format!("https://api.x.io{}", regex_request(n - 1));
        Work::repeat(move || serve(&engine, request(&url)))
    }))
}

/// `scaling/one-use`: `n` one-use mocks of `exact_url(0)`, used up; the time of each use.
pub fn one_use(n: usize) -> Option<Start> {
    Some(start(move || {
        Work::timed(move |rounds| {
            let mut took = Duration::ZERO;
            for _ in 0..rounds {
                let engine = engine();
                for _ in 0..n {
                    engine.get(exact_url(0)).reply("ok");
                }
                let url = exact_url(0);
                let began = Instant::now();
                for _ in 0..n {
                    black_box(serve(&engine, request(&url)));
                }
                took += began.elapsed();
            }
            took
        })
    }))
}

/// `scaling/register`: `n` mocks of `exact_url(i)` on a new engine; the time of each.
pub fn register(n: usize) -> Option<Start> {
    Some(start(move || {
        Work::timed(move |rounds| {
            let mut took = Duration::ZERO;
            for _ in 0..rounds {
                let urls: Vec<String> = (0..n).map(exact_url).collect();
                let engine = engine();
                let began = Instant::now();
                for url in &urls {
                    engine.get(url).optional().reply("ok");
                }
                took += began.elapsed();
            }
            took
        })
    }))
}

/// `scaling/loopback-exact`: as `exact`, through a listener.
pub fn loopback_exact(n: usize) -> Option<Start> {
    through_listener(exact_path(n - 1), move |engine, _| {
        for i in 0..n {
            engine.get(exact_path(i)).persist().optional().reply("ok");
        }
    })
}

/// `scaling/loopback-regex`: as `regexes`, through a listener.
pub fn loopback_regexes(n: usize) -> Option<Start> {
    through_listener(regex_request(n - 1), move |engine, url| {
        for i in 0..n {
            engine
                .get(url)
                .path(re(&regex(i)))
                .persist()
                .optional()
                .reply("ok");
        }
    })
}

/// A listener that is asked for `path`, of an engine with these mocks.
fn through_listener(path: String, declare: impl Fn(&Engine, &str) + 'static) -> Option<Start> {
    Some(start(move || {
        let engine = engine();
        let listener = Listener::of(&engine);
        declare(&engine, &listener.url());
        let (client, url) = (Client::new(), format!("{}{path}", listener.url()));
        Ok(Work::Repeat(Box::new(move |n| {
            let _running = (&engine, &listener);
            client.get(&url, n);
        })))
    }))
}

/// `scaling/loopback-one-use`: as `one_use`, through a listener.
pub fn loopback_one_use(n: usize) -> Option<Start> {
    Some(start(move || {
        let client = Client::new();
        Work::timed(move |rounds| {
            let mut took = Duration::ZERO;
            for _ in 0..rounds {
                let engine = engine();
                for _ in 0..n {
                    engine.get(exact_path(0)).reply("ok");
                }
                let listener = Listener::of(&engine);
                let url = format!("{}{}", listener.url(), exact_path(0));
                let began = Instant::now();
                client.get(&url, n as u64);
                took += began.elapsed();
                engine.verify();
            }
            took
        })
    }))
}

/// `lifetime/pooled`: activate, one mock, one GET through a kept reqwest client with standin's adapter, verify, drop.
pub fn life_through_reqwest() -> Option<Start> {
    Some(start(|| {
        let client = chain(standin::reqwest::middleware());
        let runtime = runtime();
        Work::repeat(move || {
            let _net = standin::activate();
            mock::get(URL).reply("ok");
            runtime.block_on(get(&client));
        })
    }))
}

/// `lifetime/own-server`: an engine with a listener, one mock, one GET, verify, drop.
pub fn life_with_listener() -> Option<Start> {
    Some(start(|| {
        let client = Client::new();
        Work::repeat(move || {
            let engine = Engine::new();
            engine.get("/users/7").reply("ok");
            let listener = Listener::of(&engine);
            client.get(&format!("{}/users/7", listener.url()), 1);
        })
    }))
}

/// `latency/layer`, `latency/layer-connection`: a plain reqwest client with standin's connector layer.
pub fn layer(kept: usize) -> Option<Start> {
    Some(start(move || {
        let engine = answering();
        let http = reqwest::Client::builder()
            .no_proxy()
            .pool_max_idle_per_host(kept)
            .connector_layer(standin::reqwest::layer_for(&engine))
            .build()
            .map_err(|error| error.to_string())?;
        let client = Client {
            runtime: runtime(),
            http,
        };
        Ok(Work::Repeat(Box::new(move |n| {
            let _running = &engine;
            client.get("http://api.x.io/users/7", n);
        })))
    }))
}

/// `starting/..`: a listener on the runtime of the test, which has nothing to do before the listener has ended.
pub fn starting(part: Part) -> Option<Start> {
    let (engine, runtime) = (engine(), Rc::new(runtime()));
    Some(timed(part, move || {
        let listener = runtime.block_on(async { Listener::of(&engine) });
        let url = listener.url();
        (Box::new(Ending(Some(listener), Rc::clone(&runtime))), url)
    }))
}

/// Ends a listener, and lets its runtime be rid of what served it.
struct Ending(Option<Listener>, Rc<Runtime>);

impl Drop for Ending {
    fn drop(&mut self) {
        drop(self.0.take());
        self.1.block_on(tokio::task::yield_now());
    }
}

/// `starting/..`: a listener on the thread that all of them share.
pub fn starting_on_its_thread(part: Part) -> Start {
    let engine = engine();
    timed(part, move || {
        let listener = Listener::of(&engine);
        let url = listener.url();
        (Box::new(listener), url)
    })
}

/// `interception/..`: a client that knows nothing of mocks.
pub fn intercepted(asks: Asks, to: &'static str) -> Option<Start> {
    Some(start(move || {
        standin_socket::start().map_err(|error| error.to_string())?;
        let engine = engine();
        let mock = engine.get(format!("http://{}/users/7", to.trim_end_matches(":80")));
        mock.persist().optional().reply("ok");
        let mut asking = Asking::new(asks, to.to_owned(), runtime());
        Ok(Work::Repeat(Box::new(move |n| {
            let _active = engine.activate();
            asking.run(n);
        })))
    }))
}

/// `memory/journal-entry`: `rows::memory::per_entry` around `REQUESTS` calls of `serve`, with the journal's bound raised to hold them.
pub fn journal_entry() -> Option<Start> {
    Some(start(|| {
        let engine = Engine::new();
        engine.get(URL).persist().reply("ok");
        Ok(Work::Value(per_entry(REQUESTS, |n| {
            for _ in 0..n {
                black_box(serve(&engine, request(URL)));
            }
        })))
    }))
}
