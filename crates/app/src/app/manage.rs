//! What a person looks after on the platform: requests, keys and the activity log.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use clawpair_api::{
    ActivityPage, ApiKeyCreated, ApproveRequest, DenyRequest, ErrorBody, ErrorCode, Request, RequestPage, RotateApiKey,
};
use clawpair_core::secret::Secret;
use futures_util::TryStreamExt;

use super::{Answer, App, KEY_SHOWN, storage};
use crate::files;
use crate::view::{ActivityCheck, ActivityQuery};

impl App {
    /// Who waits to be let in, newest first.
    ///
    /// # Errors
    /// The platform's refusal.
    pub async fn list_requests(&self, after: Option<&str>) -> Answer<RequestPage> {
        self.0.client.waiting_requests(after).await
    }

    /// Lets in who asks, if that is still who and what was seen.
    ///
    /// # Errors
    /// The platform's refusal.
    pub async fn approve_request(&self, id: &str, seen: &ApproveRequest) -> Answer<Request> {
        self.0.client.approve_request(id, seen).await
    }

    /// Does not let in who asks.
    ///
    /// # Errors
    /// The platform's refusal.
    pub async fn deny_request(&self, id: &str) -> Answer<Request> {
        self.0.client.deny_request(id, &DenyRequest::default()).await
    }

    /// Gives an API key a new secret and gives that out, this once.
    ///
    /// # Errors
    /// The platform's refusal.
    pub async fn rotate_api_key(&self, id: &str, form: &RotateApiKey) -> Answer<ApiKeyCreated> {
        let created = self.0.client.rotate_api_key(id, form).await?;
        self.0.shown_api_keys.show(&created.api_key.id, vec![Secret::new(created.key.clone())], KEY_SHOWN);
        Ok(created)
    }

    /// What has happened, newest first.
    ///
    /// # Errors
    /// The platform's refusal.
    pub async fn list_activity(&self, query: &ActivityQuery) -> Answer<ActivityPage> {
        let text = |name, value: &Option<String>| value.clone().map(|value| (name, value));
        let parts = [
            query.after.map(|number| ("after", number.to_string())),
            text("actor", &query.actor),
            text("action", &query.action),
            text("from", &query.from),
        ];
        self.0.client.activity(parts.into_iter().flatten()).await
    }

    /// Writes the activity log into a file for spreadsheets. What was there is replaced once all is written, not before.
    ///
    /// # Errors
    /// The platform's refusal, or when the file cannot be written.
    pub async fn export_activity(&self, path: &Path) -> Answer<()> {
        let unfinished = path.with_added_extension("part");
        let written = self.write_activity(&unfinished).await;
        let written = written.and_then(|()| fs::rename(&unfinished, path).map_err(|error| unwritable(path, &error)));
        if written.is_err() {
            let _ = fs::remove_file(&unfinished);
        }
        written
    }

    async fn write_activity(&self, path: &Path) -> Answer<()> {
        let mut chunks = std::pin::pin!(self.0.client.export_activity("csv").await?);
        let mut file = File::create(path).map_err(|error| unwritable(path, &error))?;
        while let Some(chunk) = chunks.try_next().await? {
            file.write_all(&chunk).map_err(|error| unwritable(path, &error))?;
        }
        file.sync_all().map_err(|error| unwritable(path, &error))
    }

    /// Checks that no entry of the activity log was changed, removed or put in.
    ///
    /// # Errors
    /// When the log cannot be read. A log that is not whole is no error but the answer.
    pub async fn verify_activity(&self) -> Answer<ActivityCheck> {
        let path = self.0.data_dir.join(files::PLATFORM);
        let checking = tokio::task::spawn_blocking(move || clawpair_store::verify_activity(&path));
        let checked = checking.await.map_err(|error| ErrorBody::new(ErrorCode::Internal, error.to_string()))?;
        Ok(match checked.map_err(|error| storage(&error))? {
            Ok(whole) => ActivityCheck::Whole { first: whole.first, last: whole.last.number },
            Err(fault) => ActivityCheck::Broken { fault: fault.to_string() },
        })
    }
}

fn unwritable(path: &Path, error: &std::io::Error) -> ErrorBody {
    let mut body = ErrorBody::new(ErrorCode::StorageUnavailable, format!("{} could not be written: {error}.", path.display()));
    body.hint = Some("Choose another folder, or free some space, and export again.".into());
    body
}
