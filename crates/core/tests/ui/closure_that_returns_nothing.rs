use standin_core::prelude::*;

fn log(_: &Request) {}

fn main() {
    mock::get("https://x.io").reply(|req: &Request| { log(req); });
}
