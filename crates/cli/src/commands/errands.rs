//! What was asked for and how it stands, for printing and for the exit code.

use clawpair_app::view::outbox::{ErrandChoice, ErrandFault, ErrandIntent, ErrandState, ErrandView};

use crate::desk::named;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::table;

/// A line for each.
pub(super) fn listed<'a>(errands: impl IntoIterator<Item = &'a ErrandView>) -> String {
    table(["errand", "platform", "what", "stands"], errands.into_iter().map(row))
}

fn row(errand: &ErrandView) -> [String; 4] {
    [errand.id.to_string(), named(&errand.platform_name).to_owned(), what(errand), stands(errand)]
}

/// What is to be done, and to whom.
pub(super) fn what(errand: &ErrandView) -> String {
    let whom = errand.name.as_ref().map_or_else(|| errand.subject.clone(), |name| format!("{name} ({})", errand.subject));
    match &errand.intent {
        ErrandIntent::Rename { name } => format!("rename {whom} to {name}"),
        ErrandIntent::EditTags { tags } => format!("tag {whom}: {}", tags.join(", ")),
        ErrandIntent::Disable { .. } => format!("disable {whom}"),
        ErrandIntent::Enable => format!("enable {whom}"),
        ErrandIntent::Revoke { .. } => format!("revoke {whom}"),
        ErrandIntent::Rotate { .. } => format!("replace a token of {whom}"),
        ErrandIntent::Approve { .. } => format!("let in {whom}"),
        ErrandIntent::Deny { .. } => format!("deny {whom}"),
    }
}

/// How far it has come. Of a revocation that is not seen to be done it says so first.
fn stands(errand: &ErrandView) -> String {
    let far = match &errand.state {
        ErrandState::Queued { due } if errand.attempts > 0 => format!("tried {} times, next at {due}", errand.attempts),
        ErrandState::Queued { .. } => format!("waits since {}", errand.queued_at),
        ErrandState::Sent => "sent, no answer yet".to_owned(),
        ErrandState::Acknowledged => "acknowledged, and not yet seen to be done".to_owned(),
        ErrandState::Verified => return format!("verified at {}", errand.ended_at.as_deref().unwrap_or_default()),
        ErrandState::Failed { sentence, choices, why, .. } => {
            let why = why.as_ref().map_or_else(String::new, |why| format!(" {}", why.message));
            let choices: Vec<&str> = choices.iter().map(|&choice| word(choice)).collect();
            format!("{sentence}{} Choose: {}", if sentence.contains(why.trim()) { "" } else { &why }, choices.join(" or "))
        }
        ErrandState::Expired => "was not sent in time".to_owned(),
        ErrandState::Withdrawn => return "taken back".to_owned(),
        ErrandState::Overtaken => return "overtaken by what was asked for later".to_owned(),
        ErrandState::Abandoned => return "given up, since its platform was removed".to_owned(),
    };
    if is_not_yet_revoked(errand) { format!("NOT yet revoked: {far}") } else { far }
}

pub(super) const fn word(choice: ErrandChoice) -> &'static str {
    match choice {
        ErrandChoice::TryAgain => "try-again",
        ErrandChoice::Overwrite => "overwrite",
        ErrandChoice::RevokeReturned => "revoke-returned",
        ErrandChoice::Leave => "leave",
    }
}

fn is_not_yet_revoked(errand: &ErrandView) -> bool {
    let is_gone = matches!(errand.state, ErrandState::Failed { fault: ErrandFault::Gone, .. });
    let is_over =
        matches!(errand.state, ErrandState::Verified | ErrandState::Withdrawn | ErrandState::Overtaken | ErrandState::Abandoned);
    matches!(errand.intent, ErrandIntent::Revoke { .. }) && !is_over && !is_gone
}

