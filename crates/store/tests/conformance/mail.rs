use clawpair_core::Timestamp;
use clawpair_core::access::Role;
use clawpair_core::activity::Actor;
use clawpair_core::clock::SystemClock;
use clawpair_core::id::{AddressChangeId, MemberId, NoticeId};
use clawpair_core::mail::{AddressChange, AddressChangeState, Delivery, MailFault, Proof, TooMuchMail, limits};
use clawpair_core::member::Member;
use clawpair_core::retention::Kept;
use clawpair_core::rng::SystemRng;
use clawpair_core::secret::KeyedHash;
use clawpair_core::store::{
    AddressAsked, AddressConfirmed, Confirming, DueMail, Invited, Joined, MailId, MemberChange, NewAddress, NewInvite, Store, Tried,
};

use super::fixtures::NOON;
use super::members::{hash, invitation, join, member};

/// An invitation that is to be mailed: its id, and its tokens, the shown and the mailed one.
async fn invite(store: &dyn Store, name: &str, email: &str) -> (MailId, [KeyedHash; 2]) {
    let invitation = invitation(name, Some(email), Role::Viewer);
    let id = invitation.id;
    let [shown, mailed] = ["shown", "mailed"].map(|copy| hash(&format!("{copy} {id}")));
    let invited = store.invite(NewInvite { invitation, shown, mailed: Some(mailed) }).await.unwrap();
    assert!(
        matches!(invited, Invited::Done(invitation) if invitation.mail == Some(Delivery::Waiting { attempts: 0, fault: None }))
    );
    (MailId::Invitation(id), [shown, mailed])
}

async fn take(store: &dyn Store, at: Timestamp) -> Vec<(DueMail, u32)> {
    store.take_due_mail(10, at, at.plus_minutes(3)).await.unwrap()
}

async fn delivery(store: &dyn Store) -> Delivery {
    store.invitations().await.unwrap()[0].mail.clone().unwrap()
}

async fn ask(store: &dyn Store, member: &Member, email: &str, at: Timestamp) -> (AddressAsked, KeyedHash) {
    let id = AddressChangeId::generate(&SystemClock, &SystemRng);
    let change = AddressChange {
        id,
        member: member.id,
        name: member.name.clone(),
        email: email.parse().unwrap(),
        asked_at: at,
        expires_at: at.plus_minutes(60),
        state: AddressChangeState::Open,
        mail: Delivery::Waiting { attempts: 0, fault: None },
    };
    let token = hash(&id.to_string());
    (store.ask_address(NewAddress { change, token, by: Actor::Member(member.id, None) }).await.unwrap(), token)
}

async fn confirm(store: &dyn Store, token: KeyedHash, at: Timestamp) -> AddressConfirmed {
    let notice = NoticeId::generate(&SystemClock, &SystemRng);
    store.confirm_address(Confirming { token, from: None, notice, at }).await.unwrap()
}

async fn address(store: &dyn Store, id: MemberId) -> (String, Option<Proof>) {
    let member = store.member(id).await.unwrap().unwrap();
    (member.email.map(String::from).unwrap_or_default(), member.email_verified.map(|verified| verified.by))
}

pub async fn a_mail_is_taken_by_one_and_tried_again_after_a_while(store: &dyn Store) {
    let (id, _) = invite(store, "Ada", "ada@example.com").await;
    let taken = take(store, NOON).await;
    assert!(matches!(&taken[..], [(DueMail::Invitation(invitation), 1)] if invitation.name.as_str() == "Ada"), "{taken:?}");
    assert!(take(store, NOON.plus_minutes(2)).await.is_empty(), "it is somebody's");
    assert!(matches!(&take(store, NOON.plus_minutes(3)).await[..], [(_, 2)]), "who took it was killed");
    let fault = MailFault::new("The mail server cannot be reached.");
    store.settle_mail(id, Tried::Again(NOON.plus_minutes(10), fault.clone()), NOON.plus_minutes(3)).await.unwrap();
    assert_eq!(delivery(store).await, Delivery::Waiting { attempts: 2, fault: Some(fault) });
    assert!(take(store, NOON.plus_minutes(9)).await.is_empty());
    assert_eq!(take(store, NOON.plus_minutes(10)).await.len(), 1);
    store.settle_mail(id, Tried::Sent, NOON.plus_minutes(11)).await.unwrap();
    assert_eq!(delivery(store).await, Delivery::Sent { at: NOON.plus_minutes(11) });
    store.settle_mail(id, Tried::GivenUp(MailFault::new("late")), NOON.plus_minutes(12)).await.unwrap();
    assert_eq!(delivery(store).await, Delivery::Sent { at: NOON.plus_minutes(11) }, "what was sent stays sent");
    assert!(take(store, NOON.plus_minutes(50)).await.is_empty());
}

