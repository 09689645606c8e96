use clawpair_api::Device;
use clawpair_core::activity::Fault;
use clawpair_mirror::{About, Act, BundleFault, ExportFormat, Intent, JournalFilter, Noted, verify_bundle};
use ed25519_dalek::SigningKey;

use crate::common::{Counting, File, OneByOne as _, at, device, place, platform};

/// With three things asked for.
fn file() -> File {
    let (file, rng) = (File::new(), Counting::default());
    let named = |id: &str, name: &str| Device { name: name.into(), ..device(id) };
    file.some([named("a", "=HYPERLINK(\"http://example.org\")"), named("b", "Plain, with a comma")]);
    for name in ["x", "+1", "z"] {
        file.mirror.ask(&place("a"), &Intent::Rename { name: name.parse().unwrap() }, at(0), &rng).unwrap();
    }
    file
}

fn tampered(file: &File, sql: &str) -> Fault {
    let db = rusqlite::Connection::open(file.mirror.path()).unwrap();
    assert!(db.execute(sql, []).unwrap() > 0);
    file.mirror.verify_journal().unwrap().unwrap_err()
}

#[test]
fn what_a_person_did_and_what_became_of_it_is_written_down() {
    let (file, rng) = (file(), Counting::default());
    let taken = file.mirror.take_due(&platform(), at(1)).unwrap().unwrap();
    file.mirror.settle(taken.id, 1, clawpair_mirror::Answer::Done { revision: None }, at(2), &rng).unwrap();
    file.some([Device { name: "x".into(), revision: 2, ..device("a") }]);
    let (journal, _) = file.mirror.journal(&JournalFilter::default(), None, 10).unwrap();
    let words: Vec<_> = journal.iter().map(|told| (told.entry.actor.as_str(), told.entry.action.as_str())).collect();
    assert_eq!(words, [("platform", "verified"), ("you", "asked"), ("you", "asked"), ("you", "asked")]);
    let asked = &journal[1].entry;
    assert_eq!((asked.subject.as_str(), asked.details.as_deref()), ("p a", Some("rename: z")));
    assert_eq!(file.mirror.verify_journal().unwrap().unwrap().last.number, 4);
}

#[test]
fn what_was_done_without_an_errand_is_written_down_too_and_so_is_a_refusal() {
    let file = file();
    let noted = |act, about, refused: Option<&str>| Noted { act, about, details: None, refused: refused.map(str::to_owned) };
    let acts = [
        noted(Act::RevokeDevice, About::Thing(place("b")), None),
        noted(Act::RevokeDevice, About::Thing(place("gone")), Some("The platform does not know it.")),
        noted(Act::SignIn, About::Platform(platform()), None),
        noted(Act::BackUp, About::File, None),
    ];
    file.mirror.note(&acts, at(5)).unwrap();
    let (journal, next) = file.mirror.journal(&JournalFilter::default(), None, 4).unwrap();
    assert_eq!(next, Some(4));
    let told: Vec<_> = journal
        .iter()
        .map(|told| {
            let name = |named: &Option<clawpair_mirror::Named>| named.as_ref().and_then(|named| named.name.clone());
            (told.entry.action.as_str(), name(&told.platform), name(&told.thing), told.entry.details.as_deref())
        })
        .collect();
    let office = || Some("Platform".to_owned());
    assert_eq!(
        told,
        [
            ("back_up", None, None, None),
            ("sign_in", office(), None, None),
            ("refused", office(), None, Some("revoke_device: The platform does not know it.")),
            ("revoke_device", office(), Some("Plain, with a comma".to_owned()), None),
        ]
    );
    let narrowed = |actor: Option<&str>, action: Option<&str>| {
        let filter = JournalFilter { actor: actor.map(str::to_owned), action: action.map(str::to_owned), search: None };
        let (found, next) = file.mirror.journal(&filter, None, 2).unwrap();
        (found.into_iter().map(|told| told.entry.number).collect::<Vec<_>>(), next)
    };
    assert_eq!(narrowed(Some("platform"), None), (vec![5], None));
    assert_eq!(narrowed(None, Some("asked")), (vec![3, 2], Some(2)));
    file.mirror.verify_journal().unwrap().unwrap();
}

