//! The first test: the engine as a user meets it.
use standin_core::prelude::*;
use standin_core::{Engine, Outcome};

#[test]
fn first() {
    let engine = Engine::new();
    engine
        .get("https://api.github.com/users/{id}")
        .times(2)
        .reply(|req: &Request| json!({"id": req.path_param("id")}));
    let orders = engine
        .post("https://x.io/orders")
        .header("authorization", re("^Bearer "))
        .json(json!({"sku": "A1"}))
        .reply((201, json!({"id": 8})));
    engine
        .get("https://x.io/slow")
        .reply(async |req: Request| req.path().to_owned());
    engine.get("https://x.io/flaky").reply([503, 503, 200]);
    engine
        .get("https://x.io/odd")
        .reply(replies![Fault::Reset, 503, json!({"ok": true})]);
    engine
        .get("https://x.io/down")
        .reply(Fault::Reset.chance(0.1).or(200));
    for id in ["7", "8"] {
        let Outcome::Reply(answered) =
            engine.serve_blocking(Request::get(format!("https://api.github.com/users/{id}")))
        else {
            panic!()
        };
        assert_eq!(
            answered.reply.as_body().to_bytes(),
            format!("{{\"id\":\"{id}\"}}")
        );
        answered.ticket.settle();
    }
    let out = engine.serve_blocking(
        Request::post("https://x.io/orders")
            .with_header("authorization", "Bearer x")
            .with_body(r#"{"sku":"A1"}"#),
    );
    assert!(matches!(out, Outcome::Reply(_)), "{out:?}");
    drop(out);
    let out = engine.serve_blocking(Request::get("https://x.io/slow"));
    assert!(matches!(out, Outcome::Reply(_)), "{out:?}");
    drop(out);
    let statuses: Vec<u16> = (0..3)
        .map(
            |_| match engine.serve_blocking(Request::get("https://x.io/flaky")) {
                Outcome::Reply(a) => a.reply.status().as_u16(),
                o => panic!("{o:?}"),
            },
        )
        .collect();
    assert_eq!(statuses, [503, 503, 200]);
    assert_eq!(orders.calls().len(), 1);
    let out = engine.serve_blocking(
        Request::post("https://x.io/orders")
            .with_header("authorization", "Bearer x")
            .with_body(r#"{"sku":"A2"}"#),
    );
    println!("{out:?}");
    drop(out);
    let _ = engine.serve_blocking(Request::get("https://x.io/fluky"));
    println!("{}", engine.report());
}
