use clawpair_core::Timestamp;
use clawpair_core::access::Role;
use clawpair_core::account::Session;
use clawpair_core::activity::Actor;
use clawpair_core::clock::SystemClock;
use clawpair_core::id::{InvitationId, MemberId, SessionId};
use clawpair_core::member::{Invitation, InvitationState, Member, MemberState};
use clawpair_core::rng::SystemRng;
use clawpair_core::secret::{KeyedHash, Pepper, Purpose, Secret};
use clawpair_core::store::{
    Invited, Joined, Joining, Login, MemberChange, MemberChanged, NewInvite, SealedTotp, SecondFactor, Sessions, SignIn, Store,
};

use super::fixtures::NOON;

pub fn hash(text: &str) -> KeyedHash {
    Pepper::from_bytes([1; 32]).hash(Purpose::Invitation, text.as_bytes())
}

pub async fn invite(store: &dyn Store, name: &str, role: Role) -> Option<KeyedHash> {
    let invitation = invitation(name, None, role);
    let shown = hash(&invitation.id.to_string());
    match store.invite(NewInvite { invitation, shown, mailed: None }).await.unwrap() {
        Invited::Done(_) => Some(shown),
        Invited::Taken => None,
        Invited::TooMuchMail(reason) => panic!("{reason}"),
    }
}

/// An invitation of the owner's that lives an hour.
pub fn invitation(name: &str, email: Option<&str>, role: Role) -> Invitation {
    Invitation {
        id: InvitationId::generate(&SystemClock, &SystemRng),
        name: name.parse().unwrap(),
        email: email.map(|email| email.parse().unwrap()),
        role,
        invited_by: Actor::Owner,
        created_at: NOON,
        expires_at: NOON.plus_minutes(60),
        state: InvitationState::Open,
        mail: None,
    }
}

pub async fn join(store: &dyn Store, token: KeyedHash, at: Timestamp) -> Joined {
    let id = MemberId::generate(&SystemClock, &SystemRng);
    store.join(token, Joining { member: id, password: Secret::new("$argon2id$".into()), from: None, at }).await.unwrap()
}

pub async fn member(store: &dyn Store, name: &str, role: Role) -> Member {
    match join(store, invite(store, name, role).await.unwrap(), NOON).await {
        Joined::Done(member) => member,
        other => panic!("{other:?}"),
    }
}

pub async fn sign_in(store: &dyn Store, member: MemberId, token: &str, second: SecondFactor) -> bool {
    let id = SessionId::generate(&SystemClock, &SystemRng);
    let session = Session { id, member, created_at: NOON, seen_at: NOON, address: None, ended_at: None };
    store.sign_in(SignIn { session, token: hash(token), second, replaces: None }).await.unwrap()
}

pub async fn is_signed_in(store: &dyn Store, token: &str) -> bool {
    store.session(hash(token)).await.unwrap().is_some_and(|(session, _)| session.ended_at.is_none())
}

pub async fn an_invitation_is_accepted_once_and_in_time(store: &dyn Store) {
    let token = invite(store, "Ada", Role::Viewer).await.unwrap();
    assert_eq!(join(store, token, NOON.plus_minutes(60)).await, Joined::Over);
    let Joined::Done(ada) = join(store, token, NOON).await else { panic!("not joined") };
    assert_eq!((ada.role, ada.state), (Role::Viewer, MemberState::Active));
    assert_eq!(join(store, token, NOON).await, Joined::Over);
    assert_eq!(store.invitations().await.unwrap()[0].state, InvitationState::Accepted { member: ada.id });
    assert_eq!(join(store, hash("unknown"), NOON).await, Joined::Over);
}

