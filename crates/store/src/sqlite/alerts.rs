use std::collections::BTreeMap;

use async_trait::async_trait;
use clawpair_core::activity::{Action, Actor};
use clawpair_core::clock::Timestamp;
use clawpair_core::device::{Device, DeviceChange};
use clawpair_core::id::{AlertId, DeviceId};
use clawpair_core::store::{AlertFilter, Alerts, DeviceOrder, DeviceOutcome, NewAlert, Page, Raised, StoreError};
use clawpair_core::text::Reason;
use clawpair_core::watch::{Alert, AlertState, History, Rule, RuleAction, RuleId, Rules, SAME_ALERT_MINUTES};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::columns::{damaged, json, page, parsed, parsed_or_none, time, time_or_none, to_json};
use super::commit::Commit;
use super::{SqliteStore, activity, devices, tokens};

/// Last entries of the log that an actor's history is read from.
const MAX_REMEMBERED: i64 = 100_000;

#[async_trait]
impl Alerts for SqliteStore {
    async fn rules(&self) -> Result<Rules, StoreError> {
        self.read(rules)
    }

    async fn set_rule(&self, rule: Rule, by: Actor, at: Timestamp) -> Result<(), StoreError> {
        self.writer.run(move |db| set_rule(db, &rule, by, at)).await
    }

    async fn raise_alert(&self, new: NewAlert) -> Result<Raised, StoreError> {
        self.writer.run(move |db| raise(db, &new)).await
    }

    async fn alert(&self, id: AlertId) -> Result<Option<Alert>, StoreError> {
        self.read(|db| find(db, id))
    }

    async fn alerts(&self, filter: AlertFilter, after: Option<AlertId>, limit: usize) -> Result<Page<Alert, AlertId>, StoreError> {
        self.read(|db| list(db, filter, after, limit))
    }

    async fn open_alerts(&self) -> Result<u64, StoreError> {
        self.read(|db| {
            db.prepare_cached("SELECT count(*) FROM alert WHERE acknowledged_at IS NULL")?
                .query_row([], |row| row.get::<_, u32>(0).map(u64::from))
        })
    }

    async fn acknowledge_alert(
        &self,
        id: AlertId,
        note: Option<Reason>,
        by: Actor,
        at: Timestamp,
    ) -> Result<Option<Alert>, StoreError> {
        self.writer.run(move |db| acknowledge(db, id, note.as_ref(), by, at)).await
    }

    async fn history(&self, actor: Actor, before: Timestamp) -> Result<History, StoreError> {
        self.read(|db| history(db, actor, before))
    }
}

fn rules(db: &Connection) -> rusqlite::Result<Rules> {
    let mut rules = Rules::default();
    let mut statement = db.prepare_cached("SELECT * FROM alert_rule")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let action: String = row.get("action")?;
        let action = if action == action_word(RuleAction::Quarantine) { RuleAction::Quarantine } else { RuleAction::Alert };
        let parameters: BTreeMap<String, u32> = json(row, "parameters")?;
        let rule = Rule::new(parsed(row, "id")?, row.get("enabled")?, action, &parameters);
        rules.set(rule.map_err(|error| damaged("parameters", error))?);
    }
    Ok(rules)
}

const fn action_word(action: RuleAction) -> &'static str {
    match action {
        RuleAction::Alert => "alert",
        RuleAction::Quarantine => "quarantine",
    }
}

fn set_rule(db: &Commit<'_>, rule: &Rule, by: Actor, at: Timestamp) -> rusqlite::Result<()> {
    let parameters = to_json(rule.parameters())?;
    db.prepare_cached("INSERT OR REPLACE INTO alert_rule (id, enabled, action, parameters) VALUES (?, ?, ?, ?)")?
        .execute(params![rule.id.word(), rule.enabled, action_word(rule.action), parameters])?;
    let state = if rule.enabled { "on" } else { "off" };
    let details = format!("{state}, {}, {parameters}", action_word(rule.action));
    activity::append_saying(db, at, by, Action::RuleChanged(rule.id), Some(&details))
}

fn read(row: &Row<'_>) -> rusqlite::Result<Alert> {
    let rule: RuleId = parsed(row, "rule")?;
    let state = match (time_or_none(row, "acknowledged_at")?, row.get("acknowledged_by")?) {
        (Some(at), Some(by)) => AlertState::Acknowledged { by, at, note: parsed_or_none(row, "note")? },
        _ => AlertState::Open,
    };
    Ok(Alert {
        id: AlertId::from_bytes(row.get("id")?),
        rule,
        severity: rule.severity(),
        subject: row.get("subject")?,
        actor: row.get("actor")?,
        address: row.get("address")?,
        sentence: row.get("sentence")?,
        count: row.get("count")?,
        first_at: time(row, "first_at")?,
        last_at: time(row, "last_at")?,
        quarantined: row.get::<_, Option<[u8; 16]>>("quarantined")?.map(DeviceId::from_bytes),
        state,
    })
}

