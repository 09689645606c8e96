//! The one thread that writes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use clawpair_core::store::{StoreError, Written};
use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::oneshot;

use crate::migrate::unavailable;

/// Most transitions in one commit; past this, waiting longer costs more than the flush saved.
const MAX_BATCH: usize = 256;

/// Tells a caller how its transition ended, once the commit it was part of has.
type Answer = Box<dyn FnOnce(Result<(), StoreError>) + Send>;
/// Makes its change, if there is a transaction to make it in, and returns how to answer.
type Transition = Box<dyn FnOnce(Result<&Connection, StoreError>) -> Answer + Send>;

/// Hands transitions to the writing thread, which ends when this is dropped.
pub(super) struct Writer {
    transitions: Sender<Transition>,
    counts: Arc<Counts>,
}

/// What the thread has written.
#[derive(Default)]
struct Counts {
    commits: AtomicU64,
    transitions: AtomicU64,
}

impl Writer {
    pub(super) fn start(connection: Connection) -> Result<Self, StoreError> {
        let (sender, receiver) = channel();
        let counts = Arc::new(Counts::default());
        let counted = Arc::clone(&counts);
        thread::Builder::new()
            .name("clawpair-writer".into())
            .spawn(move || write_all(connection, &receiver, &counted))
            .map_err(|error| StoreError::Unavailable(error.to_string()))?;
        Ok(Self { transitions: sender, counts })
    }

    pub(super) fn written(&self) -> Written {
        let Counts { commits, transitions } = &*self.counts;
        Written { commits: commits.load(Ordering::Relaxed), transitions: transitions.load(Ordering::Relaxed) }
    }

    /// Runs a transition. It either happens whole, on disk when this returns `Ok`, or not at all.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        transition: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        let gone = || StoreError::Unavailable("the writing thread has ended".into());
        self.transitions
            .send(Box::new(move |connection| {
                let result = connection.and_then(|connection| in_savepoint(connection, transition));
                Box::new(move |committed| {
                    // A caller that no longer waits is no fault: the change stands.
                    let _ = answer.send(committed.and(result));
                })
            }))
            .map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }
}

/// A transition that fails leaves no trace in the commit it shares with others.
fn in_savepoint<T>(connection: &Connection, transition: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, StoreError> {
    connection.execute_batch("SAVEPOINT transition").map_err(unavailable)?;
    let result = transition(connection);
    let end = if result.is_ok() { "RELEASE transition" } else { "ROLLBACK TO transition; RELEASE transition" };
    connection.execute_batch(end).map_err(unavailable)?;
    result.map_err(unavailable)
}

fn write_all(mut connection: Connection, transitions: &Receiver<Transition>, counts: &Counts) {
    let mut crowded = false;
    while let Ok(first) = transitions.recv() {
        if crowded {
            // Whoever was answered just now is about to ask again; on a busy core they come no further until we step aside.
            thread::yield_now();
        }
        let mut answers = Vec::new();
        let committed = commit(&mut connection, first, transitions, &mut answers);
        crowded = answers.len() > 1;
        if committed.is_ok() {
            counts.commits.fetch_add(1, Ordering::Relaxed);
            counts.transitions.fetch_add(u64::try_from(answers.len()).unwrap_or(u64::MAX), Ordering::Relaxed);
        }
        for answer in answers {
            answer(committed.clone());
        }
    }
}

fn commit(
    connection: &mut Connection,
    first: Transition,
    others: &Receiver<Transition>,
    answers: &mut Vec<Answer>,
) -> Result<(), StoreError> {
    let failed = |error: rusqlite::Error| {
        tracing::error!(%error, "the database cannot be written");
        unavailable(error)
    };
    let transaction = match connection.transaction_with_behavior(TransactionBehavior::Immediate) {
        Ok(transaction) => transaction,
        Err(error) => {
            let error = failed(error);
            answers.push(first(Err(error.clone())));
            return Err(error);
        }
    };
    answers.push(first(Ok(&transaction)));
    while answers.len() < MAX_BATCH
        && !transaction.is_autocommit()
        && let Ok(next) = others.try_recv()
    {
        answers.push(next(Ok(&transaction)));
    }
    // A full disk or a failed write makes SQLite roll back everything at once. Nothing may run after that: it would
    // commit by itself, while its caller hears that it did not.
    if transaction.is_autocommit() {
        return Err(StoreError::Unavailable("the database rolled everything back; the disk may be full".into()));
    }
    transaction.commit().map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn writer() -> Writer {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE t (x INTEGER PRIMARY KEY)").unwrap();
        Writer::start(connection).unwrap()
    }

    async fn count(writer: &Writer) -> i64 {
        writer.run(|db| db.query_row("SELECT count(*) FROM t", [], |row| row.get(0))).await.unwrap()
    }

    #[tokio::test]
    async fn a_transition_that_fails_leaves_no_trace_and_its_neighbours_stand() {
        let writer = writer();
        let failing = writer.run(|db| db.execute_batch("INSERT INTO t VALUES (1); INSERT INTO t VALUES (1)"));
        let (failed, stood) = tokio::join!(failing, writer.run(|db| db.execute_batch("INSERT INTO t VALUES (2)")));
        assert!(failed.is_err() && stood.is_ok());
        assert_eq!(count(&writer).await, 1);
    }

    #[tokio::test]
    async fn what_is_written_is_counted() {
        let writer = writer();
        // Holds the thread until the other waits, so that both share a commit.
        let (release, held) = channel::<()>();
        let first = writer.run(move |_| held.recv().map_err(|_| rusqlite::Error::InvalidQuery));
        let second = writer.run(|db| db.execute_batch("INSERT INTO t VALUES (1)"));
        let (first, second, ()) = tokio::join!(biased; first, second, async { release.send(()).unwrap() });
        assert!(first.is_ok() && second.is_ok());
        assert_eq!(writer.written(), Written { commits: 1, transitions: 2 });
    }

    /// What SQLite does by itself when the disk is full.
    #[tokio::test]
    async fn after_a_rollback_of_everything_nobody_is_told_otherwise_and_nothing_is_left() {
        let writer = writer();
        // Holds the thread until the other two wait, so that all three share a commit.
        let (release, held) = channel::<()>();
        let first = writer.run(move |db| held.recv().map_or(Ok(()), |()| db.execute_batch("INSERT INTO t VALUES (1)")));
        let second = writer.run(|db| db.execute_batch("ROLLBACK"));
        let third = writer.run(|db| db.execute_batch("INSERT INTO t VALUES (3)"));
        let (first, second, third, ()) = tokio::join!(biased; first, second, third, async { release.send(()).unwrap() });
        assert!(first.is_err() && second.is_err());
        assert_eq!(count(&writer).await, i64::from(third.is_ok()), "the third came into a commit of its own, or failed");
    }

    #[tokio::test]
    async fn a_database_that_cannot_be_written_says_why() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.db");
        Connection::open(&path).unwrap().execute_batch("CREATE TABLE t (x)").unwrap();
        let holder = Connection::open(&path).unwrap();
        holder.execute_batch("BEGIN IMMEDIATE").unwrap();
        let connection = Connection::open(&path).unwrap();
        connection.busy_timeout(std::time::Duration::ZERO).unwrap();
        let writer = Writer::start(connection).unwrap();
        let error = writer.run(|db| db.execute_batch("INSERT INTO t VALUES (1)")).await.unwrap_err();
        assert!(error.to_string().contains("locked"), "{error}");
    }
}
