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

/// The program that opened the database outside of a runtime, and one whose runtime has ended since.
#[test]
fn answers_come_without_the_runtime_it_was_started_in() {
    let outside = writer();
    let (first, second) = (tokio::runtime::Runtime::new().unwrap(), tokio::runtime::Runtime::new().unwrap());
    let ended = first.block_on(async { writer() });
    drop(first);
    for writer in [outside, ended] {
        second.block_on(writer.run(|db| db.execute_batch("INSERT INTO t VALUES (1)"))).unwrap();
    }
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
