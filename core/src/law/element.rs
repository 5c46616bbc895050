//! What a notice or a report must hold.

use crate::notice::Language;

named! {
    /// One thing a law asks a notice or a report to say.
    Element, ParseElementError, "an element" {
        /// Which items of this person's data leaked.
        Items = "items",
        /// Which items may have leaked.
        ItemsPossible = "items_possible",
        /// When it leaked and how it came about.
        WhenHow = "when_how",
        /// The suspected time and circumstances.
        WhenHowSuspected = "when_how_suspected",
        /// What exactly the person can do to keep harm small.
        SelfHelp = "self_help",
        /// What the carrier does, and how a loss is made good.
        ResponseRemedy = "response_remedy",
        /// The department that takes reports of harm and how to reach it.
        Contact = "contact",
        /// The rights under the Act and how to use them.
        LegalRights = "legal_rights",
        /// That another notice follows once a leak is confirmed.
        FurtherNotice = "further_notice",
        /// That no leak was confirmed.
        AllClear = "all_clear",
        /// When the incident occurred, its cause and the damage.
        IncTimeCauseDamage = "inc_time_cause_damage",
        /// What was done about the incident.
        IncMeasures = "inc_measures",
        /// Who answers for the incident and how to reach them.
        IncContact = "inc_contact",
        /// The fact confirmed since the last report.
        NewFact = "new_fact",
        /// Why the deadline was missed.
        DelayReason = "delay_reason",
        /// The nature of the breach.
        Nature = "nature",
        /// Roughly how many persons.
        SubjectCount = "subj_count",
        /// Roughly how many records.
        RecordCount = "rec_count",
        /// Which categories of persons and records.
        Categories = "categories",
        /// The data protection officer or another contact point.
        DpoContact = "dpo_contact",
        /// The likely consequences.
        Consequences = "consequences",
        /// The measures taken or proposed.
        Measures = "measures",
        /// Who the provider is.
        Provider = "provider",
        /// When it was detected.
        Detected = "detected",
        /// Which other providers are involved.
        OtherProviders = "other_providers",
        /// How individuals were told, what, and how many.
        IndividualNotice = "individual_notice",
        /// Whether other countries are concerned.
        CrossBorder = "cross_border",
        /// Whether it is suspected to be unlawful or malicious.
        Malicious = "malicious",
        /// How severe it is and what it affects.
        Severity = "severity",
        /// The signs by which others can find the same attack.
        Indicators = "indicators",
        /// The threat or root cause.
        RootCause = "root_cause",
        /// What was made public, and when.
        Publication = "publication",
        /// How it is kept from happening again.
        Prevention = "prevention",
    }
}

impl Element {
    /// Its name for people, in Korean where `language` is Korean and in English otherwise.
    pub const fn title(self, language: Language) -> &'static str {
        match language {
            Language::Korean => self.korean(),
            Language::English | Language::Chinese | Language::Vietnamese | Language::Japanese => {
                self.english()
            }
        }
    }

    const fn korean(self) -> &'static str {
        match self {
            Self::Items => "유출된 개인정보 항목",
            Self::ItemsPossible => "유출 가능성이 있는 개인정보 항목",
            Self::WhenHow => "유출된 시점과 경위",
            Self::WhenHowSuspected => "유출이 의심되는 시점과 경위",
            Self::SelfHelp => "피해를 줄이기 위해 할 수 있는 방법",
            Self::ResponseRemedy => "대응 조치와 피해 구제 절차",
            Self::Contact => "피해 신고 부서와 연락처",
            Self::LegalRights => "법에 따른 권리와 행사 방법",
            Self::FurtherNotice => "유출 확인 시 추가 통지 안내",
            Self::AllClear => "유출되지 않았음의 확인",
            Self::IncTimeCauseDamage => "침해사고 발생 일시, 원인과 피해 내용",
            Self::IncMeasures => "조치 사항과 대응 현황",
            Self::IncContact => "대응 부서와 연락처",
            Self::NewFact => "새로 확인된 사실",
            Self::DelayReason => "지연 사유",
            Self::Nature => "침해의 성격",
            Self::SubjectCount => "정보주체 수",
            Self::RecordCount => "기록 수",
            Self::Categories => "정보주체와 기록의 범주",
            Self::DpoContact => "개인정보 보호책임자 연락처",
            Self::Consequences => "예상되는 결과",
            Self::Measures => "취한 조치와 계획",
            Self::Provider => "사업자",
            Self::Detected => "탐지 시점",
            Self::OtherProviders => "관련된 다른 사업자",
            Self::IndividualNotice => "개별 통지의 방법, 내용과 수",
            Self::CrossBorder => "다른 나라에 미치는 영향",
            Self::Malicious => "불법 또는 악의적 행위 의심 여부",
            Self::Severity => "심각도와 영향",
            Self::Indicators => "침해 지표",
            Self::RootCause => "위협 또는 근본 원인",
            Self::Publication => "공표 현황",
            Self::Prevention => "재발 방지 대책",
        }
    }

    const fn english(self) -> &'static str {
        match self {
            Self::Items => "items that leaked",
            Self::ItemsPossible => "items that may have leaked",
            Self::WhenHow => "when and how it leaked",
            Self::WhenHowSuspected => "suspected time and circumstances",
            Self::SelfHelp => "what the person can do",
            Self::ResponseRemedy => "measures and relief",
            Self::Contact => "where to report harm",
            Self::LegalRights => "rights under the Act and how to use them",
            Self::FurtherNotice => "that another notice follows once confirmed",
            Self::AllClear => "that no leak was confirmed",
            Self::IncTimeCauseDamage => "time, cause and damage of the incident",
            Self::IncMeasures => "measures and state of the response",
            Self::IncContact => "department in charge and contact",
            Self::NewFact => "newly confirmed fact",
            Self::DelayReason => "reason for the delay",
            Self::Nature => "nature of the breach",
            Self::SubjectCount => "number of persons",
            Self::RecordCount => "number of records",
            Self::Categories => "categories of persons and records",
            Self::DpoContact => "data protection contact",
            Self::Consequences => "likely consequences",
            Self::Measures => "measures taken or proposed",
            Self::Provider => "provider",
            Self::Detected => "time of detection",
            Self::OtherProviders => "other providers involved",
            Self::IndividualNotice => "means, content and number of individual notices",
            Self::CrossBorder => "effect on other countries",
            Self::Malicious => "whether unlawful or malicious acts are suspected",
            Self::Severity => "severity and impact",
            Self::Indicators => "indicators of compromise",
            Self::RootCause => "threat or root cause",
            Self::Publication => "publication",
            Self::Prevention => "prevention of recurrence",
        }
    }
}
