use crate::server::{Server, folder, run, said};

#[tokio::test]
async fn a_changed_entry_is_named_and_a_whole_log_is_called_whole() {
    let (_folder, data, key) = folder();
    let server = Server::start(&data);
    for _ in 0..3 {
        server.code(&key).await;
    }
    let whole = said(&data, &["verify-activity"]);
    assert!(whole.contains("is whole, from entry 1 to entry 4"), "{whole}");
    let db = clawpair_store::open_private(&data.join("platform.db")).unwrap();
    db.execute("UPDATE activity SET actor = 'owner' WHERE number = 3", []).unwrap();
    let checked = run(&data, &["verify-activity"]);
    let told = String::from_utf8(checked.stdout).unwrap();
    assert_eq!(checked.status.code(), Some(1));
    assert!(told.contains("not whole. Entry 3 "), "{told}");
}
