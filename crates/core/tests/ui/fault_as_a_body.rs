use standin_core::prelude::*;

fn main() {
    mock::get("https://x.io").reply((201, Fault::Reset));
}
