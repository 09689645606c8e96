use std::collections::BTreeMap;

use clawpair_core::Timestamp;
use clawpair_core::access::Role;
use clawpair_core::activity::Actor;
use clawpair_core::api_key::{ApiKey, ApiKeySecret, KeyUses};
use clawpair_core::clock::SystemClock;
use clawpair_core::day::Day;
use clawpair_core::id::ApiKeyId;
use clawpair_core::rng::SystemRng;
use clawpair_core::secret::{KeyedHash, Pepper, Purpose};
use clawpair_core::store::{Reach, Rotation, Store};

use super::fixtures::NOON;

pub(super) fn hash(secret: &ApiKeySecret) -> KeyedHash {
    Pepper::from_bytes([1; 32]).hash(Purpose::ApiKey, secret.secret().reveal().as_bytes())
}

async fn create(store: &dyn Store) -> (ApiKey, ApiKeySecret) {
    create_by(store, Actor::Owner, None).await
}

async fn create_by(store: &dyn Store, made_by: Actor, expires_at: Option<Timestamp>) -> (ApiKey, ApiKeySecret) {
    let secret = ApiKeySecret::generate(&SystemRng);
    let key = new_key(&secret, made_by, expires_at);
    store.create_api_key(key.clone(), hash(&secret)).await.unwrap();
    (key, secret)
}

/// A key that nobody keeps yet.
pub(super) fn new_key(secret: &ApiKeySecret, made_by: Actor, expires_at: Option<Timestamp>) -> ApiKey {
    ApiKey {
        id: ApiKeyId::generate(&SystemClock, &SystemRng),
        name: "CI".parse().unwrap(),
        prefix: secret.prefix().to_owned(),
        role: Role::DeviceManager,
        scopes: None,
        made_by,
        created_at: NOON,
        expires_at,
        rotated_at: None,
        last_used_at: None,
        revoked_at: None,
    }
}

pub(super) fn rotation(id: ApiKeyId, secret: &ApiKeySecret, former_until: Timestamp) -> Rotation {
    Rotation { id, prefix: secret.prefix().to_owned(), secret: hash(secret), former_until, by: Actor::Owner, at: NOON }
}

/// When the secret ends, or that it does not, or that nobody knows it.
async fn end_of(store: &dyn Store, secret: &ApiKeySecret) -> Option<Option<Timestamp>> {
    let found = store.api_key_by_secret(secret.prefix(), hash(secret)).await.unwrap();
    found.map(|presented| presented.replaced_from)
}

pub async fn a_key_is_found_by_prefix_and_secret_only(store: &dyn Store) {
    let (key, secret) = create(store).await;
    let other = ApiKeySecret::generate(&SystemRng);
    assert_eq!(store.api_key_by_secret(secret.prefix(), hash(&other)).await.unwrap(), None);
    assert_eq!(store.api_key_by_secret(other.prefix(), hash(&secret)).await.unwrap(), None);
    let found = store.api_key_by_secret(secret.prefix(), hash(&secret)).await.unwrap().unwrap();
    assert_eq!((&found.key, found.replaced_from), (&key, None));
    assert_eq!(store.api_key(key.id).await.unwrap(), Some(key.clone()));
    assert_eq!(store.api_keys().await.unwrap(), [key]);
}

pub async fn a_revoked_key_is_still_known(store: &dyn Store) {
    let (key, secret) = create(store).await;
    store.revoke_api_key(key.id, Reach::Alone, Actor::Owner, NOON).await.unwrap().unwrap();
    let again = store.revoke_api_key(key.id, Reach::Alone, Actor::Owner, NOON.plus_minutes(1)).await.unwrap().unwrap();
    assert_eq!(again.revoked_at, Some(NOON));
    let known = store.api_key_by_secret(secret.prefix(), hash(&secret)).await.unwrap().unwrap();
    assert_eq!(known.key.revoked_at, Some(NOON));
}

