//! The least an HTTP server can do: an axum handler that reads a JSON body and answers with another.

use anyhow::Result;
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};

/// Serves on a free port, which it prints, until it is killed.
///
/// # Errors
/// When it cannot listen.
pub async fn serve() -> Result<()> {
    let app = Router::new().route("/", post(async |Json(body): Json<Value>| Json(json!({ "name": body["name"] }))));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?.port());
    Ok(axum::serve(listener, app).await?)
}