pub async fn a_mail_whose_link_is_worthless_is_not_sent(store: &dyn Store) {
    let (id, _) = invite(store, "Ada", "ada@example.com").await;
    let MailId::Invitation(id) = id else { panic!() };
    store.withdraw_invitation(id, Actor::Owner, NOON).await.unwrap().unwrap();
    assert!(take(store, NOON).await.is_empty());
    assert!(matches!(delivery(store).await, Delivery::GivenUp { fault } if fault.as_str().contains("worthless")));
    invite(store, "Grace", "grace@example.com").await;
    assert!(take(store, NOON.plus_minutes(60)).await.is_empty(), "expired");
}

pub async fn the_mailed_token_verifies_the_address_and_the_shown_one_does_not(store: &dyn Store) {
    for (name, copy, proof) in [("Ada", 0, None), ("Grace", 1, Some(Proof::Invitation))] {
        let (_, tokens) = invite(store, name, &format!("{name}@example.com")).await;
        assert_eq!(store.invitation_by_token(tokens[copy]).await.unwrap().unwrap().name.as_str(), name);
        let Joined::Done(member) = join(store, tokens[copy], NOON).await else { panic!("not joined") };
        assert_eq!(member.email_verified.map(|verified| (verified.at, verified.by)), proof.map(|proof| (NOON, proof)));
        for token in tokens {
            assert_eq!(join(store, token, NOON).await, Joined::Over, "both tokens are of one invitation");
        }
    }
}

pub async fn nobody_is_flooded_with_mail(store: &dyn Store) {
    for i in 0..limits::TO_ONE_ADDRESS {
        invite(store, &format!("Ada {i}"), "ada@example.com").await;
    }
    let refused = async |email: &str, at: Timestamp| {
        let invitation = clawpair_core::member::Invitation { created_at: at, ..invitation("Eve", Some(email), Role::Viewer) };
        let [shown, mailed] = [0, 1].map(|copy| hash(&format!("{copy} {}", invitation.id)));
        match store.invite(NewInvite { invitation, shown, mailed: Some(mailed) }).await.unwrap() {
            Invited::TooMuchMail(reason) => Some(reason),
            _ => None,
        }
    };
    let day = NOON.plus_minutes(24 * 60);
    let before = store.invitations().await.unwrap().len();
    assert_eq!(refused("ada@example.com", NOON.plus_minutes(1)).await, Some(TooMuchMail::ToAddress { until: day }));
    assert_eq!(store.invitations().await.unwrap().len(), before, "nothing was made");
    for i in limits::TO_ONE_ADDRESS..limits::BY_ONE_ACTOR {
        invite(store, &format!("Ada {i}"), &format!("ada{i}@example.com")).await;
    }
    assert_eq!(refused("eve@example.com", NOON.plus_minutes(1)).await, Some(TooMuchMail::ByActor { until: day }));
    assert_eq!(refused("ada@example.com", day).await, None, "a day later");
}

pub async fn an_address_counts_from_when_its_link_is_opened(store: &dyn Store) {
    let ada = member(store, "Ada", Role::Viewer).await;
    let (asked, token) = ask(store, &ada, "ada@example.com", NOON).await;
    assert!(matches!(asked, AddressAsked::Done(_)));
    assert_eq!(address(store, ada.id).await, (String::new(), None), "not yet");
    assert!(
        matches!(&take(store, NOON).await[..], [(DueMail::AddressChange(change), 1)] if change.email.as_str() == "ada@example.com")
    );
    let AddressConfirmed::Done(now) = confirm(store, token, NOON.plus_minutes(5)).await else { panic!() };
    assert_eq!(address(store, ada.id).await, ("ada@example.com".into(), Some(Proof::Confirmation)));
    assert_eq!(confirm(store, token, NOON.plus_minutes(6)).await, AddressConfirmed::Done(now), "opened twice");
    assert_eq!(confirm(store, hash("unknown"), NOON).await, AddressConfirmed::Over);
    let change = store.address_change(ada.id).await.unwrap().unwrap();
    assert_eq!(change.state, AddressChangeState::Confirmed);
}

