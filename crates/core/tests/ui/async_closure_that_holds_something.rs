use standin_core::prelude::*;

fn main() {
    let name = String::from("Ann");
    mock::get("https://x.io").reply(async move |_: Request| name.clone());
}
