//! What the register says of the two cards now.

use chrono::{DateTime, TimeDelta, Utc};
use simrecall_core::identity::{Imsi, Msisdn};
use simrecall_core::replacement::swap::{Holder, KeyState, Number, Row, Truth};
use simrecall_gateway::hlr::{HlrError, MilenageKey, Provisioning, Subscriber};

/// How often rows and holder are read when they do not fit: they are read one after the other.
const READS: usize = 3;

/// Whom to look at.
#[derive(Clone, Copy)]
pub(super) struct Eyes<'a> {
    /// The register.
    pub(super) hlr: &'a dyn Provisioning,
    /// The number that is moved.
    pub(super) number: &'a Msisdn,
    /// The old card.
    pub(super) old: &'a Imsi,
    /// The new card.
    pub(super) new: &'a Imsi,
    /// The new card's key; none once it was erased here: then any is its own.
    pub(super) key: Option<&'a MilenageKey>,
}

impl Eyes<'_> {
    /// Looks, and looks again if what was read does not fit.
    pub(super) fn look(&self, now: DateTime<Utc>) -> Result<Truth, HlrError> {
        let mut truth = self.read(now)?;
        for _ in 1..READS {
            if truth.agrees() {
                break;
            }
            truth = self.read(now)?;
        }
        Ok(truth)
    }

    fn read(&self, now: DateTime<Utc>) -> Result<Truth, HlrError> {
        let old = self.hlr.read(self.old)?;
        let new = self.hlr.read(self.new)?;
        let holder = match self.hlr.holder(self.number)? {
            None => Holder::Nobody,
            Some(imsi) if imsi == *self.old => Holder::Old,
            Some(imsi) if imsi == *self.new => Holder::New,
            Some(_) => Holder::Third,
        };
        let any = |row: &Subscriber| if row.has_key() { KeyState::Ours } else { KeyState::None };
        let its = |row: &Subscriber| self.key.map_or_else(|| any(row), |key| row.key_is(key));
        let old = old.map(|row| self.row(self.old, &row, any(&row), now)).transpose()?;
        let new = new.map(|row| self.row(self.new, &row, its(&row), now)).transpose()?;
        Ok(Truth { old, new, holder })
    }

    fn row(
        &self,
        imsi: &Imsi,
        row: &Subscriber,
        key: KeyState,
        now: DateTime<Utc>,
    ) -> Result<Row, HlrError> {
        let number = match &row.number {
            None => Number::None,
            Some(number) if number == self.number => Number::Ours,
            Some(_) => Number::Other,
        };
        // By how long ago it was: the register's clock need not be ours.
        let seen = if row.registered { self.hlr.last_seen(imsi)? } else { None };
        let ago = seen.map(|seen| TimeDelta::from_std(seen.ago).unwrap_or(TimeDelta::MAX));
        let registered_at = ago.and_then(|ago| now.checked_sub_signed(ago));
        Ok(Row { number, key, access: row.access, registered_at })
    }
}

/// Whether two looks say the same, but for what a clock makes of them.
pub(super) fn same(one: &Truth, other: &Truth) -> bool {
    let timeless = |row: Row| Row { registered_at: None, ..row };
    one.old.map(timeless) == other.old.map(timeless)
        && one.new.map(timeless) == other.new.map(timeless)
        && one.holder == other.holder
}
