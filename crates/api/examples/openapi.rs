//! Prints the `OpenAPI` document. `cargo xtask generate` keeps what it prints in `openapi.json`.

use std::io::Write as _;

fn main() -> std::io::Result<()> {
    let text = serde_json::to_string_pretty(&clawpair_api::openapi::document())?;
    writeln!(std::io::stdout(), "{text}")
}
