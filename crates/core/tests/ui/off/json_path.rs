use standin_core::prelude::*;

fn main() {
    mock::post("https://x.io").json_path("$.items[*].sku", "A1").reply(200);
}