pub async fn a_later_wish_replaces_an_earlier_one_and_the_same_one_is_a_repetition(store: &dyn Store) {
    let ada = member(store, "Ada", Role::Viewer).await;
    let (AddressAsked::Done(first), old) = ask(store, &ada, "ada@example.com", NOON).await else { panic!() };
    let (again, _) = ask(store, &ada, "ada@example.com", NOON.plus_minutes(9)).await;
    assert!(matches!(again, AddressAsked::Again(change) if change.id == first.id));
    let (AddressAsked::Done(_), new) = ask(store, &ada, "countess@example.com", NOON.plus_minutes(9)).await else { panic!() };
    assert_eq!(confirm(store, old, NOON.plus_minutes(10)).await, AddressConfirmed::Over);
    assert_eq!(confirm(store, new, NOON.plus_minutes(69)).await, AddressConfirmed::Over, "expired");
    assert!(matches!(confirm(store, new, NOON.plus_minutes(68)).await, AddressConfirmed::Done(_)));
}

pub async fn an_address_belongs_to_one_member_who_may_sign_in(store: &dyn Store) {
    let (ada, eve) = (member(store, "Ada", Role::Viewer).await, member(store, "Eve", Role::Viewer).await);
    let (_, token) = ask(store, &ada, "ada@example.com", NOON).await;
    let (_, racing) = ask(store, &eve, "ada@example.com", NOON).await;
    assert!(matches!(confirm(store, token, NOON).await, AddressConfirmed::Done(_)));
    assert_eq!(confirm(store, racing, NOON).await, AddressConfirmed::Taken);
    let (_, late) = ask(store, &eve, "eve@example.com", NOON).await;
    store.change_member(eve.id, MemberChange::Disabled(true), Actor::Owner, NOON).await.unwrap();
    assert_eq!(confirm(store, late, NOON).await, AddressConfirmed::Over);
    assert_eq!(address(store, eve.id).await, (String::new(), None));
}

pub async fn a_mail_goes_with_what_it_is_about(store: &dyn Store) {
    let ada = member(store, "Ada", Role::Viewer).await;
    ask(store, &ada, "countess@example.com", NOON).await;
    invite(store, "Grace", "grace@example.com").await;
    let hour = NOON.plus_minutes(60);
    let prune = async |before| store.prune(Kept::SignIns, before, before, 100).await.unwrap();
    assert_eq!(prune(hour).await, 0, "what ends at this moment was not over before it");
    assert_eq!(prune(hour.plus_seconds(1)).await, 3, "two invitations and a wish");
    assert_eq!(store.address_change(ada.id).await.unwrap(), None);
    assert!(take(store, hour).await.is_empty());
}

pub async fn the_address_before_is_told_if_mail_was_known_to_arrive_there(store: &dyn Store) {
    let ada = member(store, "Ada", Role::Viewer).await;
    let (_, first) = ask(store, &ada, "ada@example.com", NOON).await;
    confirm(store, first, NOON).await;
    assert_eq!(take(store, NOON).await.len(), 0, "there was none before, and the first mail's link is worthless by now");
    let (_, second) = ask(store, &ada, "countess@example.com", NOON).await;
    take(store, NOON).await;
    assert!(matches!(confirm(store, second, NOON).await, AddressConfirmed::Done(_)));
    assert!(matches!(confirm(store, second, NOON).await, AddressConfirmed::Done(_)), "opened twice, told once");
    let due = take(store, NOON).await;
    assert!(
        matches!(&due[..], [(DueMail::AddressChanged { to, change, .. }, 1)]
            if to.as_str() == "ada@example.com" && change.email.as_str() == "countess@example.com"),
        "{due:?}"
    );
    assert!(take(store, NOON.plus_minutes(49 * 60)).await.is_empty(), "nobody is told days later");
}
