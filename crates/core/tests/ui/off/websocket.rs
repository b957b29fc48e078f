use standin_core::prelude::*;

fn main() {
    mock::get("wss://x.io/live").websocket(ws());
    mock::get("wss://x.io/echo").websocket(|_: WebSocket| async {});
}