fn raise(db: &Commit<'_>, new: &NewAlert) -> rusqlite::Result<Raised> {
    let (hit, at) = (&new.hit, new.at);
    let address = hit.address.map(|address| address.to_string());
    let recent = at.plus_seconds(-60 * i64::from(SAME_ALERT_MINUTES));
    let same: Option<[u8; 16]> = db
        .prepare_cached(
            "SELECT id FROM alert WHERE rule = ? AND subject = ? AND acknowledged_at IS NULL AND last_at > ? ORDER BY last_at DESC LIMIT 1",
        )?
        .query_row(params![hit.rule.word(), hit.subject, recent.as_millis()], |row| row.get(0))
        .optional()?;
    let id = if let Some(id) = same {
        db.prepare_cached("UPDATE alert SET count = count + 1, last_at = max(last_at, ?), address = ?, sentence = ? WHERE id = ?")?
            .execute(params![at.as_millis(), address, hit.sentence, id])?;
        AlertId::from_bytes(id)
    } else {
        db.prepare_cached(
            "INSERT INTO alert (id, rule, subject, actor, address, sentence, count, first_at, last_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1, ?7, ?7)",
        )?
        .execute(params![
            new.id.as_bytes(),
            hit.rule.word(),
            hit.subject,
            hit.actor.map(|actor| actor.to_string()),
            address,
            hit.sentence,
            at.as_millis(),
        ])?;
        activity::append_saying(db, at, Actor::Platform, Action::AlertRaised(new.id), Some(hit.rule.word()))?;
        new.id
    };
    let quarantined = match hit.device {
        Some(device) if new.quarantine => quarantine(db, id, device, hit.rule, at)?,
        _ => None,
    };
    let alert = find(db, id)?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
    Ok(Raised { alert, quarantined })
}

/// Shuts a device out and ends its tokens, unless it is shut out already.
fn quarantine(db: &Commit<'_>, alert: AlertId, id: DeviceId, rule: RuleId, at: Timestamp) -> rusqlite::Result<Option<Device>> {
    let reason = format!("By the alert rule {rule}.").parse::<Reason>().ok();
    let order = DeviceOrder { change: DeviceChange::Disable { reason }, expected: None, by: Actor::Platform, at };
    let DeviceOutcome::Changed(device) = devices::change(db, id, &order)? else { return Ok(None) };
    tokens::revoke(db, id, at, Actor::Platform, Action::TokensRevoked(id))?;
    db.prepare_cached("UPDATE alert SET quarantined = ? WHERE id = ?")?.execute(params![id.as_bytes(), alert.as_bytes()])?;
    Ok(Some(device))
}

fn find(db: &Connection, id: AlertId) -> rusqlite::Result<Option<Alert>> {
    db.prepare_cached("SELECT * FROM alert WHERE id = ?")?.query_row([id.as_bytes()], read).optional()
}

fn list(db: &Connection, filter: AlertFilter, after: Option<AlertId>, limit: usize) -> rusqlite::Result<Page<Alert, AlertId>> {
    let before = after.map_or([0xff; 16], |id| *id.as_bytes());
    let alerts = db
        .prepare_cached(
            "SELECT * FROM alert
             WHERE id < ?1 AND (?2 IS NULL OR rule = ?2) AND (?3 IS NULL OR (acknowledged_at IS NOT NULL) = ?3)
             ORDER BY id DESC LIMIT ?4",
        )?
        .query_map(
            params![before, filter.rule.map(RuleId::word), filter.acknowledged, i64::try_from(limit + 1).unwrap_or(i64::MAX)],
            read,
        )?
        .collect::<rusqlite::Result<_>>()?;
    Ok(page(alerts, limit, |alert: &Alert| alert.id))
}

fn acknowledge(db: &Commit<'_>, id: AlertId, note: Option<&Reason>, by: Actor, at: Timestamp) -> rusqlite::Result<Option<Alert>> {
    let acknowledged = db
        .prepare_cached(
            "UPDATE alert SET acknowledged_by = ?, acknowledged_at = ?, note = ? WHERE id = ? AND acknowledged_at IS NULL",
        )?
        .execute(params![by.to_string(), at.as_millis(), note.map(Reason::as_str), id.as_bytes()])?;
    if acknowledged > 0 {
        activity::append_saying(db, at, by, Action::AlertAcknowledged(id), note.map(Reason::as_str))?;
    }
    find(db, id)
}

fn history(db: &Connection, actor: Actor, before: Timestamp) -> rusqlite::Result<History> {
    let mut history = History::default();
    let mut statement = db.prepare_cached(
        "SELECT at, address FROM activity WHERE number > (SELECT number FROM activity_head) - ? AND actor = ? AND at < ?",
    )?;
    let mut rows = statement.query(params![MAX_REMEMBERED, actor.to_string(), before.as_millis()])?;
    while let Some(row) = rows.next()? {
        history.note(time(row, "at")?, row.get_ref("address")?.as_str_or_null()?);
    }
    Ok(history)
}
