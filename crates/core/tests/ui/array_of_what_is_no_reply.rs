use standin_core::prelude::*;

fn main() {
    mock::get("https://x.io").reply([(200, 503), (200, 404)]);
}
