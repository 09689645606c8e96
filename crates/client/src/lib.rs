//! A typed client of the REST contract. It calls the platform's own Router in process, so the window goes through the same
//! parsing, rules and errors as everybody else.

mod alerts;
mod devices;
mod sse;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{Method, Request, StatusCode, header};
use clawpair_api::{
    ActivityPage, ApiKey, ApiKeyCreated, ApiKeyDetail, ApiKeyList, ApproveRequest, CreateApiKey, CreatePairingCode, DenyRequest,
    ErrorBody, ErrorCode, Event, ListPairingCodes, Pairing, PairingCodeCreated, PairingPage, PairingStatus, Request as Asked,
    RequestPage, RotateApiKey, paths,
};
use futures_util::{Stream, StreamExt};
use http_body_util::BodyExt;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tower::ServiceExt;

/// Talks to one platform.
#[derive(Clone)]
pub struct Client {
    router: Router,
}

type Answer<T> = Result<T, ErrorBody>;

impl Client {
    /// A client of a platform in this process.
    pub const fn in_process(router: Router) -> Self {
        Self { router }
    }

    /// Makes a pairing code.
    ///
    /// # Errors
    /// The platform's refusal, as of every call here.
    pub async fn create_pairing_code(&self, form: &CreatePairingCode) -> Answer<PairingCodeCreated> {
        self.call(Method::POST, paths::PAIRING_CODES, Some(form)).await
    }

    /// Pairings, in any order, narrowed in any way.
    ///
    /// # Errors
    /// The platform's refusal.
    pub async fn pairings(&self, list: &ListPairingCodes) -> Answer<PairingPage> {
        let query = serde_urlencoded::to_string(list).map_err(|error| unreadable(&error))?;
        self.get(&format!("{}?{query}", paths::PAIRING_CODES)).await
    }

    /// Open pairings, newest first.
    ///
    /// # Errors
    /// The platform's refusal.
    pub async fn open_pairings(&self, after: Option<&str>) -> Answer<PairingPage> {
        let (status, after) = (vec![PairingStatus::Open], after.map(str::to_owned));
        self.pairings(&ListPairingCodes { status, after, ..ListPairingCodes::default() }).await
    }

    /// One pairing.
    ///
    /// # Errors
    /// The platform's refusal.
    pub async fn pairing(&self, id: &str) -> Answer<Pairing> {
        self.get(&with_id(paths::PAIRING_CODE, id)).await
    }

    /// Takes a code back.
    ///
    /// # Errors
    /// The platform's refusal.
    pub async fn cancel_pairing(&self, id: &str) -> Answer<Pairing> {
        self.call(Method::DELETE, &with_id(paths::PAIRING_CODE, id), None::<&()>).await
    }

    /// Who waits to be let in, newest first.
    ///
    /// # Errors
    /// The platform's refusal.
    pub async fn waiting_requests(&self, after: Option<&str>) -> Answer<RequestPage> {
        let after = after.map(|id| format!("&after={id}")).unwrap_or_default();
        self.get(&format!("{}?status=waiting{after}", paths::REQUESTS)).await
    }

    /// Lets in who asks, if that is still who and what was seen.
    ///
    /// # Errors
    /// The platform's refusal.
    pub async fn approve_request(&self, id: &str, seen: &ApproveRequest) -> Answer<Asked> {
        self.call(Method::POST, &with_id(paths::REQUEST_APPROVE, id), Some(seen)).await
    }

    /// Does not let in who asks.
    ///
    /// # Errors
    /// The platform's refusal.
    pub async fn deny_request(&self, id: &str, reason: &DenyRequest) -> Answer<Asked> {
        self.call(Method::POST, &with_id(paths::REQUEST_DENY, id), Some(reason)).await
    }

    /// What has happened, newest first, narrowed by the parameters of the REST call.
    ///
    /// # Errors
    /// The platform's refusal.
    pub async fn activity(&self, parameters: impl IntoIterator<Item = (&str, String)>) -> Answer<ActivityPage> {
        self.get_with(paths::ACTIVITY, parameters).await
    }

    /// The activity log as a file, piece by piece.
    ///
    /// # Errors
    /// The platform's refusal; for a piece, when it cannot be read.
    pub async fn export_activity(&self, format: &str) -> Answer<impl Stream<Item = Answer<Bytes>> + Send + use<>> {
        let query = serde_urlencoded::to_string([("format", format)]).map_err(|error| unreadable(&error))?;
        let body = self.send(Method::GET, &format!("{}?{query}", paths::ACTIVITY_EXPORT), None, Body::empty()).await?;
        Ok(body.into_data_stream().map(|piece| piece.map_err(|error| unreadable(&error))))
    }

