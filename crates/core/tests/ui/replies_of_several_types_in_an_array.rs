use standin_core::prelude::*;

fn main() {
    // An array is typed before `reply` is asked: this text is the compiler's own.
    mock::get("https://x.io").reply([reply(200), 503]);
}
