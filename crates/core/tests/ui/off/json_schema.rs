use standin_core::prelude::*;

fn main() {
    mock::post("https://x.io").json_schema(json!({"type": "object"})).times(2).reply(200);
}
