//! tungstenite and tokio-tungstenite over `wss`, with the URL written in.
