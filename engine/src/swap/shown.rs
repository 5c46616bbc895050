//! What was shown for a swap, and who was told of it, as the rule that lets it begin reads them.

use simrecall_core::replacement::told::{Of, Shown, Warning};
use simrecall_store::case_notice::{CaseChannel, CaseNotice, CaseNoticeKind, CaseNoticeState};
use simrecall_store::proof::{CaseProof, ProofKind};

/// Those of a kind, and of an occasion if one is named, as far as they count before a swap.
pub(crate) fn told_of(
    notices: &[CaseNotice],
    (kind, about): (CaseNoticeKind, Option<i32>),
) -> Vec<Warning> {
    let such = notices.iter().filter(|one| one.key.kind == kind);
    such.filter(|one| about.is_none_or(|about| one.about == about)).map(warning).collect()
}

fn warning(notice: &CaseNotice) -> Warning {
    let by_sms = match notice.key.channel {
        CaseChannel::Sms | CaseChannel::OtherSms => true,
        CaseChannel::Email | CaseChannel::Letter => false,
    };
    let handed_at = (notice.state == CaseNoticeState::Handed).then_some(notice.changed_at);
    let (changed_since, lately) = (notice.changed_since, notice.lately);
    Warning { by_sms, handed_at, changed_since, lately }
}

/// What a proof shows.
pub(super) fn shown(proof: &CaseProof) -> Shown {
    let of = match proof.kind {
        ProofKind::Documents | ProofKind::Identity => Of::Identity,
        ProofKind::Present | ProofKind::OldCard => Of::Presence,
        ProofKind::Possession => Of::Possession,
        ProofKind::Seen => Of::Seen,
    };
    // Who was seen stands at one, too: the eyes are elsewhere.
    let at_counter = match proof.kind {
        ProofKind::Documents | ProofKind::Present | ProofKind::Seen => proof.by.is_some(),
        ProofKind::Identity | ProofKind::OldCard | ProofKind::Possession => false,
    };
    Shown { of, at: proof.made_at, at_counter }
}
