//! What goes out next, and what becomes of it by the platform's answer or by a person's choice.

use std::time::Duration;

use clawpair_api::{ErrorBody, ErrorCode};
use clawpair_core::backoff::Backoff;
use clawpair_core::{Rng, Timestamp};
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::delivery::{Delivery, InvalidStep, Wait};
use crate::error::MirrorError;
use crate::file::{Mirror, next_tick};
use crate::intent::{Choice, Conflict, Intent};
use crate::journal::{self, Deed};
use crate::left_in::unless_over;
use crate::lost;
use crate::outbox::{self, Errand, Seen, errands, named};
use crate::overtaking::{bring_back_what_it_ended, end_for, hand_over, to_be_shut_out_by};
use crate::platform::{Place, PlatformId, number_of};
use crate::things::bounded;
use crate::tombstone;

/// The ceiling of the first wait between attempts; it doubles each time.
const FIRST: Duration = Duration::from_secs(1);
/// The ceiling of all later waits.
const MOST: Duration = Duration::from_mins(5);
/// Doublings after which the ceiling is the highest for sure.
const DOUBLINGS: u32 = 16;
/// The longest that a platform may put something off.
const LONGEST_ASKED: Duration = Duration::from_hours(24);
/// After so many seconds without any word of it an attempt counts as lost.
const LOST_AFTER_SECONDS: i64 = 120;

/// What came of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The platform says that it was done.
    Done {
        /// The thing's revision since, where it has one.
        revision: Option<u32>,
    },
    /// It was not done and will not be done if it is asked again.
    Refused(ErrorBody),
    /// It was not done and will not be, for a reason that is not only in the platform's words.
    Contradicted(Conflict),
    /// It was not done, and may be later.
    Later {
        /// How long to wait at least, if the platform said (`Retry-After`).
        after: Option<Duration>,
    },
    /// There was none: it may have been done or not.
    Lost,
}

impl Answer {
    /// What a refusal with an HTTP status means: 408, 425, 429 and what is the platform's own fault pass by themselves, all else does not.
    pub fn refused(why: ErrorBody, status: u16, retry_after: Option<Duration>) -> Self {
        match status {
            408 | 425 | 429 | 500.. => Self::Later { after: retry_after },
            _ => Self::Refused(why),
        }
    }
}

impl From<InvalidStep> for MirrorError {
    fn from(error: InvalidStep) -> Self {
        Self::Invalid(error.to_string())
    }
}

/// What waits and for nothing else that was asked of the same thing: nothing that is on its way, and nothing that goes out before it, which is
/// what was asked for before, but disabling before names, tags and tokens. A revocation waits for nothing. An enabling ends for what shuts out
/// when it is taken. The platform's number is the first value, and now the second.
const FIRST_OF_ITS_THING: &str = "outbox.platform = ?1 AND state IN (0, 1) AND state = 0 AND (revokes OR NOT EXISTS
    (SELECT 1 FROM outbox AS other WHERE other.platform = ?1 AND other.subject = outbox.subject AND other.state IN (0, 1)
       AND (other.state = 1 OR iif(outbox.intent ->> '$.kind' = 'disable',
         other.id < outbox.id AND other.intent ->> '$.kind' IN ('disable', 'revoke'),
         other.id < outbox.id OR outbox.intent ->> '$.kind' != 'enable' AND other.intent ->> '$.kind' = 'disable'
           AND (other.due_at <= ?2 OR other.put_off_at > ?2)))))";

/// What waits, was never sent and may end by itself; the platform's number is the first value. What was sent may have been done in time: the
/// next attempt sees.
const ENDS: &str = "outbox.platform = ?1 AND state IN (0, 1) AND state = 0 AND attempts = 0 AND expires_at IS NOT NULL";

fn expire(db: &Connection, platform: i64, now: Timestamp) -> Result<bool, MirrorError> {
    let late = errands(db, &format!("WHERE {ENDS} AND expires_at <= ?2"), params![platform, now.as_millis()])?;
    for errand in &late {
        step(db, errand, errand.delivery.clone().expired(now, errand.attempts)?)?;
    }
    Ok(!late.is_empty())
}

