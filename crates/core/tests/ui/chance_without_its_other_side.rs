use standin_core::prelude::*;

fn main() {
    mock::get("https://x.io").reply(Fault::Reset.chance(0.1));
}
