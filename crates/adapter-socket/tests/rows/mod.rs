//! The rows.

mod counted;

use std::io;
use std::sync::LazyLock;
use std::thread;

use standin_core::Engine;
use tokio::runtime::Runtime;

use crate::clients::{get, get_with_timeout};
use crate::past_libc;
use counted::{Answer, Counts, REQUESTS, Table, URL, row, row_with, times};

const HOST: &str = "api.standin.test:80";
const LITERAL: &str = "192.0.2.7:80";

fn plainly() -> Answer {
    get(HOST, "/whose").map_err(|error: io::Error| error.to_string())
}

async fn by_reqwest() -> Answer {
    let reply = reqwest::get(URL)
        .await
        .map_err(|error| format!("{error:?}"))?;
    reply.text().await.map_err(|error| format!("{error:?}"))
}

fn by_ureq(agent: &ureq::Agent) -> Answer {
    let mut reply = agent.get(URL).call().map_err(|error| error.to_string())?;
    reply
        .body_mut()
        .read_to_string()
        .map_err(|error| error.to_string())
}

async fn spawned(engine: Option<Engine>) -> Vec<Answer> {
    let mut tasks = Vec::new();
    for _ in 0..REQUESTS {
        tasks.push(match &engine {
            Some(engine) => tokio::spawn(engine.attach(by_reqwest())),
            None => tokio::spawn(by_reqwest()),
        });
    }
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.unwrap_or_else(|error| Err(error.to_string())));
    }
    answers
}

fn current_thread() -> Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().expect("a runtime")
}

fn multi_thread() -> Runtime {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime")
}

fn in_pool(pool: &rayon::ThreadPool) -> Vec<Answer> {
    let (answers, arrived) = std::sync::mpsc::channel();
    pool.scope(|scope| {
        for _ in 0..REQUESTS {
            let answers = answers.clone();
            scope.spawn(move |_| answers.send(plainly()).expect("somebody listens"));
        }
    });
    drop(answers);
    arrived.into_iter().collect()
}

fn in_global_pool(engine: Option<&Engine>) -> Vec<Answer> {
    let (answers, arrived) = std::sync::mpsc::channel();
    for _ in 0..REQUESTS {
        let answers = answers.clone();
        let work = move || answers.send(plainly()).expect("somebody listens");
        match engine {
            Some(engine) => rayon::spawn(engine.attach(work)),
            None => rayon::spawn(work),
        }
    }
    drop(answers);
    arrived.into_iter().collect()
}

/// A resolver that the tests share, and whose answers they take to connect from anywhere.
fn by_address_on_a_shared_thread(_: &Engine) -> Vec<Answer> {
    use std::net::ToSocketAddrs;
    times(|_| {
        let address = HOST.to_socket_addrs().map_err(|error| error.to_string())?;
        let address = address.into_iter().next().ok_or("no address")?.to_string();
        let (answer, arrived) = std::sync::mpsc::channel();
        rayon::spawn(move || {
            let got = get(&address, "/whose").map_err(|error| error.to_string());
            answer.send(got).expect("somebody listens");
        });
        arrived.recv().map_err(|error| error.to_string())?
    })
}

static RUNTIME: LazyLock<Runtime> = LazyLock::new(multi_thread);
static CELL: once_cell::sync::OnceCell<Runtime> = once_cell::sync::OnceCell::new();
static AGENT: LazyLock<ureq::Agent> = LazyLock::new(ureq::Agent::new_with_defaults);
static CLIENT: LazyLock<reqwest::Client> = LazyLock::new(reqwest::Client::new);

async fn by_static_client() -> Answer {
    let reply = CLIENT
        .get(URL)
        .send()
        .await
        .map_err(|error| format!("{error:?}"))?;
    reply.text().await.map_err(|error| format!("{error:?}"))
}

/// On threads that the runtime starts where a test asks for one, and then keeps for the next.
fn blocked(engine: Option<&Engine>) -> Vec<Answer> {
    let asked: Vec<_> = (0..REQUESTS)
        .map(|_| match engine {
            Some(engine) => RUNTIME.spawn_blocking(engine.attach(plainly)),
            None => RUNTIME.spawn_blocking(plainly),
        })
        .collect();
    let answered = |asked: tokio::task::JoinHandle<Answer>| {
        let answered = RUNTIME.block_on(asked);
        answered.unwrap_or_else(|error| Err(error.to_string()))
    };
    asked.into_iter().map(answered).collect()
}

fn by_smol(authority: &str) -> Answer {
    let got = async_io::block_on(past_libc::get(authority, "/whose"));
    got.map_err(|error| error.to_string())
}