pub async fn a_name_belongs_to_one_member_until_they_are_removed(store: &dyn Store) {
    let early = invite(store, "ADA", Role::Viewer).await.unwrap();
    let ada = member(store, "Ada", Role::Viewer).await;
    assert_eq!(invite(store, "aDa", Role::Viewer).await, None);
    assert_eq!(join(store, early, NOON).await, Joined::Taken);
    store.change_member(ada.id, MemberChange::Removed, Actor::Owner, NOON).await.unwrap();
    assert!(matches!(join(store, early, NOON).await, Joined::Done(_)));
    let again = store.change_member(ada.id, MemberChange::Disabled(false), Actor::Owner, NOON).await.unwrap();
    assert_eq!(again, MemberChanged::Unknown, "nobody comes back");
}

pub async fn an_admin_who_may_sign_in_is_always_left(store: &dyn Store) {
    let (ada, grace) = (member(store, "Ada", Role::Admin).await, member(store, "Grace", Role::Admin).await);
    let change = async |id, change| store.change_member(id, change, Actor::Owner, NOON).await.unwrap();
    assert!(matches!(change(grace.id, MemberChange::Disabled(true)).await, MemberChanged::Done(_)));
    for what in [MemberChange::Role(Role::Viewer), MemberChange::Disabled(true), MemberChange::Removed] {
        assert_eq!(change(ada.id, what).await, MemberChanged::LastAdmin);
    }
    assert!(matches!(change(grace.id, MemberChange::Disabled(false)).await, MemberChanged::Done(_)));
    assert!(matches!(change(ada.id, MemberChange::Removed).await, MemberChanged::Done(_)));
}

pub async fn a_second_factor_is_spent_once(store: &dyn Store) {
    let ada = member(store, "Ada", Role::Viewer).await;
    assert!(sign_in(store, ada.id, "a", SecondFactor::None).await);
    store.set_totp(ada.id, Some((SealedTotp(vec![1]), 7)), vec![hash("r")], Actor::Owner, NOON).await.unwrap();
    assert!(!sign_in(store, ada.id, "b", SecondFactor::None).await);
    assert!(!sign_in(store, ada.id, "b", SecondFactor::Step(7)).await, "the code that proved it");
    assert!(sign_in(store, ada.id, "b", SecondFactor::Step(8)).await);
    assert!(!sign_in(store, ada.id, "c", SecondFactor::Step(8)).await);
    assert!(sign_in(store, ada.id, "c", SecondFactor::Recovery(hash("r"))).await);
    assert!(!sign_in(store, ada.id, "d", SecondFactor::Recovery(hash("r"))).await);
    assert_eq!(store.recovery_codes_left(ada.id).await.unwrap(), 0);
    assert!(!is_signed_in(store, "d").await);
}

pub async fn whoever_may_not_sign_in_is_signed_out(store: &dyn Store) {
    let ada = member(store, "Ada", Role::Viewer).await;
    assert!(sign_in(store, ada.id, "a", SecondFactor::None).await);
    store.change_member(ada.id, MemberChange::Disabled(true), Actor::Owner, NOON).await.unwrap();
    assert!(!is_signed_in(store, "a").await);
    assert!(!sign_in(store, ada.id, "b", SecondFactor::None).await);
    store.change_member(ada.id, MemberChange::Removed, Actor::Owner, NOON).await.unwrap();
    assert!(store.account(Login::Name("ada".parse().unwrap())).await.unwrap().is_none());
}

pub async fn a_new_password_keeps_the_session_that_set_it(store: &dyn Store) {
    let ada = member(store, "Ada", Role::Viewer).await;
    for token in ["a", "b"] {
        assert!(sign_in(store, ada.id, token, SecondFactor::None).await);
    }
    let (kept, _) = store.session(hash("a")).await.unwrap().unwrap();
    store.set_password(ada.id, Secret::new("new".into()), kept.id, Actor::Owner, NOON).await.unwrap();
    assert!(is_signed_in(store, "a").await && !is_signed_in(store, "b").await);
    assert_eq!(store.account_of(ada.id).await.unwrap().unwrap().password.reveal(), "new");
    assert_eq!(store.end_sessions(ada.id, Sessions::One(kept.id), Actor::Owner, NOON).await.unwrap(), 1);
    assert!(store.sessions(ada.id).await.unwrap().is_empty());
}