/// What has to be said of all of them by the exit code: the worst first.
pub(super) fn judged<'a>(errands: &(impl IntoIterator<Item = &'a ErrandView> + Clone)) -> Result<(), Failure> {
    let count = |is: fn(&ErrandView) -> bool| errands.clone().into_iter().filter(|errand| is(errand)).count();
    let listed = "clawpair outbox list says which, and clawpair sync sends again.";
    match count(is_not_yet_revoked) {
        0 => {}
        1 => return Err(not_yet_revoked("One device is NOT yet revoked.")),
        many => return Err(not_yet_revoked(&format!("{many} devices are NOT yet revoked."))),
    }
    let conflicts = count(|errand| matches!(errand.state, ErrandState::Failed { .. }));
    if conflicts > 0 {
        let message = format!("Not done, and to be decided: {conflicts}.");
        return Err(Failure::new(Exit::Conflict, "conflicts", message).hint("Decide with clawpair outbox choose ERRAND CHOICE."));
    }
    let is_open =
        |errand: &ErrandView| matches!(errand.state, ErrandState::Queued { .. } | ErrandState::Sent | ErrandState::Acknowledged);
    match count(is_open) {
        0 => Ok(()),
        many => Err(Failure::new(Exit::Unfinished, "waiting", format!("Not yet done: {many}.")).hint(listed)),
    }
}

fn not_yet_revoked(message: &str) -> Failure {
    Failure::new(Exit::NotYetRevoked, "not_yet_revoked", message)
        .hint("clawpair outbox list says why. Until it is verified, take the device to be let in.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errand(intent: ErrandIntent, state: ErrandState) -> ErrandView {
        ErrandView {
            id: 7,
            platform: "plat-1".into(),
            platform_name: String::new(),
            subject: "dev-1".into(),
            name: Some("Hall".into()),
            key: "7F3K-9QWZ-4JN2".into(),
            intent,
            queued_at: "2026-01-02T03:04:05Z".into(),
            expires_at: None,
            attempts: 0,
            sent_at: None,
            acknowledged_at: None,
            ended_at: Some("2026-01-02T03:04:06Z".into()),
            can_withdraw: true,
            overtook: Vec::new(),
            resumes: Vec::new(),
            state,
        }
    }

    const REVOKE: ErrandIntent = ErrandIntent::Revoke { reason: None };

    fn failed() -> ErrandState {
        let choices = vec![ErrandChoice::Overwrite, ErrandChoice::Leave];
        ErrandState::Failed { fault: ErrandFault::Changed, sentence: "Somebody has changed this.".into(), choices, why: None }
    }

    #[test]
    fn a_revocation_whose_device_is_gone_is_to_be_decided() {
        let sentence = "The platform no longer has this.".to_owned();
        let gone = ErrandState::Failed { fault: ErrandFault::Gone, sentence, choices: vec![ErrandChoice::Leave], why: None };
        let errand = errand(REVOKE, gone);
        assert!(stands(&errand).starts_with("The platform no longer has this."), "{}", stands(&errand));
        assert_eq!(judged(&[&errand]).unwrap_err().exit, Exit::Conflict);
    }

    #[test]
    fn only_what_is_verified_or_taken_back_is_not_called_not_yet_revoked() {
        let queued = ErrandState::Queued { due: "2026-01-02T03:04:05Z".into() };
        for state in [queued, ErrandState::Sent, ErrandState::Acknowledged, failed(), ErrandState::Expired] {
            let errand = errand(REVOKE, state);
            assert!(stands(&errand).starts_with("NOT yet revoked: "), "{}", stands(&errand));
            assert_eq!(judged(&[&errand]).unwrap_err().exit, Exit::NotYetRevoked);
        }
        let verified = errand(REVOKE, ErrandState::Verified);
        assert_eq!((stands(&verified).as_str(), judged(&[&verified])), ("verified at 2026-01-02T03:04:06Z", Ok(())));
        assert_eq!(judged(&[&errand(REVOKE, ErrandState::Withdrawn)]), Ok(()));
    }

    #[test]
    fn the_exit_code_says_the_worst() {
        let conflict = errand(ErrandIntent::Enable, failed());
        let open = errand(ErrandIntent::Enable, ErrandState::Sent);
        let lost = errand(REVOKE, ErrandState::Sent);
        assert_eq!(judged(&[&open]).unwrap_err().exit, Exit::Unfinished);
        assert_eq!(judged(&[&open, &conflict]).unwrap_err().exit, Exit::Conflict);
        assert_eq!(judged(&[&open, &conflict, &lost]).unwrap_err().exit, Exit::NotYetRevoked);
        assert!(stands(&conflict).ends_with("Choose: overwrite or leave"), "{}", stands(&conflict));
    }
}
