use standin_core::prelude::*;

fn main() {
    mock::get("https://x.io").header("a", None::<&str>).reply(200);
}
