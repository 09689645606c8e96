use super::*;

const NOON: Timestamp = Timestamp::from_millis(1_700_000_000_000);

fn device() -> Device {
    Device {
        id: DeviceId::from_bytes([1; 16]),
        name: "hub".parse().unwrap(),
        device_type: "IoT Gateway".parse().unwrap(),
        permissions: Permissions::parse(&["sensor:read"]).unwrap(),
        tags: Tags::default(),
        key: DeviceKey::stored([2; 32]),
        description: Description::default(),
        state: DeviceState::Active,
        revision: 1,
        paired_at: NOON,
        last_seen_at: NOON,
        last_address: String::new(),
    }
}

#[test]
fn disabling_is_taken_back_by_enabling_and_repeating_changes_nothing() {
    let reason: Option<Reason> = Some("lost".parse().unwrap());
    let disabled = device().changed(&DeviceChange::Disable { reason: reason.clone() }, NOON).unwrap();
    assert_eq!((&disabled.state, disabled.revision), (&DeviceState::Disabled { at: NOON, reason }, 2));
    let again = disabled.clone().changed(&DeviceChange::Disable { reason: None }, NOON.plus_minutes(1)).unwrap();
    assert_eq!(again, disabled, "the first reason and moment stand");
    let enabled = disabled.changed(&DeviceChange::Enable, NOON).unwrap();
    assert_eq!((enabled.is_active(), enabled.revision), (true, 3));
    assert_eq!(enabled.clone().changed(&DeviceChange::Enable, NOON), Ok(enabled));
}

#[test]
fn a_revoked_device_stays_as_it_was() {
    let revoked = device().changed(&DeviceChange::Revoke { reason: None }, NOON).unwrap();
    let later = NOON.plus_minutes(1);
    assert_eq!(
        revoked.clone().changed(&DeviceChange::Revoke { reason: Some("again".parse().unwrap()) }, later),
        Ok(revoked.clone())
    );
    for change in [
        DeviceChange::Enable,
        DeviceChange::Disable { reason: None },
        DeviceChange::Edit { name: Some("x".parse().unwrap()), device_type: None, tags: None },
        DeviceChange::Grant(Permissions::parse(&["a:b"]).unwrap()),
        DeviceChange::AddTags(Tags::default()),
        DeviceChange::RemoveTags(Tags::default()),
    ] {
        assert_eq!(revoked.clone().changed(&change, later), Err(InvalidChange::Revoked), "{change:?}");
    }
}

#[test]
fn an_edit_changes_what_it_names_and_counts_once() {
    let tags = Tags::parse(&["floor-2"]).unwrap();
    let change = DeviceChange::Edit { name: Some("Hall".parse().unwrap()), device_type: None, tags: Some(tags.clone()) };
    let edited = device().changed(&change, NOON).unwrap();
    assert_eq!(
        (edited.name.as_str(), edited.device_type.as_str(), &edited.tags, edited.revision),
        ("Hall", "IoT Gateway", &tags, 2)
    );
    assert_eq!(edited.clone().changed(&change, NOON).unwrap().revision, 2, "nothing changed");
    let fewer = edited.changed(&DeviceChange::RemoveTags(tags), NOON).unwrap();
    assert_eq!((fewer.tags, fewer.revision), (Tags::default(), 3));
}