/// Runs every row and prints the table; whether none had a wrong answer, and those that can have all right had.
pub(crate) fn run(is_sealed: bool) -> bool {
    let mut table = Table::default();
    let mut said = |name: &str, is_all: bool, counts: Counts| table.say(name, is_all, counts);

    said("the test's thread", true, row(|_| times(|_| plainly())));
    said(
        "the test's thread, connecting with a timeout",
        true,
        row(|_| times(|_| get_with_timeout(HOST, "/whose").map_err(|error| error.to_string()))),
    );
    said(
        "std::thread",
        true,
        row(|_| {
            let threads: Vec<_> = (0..REQUESTS).map(|_| thread::spawn(plainly)).collect();
            threads
                .into_iter()
                .map(|thread| thread.join().expect("no panic"))
                .collect()
        }),
    );
    said(
        "a thread of a thread",
        true,
        row(|_| {
            times(|_| {
                let outer = thread::spawn(|| thread::spawn(plainly).join().expect("no panic"));
                outer.join().expect("no panic")
            })
        }),
    );
    said(
        "current_thread",
        true,
        row(|_| current_thread().block_on(spawned(None))),
    );
    said(
        "current_thread, blocked by a client with a timeout",
        true,
        row(|_| {
            current_thread().block_on(async {
                times(|_| get_with_timeout(HOST, "/whose").map_err(|error| error.to_string()))
            })
        }),
    );
    said(
        "multi_thread, spawned",
        true,
        row(|_| multi_thread().block_on(spawned(None))),
    );
    said("multi_thread that is older than the engine", true, {
        std::thread_local! {
            static OLDER: std::cell::OnceCell<Runtime> = const { std::cell::OnceCell::new() };
        }
        let before = |_| OLDER.with(|older| drop(older.set(multi_thread())));
        row_with(before, |_| {
            OLDER.with(|older| older.get().expect("made before").block_on(spawned(None)))
        })
    });
    said(
        "reqwest::blocking",
        true,
        row(|_| {
            times(|_| {
                let reply = reqwest::blocking::get(URL).map_err(|error| format!("{error:?}"))?;
                reply.text().map_err(|error| format!("{error:?}"))
            })
        }),
    );
    said(
        "a rayon pool of its own",
        true,
        row(|_| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(2)
                .build()
                .expect("a pool");
            in_pool(&pool)
        }),
    );
    said(
        "a static ureq agent",
        true,
        row(|_| times(|_| by_ureq(&AGENT))),
    );
    said(
        "a static reqwest client",
        false,
        row(|_| {
            let runtime = current_thread();
            times(|_| runtime.block_on(by_static_client()))
        }),
    );
    said("rayon's global pool", false, row(|_| in_global_pool(None)));
    said(
        "rayon's global pool, attached",
        true,
        row(|engine| in_global_pool(Some(engine))),
    );
    said(
        "an address resolved by the test, in rayon's pool",
        true,
        row(by_address_on_a_shared_thread),
    );
    said(
        "a static runtime, spawned",
        false,
        row(|_| RUNTIME.block_on(spawned(None))),
    );
    said(
        "a static runtime, its pool for what blocks",
        false,
        row(|_| blocked(None)),
    );
    said(
        "a static runtime, its pool for what blocks, attached",
        true,
        row(|engine| blocked(Some(engine))),
    );
    said(
        "a static runtime, where some block and some spawn",
        false,
        row(|_| {
            let mut answers = times(|_| RUNTIME.block_on(by_reqwest()));
            answers.truncate(REQUESTS / 2);
            let spawned = RUNTIME.block_on(spawned(None));
            answers.extend(spawned.into_iter().take(REQUESTS / 2));
            answers
        }),
    );
    said(
        "a static runtime, attached",
        true,
        row(|engine| RUNTIME.block_on(spawned(Some(engine.clone())))),
    );
    said(
        "a runtime in a OnceCell, spawned",
        false,
        row(|_| CELL.get_or_init(multi_thread).block_on(spawned(None))),
    );
    // Without the seal nobody sees it connect: by name it reaches nothing where several tests mock the name.
    said(
        "smol, by name",
        is_sealed,
        row(|_| times(|_| by_smol(HOST))),
    );
    if is_sealed {
        said(
            "smol, by a literal address",
            true,
            row(|_| times(|_| by_smol(LITERAL))),
        );
        said(
            "smol, by a literal address, on a thread of its own",
            true,
            row(|_| {
                let work = || times(|_| by_smol(LITERAL));
                thread::spawn(work).join().expect("no panic")
            }),
        );
    }
    table.is_fine()
}