#[test]
fn a_journal_that_was_changed_or_cut_off_is_found_out() {
    let changed = tampered(&file(), "UPDATE journal SET details = 'rename: q' WHERE number = 2");
    assert_eq!(changed, Fault::Changed { number: 2 });
    assert_eq!(tampered(&file(), "DELETE FROM journal WHERE number = 3"), Fault::Missing { first: 3, last: 3 });
    assert_eq!(tampered(&file(), "DELETE FROM journal WHERE number = 1"), Fault::Missing { first: 1, last: 1 });
}

#[test]
fn spreadsheets_get_no_formula_and_programs_get_the_exact_text() {
    let file = file();
    let export = |format| {
        let (mut devices, mut journal) = (Vec::new(), Vec::new());
        file.mirror.export_devices(format, &mut devices).unwrap();
        file.mirror.export_journal(format, &mut journal).unwrap();
        (String::from_utf8(devices).unwrap(), String::from_utf8(journal).unwrap())
    };
    let (devices, journal) = export(ExportFormat::Csv);
    let mut rows = csv::Reader::from_reader(devices.as_bytes());
    let names: Vec<String> = rows.records().map(|row| row.unwrap()[2].to_owned()).collect();
    assert_eq!(names, ["'=HYPERLINK(\"http://example.org\")", "Plain, with a comma"]);
    assert_eq!(csv::Reader::from_reader(journal.as_bytes()).records().count(), 3);
    let (devices, journal) = export(ExportFormat::Json);
    let devices: serde_json::Value = serde_json::from_str(&devices).unwrap();
    let first = &devices[0];
    assert_eq!((&first["device"]["name"], &first["standing"]), (&"=HYPERLINK(\"http://example.org\")".into(), &"active".into()));
    let journal: serde_json::Value = serde_json::from_str(&journal).unwrap();
    assert_eq!(journal.as_array().unwrap().len(), 3);
}

#[test]
fn an_export_of_nothing_is_a_file_of_its_kind() {
    let (file, mut csv, mut json) = (File::new(), Vec::new(), Vec::new());
    file.mirror.export_journal(ExportFormat::Csv, &mut csv).unwrap();
    file.mirror.export_journal(ExportFormat::Json, &mut json).unwrap();
    assert_eq!(csv::Reader::from_reader(csv.as_slice()).records().count(), 0);
    assert_eq!(serde_json::from_slice::<Vec<u8>>(&json).unwrap(), [0_u8; 0]);
}

fn bundle() -> (SigningKey, Vec<u8>) {
    let (key, mut out) = (SigningKey::from_bytes(&[7; 32]), Vec::new());
    file().mirror.export_bundle(&key, at(9), &mut out).unwrap();
    (key, out)
}

#[test]
fn a_bundle_says_who_signed_it_and_what_is_in_it() {
    let (key, bytes) = bundle();
    let verified = verify_bundle(bytes.as_slice()).unwrap();
    assert_eq!(verified.key.as_bytes(), key.verifying_key().as_bytes());
    assert_eq!((verified.devices, verified.journal.number, verified.made_at), (2, 3, at(9)));
}

#[test]
fn no_byte_of_a_bundle_can_be_changed_and_nothing_cut_off_or_added() {
    let (_, bytes) = bundle();
    for index in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[index] ^= 1;
        assert!(verify_bundle(changed.as_slice()).is_err(), "byte {index}");
    }
    for length in 0..bytes.len() - 1 {
        assert!(verify_bundle(&bytes[..length]).is_err(), "cut at {length}");
    }
    assert!(matches!(verify_bundle([&bytes[..], b"\n"].concat().as_slice()), Err(BundleFault::Line(_))));
}

#[test]
fn a_bundle_that_somebody_signed_anew_says_so_by_its_key() {
    let mut out = Vec::new();
    file().mirror.export_bundle(&SigningKey::from_bytes(&[8; 32]), at(9), &mut out).unwrap();
    let (key, _) = bundle();
    assert_ne!(verify_bundle(out.as_slice()).unwrap().key.as_bytes(), key.verifying_key().as_bytes());
}

#[test]
fn the_key_that_signs_is_not_in_the_file() {
    let file = file();
    let secret: [u8; 32] = std::array::from_fn(|index| u8::try_from(index * 7 + 3).unwrap());
    file.mirror.export_bundle(&SigningKey::from_bytes(&secret), at(9), std::io::sink()).unwrap();
    let folder = std::fs::read_dir(file.folder.path()).unwrap();
    for path in folder.map(|entry| entry.unwrap().path()) {
        let bytes = std::fs::read(&path).unwrap();
        assert!(!bytes.windows(32).any(|window| window == secret), "{}", path.display());
    }
}