impl Mirror {
    /// Takes what is to be sent to a platform next and is due, each of another thing, so that it may be sent side by side. It counts as sent
    /// from then on, so that a crash while it is under way is known to have been one. What was not decided in time expires here.
    ///
    /// # Errors
    /// When there is no such platform, or it cannot be kept; nothing may be sent then.
    pub fn take_several(&self, platform: &PlatformId, most: usize, now: Timestamp) -> Result<Vec<Errand>, MirrorError> {
        self.write(|db| {
            let number = number_of(db, platform)?;
            put_back_lost(db, number, now)?;
            expire(db, number, now)?;
            let rest = format!("WHERE {FIRST_OF_ITS_THING} AND (due_at <= ?2 OR put_off_at > ?2) ORDER BY outbox.id LIMIT ?3");
            let (mut taken, mut more) = (Vec::new(), true);
            while taken.is_empty() && more {
                let due = errands(db, &rest, params![number, now.as_millis(), bounded(most)])?;
                more = !due.is_empty();
                for next in due {
                    if let Some(later) = to_be_shut_out_by(db, &next)? {
                        end_for(db, &next, later, now)?;
                        continue;
                    }
                    let delivery = next.delivery.clone().sent(now)?;
                    let sent = Errand { attempts: next.attempts + 1, sent_at: Some(now), delivery, ..next.clone() };
                    outbox::write(db, &next, &sent)?;
                    taken.push(sent);
                }
            }
            Ok(taken)
        })
    }

    /// To be called right before an attempt goes out, which is `errand` as it was taken: whether it still may. Another program takes what
    /// nobody has heard of for two minutes, which begin anew with this.
    ///
    /// # Errors
    /// When it cannot be kept; nothing may be sent then.
    pub fn sets_out(&self, errand: &Errand, now: Timestamp) -> Result<bool, MirrorError> {
        let sql = "UPDATE outbox SET sent_at = ?3 WHERE id = ?1 AND state = 1 AND attempts = ?2";
        // After a power cut nothing is on its way any more.
        self.write_unsynced(|db| Ok(db.prepare_cached(sql)?.execute(params![errand.id, errand.attempts, now.as_millis()])? == 1))
    }

    /// What was not decided in time expires, also while its platform does not answer; whether anything did.
    ///
    /// # Errors
    /// When there is no such platform, or it cannot be kept.
    pub fn expire(&self, platform: &PlatformId, now: Timestamp) -> Result<bool, MirrorError> {
        self.write(|db| expire(db, number_of(db, platform)?, now))
    }

    /// When the next thing is due for a platform, if anything waits.
    ///
    /// # Errors
    /// When there is no such platform, or it cannot be read.
    pub fn next_due(&self, platform: &PlatformId, now: Timestamp) -> Result<Option<Timestamp>, MirrorError> {
        self.read(|db| {
            let number = number_of(db, platform)?;
            let sql = format!("SELECT min(iif(put_off_at > ?2, ?2, due_at)) FROM outbox WHERE {FIRST_OF_ITS_THING}");
            let due: Option<i64> = db.prepare_cached(&sql)?.query_row([number, now.as_millis()], |row| row.get(0))?;
            Ok(due.map(Timestamp::from_millis))
        })
    }

    /// When the next thing that waits for a platform ends without having been sent, if any does.
    ///
    /// # Errors
    /// Likewise.
    pub fn next_to_expire(&self, platform: &PlatformId) -> Result<Option<Timestamp>, MirrorError> {
        self.read(|db| {
            let number = number_of(db, platform)?;
            let sql = format!("SELECT min(expires_at) FROM outbox WHERE {ENDS}");
            let ends: Option<i64> = db.prepare_cached(&sql)?.query_row([number], |row| row.get(0))?;
            Ok(ends.map(Timestamp::from_millis))
        })
    }

    /// Enters what came of several attempts, each named by its errand and by how many that had had as it was taken: all is entered or, when
    /// this fails, nothing. An acknowledgement counts whenever it comes; any other answer only for the latest attempt.
    ///
    /// # Errors
    /// When there is no such errand, or it cannot be kept: then the attempts count as lost, and go out again under the same keys.
    pub fn settle_all(&self, answers: Vec<(i64, u32, Answer)>, now: Timestamp, rng: &dyn Rng) -> Result<Vec<Errand>, MirrorError> {
        self.write(|db| {
            // Only readings that begin after this count.
            let tick = next_tick(db)?;
            answers.into_iter().map(|(id, attempt, answer)| settle(db, id, attempt, answer, tick, now, rng)).collect()
        })
    }

    /// Takes back what was never sent. What a revocation has ended waits again then, unless it lets somebody in.
    ///
    /// # Errors
    /// When it may have arrived, or it cannot be kept.
    pub fn withdraw(&self, id: i64, now: Timestamp) -> Result<Errand, MirrorError> {
        self.write(|db| {
            let errand = outbox::find(db, id)?;
            if !errand.delivery.is_open() {
                return Err(InvalidStep.into());
            }
            if matches!(errand.intent, Intent::Deny { .. }) {
                lost::is_found(db, number_of(db, &errand.place.platform)?, &errand.key)?;
            }
            let delivery = errand.delivery.clone().withdrawn(now, errand.attempts)?;
            let withdrawn = step(db, &errand, delivery)?;
            bring_back_what_it_ended(db, &errand, now)?;
            Ok(withdrawn)
        })
    }

