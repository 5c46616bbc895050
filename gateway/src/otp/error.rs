//! Why a code was not sent, or could not be checked.

use simrecall_core::problem::Blame;

use crate::web::WebError;

/// Why the service did not do what it was asked. Holds neither number nor code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OtpError {
    /// The address is not https (or http to this machine), or has more than host and path.
    #[error(
        "the address of the code service is not one such as https://api.carrier.example/one-time-password-sms/v1"
    )]
    Address,
    /// The file with the token is not there, or has no token.
    #[error("the file with the code service's token cannot be used")]
    TokenFile,
    /// The message has no place for the code, or more than 160 characters.
    #[error("the message to go with a code needs {{{{code}}}} and at most 160 characters")]
    Message,
    /// The request could not be put together.
    #[error("the request to the code service could not be made")]
    Request,
    /// No answer.
    #[error("no answer from the code service")]
    Web(#[source] WebError),
    /// 400: it finds our request malformed.
    #[error("the code service refuses the form of our request")]
    Malformed,
    /// 401: it does not take our token.
    #[error("the code service does not take our token")]
    Unauthenticated,
    /// 403: our token may not do this.
    #[error("the code service does not allow this to our token")]
    Forbidden,
    /// 404: there is no such service under that address.
    #[error("there is no code service under its address")]
    NotThere,
    /// 403 `MAX_OTP_CODES_EXCEEDED`: too many codes to this number.
    #[error("the code service has sent too many codes to this number")]
    TooManyCodes,
    /// 403 `PHONE_NUMBER_NOT_ALLOWED`: this number cannot be sent a code.
    #[error("the code service may not send to this number")]
    NotAllowed,
    /// 403 `PHONE_NUMBER_BLOCKED`: this number takes no messages.
    #[error("this number is blocked for messages")]
    Blocked,
    /// 429: not now.
    #[error("the code service takes no more requests for now")]
    Busy,
    /// 5xx: it has failed.
    #[error("the code service has failed ({status})")]
    Failing {
        /// The HTTP status.
        status: u16,
    },
    /// Something the standard does not know.
    #[error("the code service answers against its standard ({status})")]
    Strange {
        /// The HTTP status.
        status: u16,
    },
}

impl OtpError {
    /// A word for it that never changes.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Address => "otp_address",
            Self::TokenFile => "otp_token_file",
            Self::Message => "otp_message",
            Self::Request => "otp_request",
            Self::Web(_) => "otp_no_answer",
            Self::Malformed => "otp_malformed",
            Self::Unauthenticated => "otp_unauthenticated",
            Self::Forbidden => "otp_forbidden",
            Self::NotThere => "otp_not_there",
            Self::TooManyCodes => "otp_too_many_codes",
            Self::NotAllowed => "otp_not_allowed",
            Self::Blocked => "otp_blocked",
            Self::Busy => "otp_busy",
            Self::Failing { .. } => "otp_failing",
            Self::Strange { .. } => "otp_strange",
        }
    }

    /// Whose side it is on.
    pub const fn blame(self) -> Blame {
        match self {
            Self::Address
            | Self::TokenFile
            | Self::Message
            | Self::Unauthenticated
            | Self::Forbidden
            | Self::NotThere => Blame::Configuration,
            Self::Request | Self::Malformed => Blame::Ours,
            Self::Web(_) | Self::Failing { .. } | Self::Strange { .. } => Blame::Network,
            Self::TooManyCodes | Self::NotAllowed | Self::Blocked => Blame::Recipient,
            Self::Busy => Blame::State,
        }
    }

    /// Whether it depends on the number that was typed. Somebody without proof must not be able to see such an error.
    pub const fn is_about_the_number(self) -> bool {
        matches!(self.blame(), Blame::Recipient)
    }
}
