//! What goes wrong, as HTTP says it: a status, a stable code, and no more than the one who asks may know.

use http::StatusCode;
use simrecall_core::problem::Blame;
use simrecall_engine::Problem;

/// What a request is refused for before anybody is asked anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// For another host name, or none.
    Misdirected,
    /// There is no such page.
    NotFound,
    /// There is, but not for this method.
    Method,
    /// The body is too long.
    TooLarge,
    /// The body came too slowly.
    TooSlow,
    /// The body is of another kind than the page takes.
    MediaType,
    /// The body cannot be read.
    Malformed,
    /// It comes from another site, or does not show that it comes from a page of ours.
    Strange,
    /// One network asks too fast.
    TooFast,
}

impl Fault {
    const fn status(self) -> StatusCode {
        match self {
            Self::Misdirected => StatusCode::MISDIRECTED_REQUEST,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::MediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Malformed => StatusCode::BAD_REQUEST,
            Self::Strange => StatusCode::FORBIDDEN,
            Self::TooFast => StatusCode::TOO_MANY_REQUESTS,
        }
    }

    const fn code(self) -> &'static str {
        match self {
            Self::Misdirected => "misdirected",
            Self::NotFound => "not_found",
            Self::Method => "method",
            Self::TooLarge => "too_large",
            Self::TooSlow => "too_slow",
            Self::MediaType => "media_type",
            Self::Malformed => "malformed",
            Self::Strange => "strange",
            Self::TooFast => "too_fast",
        }
    }

    /// Every one, so that each has words on the problem page.
    #[cfg(test)]
    pub(crate) const ALL: [Self; 9] = [
        Self::Misdirected,
        Self::NotFound,
        Self::Method,
        Self::TooLarge,
        Self::TooSlow,
        Self::MediaType,
        Self::Malformed,
        Self::Strange,
        Self::TooFast,
    ];
}

/// How a request ends that does not get what it asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Trouble {
    /// The status.
    pub(crate) status: StatusCode,
    /// The stable code, the same on pages and in problem documents.
    pub(crate) code: &'static str,
    /// One clause for whoever wrote the program that asks; none for a defect of ours.
    pub(crate) detail: Option<String>,
    /// Seconds after which to try again.
    pub(crate) again: Option<u32>,
}

impl Trouble {
    /// Whether it was us that were asked. Whoever asks for another host is not told whose server this is.
    pub(crate) fn is_for_us(&self) -> bool {
        self.status != StatusCode::MISDIRECTED_REQUEST
    }
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        let again = match fault {
            Fault::TooFast => Some(1),
            Fault::Misdirected
            | Fault::NotFound
            | Fault::Method
            | Fault::TooLarge
            | Fault::TooSlow
            | Fault::MediaType
            | Fault::Malformed
            | Fault::Strange => None,
        };
        Self { status: fault.status(), code: fault.code(), detail: None, again }
    }
}

impl From<&Problem> for Trouble {
    fn from(problem: &Problem) -> Self {
        let status = status(problem);
        let again = match status {
            StatusCode::SERVICE_UNAVAILABLE => Some(2),
            StatusCode::TOO_MANY_REQUESTS => Some(600),
            _ => None,
        };
        if status == StatusCode::INTERNAL_SERVER_ERROR {
            return Self { status, code: "ours", detail: None, again };
        }
        let detail = match problem.blame {
            Blame::Input | Blame::State | Blame::Recipient => Some(problem.what.clone()),
            Blame::Network | Blame::Configuration | Blame::Ours => None,
        };
        Self { status, code: problem.code, detail, again }
    }
}

/// What a problem is in HTTP.
fn status(problem: &Problem) -> StatusCode {
    match (problem.code, problem.blame) {
        ("too_often", _) => StatusCode::TOO_MANY_REQUESTS,
        ("busy" | "database_busy", _) | (_, Blame::Network) => StatusCode::SERVICE_UNAVAILABLE,
        (
            "channel_compromised"
            | "not_unlocked"
            | "please_call"
            | "proof_too_old"
            | "session_missing"
            | "session_ended"
            | "session_other_browser",
            _,
        ) => StatusCode::FORBIDDEN,
        (_, Blame::Input | Blame::Recipient) => StatusCode::UNPROCESSABLE_ENTITY,
        (_, Blame::State) => StatusCode::CONFLICT,
        (_, Blame::Configuration | Blame::Ours) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// Whether it is about the one who asks, not about what they typed: then a form cannot be shown again, only another way.
pub(crate) fn is_about_session(code: &str) -> bool {
    matches!(
        code,
        "session_missing"
            | "session_ended"
            | "session_other_browser"
            | "channel_compromised"
            | "please_call"
    )
}

/// The field of a form that a problem is about; none if it is about the whole.
pub(crate) fn field(code: &str) -> &'static str {
    match code {
        "number" => "number",
        "email" => "address",
        "code_wrong" | "code_expired" | "code_used_up" | "message_code" => "code",
        "card_digits" => "digits",
        "claim_day" => "day",
        "claim_amount" => "amount",
        "claim_merchant" => "merchant",
        "claim_note" => "note",
        "imei" => "imei",
        "line" => "line",
        "text" => "text",
        "sender" => "sender",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_has_one_status() {
        let status = |problem: Problem| Trouble::from(&problem).status.as_u16();
        assert_eq!(status(Problem::input("number", "it is no number")), 422);
        assert_eq!(status(Problem::state("already", "it is so already")), 409);
        assert_eq!(status(Problem::state("too_often", "asked too often")), 429);
        assert_eq!(status(Problem::state("busy", "too many ask")), 503);
        assert_eq!(status(Problem::state("channel_compromised", "no")), 403);
        assert_eq!(status(Problem::new("login", Blame::Network, "no answer")), 503);
        assert_eq!(status(Problem::configuration("config", "wrong")), 500);
    }

    #[test]
    fn a_defect_of_ours_says_nothing_of_itself() {
        let trouble = Trouble::from(&Problem::ours("database", "relation session is not there"));
        assert_eq!((trouble.code, trouble.detail), ("ours", None));
    }

    #[test]
    fn every_fault_has_a_code_of_its_own() {
        let codes: std::collections::BTreeSet<_> = Fault::ALL.map(Fault::code).into();
        assert_eq!(codes.len(), Fault::ALL.len());
        assert!(Fault::ALL.iter().all(|fault| fault.status().is_client_error()));
    }
}