    /// Does what a person chose about a conflict; what is asked for anew is a new errand. What a revocation has ended that was refused waits
    /// again once that is left undone, unless it lets somebody in.
    ///
    /// # Errors
    /// When that is not one of the choices, or it cannot be kept.
    pub fn choose(&self, id: i64, choice: Choice, now: Timestamp, rng: &dyn Rng) -> Result<Option<Errand>, MirrorError> {
        self.write(|db| {
            let errand = outbox::find(db, id)?;
            let Delivery::Failed { conflict, .. } = &errand.delivery else { return Err(InvalidStep.into()) };
            if !conflict.choices().contains(&choice) {
                return Err(InvalidStep.into());
            }
            let platform = number_of(db, &errand.place.platform)?;
            let seen =
                |revision| Seen { key: errand.key.clone(), paired_at: errand.paired_at, revision, expires_at: errand.expires_at };
            step(db, &errand, errand.delivery.clone().withdrawn(now, errand.attempts)?)?;
            let anew = match (choice, conflict) {
                (Choice::TryAgain, _) => {
                    let anew =
                        outbox::insert(db, platform, &errand.place, &errand.intent, &seen(errand.revision), now, &named(rng))?;
                    hand_over(db, &errand, anew.id)?;
                    Some(anew)
                }
                (Choice::Overwrite, _) => {
                    Some(outbox::insert(db, platform, &errand.place, &errand.intent, &seen(None), now, &named(rng))?)
                }
                (Choice::RevokeReturned, Conflict::PairedAgain { id }) => {
                    let place = Place { id: id.clone(), ..errand.place.clone() };
                    Some(outbox::ask(db, &place, &errand.intent, None, now, rng)?)
                }
                (Choice::Leave, Conflict::NotAllowed { .. } | Conflict::Refused { .. }) => {
                    bring_back_what_it_ended(db, &errand, now)?;
                    None
                }
                (Choice::RevokeReturned | Choice::Leave, _) => None,
            };
            Ok(anew)
        })
    }
}

fn settle(
    db: &Connection,
    id: i64,
    attempt: u32,
    answer: Answer,
    tick: i64,
    now: Timestamp,
    rng: &dyn Rng,
) -> Result<Errand, MirrorError> {
    let mut errand = outbox::find(db, id)?;
    let (under_way, was) = (attempt == errand.attempts, errand.delivery.clone());
    if under_way
        && was.is_sent()
        && matches!(answer, Answer::Later { .. } | Answer::Lost)
        && let Some(later) = to_be_shut_out_by(db, &errand)?
    {
        return end_for(db, &errand, later, now);
    }
    let delivery = match answer {
        Answer::Done { revision } => {
            let acknowledged = was.acknowledged(now, tick);
            if acknowledged.is_ok() {
                follow_revision(db, &errand, revision)?;
                // What is asked for from now on is meant on top of it, also before any list shows it.
                errand.revision = errand.revision.and(revision);
                tombstone::learn(db, &errand)?;
            }
            acknowledged
        }
        Answer::Refused(why) if under_way && is_done_by(&errand.intent, &why) => was.acknowledged(now, tick),
        Answer::Refused(why) if under_way => was.failed(now, conflict(db, &errand, why)?),
        Answer::Contradicted(conflict) if under_way => was.failed(now, conflict),
        Answer::Later { after } if under_way => was.again(wait(&errand, after, now, rng)),
        Answer::Lost if under_way => was.again(wait(&errand, None, now, rng)),
        Answer::Refused(_) | Answer::Contradicted(_) | Answer::Later { .. } | Answer::Lost => Err(InvalidStep),
    };
    // What does not follow from how it stands was answered before, or is an older attempt's.
    let Ok(delivery) = delivery else { return Ok(errand) };
    step(db, &errand, delivery)
}

/// Writes the next state of an errand.
pub(crate) fn step(db: &Connection, before: &Errand, delivery: Delivery) -> Result<Errand, MirrorError> {
    let acknowledged_at = match &delivery {
        Delivery::Acknowledged { at, .. } => Some(*at),
        _ => before.acknowledged_at,
    };
    let after = Errand { acknowledged_at, delivery, ..before.clone() };
    outbox::write(db, before, &after)?;
    if let Some((at, deed)) = ended(&after) {
        journal::append(db, at, &deed)?;
    }
    Ok(after)
}

