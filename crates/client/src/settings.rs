//! How long things are kept.

use axum::http::{HeaderMap, header};
use clawpair_api::{Retention, paths};

use crate::asked::Asked;
use crate::error::ClientError;
use crate::{Answer, Client, Method, answer};

impl Client {
    /// How long things are kept after they are over, and the revision that is at.
    ///
    /// # Errors
    /// Why the call failed, as of every call here.
    pub async fn retention(&self) -> Answer<(Retention, u32)> {
        let response = self.send(Asked::new(Method::GET, paths::RETENTION)).await?;
        let revision = revision(response.headers()).ok_or_else(|| ClientError::NotUnderstood { why: "no ETag".into() })?;
        Ok((answer::parse(&self.in_time(answer::read(response.into_body())).await?)?, revision))
    }

    /// Sets how long, if that is still at this revision.
    ///
    /// # Errors
    /// Why the call failed.
    pub async fn set_retention(&self, revision: u32, retention: &Retention) -> Answer<Retention> {
        self.ask(Asked::new(Method::PUT, paths::RETENTION).at(Some(revision))?.json(retention)?).await
    }
}

fn revision(headers: &HeaderMap) -> Option<u32> {
    headers.get(header::ETAG)?.to_str().ok()?.trim_matches('"').parse().ok()
}
