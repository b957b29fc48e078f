use standin_core::prelude::*;

fn main() {
    mock::grpc("https://x.io/greet.Greeter/SayHello").reply(200);
}
