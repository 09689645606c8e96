//! What has happened.

use clawpair_api::{ActivityPage, paths};
use futures_util::{Stream, StreamExt};
use hyper::body::Bytes;

use crate::answer::innermost;
use crate::asked::Asked;
use crate::error::ClientError;
use crate::{Answer, Client, Method};

impl Client {
    /// What has happened, newest first, narrowed by the parameters of the REST call.
    ///
    /// # Errors
    /// Why the call failed, as of every call here.
    pub async fn activity(&self, parameters: impl IntoIterator<Item = (&str, String)>) -> Answer<ActivityPage> {
        self.get_with(paths::ACTIVITY, parameters.into_iter().collect::<Vec<_>>()).await
    }

    /// The activity log as a file, piece by piece.
    ///
    /// # Errors
    /// Why the call failed; for a piece, when it cannot be read.
    pub async fn export_activity(&self, format: &str) -> Answer<impl Stream<Item = Answer<Bytes>> + Send + use<>> {
        let response = self.send(Asked::new(Method::GET, paths::ACTIVITY_EXPORT).query([("format", format)])?).await?;
        let pieces = response.into_body().into_data_stream();
        Ok(pieces.map(|piece| piece.map_err(|error| ClientError::AnswerLost { why: innermost(&error) })))
    }
}