pub async fn uses_add_up_by_day(store: &dyn Store) {
    let (key, _) = create(store).await;
    let (today, tomorrow) = (Day::of(NOON), Day::of(NOON.plus_minutes(24 * 60)));
    let uses = |days: &[(Day, u64)], last_at, address: Option<&str>| KeyUses {
        id: key.id,
        days: days.iter().copied().collect(),
        last_at,
        last_address: address.map(str::to_owned),
    };
    let later = NOON.plus_minutes(24 * 60);
    store.record_api_key_uses(vec![uses(&[(today, 2), (tomorrow, 3)], later, Some("192.0.2.7"))]).await.unwrap();
    store.record_api_key_uses(vec![uses(&[(today, 5)], NOON, Some("192.0.2.8"))]).await.unwrap();
    let usage = store.api_key_usage(key.id, today).await.unwrap();
    assert_eq!((usage.total, usage.days), (10, BTreeMap::from([(today, 7), (tomorrow, 3)])));
    assert_eq!(usage.last_address.as_deref(), Some("192.0.2.7"), "a late report does not move the last use back");
    assert_eq!(store.api_key(key.id).await.unwrap().unwrap().last_used_at, Some(later));
    assert_eq!(store.api_key_usage(key.id, tomorrow).await.unwrap().days.len(), 1);
}

pub async fn a_rotated_keys_former_secrets_end_no_later_than_the_last_rotation_says(store: &dyn Store) {
    let (key, first) = create(store).await;
    let (second, third) = (ApiKeySecret::generate(&SystemRng), ApiKeySecret::generate(&SystemRng));
    let rotated = store.rotate_api_key(rotation(key.id, &second, NOON.plus_minutes(60))).await.unwrap().unwrap();
    assert_eq!((rotated.prefix.as_str(), rotated.rotated_at), (second.prefix(), Some(NOON)));
    assert_eq!(end_of(store, &first).await, Some(Some(NOON.plus_minutes(60))));
    assert_eq!(end_of(store, &second).await, Some(None));
    store.rotate_api_key(rotation(key.id, &third, NOON)).await.unwrap().unwrap();
    assert_eq!(end_of(store, &first).await, Some(Some(NOON)));
    assert_eq!(end_of(store, &second).await, Some(Some(NOON)));
    assert_eq!(end_of(store, &third).await, Some(None));
}

pub async fn a_key_that_is_over_cannot_be_rotated(store: &dyn Store) {
    let (revoked, _) = create(store).await;
    store.revoke_api_key(revoked.id, Reach::Alone, Actor::Owner, NOON).await.unwrap();
    let (expired, secret) = create_by(store, Actor::Owner, Some(NOON)).await;
    for id in [revoked.id, expired.id, ApiKeyId::generate(&SystemClock, &SystemRng)] {
        let fresh = ApiKeySecret::generate(&SystemRng);
        assert_eq!(store.rotate_api_key(rotation(id, &fresh, NOON)).await.unwrap(), None);
        assert_eq!(end_of(store, &fresh).await, None);
    }
    assert_eq!(end_of(store, &secret).await, Some(None), "nothing was replaced");
}

pub async fn a_revocation_reaches_what_a_key_made_only_if_it_is_meant_to(store: &dyn Store) {
    let (parent, _) = create(store).await;
    let (child, _) = create_by(store, Actor::ApiKey(parent.id, None), None).await;
    let (grandchild, _) = create_by(store, Actor::ApiKey(child.id, None), None).await;
    let (stranger, _) = create(store).await;
    let is_revoked = async |key: &ApiKey| store.api_key(key.id).await.unwrap().unwrap().revoked_at.is_some();
    store.revoke_api_key(parent.id, Reach::Alone, Actor::Owner, NOON).await.unwrap();
    assert!(!is_revoked(&child).await);
    store.revoke_api_key(parent.id, Reach::WithDescendants, Actor::Owner, NOON).await.unwrap();
    assert!(is_revoked(&child).await && is_revoked(&grandchild).await);
    assert!(!is_revoked(&stranger).await);
}