/// What the journal says of how an errand has ended, so far.
fn ended(errand: &Errand) -> Option<(Timestamp, Deed)> {
    let (subject, word) = (journal::subject(&errand.place), errand.intent.word());
    Some(match &errand.delivery {
        Delivery::Queued { .. } | Delivery::Sent { .. } | Delivery::Acknowledged { .. } => return None,
        Delivery::Verified { at } => (*at, Deed::by_platform("verified", subject, Some(word.into()))),
        Delivery::Failed { at, conflict } => {
            (*at, Deed::by_platform("failed", subject, Some(format!("{word}: {}", conflict.sentence()))))
        }
        Delivery::Expired { at } => (*at, Deed::by_platform("expired", subject, Some(word.into()))),
        Delivery::Withdrawn { at } => (*at, Deed::by_person("withdrawn", subject, Some(word.into()))),
        Delivery::Overtaken { at } => (*at, Deed::by_platform("overtaken", subject, Some(word.into()))),
        Delivery::Abandoned { at } => (*at, Deed::by_platform("abandoned", subject, Some(word.into()))),
    })
}

/// What nobody has heard of for long goes out again.
fn put_back_lost(db: &Connection, platform: i64, now: Timestamp) -> Result<(), MirrorError> {
    // Where the clock was set back since, nobody knows for how long it has been under way: it begins anew.
    db.prepare_cached("UPDATE outbox SET sent_at = ?2 WHERE platform = ?1 AND state IN (0, 1) AND state = 1 AND sent_at > ?2")?
        .execute([platform, now.as_millis()])?;
    db.prepare_cached(
        "UPDATE outbox SET state = 0, due_at = 0 WHERE platform = ?1 AND state IN (0, 1) AND state = 1 AND sent_at < ?2",
    )?
    .execute([platform, now.plus_seconds(-LOST_AFTER_SECONDS).as_millis()])?;
    Ok(())
}

fn wait(errand: &Errand, asked: Option<Duration>, now: Timestamp, rng: &dyn Rng) -> Wait {
    let doublings = errand.attempts.saturating_sub(1).min(DOUBLINGS);
    let mut backoff = Backoff::new(FIRST * 2_u32.pow(doublings), MOST);
    let wait = backoff.wait_at_least(rng, asked.map(|asked| asked.min(LONGEST_ASKED)));
    Wait { since: now, until: Timestamp::from_millis(now.as_millis() + i64::try_from(wait.as_millis()).unwrap_or(0)) }
}

/// What was queued behind an edit was meant on top of it. What disabling has gone ahead of, and disabling that was tried before and put off,
/// is not done as long as the revision that both were meant on is the last one before this. What a revocation has ended may wait again.
fn follow_revision(db: &Connection, errand: &Errand, revision: Option<u32>) -> Result<(), MirrorError> {
    let platform = number_of(db, &errand.place.platform)?;
    if errand.revision.is_some() {
        db.prepare_cached(
            "UPDATE outbox SET revision = ?4 WHERE platform = ?1 AND subject = ?2 AND state IN (0, 7) AND acknowledged_at IS NULL
               AND (id > ?3 AND (attempts = 0 OR intent ->> '$.kind' = 'disable') OR id < ?3) AND revision = ?5",
        )?
        .execute(params![platform, errand.place.id, errand.id, revision, errand.revision])?;
    }
    Ok(())
}

/// Whether a refusal says that what was wanted is so already.
const fn is_done_by(intent: &Intent, why: &ErrorBody) -> bool {
    intent.revokes() && matches!(why.code, ErrorCode::AlreadyRevoked | ErrorCode::DeviceRevoked)
}

fn conflict(db: &Connection, errand: &Errand, why: ErrorBody) -> Result<Conflict, MirrorError> {
    Ok(match why.code {
        ErrorCode::NotFound if errand.intent.revokes() => match same_key(db, errand)? {
            Some(id) => Conflict::PairedAgain { id },
            None => Conflict::Gone,
        },
        ErrorCode::NotFound | ErrorCode::AlreadyRevoked | ErrorCode::DeviceRevoked => Conflict::Gone,
        ErrorCode::ChangedMeanwhile => Conflict::Changed,
        ErrorCode::RequestChanged => Conflict::AsksOtherwise,
        ErrorCode::RequestDecided
        | ErrorCode::RequestExpired
        | ErrorCode::CodeUsed
        | ErrorCode::CodeCancelled
        | ErrorCode::CodeExpired => Conflict::Decided,
        _ if matches!(why.code.status(), 401 | 403) => unless_over(db, errand, Conflict::NotAllowed { why })?,
        _ => unless_over(db, errand, Conflict::Refused { why })?,
    })
}

/// Another device of the same platform that has the key and is not over.
fn same_key(db: &Connection, errand: &Errand) -> Result<Option<String>, MirrorError> {
    let platform = number_of(db, &errand.place.platform)?;
    let sql = "SELECT id FROM device WHERE key = ?1 AND key != '' AND platform = ?2 AND id != ?3 AND standing < 2 LIMIT 1";
    let mut statement = db.prepare_cached(sql)?;
    Ok(statement.query_row(params![errand.key, platform, errand.place.id], |row| row.get(0)).optional()?)
}
