//! The one thread that writes.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use clawpair_core::store::{StoreError, Written};
use rusqlite::{Connection, TransactionBehavior};
use tokio::runtime::Handle;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;

use super::commit::Commit;
use super::known_keys::KnownKeys;
use crate::migrate::unavailable;

/// Most transitions in one commit; past this, waiting longer costs more than the flush saved.
const MAX_BATCH: usize = 256;

/// A change that waits to be made, and the caller that waits for it.
trait Transition: Send {
    /// Makes the change in the transaction that is open. When this fails nothing may be left of it, so the transaction has to go too;
    /// the change can be made again in another.
    fn make(&mut self, commit: &Commit<'_>) -> Result<(), StoreError>;
    /// Tells the caller how it ended, once the commit it was part of has.
    fn answer(self: Box<Self>, committed: Result<(), StoreError>);
}

struct Pending<T, F> {
    change: F,
    made: Option<Result<T, StoreError>>,
    answer: oneshot::Sender<Result<T, StoreError>>,
}

impl<T: Send, F: Fn(&Commit<'_>) -> rusqlite::Result<T> + Send> Transition for Pending<T, F> {
    fn make(&mut self, commit: &Commit<'_>) -> Result<(), StoreError> {
        let made = (self.change)(commit).map_err(unavailable);
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

/// A commit that has ended. Who waits for it is told when this is dropped.
struct Ended {
    batch: Batch,
    committed: Result<(), StoreError>,
}

impl Drop for Ended {
    fn drop(&mut self) {
        for transition in self.batch.drain(..) {
            transition.answer(self.committed.clone());
        }
    }
}

/// Where ended commits go to be dropped: to a task among those who wait, if there is a runtime. Waking somebody in there is a call
/// into the kernel from the writing thread, once for each; from the task it is none.
fn answering() -> UnboundedSender<Ended> {
    let (sender, mut ended) = unbounded_channel();
    if let Ok(runtime) = Handle::try_current() {
        runtime.spawn(async move {
            while let Some(ended) = ended.recv().await {
                drop::<Ended>(ended);
            }
        });
    }
    sender
}

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
        let writing = Writing { connection, keys: RefCell::default(), counts: Arc::clone(&counts), ended: answering() };
        thread::Builder::new()
            .name("clawpair-writer".into())
            .spawn(move || writing.write_all(&receiver))
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
        change: impl Fn(&Commit<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        let gone = || StoreError::Unavailable("the writing thread has ended".into());
        self.transitions.send(Box::new(Pending { change, made: None, answer })).map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }
}

/// The thread: its connection, and what it remembers from one commit to the next.
struct Writing {
    connection: Connection,
    keys: RefCell<KnownKeys>,
    counts: Arc<Counts>,
    ended: UnboundedSender<Ended>,
}

impl Writing {
    fn write_all(mut self, transitions: &Receiver<Box<dyn Transition>>) {
        let mut crowded = false;
        while let Ok(first) = transitions.recv() {
            if crowded {
                // Whoever was answered just now is about to ask again; on a busy core they come no further until we step aside.
                thread::yield_now();
            }
            let (batch, committed) = self.commit_together(first, transitions);
            crowded = batch.len() > 1;
            if committed.is_err() && crowded {
                for transition in batch {
                    self.commit_alone(transition);
                }
            } else {
                self.end(batch, committed);
            }
        }
    }

    /// Makes all changes that wait in one commit. A failure of any undoes them all: savepoints that would keep the others cost every
    /// page a copy, and search its batches.
    fn commit_together(
        &mut self,
        first: Box<dyn Transition>,
        others: &Receiver<Box<dyn Transition>>,
    ) -> (Batch, Result<(), StoreError>) {
        let mut batch = vec![first];
        let committed = self.in_transaction(|commit| {
            make(&mut batch[0], commit)?;
            while batch.len() < MAX_BATCH
                && let Ok(next) = others.try_recv()
            {
                batch.push(next);
                let newest = batch.len() - 1;
                make(&mut batch[newest], commit)?;
            }
            Ok(())
        });
        (batch, committed)
    }

    /// Makes a change in a commit of its own, so that it fails by itself.
    fn commit_alone(&mut self, mut transition: Box<dyn Transition>) {
        let committed = self.in_transaction(|commit| make(&mut transition, commit));
        self.end(vec![transition], committed);
    }

    /// What was made is undone unless all of it is, and is on disk.
    fn in_transaction(&mut self, make_all: impl FnOnce(&Commit<'_>) -> Result<(), StoreError>) -> Result<(), StoreError> {
        let committed = commit(&mut self.connection, &self.keys, make_all);
        if committed.is_err() {
            // What was learned on the way may have been undone.
            self.keys.take();
        }
        committed
    }

    /// Tells everybody whose change was part of a commit how that ended.
    fn end(&self, batch: Batch, committed: Result<(), StoreError>) {
        match &committed {
            Ok(()) => self.counts.add(batch.len()),
            Err(error) => tracing::error!(%error, "the database cannot be written"),
        }
        // Where nobody takes it, it is dropped here.
        let _ = self.ended.send(Ended { batch, committed });
    }
}

fn commit(
    connection: &mut Connection,
    keys: &RefCell<KnownKeys>,
    make_all: impl FnOnce(&Commit<'_>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(unavailable)?;
    let commit = Commit::over(&transaction, keys);
    make_all(&commit)?;
    commit.finish().map_err(unavailable)?;
    transaction.commit().map_err(unavailable)
}

/// A full disk or a failed write makes SQLite roll back everything at once. Nothing may run after that: it would commit by itself,
/// while its caller hears that it did not.
fn make(transition: &mut Box<dyn Transition>, commit: &Commit<'_>) -> Result<(), StoreError> {
    transition.make(commit)?;
    if commit.is_autocommit() {
        return Err(StoreError::Unavailable("the database rolled everything back; the disk may be full".into()));
    }
    Ok(())
}

#[cfg(test)]
#[path = "writer_tests.rs"]
mod tests;
