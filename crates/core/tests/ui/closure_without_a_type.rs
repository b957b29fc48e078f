use standin_core::prelude::*;

fn main() {
    mock::get("https://x.io").reply(|req| req.path().to_owned());
}
