use standin_core::prelude::*;

fn main() {
    mock::post("https://x.io").xml("<a/>").reply(200);
}
