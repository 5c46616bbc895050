//! Words of ours in a report: what moments, rungs and parts are called.

use super::Part;
use crate::delivery::{Rung, Terminal};
use crate::law::Anchor;
use crate::notice::Language;

/// Korean where the language is Korean, English for every other.
const fn pick(language: Language, ko: &'static str, en: &'static str) -> &'static str {
    match language {
        Language::Korean => ko,
        Language::English | Language::Chinese | Language::Vietnamese | Language::Japanese => en,
    }
}

/// What a moment is to the law.
pub(super) const fn anchor(anchor: Anchor, language: Language) -> &'static str {
    let (ko, en) = match anchor {
        Anchor::KrLeakKnown => ("개인정보 유출등 인지", "leak known (Korea)"),
        Anchor::KrPossibleIllegalAccessKnown => {
            ("불법 접근·유출 가능성 인지", "illegal access known, leak possible (Korea)")
        }
        Anchor::KrPossiblePartialLeakKnown => {
            ("일부 유출 확인·추가 가능성 인지", "part leaked, more possible (Korea)")
        }
        Anchor::KrDetailsConfirmed => ("미확인 사항 확인", "open details confirmed (Korea)"),
        Anchor::KrNoLeakConfirmed => ("유출되지 않았음 확인", "no leak confirmed (Korea)"),
        Anchor::KrObstacleEnded => ("지연 사유 종료", "obstacle ended (Korea)"),
        Anchor::KrIncidentKnown => ("침해사고 인지", "intrusion known (Korea)"),
        Anchor::KrNewFactConfirmed => ("추가 사실 확인", "further fact confirmed (Korea)"),
        Anchor::EuAware => ("EU GDPR 인지", "aware of the breach (GDPR)"),
        Anchor::EuDetected => ("EU 611/2013 탐지", "detected (Reg. 611/2013)"),
        Anchor::EuFirstNotified => ("EU 611/2013 최초 신고", "first notified (Reg. 611/2013)"),
        Anchor::Nis2SignificantAware => {
            ("NIS2 중대 사고 인지", "significant incident known (NIS2)")
        }
        Anchor::Nis2Notified => ("NIS2 신고", "notified (NIS2)"),
        Anchor::UsBreachDetermined => ("미국 침해 판단", "breach determined (US)"),
        Anchor::UsLawEnforcementNotified => ("미국 수사기관 통보", "law enforcement notified (US)"),
        Anchor::UsCaDiscovered => ("캘리포니아주 발견", "discovered (California)"),
        Anchor::UsCaConsumersNotified => {
            ("캘리포니아주 주민 통지", "residents notified (California)")
        }
        Anchor::JpAware => ("일본 인지", "aware (Japan)"),
        Anchor::UkAware => ("영국 인지", "aware (United Kingdom)"),
    };
    pick(language, ko, en)
}

/// A moment that only another law looks at.
pub(super) const fn another_law(language: Language) -> &'static str {
    pick(language, "다른 법률에 따른 시점", "moment under another law")
}

/// A way of telling people.
pub(super) const fn rung(rung: Rung, language: Language) -> &'static str {
    let (ko, en) = match rung {
        Rung::Lms => ("문자메시지(LMS)", "text message (LMS)"),
        Rung::Sms => ("문자메시지(SMS)", "text message (SMS)"),
        Rung::Email => ("전자우편", "e-mail"),
        Rung::Letter => ("우편", "letter"),
        Rung::Posting => ("홈페이지 게시", "public posting"),
    };
    pick(language, ko, en)
}

/// What proves that people were told.
pub(super) const fn terminal(how: Terminal, language: Language) -> &'static str {
    let (ko, en) = match how {
        Terminal::Delivered => ("수신 확인", "delivered"),
        Terminal::Mailed => ("발송 후 반송 없음", "sent, not returned"),
        Terminal::Lettered => ("발송", "posted"),
        Terminal::Published => ("게시", "published"),
        Terminal::Suppressed => ("통지 제외", "suppressed"),
    };
    pick(language, ko, en)
}

/// A part of a report.
pub(super) const fn part(part: Part, language: Language) -> &'static str {
    let (ko, en) = match part {
        Part::Filer => ("신고인", "controller and contact point"),
        Part::Occurred => ("발생 시점", "time of the breach"),
        Part::Circumstances => ("발생 경위", "circumstances"),
        Part::ExternalAccess => ("외부로부터의 불법적 접근 여부", "access from outside"),
        Part::CountedFrom => ("기산 시점", "moment of awareness that counts"),
        Part::SelfHelp => ("정보주체가 할 수 있는 방법", "what persons can do"),
        Part::Measures => ("대응 조치", "measures"),
        Part::Relief => ("피해 구제 절차", "relief"),
        Part::Rights => ("정보주체의 권리", "rights of persons"),
        Part::Desk => ("피해 신고 접수 부서", "desk for reports of harm"),
        Part::Consequences => ("예상되는 결과", "likely consequences"),
    };
    pick(language, ko, en)
}
