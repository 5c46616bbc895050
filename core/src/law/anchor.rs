//! What a clock counts from.

named! {
    /// What a clock counts from: the kind of moment a statute names.
    Anchor, ParseAnchorError, "an anchor" {
        /// Korea, PIPA 34(1) and (4): aware that personal data was lost, stolen, leaked and, since September 2026,
        /// forged, altered or damaged.
        KrLeakKnown = "kr.leak_known",
        /// Korea, PIPA 34(2), Decree 39-2(1)1: aware of illegal access, a leak suspected, whose data hard to say.
        KrPossibleIllegalAccessKnown = "kr.possible_illegal_access_known",
        /// Korea, PIPA 34(2), Decree 39-2(1)2: aware that the data of some leaked and that of others may have.
        KrPossiblePartialLeakKnown = "kr.possible_partial_leak_known",
        /// Korea, PIPA Decree 39(2) and 40(2): something left open in the first notice or report is confirmed.
        KrDetailsConfirmed = "kr.details_confirmed",
        /// Korea, PIPA Decree 39-3: confirmed that nothing leaked, after a notice that it may have.
        KrNoLeakConfirmed = "kr.no_leak_confirmed",
        /// Korea, PIPA Decree 39(1): what excused the delay has ended.
        KrObstacleEnded = "kr.obstacle_ended",
        /// Korea, Network Act 48-3(1): aware that an intrusion incident occurred.
        KrIncidentKnown = "kr.incident_known",
        /// Korea, Network Act Decree 58-2(2): a further fact is confirmed after the first intrusion report.
        KrNewFactConfirmed = "kr.new_fact_confirmed",
        /// EU, GDPR 33: the controller is aware, with a reasonable degree of certainty.
        EuAware = "eu.aware",
        /// EU, Regulation 611/2013: aware enough that personal data was compromised to notify meaningfully.
        EuDetected = "eu.detected",
        /// EU, Regulation 611/2013: the initial notification was made.
        EuFirstNotified = "eu.first_notified",
        /// EU, NIS2 23: aware that the incident is significant.
        Nis2SignificantAware = "nis2.significant_aware",
        /// EU, NIS2 23: the incident notification was made.
        Nis2Notified = "nis2.notified",
        /// US, 47 CFR 64.2011: reasonably determined that there was a breach.
        UsBreachDetermined = "us.breach_determined",
        /// US, 47 CFR 64.2011: law enforcement was notified.
        UsLawEnforcementNotified = "us.le_notified",
        /// California, Civil Code 1798.82: the breach was discovered, or the carrier was notified of it.
        UsCaDiscovered = "us_ca.discovered",
        /// California, Civil Code 1798.82: residents were notified.
        UsCaConsumersNotified = "us_ca.consumers_notified",
        /// Japan, APPI Rules 8: the business learned of the incident.
        JpAware = "jp.aware",
        /// United Kingdom, PECR 5A and UK GDPR 33: the provider is aware.
        UkAware = "uk.aware",
    }
}

impl Anchor {
    /// Whether it is the moment the carrier became aware: a knowledge time that names no anchor stands for these. All
    /// others are events of their own and count only where they are named.
    pub const fn is_awareness(self) -> bool {
        match self {
            Self::KrLeakKnown
            | Self::KrPossibleIllegalAccessKnown
            | Self::KrPossiblePartialLeakKnown
            | Self::KrIncidentKnown
            | Self::EuAware
            | Self::EuDetected
            | Self::Nis2SignificantAware
            | Self::UsBreachDetermined
            | Self::UsCaDiscovered
            | Self::JpAware
            | Self::UkAware => true,
            Self::KrDetailsConfirmed
            | Self::KrNoLeakConfirmed
            | Self::KrObstacleEnded
            | Self::KrNewFactConfirmed
            | Self::EuFirstNotified
            | Self::Nis2Notified
            | Self::UsLawEnforcementNotified
            | Self::UsCaConsumersNotified => false,
        }
    }

    /// Whether each knowledge time that names it starts a clock of its own: every further fact is reported by itself.
    pub const fn is_each(self) -> bool {
        match self {
            Self::KrDetailsConfirmed | Self::KrNewFactConfirmed => true,
            Self::KrLeakKnown
            | Self::KrPossibleIllegalAccessKnown
            | Self::KrPossiblePartialLeakKnown
            | Self::KrNoLeakConfirmed
            | Self::KrObstacleEnded
            | Self::KrIncidentKnown
            | Self::EuAware
            | Self::EuDetected
            | Self::EuFirstNotified
            | Self::Nis2SignificantAware
            | Self::Nis2Notified
            | Self::UsBreachDetermined
            | Self::UsLawEnforcementNotified
            | Self::UsCaDiscovered
            | Self::UsCaConsumersNotified
            | Self::JpAware
            | Self::UkAware => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anchors_read_back() {
        for anchor in Anchor::ALL {
            assert_eq!(Anchor::parse(anchor.name()), Ok(anchor));
        }
        let refused = Anchor::parse("kr.leak").unwrap_err().to_string();
        assert!(refused.starts_with("not an anchor; one of kr.leak_known, "), "{refused}");
    }
}
