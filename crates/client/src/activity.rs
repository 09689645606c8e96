//! What has happened.

use clawpair_api::{ActivityPage, paths};
use futures_util::{Stream, stream};
use hyper::body::Bytes;

use crate::answer::piece;
use crate::asked::Asked;
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
        let (pieces, silence) = (response.into_body().into_data_stream(), self.longest_silence());
        Ok(stream::unfold(Some(pieces), move |pieces| async move {
            let mut pieces = pieces?;
            let piece = piece(&mut pieces, silence).await?;
            // After a fault nothing more comes.
            let rest = piece.is_ok().then_some(pieces);
            Some((piece, rest))
        }))
    }
}