    /// All API keys, newest first.
    ///
    /// # Errors
    /// The platform's refusal.
    pub async fn api_keys(&self) -> Answer<Vec<ApiKey>> {
        self.get::<ApiKeyList>(paths::API_KEYS).await.map(|list| list.api_keys)
    }

    /// Makes an API key.
    ///
    /// # Errors
    /// The platform's refusal.
    pub async fn create_api_key(&self, form: &CreateApiKey) -> Answer<ApiKeyCreated> {
        self.call(Method::POST, paths::API_KEYS, Some(form)).await
    }

    /// One API key and its use.
    ///
    /// # Errors
    /// The platform's refusal.
    pub async fn api_key(&self, id: &str) -> Answer<ApiKeyDetail> {
        self.get(&with_id(paths::API_KEY, id)).await
    }

    /// Gives an API key a new secret.
    ///
    /// # Errors
    /// The platform's refusal.
    pub async fn rotate_api_key(&self, id: &str, form: &RotateApiKey) -> Answer<ApiKeyCreated> {
        self.call(Method::POST, &with_id(paths::API_KEY_ROTATE, id), Some(form)).await
    }

    /// Revokes an API key.
    ///
    /// # Errors
    /// The platform's refusal.
    pub async fn revoke_api_key(&self, id: &str) -> Answer<ApiKey> {
        self.call(Method::DELETE, &with_id(paths::API_KEY, id), None::<&()>).await
    }

    /// What changes from now on, until the platform ends.
    ///
    /// # Errors
    /// The platform's refusal.
    pub async fn events(&self) -> Answer<impl Stream<Item = Event> + Send + use<>> {
        let response = self.send(Method::GET, paths::EVENTS, None, Body::empty()).await?;
        Ok(sse::events(response.into_data_stream().filter_map(async |chunk| chunk.ok())))
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> Answer<T> {
        self.call(Method::GET, path, None::<&()>).await
    }

    /// A list, narrowed by parameters.
    async fn get_with<T: DeserializeOwned>(&self, path: &str, parameters: impl IntoIterator<Item = (&str, String)>) -> Answer<T> {
        let parameters: Vec<(&str, String)> = parameters.into_iter().collect();
        let query = serde_urlencoded::to_string(parameters).map_err(|error| unreadable(&error))?;
        self.get(&format!("{path}?{query}")).await
    }

    async fn call<B: Serialize, T: DeserializeOwned>(&self, method: Method, path: &str, body: Option<&B>) -> Answer<T> {
        self.call_at(method, path, None, body).await
    }

    /// A call that is refused when the thing is no longer at this revision.
    async fn call_at<B: Serialize, T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        revision: Option<u32>,
        body: Option<&B>,
    ) -> Answer<T> {
        let body = match body {
            Some(body) => Body::from(serde_json::to_vec(body).map_err(|error| unreadable(&error))?),
            None => Body::empty(),
        };
        let bytes = self.send(method, path, revision, body).await?.collect().await.map_err(|error| unreadable(&error))?.to_bytes();
        serde_json::from_slice(&bytes).map_err(|error| unreadable(&error))
    }

    /// The body of an answer that is no refusal.
    async fn send(&self, method: Method, path: &str, revision: Option<u32>, body: Body) -> Answer<Body> {
        let mut request = Request::builder().method(method).uri(path).header(header::CONTENT_TYPE, "application/json");
        if let Some(revision) = revision {
            request = request.header(header::IF_MATCH, format!("\"{revision}\""));
        }
        let request =
            request.body(body).map_err(|_| ErrorBody::new(ErrorCode::InvalidRequest, "This id has characters that no id has."))?;
        let Ok(response) = self.router.clone().oneshot(request).await;
        let status = response.status();
        if status.is_success() {
            return Ok(response.into_body());
        }
        let body = response.into_body().collect().await.map_err(|error| unreadable(&error))?.to_bytes();
        Err(serde_json::from_slice(&body).unwrap_or_else(|_| refused(status)))
    }
}

/// A path with its id filled in; an id from outside must not become another path.
fn with_id(path: &str, id: &str) -> String {
    let id: String = id.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).collect();
    path.replace("{id}", &id)
}

fn refused(status: StatusCode) -> ErrorBody {
    ErrorBody::new(ErrorCode::Internal, format!("The platform refused with status {status} and gave no reason."))
}

fn unreadable(error: &dyn std::error::Error) -> ErrorBody {
    ErrorBody::new(ErrorCode::Internal, format!("The platform's answer could not be read: {error}."))
}
