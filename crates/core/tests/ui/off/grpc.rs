use standin_core::prelude::*;

fn main() {
    let engine = standin_core::Engine::new();
    engine.grpc("https://x.io/greet.Greeter/SayHello").reply(200);
    mock::post("https://x.io").message(|text: &String| text == "Ada").reply(200);
}
