//! What kinds, rungs, roles and languages are called on a page that everybody reads.

use simrecall_core::delivery::Rung;
use simrecall_core::notice::{Language, NoticeKind};
use simrecall_core::subscriber::RecipientRole;

/// The two languages the register's page is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum In {
    Korean,
    English,
}

impl In {
    /// The one that is meant.
    pub(super) const fn pick(self, ko: &'static str, en: &'static str) -> &'static str {
        match self {
            Self::Korean => ko,
            Self::English => en,
        }
    }
}

pub(super) const fn kind(kind: NoticeKind, page: In) -> &'static str {
    match kind {
        NoticeKind::Possible => page.pick("유출 가능성 안내", "Possible leak"),
        NoticeKind::Confirmed => page.pick("유출 통지", "Leak notice"),
        NoticeKind::Supplement => page.pick("추가 통지", "Supplement"),
        NoticeKind::Correction => page.pick("정정 통지", "Correction"),
        NoticeKind::AllClear => page.pick("유출 아님 확인", "All clear"),
        NoticeKind::RemedyVisit => page.pick("유심 교체 방문 안내", "USIM replacement: visit"),
        NoticeKind::RemedyReady => page.pick("유심 교체 준비 안내", "USIM replacement: ready"),
        NoticeKind::RemedyDone => page.pick("유심 교체 완료 안내", "USIM replacement: done"),
        NoticeKind::LossFound => page.pick("결제 피해 확인 안내", "Payment loss found"),
    }
}

pub(super) const fn rung(rung: Rung, page: In) -> &'static str {
    match rung {
        Rung::Lms => page.pick("문자(LMS)", "Long text message"),
        Rung::Sms => page.pick("문자(SMS)", "Text message"),
        Rung::Email => page.pick("전자우편", "E-mail"),
        Rung::Letter => page.pick("우편", "Letter"),
        Rung::Posting => page.pick("홈페이지 공지", "Public posting"),
    }
}

pub(super) const fn role(role: RecipientRole, page: In) -> &'static str {
    match role {
        RecipientRole::Holder => page.pick("명의자", "to the holder"),
        RecipientRole::Guardian => page.pick("법정대리인", "to a guardian"),
        RecipientRole::CompanyContact => page.pick("법인 담당자", "to a company's contact"),
        RecipientRole::Line => page.pick("회선 이용자", "to the line itself"),
        RecipientRole::Handset => page.pick("명의자의 휴대전화", "to the holder's handset"),
    }
}

/// What a language calls itself.
pub(super) const fn language(language: Language) -> &'static str {
    match language {
        Language::Korean => "한국어",
        Language::English => "English",
        Language::Chinese => "简体中文",
        Language::Vietnamese => "Tiếng Việt",
        Language::Japanese => "日本語",
    }
}
