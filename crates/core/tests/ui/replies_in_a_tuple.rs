use standin_core::prelude::*;

fn main() {
    mock::get("https://x.io").reply((503, 503, 200));
}
