use standin_core::prelude::*;

fn main() {
    mock::post("https://x.io").multipart(part("file")).reply(200);
}
