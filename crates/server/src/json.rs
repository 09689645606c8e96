use std::time::Duration;

use axum::Json;
use axum::extract::rejection::{FormRejection, JsonRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use clawpair_api::ErrorCode;
use clawpair_core::text::sanitised;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use crate::error::Refusal;

/// How long a body may take to arrive.
const PATIENCE: Duration = Duration::from_secs(15);

/// A JSON body, or a sentence about what is wrong with it.
pub(crate) struct Body<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        match timeout(PATIENCE, Json::<T>::from_request(request, state)).await {
            Ok(Ok(Json(body))) => Ok(Self(body)),
            Ok(Err(rejection)) => Err(refusal(&rejection)),
            Err(_) => Err(Refusal::new(ErrorCode::InvalidRequest, "The body did not arrive in time.")),
        }
    }
}

fn refusal(rejection: &JsonRejection) -> Refusal {
    match rejection {
        JsonRejection::MissingJsonContentType(_) => {
            Refusal::new(ErrorCode::UnsupportedMediaType, "The body is not declared as JSON.")
        }
        _ if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            Refusal::new(ErrorCode::BodyTooLarge, "The body is larger than any valid request.")
        }
        JsonRejection::JsonDataError(error) => {
            Refusal::new(ErrorCode::InvalidRequest, format!("The body does not fit: {}.", cause(error)))
        }
        _ => Refusal::new(ErrorCode::InvalidRequest, "The body is not JSON."),
    }
}

/// The innermost cause, which names the field; it may quote what was sent.
fn cause(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string().chars().take(200).map(clawpair_core::text::harmless).collect()
}

/// A form body, as the RFCs of OAuth send it.
pub(crate) struct Form<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Form<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        match timeout(PATIENCE, axum::Form::<T>::from_request(request, state)).await {
            Ok(Ok(axum::Form(form))) => Ok(Self(form)),
            Ok(Err(FormRejection::InvalidFormContentType(_))) => Err(Refusal::new(
                ErrorCode::UnsupportedMediaType,
                "The body is not declared as a form, application/x-www-form-urlencoded.",
            )),
            Ok(Err(rejection)) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
                Err(Refusal::new(ErrorCode::BodyTooLarge, "The body is larger than any valid request."))
            }
            Ok(Err(rejection)) => {
                Err(Refusal::new(ErrorCode::InvalidRequest, format!("The form does not fit: {}.", cause(&rejection))))
            }
            Err(_) => Err(Refusal::new(ErrorCode::InvalidRequest, "The body did not arrive in time.")),
        }
    }
}

/// The parameters behind the question mark.
pub(crate) struct Parameters<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Parameters<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let parameters: Result<Query<T>, QueryRejection> = Query::from_request_parts(parts, state).await;
        match parameters {
            Ok(Query(parameters)) => Ok(Self(parameters)),
            Err(rejection) => {
                Err(Refusal::new(ErrorCode::InvalidRequest, format!("A parameter does not fit: {}.", cause(&rejection))))
            }
        }
    }
}

/// The id in the path; what is no id is nothing that exists.
pub(crate) struct Id<T>(pub(crate) T);

impl<S, T> FromRequestParts<S> for Id<T>
where
    S: Send + Sync,
    T: std::str::FromStr,
    T::Err: std::error::Error,
{
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let Path(text) = Path::<String>::from_request_parts(parts, state).await.unwrap_or_else(|_| Path(String::new()));
        text.parse()
            .map(Self)
            .map_err(|error: T::Err| Refusal::new(ErrorCode::NotFound, format!("“{}”: {error}", sanitised(&text))))
    }
}
