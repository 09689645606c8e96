use clawpair_core::store::StoreError;
use rusqlite::{Connection, TransactionBehavior};

/// One step from a format to the next: SQL that is run once.
pub type Migration = &'static str;

/// Brings a database to the newest format, each step in a transaction of its own. Formats only go forward.
///
/// # Errors
/// [`StoreError::NewerFormat`] when a newer program wrote the file, which is then left untouched.
pub fn migrate(connection: &mut Connection, migrations: &[Migration]) -> Result<(), StoreError> {
    let known = i64::try_from(migrations.len()).unwrap_or(i64::MAX);
    loop {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(unavailable)?;
        let found: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(unavailable)?;
        if found > known {
            return Err(StoreError::NewerFormat { found, known });
        }
        let Some(migration) = usize::try_from(found).ok().and_then(|index| migrations.get(index)) else {
            return Ok(());
        };
        transaction.execute_batch(migration).map_err(unavailable)?;
        transaction.pragma_update(None, "user_version", found + 1).map_err(unavailable)?;
        transaction.commit().map_err(unavailable)?;
    }
}

#[expect(clippy::needless_pass_by_value, reason = "a function for map_err")]
pub(crate) fn unavailable(error: rusqlite::Error) -> StoreError {
    StoreError::Unavailable(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_step_runs_once() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection, &["CREATE TABLE a (x)"]).unwrap();
        migrate(&mut connection, &["CREATE TABLE a (x)", "CREATE TABLE b (x)"]).unwrap();
        migrate(&mut connection, &["CREATE TABLE a (x)", "CREATE TABLE b (x)"]).unwrap();
    }

    #[test]
    fn an_old_program_refuses_a_newer_file_and_leaves_it() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection, &["CREATE TABLE a (x)", "CREATE TABLE b (x)"]).unwrap();
        let refused = migrate(&mut connection, &["CREATE TABLE a (x)"]).unwrap_err();
        assert!(matches!(refused, StoreError::NewerFormat { found: 2, known: 1 }));
        assert!(refused.to_string().contains("newer Clawpair"));
    }
}
