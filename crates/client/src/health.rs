//! Whether the platform can do its work, and what it has counted.

use clawpair_api::paths;

use crate::asked::Asked;
use crate::error::ClientError;
use crate::{Answer, Client, Method, answer};

impl Client {
    /// Answers once the platform can read and write.
    ///
    /// # Errors
    /// Why it cannot, or why the call failed.
    pub async fn ready(&self) -> Answer<()> {
        self.tell(Asked::new(Method::GET, paths::READY)).await
    }

    /// What the platform has counted, in Prometheus' text format.
    ///
    /// # Errors
    /// Why the call failed.
    pub async fn metrics(&self) -> Answer<String> {
        let response = self.send(Asked::new(Method::GET, paths::METRICS)).await?;
        let text = self.in_time(answer::read(response.into_body())).await?;
        String::from_utf8(text.to_vec()).map_err(|_| ClientError::NotUnderstood { why: "metrics that are no UTF-8".into() })
    }
}
