//! ureq blocks the thread that it is called in, which may be a runtime's only one.

use std::time::Duration;

use standin::prelude::*;

const URL: &str = "https://x.io/slow";

#[tokio::test(start_paused = true)]
async fn in_an_async_test_a_delay_is_real_and_ends() {
    let _net = standin::activate();
    let delay = Duration::from_millis(30);
    mock::get(URL).reply(reply(200).delay(delay).body("slow"));
    let mut response = standin::ureq::agent().get(URL).call().expect("answered");
    let said = response.body_mut().read_to_string().expect("text");
    assert_eq!(said, "slow");
}

#[tokio::test]
async fn an_async_closure_has_the_runtime_of_its_caller() {
    let net = standin::activate();
    mock::get(URL).reply(async |_: Request| {
        tokio::time::sleep(Duration::from_millis(1)).await;
        "awaited"
    });
    let ask = || {
        standin::ureq::agent()
            .get(URL)
            .call()?
            .body_mut()
            .read_to_string()
    };
    let asked = tokio::task::spawn_blocking(net.attach(ask)).await;
    assert_eq!(asked.expect("no panic").expect("answered"), "awaited");
}
