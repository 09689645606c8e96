use clawpair_core::access::Role;
use clawpair_core::activity::Actor;
use clawpair_core::api_key::{ApiKey, ApiKeySecret};
use clawpair_core::clock::SystemClock;
use clawpair_core::id::ApiKeyId;
use clawpair_core::rng::SystemRng;
use clawpair_core::secret::{KeyedHash, Pepper, Purpose};
use clawpair_core::store::Store;

use super::fixtures::NOON;

fn hash(secret: &ApiKeySecret) -> KeyedHash {
    Pepper::from_bytes([1; 32]).hash(Purpose::ApiKey, secret.secret().reveal().as_bytes())
}

async fn create(store: &dyn Store) -> (ApiKey, ApiKeySecret) {
    let secret = ApiKeySecret::generate(&SystemRng);
    let key = ApiKey {
        id: ApiKeyId::generate(&SystemClock, &SystemRng),
        name: "CI".parse().unwrap(),
        prefix: secret.prefix().to_owned(),
        role: Role::DeviceManager,
        scopes: None,
        created_at: NOON,
        expires_at: None,
        last_used_at: None,
        revoked_at: None,
    };
    store.create_api_key(key.clone(), hash(&secret), Actor::Owner).await.unwrap();
    (key, secret)
}

pub async fn a_key_is_found_by_prefix_and_secret_only(store: &dyn Store) {
    let (key, secret) = create(store).await;
    let other = ApiKeySecret::generate(&SystemRng);
    assert_eq!(store.use_api_key(secret.prefix(), hash(&other), NOON).await.unwrap(), None);
    assert_eq!(store.use_api_key(other.prefix(), hash(&secret), NOON).await.unwrap(), None);
    let used = store.use_api_key(secret.prefix(), hash(&secret), NOON.plus_minutes(1)).await.unwrap().unwrap();
    assert_eq!((used.id, used.last_used_at), (key.id, Some(NOON.plus_minutes(1))));
    assert_eq!(store.api_keys().await.unwrap(), [used]);
}

pub async fn a_revoked_key_is_still_known(store: &dyn Store) {
    let (key, secret) = create(store).await;
    store.revoke_api_key(key.id, Actor::Owner, NOON).await.unwrap().unwrap();
    let again = store.revoke_api_key(key.id, Actor::Owner, NOON.plus_minutes(1)).await.unwrap().unwrap();
    assert_eq!(again.revoked_at, Some(NOON));
    let known = store.use_api_key(secret.prefix(), hash(&secret), NOON).await.unwrap().unwrap();
    assert_eq!((known.revoked_at, known.last_used_at), (Some(NOON), None), "a revoked key is not used");
}
