//! The one thread that writes.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use clawpair_core::store::StoreError;
use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::oneshot;

use crate::migrate::unavailable;

/// Most transitions in one commit; past this, waiting longer costs more than the flush saved.
const MAX_BATCH: usize = 256;

/// Tells a caller how its transition ended, once the commit it was part of has.
type Answer = Box<dyn FnOnce(Result<(), StoreError>) + Send>;
/// Makes its change and returns how to answer.
type Transition = Box<dyn FnOnce(&Connection) -> Answer + Send>;

/// Hands transitions to the writing thread, which ends when this is dropped.
pub(super) struct Writer(Sender<Transition>);

impl Writer {
    pub(super) fn start(connection: Connection) -> Result<Self, StoreError> {
        let (sender, receiver) = channel();
        thread::Builder::new()
            .name("clawpair-writer".into())
            .spawn(move || write_all(connection, &receiver))
            .map_err(|error| StoreError::Unavailable(error.to_string()))?;
        Ok(Self(sender))
    }

    /// Runs a transition. It either happens whole, on disk when this returns `Ok`, or not at all.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        transition: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        let gone = || StoreError::Unavailable("the writing thread has ended".into());
        self.0
            .send(Box::new(move |connection| {
                let result = in_savepoint(connection, transition);
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

fn write_all(mut connection: Connection, transitions: &Receiver<Transition>) {
    while let Ok(first) = transitions.recv() {
        let mut answers = Vec::new();
        let committed = commit(&mut connection, first, transitions, &mut answers);
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
    let transaction = match connection.transaction_with_behavior(TransactionBehavior::Immediate) {
        Ok(transaction) => transaction,
        // The closures must still run to yield their answers; outside a transaction that would change the database, so
        // they are dropped, and their callers learn that the writer could not serve them.
        Err(error) => {
            tracing::error!(%error, "the database cannot be written");
            return Err(unavailable(error));
        }
    };
    answers.push(first(&transaction));
    while answers.len() < MAX_BATCH
        && let Ok(next) = others.try_recv()
    {
        answers.push(next(&transaction));
    }
    transaction.commit().map_err(|error| {
        tracing::error!(%error, "a commit failed");
        unavailable(error)
    })
}
