//! The rows.

use isahc::ReadResponseExt as _;

use crate::counted::{Answer, REQUESTS, Table, URL, row, row_with, times};

fn by_isahc(asked: Result<isahc::Response<isahc::Body>, isahc::Error>) -> Answer {
    let mut reply = asked.map_err(|error| error.to_string())?;
    reply.text().map_err(|error| error.to_string())
}

async fn by_hickory(client: reqwest::Client) -> Answer {
    let reply = client.get(URL).send().await;
    let reply = reply.map_err(|error| format!("{error:?}"))?;
    reply.text().await.map_err(|error| format!("{error:?}"))
}

/// Runs every row and prints the table; whether it is fine.
pub(crate) fn run() -> bool {
    let mut table = Table::default();
    let hickory = row(|_| {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        let runtime = builder.enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let client = reqwest::Client::builder().hickory_dns(true).build();
            let client = client.expect("a client");
            let tasks: Vec<_> = (0..REQUESTS)
                .map(|_| tokio::spawn(by_hickory(client.clone())))
                .collect();
            let mut answers = Vec::new();
            for task in tasks {
                answers.push(task.await.unwrap_or_else(|error| Err(error.to_string())));
            }
            answers
        })
    });
    table.say("hickory-dns", true, hickory);
    let own = row(|_| {
        let client = isahc::HttpClient::new().expect("a client");
        times(|_| by_isahc(client.get(URL)))
    });
    table.say("a client of isahc for each test", true, own);
    let shared = row_with(|_| {}, |_| times(|_| by_isahc(isahc::get(URL))));
    table.say("isahc's one agent", false, shared);
    let attached = row(|engine| times(|_| by_isahc(engine.attach(|| isahc::get(URL))())));
    table.say("isahc's one agent, attached", false, attached);
    table.is_fine()
}
