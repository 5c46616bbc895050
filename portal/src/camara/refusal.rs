//! The standard's own errors: `{status, code, message}`.

use axum::response::Response;
use http::header::{ALLOW, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use serde::Serialize;
use simrecall_core::replacement::change::{MOST_HOURS, TooFarBack};

use super::document;

/// Why a question is not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The request is not as the standard has it; what is wrong.
    InvalidArgument(&'static str),
    /// `maxAge` is a number, but not from 1 to 2400.
    OutOfRange,
    /// `maxAge` reaches back beyond what is known.
    TooFarBack(TooFarBack),
    /// No token, or none of ours.
    Unauthenticated,
    /// The token is not for this.
    PermissionDenied,
    /// Nothing is there.
    NotFound,
    /// Nobody has the number.
    UnknownNumber,
    /// Another method than POST.
    MethodNotAllowed,
    /// Another kind of body than JSON.
    UnsupportedMediaType,
    /// For another host.
    Misdirected,
    /// A two-legged token, and no number.
    MissingIdentifier,
    /// A three-legged token, and a number.
    UnnecessaryIdentifier,
    /// Faster than this client may.
    TooManyRequests,
    /// Not now.
    Unavailable,
    /// A defect of ours.
    Internal,
}

#[derive(Serialize)]
struct ErrorInfo<'a> {
    status: u16,
    code: &'a str,
    message: &'a str,
}

impl Refusal {
    pub(super) const fn invalid(what: &'static str) -> Self {
        Self::InvalidArgument(what)
    }

    const fn status(self) -> StatusCode {
        match self {
            Self::InvalidArgument(_) | Self::OutOfRange | Self::TooFarBack(_) => {
                StatusCode::BAD_REQUEST
            }
            Self::Unauthenticated => StatusCode::UNAUTHORIZED,
            Self::PermissionDenied => StatusCode::FORBIDDEN,
            Self::NotFound | Self::UnknownNumber => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Misdirected => StatusCode::MISDIRECTED_REQUEST,
            Self::MissingIdentifier | Self::UnnecessaryIdentifier => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            Self::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    const fn code(self) -> &'static str {
        match self {
            Self::InvalidArgument(_) => "INVALID_ARGUMENT",
            Self::OutOfRange | Self::TooFarBack(_) => "OUT_OF_RANGE",
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::PermissionDenied => "PERMISSION_DENIED",
            Self::NotFound | Self::Misdirected => "NOT_FOUND",
            Self::UnknownNumber => "IDENTIFIER_NOT_FOUND",
            Self::MethodNotAllowed => "METHOD_NOT_ALLOWED",
            Self::UnsupportedMediaType => "UNSUPPORTED_MEDIA_TYPE",
            Self::MissingIdentifier => "MISSING_IDENTIFIER",
            Self::UnnecessaryIdentifier => "UNNECESSARY_IDENTIFIER",
            Self::TooManyRequests => "TOO_MANY_REQUESTS",
            Self::Unavailable => "UNAVAILABLE",
            Self::Internal => "INTERNAL",
        }
    }

    fn message(self) -> String {
        let said = match self {
            Self::InvalidArgument(what) => what,
            Self::OutOfRange => return format!("maxAge is from 1 to {MOST_HOURS} hours"),
            Self::TooFarBack(error) => return error.to_string(),
            Self::Unauthenticated => "a valid bearer token is needed in Authorization",
            Self::PermissionDenied => "this token has not the scope for this operation",
            Self::NotFound => "there is no such resource",
            Self::UnknownNumber => "this number is not one of ours",
            Self::MethodNotAllowed => "this operation is asked for with POST",
            Self::UnsupportedMediaType => "the body is application/json",
            Self::Misdirected => "another host is asked for",
            Self::MissingIdentifier => "phoneNumber is needed, since the token names nobody",
            Self::UnnecessaryIdentifier => {
                "phoneNumber must be left out, since the token names somebody"
            }
            Self::TooManyRequests => "more requests than this client may make; try again later",
            Self::Unavailable => "the service cannot answer now; try again later",
            Self::Internal => "the service has failed",
        };
        said.to_owned()
    }

    pub(super) fn answer(self) -> Response {
        let (status, message) = (self.status(), self.message());
        let info = ErrorInfo { status: status.as_u16(), code: self.code(), message: &message };
        let mut response = document(status, serde_json::to_vec(&info).unwrap_or_default());
        let more = match self {
            Self::Unauthenticated => Some((WWW_AUTHENTICATE, "Bearer")),
            Self::MethodNotAllowed => Some((ALLOW, "POST")),
            Self::TooManyRequests | Self::Unavailable => Some((RETRY_AFTER, "1")),
            Self::InvalidArgument(_)
            | Self::OutOfRange
            | Self::TooFarBack(_)
            | Self::PermissionDenied
            | Self::NotFound
            | Self::UnknownNumber
            | Self::UnsupportedMediaType
            | Self::Misdirected
            | Self::MissingIdentifier
            | Self::UnnecessaryIdentifier
            | Self::Internal => None,
        };
        if let Some((name, value)) = more {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        response
    }
}
