//! Who asks the servers? One plain `reqwest::Client` without TLS, kept alive, on a current-thread runtime of its own, as a test has it.

use std::future::Future;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};

/// A client and its runtime.
pub struct Client {
    pub runtime: Runtime,
    pub http: reqwest::Client,
}

impl Client {
    pub fn new() -> Self {
        let http = reqwest::Client::builder()
            .no_proxy()
            .build()
            .expect("a client without TLS can be built");
        Self {
            runtime: runtime(),
            http,
        }
    }

    /// One that connects for each request.
    pub fn without_pool() -> Self {
        let http = reqwest::Client::builder()
            .no_proxy()
            .pool_max_idle_per_host(0);
        Self {
            runtime: runtime(),
            http: http.build().expect("a client without TLS can be built"),
        }
    }

    /// GETs `url` and reads the whole answer, `n` times; each must be a 200.
    pub fn get(&self, url: &str, n: u64) {
        self.runtime.block_on(async {
            for _ in 0..n {
                let response = self.http.get(url).send().await.expect("the server answers");
                assert_eq!(response.status(), 200, "{url}");
                response.bytes().await.expect("the body arrives");
            }
        });
    }
}

/// A current-thread runtime.
pub fn runtime() -> Runtime {
    Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime can be built")
}

/// Waits for `future` on a runtime of the thread's own; for set-up.
pub fn wait<T>(future: impl Future<Output = T>) -> T {
    static SET_UP: LazyLock<Runtime> = LazyLock::new(|| {
        Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime can be built")
    });
    SET_UP.block_on(future)
}

/// How long `work` takes.
pub fn time(work: impl FnOnce()) -> Duration {
    let began = Instant::now();
    work();
    began.elapsed()
}
