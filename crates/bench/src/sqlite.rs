//! The least a durable platform can do: one row and one activity row, each pair in a commit of its own that is flushed.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;
use rusqlite::params;

/// Commits per second with `synchronous=FULL`, over `time`.
///
/// # Errors
/// When the database cannot be written.
pub fn commits_per_second(folder: &Path, time: Duration) -> Result<f64> {
    let db = clawpair_store::open_private(&folder.join("reference.db"))?;
    db.execute_batch(
        "CREATE TABLE thing (id BLOB PRIMARY KEY, name TEXT, hash BLOB) STRICT, WITHOUT ROWID;
         CREATE TABLE activity (number INTEGER PRIMARY KEY, what TEXT, hash BLOB) STRICT;",
    )?;
    let (start, mut commits) = (Instant::now(), 0_u32);
    while start.elapsed() < time {
        let id = u128::from(commits).to_be_bytes();
        db.execute_batch("BEGIN IMMEDIATE")?;
        db.prepare_cached("INSERT INTO thing VALUES (?, 'Reference', ?)")?.execute(params![id, [7_u8; 32]])?;
        db.prepare_cached("INSERT INTO activity (what, hash) VALUES ('made', ?)")?.execute([[7_u8; 32]])?;
        db.execute_batch("COMMIT")?;
        commits += 1;
    }
    Ok(f64::from(commits) / start.elapsed().as_secs_f64())
}
