//! What a test writes: whatever it is, it is registered or refused with a mend.

use standin_core::prelude::*;
use standin_core::{Declaration, Engine, Request};

use crate::closing::close;

/// The first byte says what the text is; a second text may stand behind a NUL.
pub fn declare(given: &[u8]) {
    let Some((kind, text)) = given.split_first() else {
        return;
    };
    let Ok(text) = std::str::from_utf8(text) else {
        return;
    };
    let (text, other) = text.split_once('\0').unwrap_or((text, ""));
    let plain = || Declaration::any("https://x.io").optional();
    let declaration = match kind % 16 {
        0 => Declaration::get(text).optional(),
        1 => Declaration::get(glob(text)).optional(),
        2 => Declaration::get(re(text)).optional(),
        3 => plain().host(text),
        4 => plain().path(text),
        5 => plain().path(glob(text)),
        6 => plain().path_prefix(text),
        7 => plain().query(text, other),
        8 => plain().header(text, other),
        9 => plain().cookie(text, other),
        10 => plain().content_type(text),
        11 => plain().json_path(text, other),
        12 => plain().xml(text),
        13 => match serde_json::from_str::<serde_json::Value>(text) {
            Ok(schema) => plain().json_schema(schema),
            Err(_) => return,
        },
        14 => plain().method(text).scheme(other),
        _ => plain().basic(text, other).port(text),
    };
    let engine = Engine::new().lenient();
    match engine.try_add(declaration.reply(200)) {
        Ok(handle) => drop(format!("{handle:?}")),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    let url = if other.is_empty() {
        "https://x.io/a/b?c=d"
    } else {
        other
    };
    if let Ok(request) = http::Request::get(url).body(Vec::new()) {
        let _ = engine.serve_blocking(Request::from(request));
    }
    close(engine);
}
