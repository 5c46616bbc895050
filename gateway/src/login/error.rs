//! Why nobody was logged in.

use simrecall_core::problem::Blame;

use crate::web::WebError;

/// Why a login did not begin, or proved nothing. Holds nothing of the person and nothing of the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LoginError {
    /// An address of ours or of the provider's is none, or in clear to another machine.
    #[error("an address of the login is not https")]
    Address,
    /// The provider gave no answer.
    #[error("no answer from the login provider")]
    Web(#[source] WebError),
    /// The provider's answer is not what the standard asks for.
    #[error("the login provider answers against the standard")]
    Strange,
    /// The provider does not know us, or not our secret, or does not grant us this.
    #[error("the login provider does not take us as a client")]
    Client,
    /// The browser that comes back is not the one that went.
    #[error("the login came back to another browser, or twice")]
    State,
    /// Another provider answered.
    #[error("another provider than the one asked has answered")]
    Issuer,
    /// The person, or the provider for them, said no.
    #[error("the login was declined")]
    Declined,
    /// The provider could not log anybody in.
    #[error("the login provider has failed")]
    Failed,
    /// The code is not one that can be redeemed: used, old, or of another browser.
    #[error("the login's code is not, or no longer, valid")]
    Code,
    /// The token has no signature of a kind we take.
    #[error("the login's token is signed in a way that proves nothing")]
    Algorithm,
    /// No key the provider publishes fits the token.
    #[error("the login's token is signed with a key the provider does not publish")]
    Key,
    /// The signature is wrong.
    #[error("the login's token has a wrong signature")]
    Signature,
    /// The token is for somebody else.
    #[error("the login's token is for another service")]
    Audience,
    /// The token is too old, or from the future.
    #[error("the login's token is not of now")]
    Expired,
    /// The token answers another question than ours.
    #[error("the login's token is not the one that was asked for")]
    Nonce,
    /// They logged in too long ago, or the provider does not say when.
    #[error("the login is too long ago")]
    TooOld,
    /// They logged in with less than is asked for.
    #[error("the login is not strong enough")]
    TooWeak,
    /// The access token is not the one that belongs to the token.
    #[error("the login's two tokens do not belong together")]
    AccessToken,
    /// The provider says somebody else's data.
    #[error("the login provider tells of another person")]
    Subject,
}

impl LoginError {
    /// A word for it that never changes.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Address => "login_address",
            Self::Web(_) => "login_no_answer",
            Self::Strange => "login_strange",
            Self::Client => "login_client",
            Self::State => "login_state",
            Self::Issuer => "login_issuer",
            Self::Declined => "login_declined",
            Self::Failed => "login_failed",
            Self::Code => "login_code",
            Self::Algorithm => "login_algorithm",
            Self::Key => "login_key",
            Self::Signature => "login_signature",
            Self::Audience => "login_audience",
            Self::Expired => "login_expired",
            Self::Nonce => "login_nonce",
            Self::TooOld => "login_too_old",
            Self::TooWeak => "login_too_weak",
            Self::AccessToken => "login_access_token",
            Self::Subject => "login_subject",
        }
    }

    /// Whose side it is on.
    pub const fn blame(self) -> Blame {
        match self {
            Self::Address | Self::Client => Blame::Configuration,
            Self::State | Self::Declined | Self::Code | Self::TooOld | Self::TooWeak => {
                Blame::Input
            }
            Self::Web(_)
            | Self::Strange
            | Self::Issuer
            | Self::Failed
            | Self::Algorithm
            | Self::Key
            | Self::Signature
            | Self::Audience
            | Self::Expired
            | Self::Nonce
            | Self::AccessToken
            | Self::Subject => Blame::Network,
        }
    }
}
