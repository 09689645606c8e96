//! Alerts about a gateway, which the app itself raises and keeps in `app.db`.

use clawpair_api::{Alert, AlertPage, AlertStatus};
use clawpair_core::clock::{Clock, Timestamp};
use clawpair_core::id::AlertId;
use clawpair_core::rng::Rng;
use clawpair_core::store::StoreError;
use clawpair_core::watch::Severity;
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::settings::Settings;

/// A device that was removed, or whose token was revoked, is back.
pub(super) const DEVICE_RETURNED: &str = "device_returned";
/// The gateway shows another certificate than the one that was accepted.
pub(super) const CERTIFICATE_CHANGED: &str = "gateway_certificate_changed";

/// Most that are kept of one gateway; the oldest go, those that somebody has looked at first.
const MAX: i64 = 1_000;
/// Alerts on a page.
const PAGE: usize = 50;

const COLUMNS: &str = "id, rule, severity, sentence, subject, count, first_at, last_at, acknowledged_at, note";

/// Something to alert about.
#[derive(Clone, Debug)]
pub(super) struct Hit {
    pub(super) rule: &'static str,
    pub(super) severity: Severity,
    pub(super) sentence: String,
    /// A device's id, or a fingerprint.
    pub(super) subject: String,
}

/// The alerts of one gateway.
pub(super) struct Alerts<'a> {
    pub(super) settings: &'a Settings,
    pub(super) platform: &'a str,
    pub(super) clock: &'a dyn Clock,
}

impl Alerts<'_> {
    /// Raises an alert, or counts one more of what nobody has looked at yet.
    pub(super) fn raise(&self, hit: &Hit, rng: &dyn Rng) -> Result<Alert, StoreError> {
        self.settings.with(|database| self.raise_in(database, hit, rng))
    }

    /// Likewise, as a part of something else.
    pub(super) fn raise_in(&self, database: &Connection, hit: &Hit, rng: &dyn Rng) -> rusqlite::Result<Alert> {
        let (now, severity) = (self.clock.now().as_millis(), word(hit.severity));
        let open = "SELECT id FROM gateway_alert WHERE platform = ?1 AND rule = ?2 AND subject = ?3 AND acknowledged_at IS NULL";
        let open: Option<String> =
            database.query_row(open, [self.platform, hit.rule, &hit.subject], |row| row.get(0)).optional()?;
        let id = if let Some(id) = open {
            let sql = "UPDATE gateway_alert SET count = count + 1, severity = ?2, sentence = ?3, last_at = ?4 WHERE id = ?1";
            database.execute(sql, params![id, severity, hit.sentence, now])?;
            id
        } else {
            let new = AlertId::generate(self.clock, rng).to_string();
            let sql = "INSERT INTO gateway_alert (id, platform, rule, severity, sentence, subject, count, first_at, last_at) \
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1, ?7, ?7)";
            database.execute(sql, params![new, self.platform, hit.rule, severity, hit.sentence, hit.subject, now])?;
            self.prune(database)?;
            new
        };
        find(database, self.platform, &id)?.ok_or(rusqlite::Error::QueryReturnedNoRows)
    }

    /// Those that somebody has looked at or not, newest first.
    pub(super) fn page(&self, status: AlertStatus, after: Option<&str>) -> Result<AlertPage, StoreError> {
        let which = match status {
            AlertStatus::Open => "IS NULL",
            AlertStatus::Acknowledged => "IS NOT NULL",
        };
        // Ids sort by the moment they were made at.
        let sql = format!(
            "SELECT {COLUMNS} FROM gateway_alert WHERE platform = ?1 AND acknowledged_at {which} AND (?2 IS NULL OR id < ?2) \
             ORDER BY id DESC LIMIT ?3"
        );
        let most = i64::try_from(PAGE).unwrap_or(i64::MAX) + 1;
        let mut alerts: Vec<Alert> = self
            .settings
            .with(|database| database.prepare(&sql)?.query_map(params![self.platform, after, most], read)?.collect())?;
        let more = alerts.len() > PAGE;
        alerts.truncate(PAGE);
        let next = alerts.last().filter(|_| more).map(|alert| alert.id.clone());
        Ok(AlertPage { alerts, next })
    }

    /// Notes that somebody has looked; nothing if there is no such alert. The first to look is the one who did.
    pub(super) fn acknowledge(&self, id: &str, note: Option<&str>) -> Result<Option<Alert>, StoreError> {
        let now = self.clock.now();
        self.settings.with(|database| {
            let sql = "UPDATE gateway_alert SET acknowledged_at = ?3, note = ?4 \
                       WHERE platform = ?1 AND id = ?2 AND acknowledged_at IS NULL";
            database.execute(sql, params![self.platform, id, now.as_millis(), note])?;
            find(database, self.platform, id)
        })
    }

    fn prune(&self, database: &Connection) -> rusqlite::Result<()> {
        let sql = "DELETE FROM gateway_alert WHERE platform = ?1 AND id NOT IN (SELECT id FROM gateway_alert WHERE platform = ?1 \
                   ORDER BY acknowledged_at IS NULL DESC, id DESC LIMIT ?2)";
        database.execute(sql, params![self.platform, MAX]).map(drop)
    }
}

fn find(database: &Connection, platform: &str, id: &str) -> rusqlite::Result<Option<Alert>> {
    let sql = format!("SELECT {COLUMNS} FROM gateway_alert WHERE platform = ?1 AND id = ?2");
    database.query_row(&sql, [platform, id], read).optional()
}

const fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Medium => "medium",
        Severity::High => "high",
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Alert> {
    let moment = |millis: i64| Timestamp::from_millis(millis).to_string();
    let acknowledged_at: Option<i64> = row.get(8)?;
    let severity: String = row.get(2)?;
    Ok(Alert {
        id: row.get(0)?,
        rule: row.get(1)?,
        severity: if severity == word(Severity::High) { Severity::High } else { Severity::Medium },
        sentence: row.get(3)?,
        subject: Some(row.get(4)?),
        actor: None,
        address: None,
        count: row.get(5)?,
        first_at: moment(row.get(6)?),
        last_at: moment(row.get(7)?),
        quarantined_device: None,
        status: if acknowledged_at.is_some() { AlertStatus::Acknowledged } else { AlertStatus::Open },
        acknowledged_by: acknowledged_at.map(|_| "owner".to_owned()),
        acknowledged_at: acknowledged_at.map(moment),
        note: row.get(9)?,
    })
}
