//! A town with agencies, a clerk and cards.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use simrecall_core::access::StaffRole;
use simrecall_core::identity::Iccid;
use simrecall_core::replacement::local_day;
use simrecall_engine::drill::CODE;
use simrecall_engine::replacement::open::{self, NewCase};
use simrecall_engine::replacement::shown::{self, CaseAnswer};
use simrecall_engine::replacement::visit::AtCounter;
use simrecall_engine::stock::import::{self, LotAnswer, NewBatch};
use simrecall_engine::stock::receive::{self, Arrival, ArrivalAnswer};
use simrecall_engine::{Home, Result, agency, staff};
use simrecall_tests::Backend;

use crate::selfcheck::stage::{Place, Plan};
use crate::support::SECURITY;

pub(crate) const CLERK: &str = "clerk.jongno";
pub(crate) const AGENCIES: &str = "code,name,kind,region,address,desks,opens,closes,weekdays
jongno,종로점,shop,seoul,서울 종로구 종로 1,1,09:00,18:00,mon-sun
busan,부산점,shop,busan,부산 중구 중앙대로 1,2,10:00,17:00,mon-fri
depot,창고,warehouse,seoul,경기 이천시 1,0,00:00,24:00,mon-sun
";

/// A town with two shops, a warehouse and somebody who serves.
pub(crate) struct Shop {
    pub(crate) place: Place,
    pub(crate) identity: age::x25519::Identity,
    pub(crate) folder: PathBuf,
}

impl Shop {
    pub(crate) fn open(backend: Backend) -> Self {
        Self::with(backend, Plan::default())
    }

    pub(crate) fn with(backend: Backend, plan: Plan<'_>) -> Self {
        let place = Place::with(backend, plan);
        let folder = place.home().dir.join("shop");
        fs::create_dir_all(&folder).unwrap();
        let key = folder.join("clerk.key");
        staff::add(place.home(), CLERK, &[StaffRole::Clerk], &key, Some(SECURITY)).unwrap();
        let shop = Self { place, identity: age::x25519::Identity::generate(), folder };
        let list = shop.write("agencies.csv", AGENCIES);
        let came = agency::import(shop.home(), &list, SECURITY).unwrap();
        assert_eq!((came.added, came.changed, came.same), (3, 0, 0));
        shop
    }

    pub(crate) fn home(&self) -> &Home {
        self.place.home()
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.join(name);
        fs::write(&path, text).unwrap();
        path
    }

    /// A file as a supplier sends it: encrypted for us.
    pub(crate) fn batch(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.join(name);
        encrypted(&path, &self.identity, text);
        path
    }

    pub(crate) fn identity_file(&self) -> PathBuf {
        use age::secrecy::ExposeSecret as _;
        self.write("identity.txt", self.identity.to_string().expose_secret())
    }

    pub(crate) fn import(&self, batch: &Path, agency: &str, lot: &str) -> Result<Vec<LotAnswer>> {
        let identity = self.identity_file();
        let expected = local_day(self.home().now());
        let (file, identity, by) = (batch, identity.as_path(), SECURITY);
        import::import(self.home(), &NewBatch { file, identity, agency, lot, expected, by })
    }

    pub(crate) fn receive(&self, lot: &str) -> Result<ArrivalAnswer> {
        receive::receive(self.home(), &Arrival { lot, missing: None, by: CLERK })
    }

    /// So many cards, from a number on, received at an agency.
    pub(crate) fn stock(&self, agency: &str, from: u32, cards: u32) {
        let lot = format!("PO-{agency}-{from}");
        let batch = self.batch(&format!("{lot}.age"), &rows(from, cards));
        self.import(&batch, agency, &lot).unwrap();
        assert_eq!(self.receive(&lot).unwrap().came, i64::from(cards));
    }

    /// A case for a number, opened by the clerk.
    pub(crate) fn case(&self, number: &str) -> Result<CaseAnswer> {
        let new =
            NewCase { number, lost_money: false, leaves_on: None, disabled: false, by: CLERK };
        open::open(self.home(), CODE, &new)
    }

    pub(crate) fn show(&self, case: &str) -> CaseAnswer {
        shown::show(self.home(), CODE, case, CLERK).unwrap()
    }

    pub(crate) fn state(&self, case: &str) -> &'static str {
        self.show(case).row.state
    }

    /// So many days from today.
    pub(crate) fn day(&self, days: u64) -> NaiveDate {
        local_day(self.home().now()) + chrono::Days::new(days)
    }
}

/// The `n`-th card's number, with its check digit.
pub(crate) fn iccid(n: u32) -> String {
    let stem = format!("8982050{n:011}");
    (0..10).map(|last| format!("{stem}{last}")).find(|text| Iccid::parse(text).is_ok()).unwrap()
}

pub(crate) fn row(n: u32) -> String {
    format!("{},4500890{n:08},{:032x},{:032x},usim", iccid(n), n + 1, n + 7_000)
}

/// A batch in clear.
pub(crate) fn rows(from: u32, cards: u32) -> String {
    (from..from + cards).fold("iccid,imsi,k,opc,product\n".to_owned(), |mut text, n| {
        writeln!(text, "{}", row(n)).unwrap();
        text
    })
}

/// A case at the counter in Jongno.
pub(crate) const fn at(case: &str) -> AtCounter<'_> {
    AtCounter { case, agency: "jongno", by: CLERK }
}

/// Writes a file that only one identity opens.
pub(crate) fn encrypted(path: &Path, identity: &age::x25519::Identity, text: &str) {
    let to = identity.to_public();
    let recipient: &dyn age::Recipient = &to;
    let sealed = age::Encryptor::with_recipients(std::iter::once(recipient)).unwrap();
    let mut out = sealed.wrap_output(fs::File::create(path).unwrap()).unwrap();
    out.write_all(text.as_bytes()).unwrap();
    out.finish().unwrap();
}
