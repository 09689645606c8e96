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

/// A change that waits to be made, and the caller that waits for it.
trait Transition: Send {
    /// Makes the change in the transaction that is open. When this fails nothing may be left of it, so the transaction has to go too;
    /// the change can be made again in another.
    fn make(&mut self, connection: &Connection) -> Result<(), StoreError>;
    /// Tells the caller how it ended, once the commit it was part of has.
    fn answer(self: Box<Self>, committed: Result<(), StoreError>);
}

struct Pending<T, F> {
    change: F,
    made: Option<Result<T, StoreError>>,
    answer: oneshot::Sender<Result<T, StoreError>>,
}

impl<T: Send, F: Fn(&Connection) -> rusqlite::Result<T> + Send> Transition for Pending<T, F> {
    fn make(&mut self, connection: &Connection) -> Result<(), StoreError> {
        let made = (self.change)(connection).map_err(unavailable);
        let outcome = made.as_ref().map(|_| ()).map_err(StoreError::clone);
        self.made = Some(made);
        outcome
    }

    fn answer(self: Box<Self>, committed: Result<(), StoreError>) {
        let result = match (committed, self.made) {
            (Err(error), _) => Err(error),
            (Ok(()), Some(made)) => made,
            (Ok(()), None) => Err(StoreError::Unavailable("the change was never made".into())),
        };
        // A caller that no longer waits is no fault: the change stands.
        let _ = self.answer.send(result);
    }
}

type Batch = Vec<Box<dyn Transition>>;

/// Hands transitions to the writing thread, which ends when this is dropped.
pub(super) struct Writer {
    transitions: Sender<Box<dyn Transition>>,
    counts: Arc<Counts>,
}

/// What the thread has written.
#[derive(Default)]
struct Counts {
    commits: AtomicU64,
    transitions: AtomicU64,
}

impl Counts {
    fn add(&self, transitions: usize) {
        self.commits.fetch_add(1, Ordering::Relaxed);
        self.transitions.fetch_add(u64::try_from(transitions).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
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

    /// Runs a transition. It either happens whole, on disk when this returns `Ok`, or not at all. It may be made more than once
    /// before that, each time after all of it was undone, so it changes nothing but the database.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        change: impl Fn(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        let gone = || StoreError::Unavailable("the writing thread has ended".into());
        self.transitions.send(Box::new(Pending { change, made: None, answer })).map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }
}

fn write_all(mut connection: Connection, transitions: &Receiver<Box<dyn Transition>>, counts: &Counts) {
    let mut crowded = false;
    while let Ok(first) = transitions.recv() {
        if crowded {
            // Whoever was answered just now is about to ask again; on a busy core they come no further until we step aside.
            thread::yield_now();
        }
        let (batch, committed) = commit_together(&mut connection, first, transitions);
        crowded = batch.len() > 1;
        if committed.is_err() && crowded {
            batch.into_iter().for_each(|transition| commit_alone(&mut connection, transition, counts));
        } else {
            end(batch, &committed, counts);
        }
    }
}

/// Makes all changes that wait in one commit. A failure of any undoes them all: savepoints that would keep the others cost every
/// page a copy, and search its batches.
fn commit_together(
    connection: &mut Connection,
    first: Box<dyn Transition>,
    others: &Receiver<Box<dyn Transition>>,
) -> (Batch, Result<(), StoreError>) {
    let mut batch = vec![first];
    let committed = in_transaction(connection, |transaction| {
        make(&mut batch[0], transaction)?;
        while batch.len() < MAX_BATCH
            && let Ok(next) = others.try_recv()
        {
            batch.push(next);
            let newest = batch.len() - 1;
            make(&mut batch[newest], transaction)?;
        }
        Ok(())
    });
    (batch, committed)
}

/// Makes a change in a commit of its own, so that it fails by itself.
fn commit_alone(connection: &mut Connection, mut transition: Box<dyn Transition>, counts: &Counts) {
    let committed = in_transaction(connection, |transaction| make(&mut transition, transaction));
    end(vec![transition], &committed, counts);
}

/// Tells everybody whose change was part of a commit how that ended.
fn end(batch: Batch, committed: &Result<(), StoreError>, counts: &Counts) {
    match committed {
        Ok(()) => counts.add(batch.len()),
        Err(error) => tracing::error!(%error, "the database cannot be written"),
    }
    batch.into_iter().for_each(|transition| transition.answer(committed.clone()));
}

/// A full disk or a failed write makes SQLite roll back everything at once. Nothing may run after that: it would commit by itself,
/// while its caller hears that it did not.
fn make(transition: &mut Box<dyn Transition>, transaction: &Connection) -> Result<(), StoreError> {
    transition.make(transaction)?;
    if transaction.is_autocommit() {
        return Err(StoreError::Unavailable("the database rolled everything back; the disk may be full".into()));
    }
    Ok(())
}

/// What was made is undone unless all of it is, and is on disk.
fn in_transaction(
    connection: &mut Connection,
    make_all: impl FnOnce(&Connection) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(unavailable)?;
    make_all(&transaction)?;
    transaction.commit().map_err(unavailable)
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

    /// ROLLBACK is what SQLite does by itself when the disk is full.
    #[tokio::test]
    async fn a_rollback_of_everything_fails_its_change_alone_and_the_others_are_made_again() {
        let writer = writer();
        // Holds the thread until the other two wait, so that all three share a commit at first.
        let (release, held) = channel::<()>();
        let first = writer.run(move |db| {
            let _ = held.recv();
            db.execute_batch("INSERT INTO t VALUES (1)")
        });
        let second = writer.run(|db| db.execute_batch("INSERT INTO t VALUES (2); ROLLBACK"));
        let third = writer.run(|db| db.execute_batch("INSERT INTO t VALUES (3)"));
        let release = async move { release.send(()).unwrap() };
        let (first, second, third, ()) = tokio::join!(biased; first, second, third, release);
        assert!(first.is_ok() && second.is_err() && third.is_ok());
        assert_eq!(count(&writer).await, 2);
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
