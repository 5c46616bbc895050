//! The pages a wave would publish, for those of its people who are on the posting rung.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use simrecall_core::access::Purpose;
use simrecall_core::delivery::Rung;
use simrecall_core::id::WaveNo;
use simrecall_core::notice::{NoticeKind, Variables};
use simrecall_core::wave::LeftOutReason;
use simrecall_store::BucketRange;
use simrecall_store::ledger::{TargetRecord, Wave};
use simrecall_store::permit::PermitRequest;

use crate::home::Home;
use crate::incident;
use crate::problem::{self, Problem, Result};
use crate::target::TargetContent;
use crate::words::Words;

/// Lines read together when those without a known holder are counted.
const LINES: u64 = 50_000;

/// A page that people of a wave share. It names nobody.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Page {
    /// The file's name without its ending.
    pub(crate) name: String,
    /// What its notice is.
    pub(crate) kind: NoticeKind,
    /// SHA-256 of its bytes.
    pub(crate) sha256: [u8; 32],
}

impl Page {
    /// The page of these bytes.
    pub(crate) fn of(name: String, kind: NoticeKind, html: &str) -> Self {
        Self { name, kind, sha256: Sha256::digest(html.as_bytes()).into() }
    }

    /// The file it is published in.
    pub(crate) fn file(name: &str) -> String {
        format!("{name}.html")
    }
}

/// A posting's page is named after what it says: everyone whose notice reads the same shares one.
pub(crate) fn name(wave: WaveNo, variables: &Variables) -> String {
    let Variables { brand, kind, language, confirmed, possible, withdrawn, .. } = variables;
    let mut items = format!("{:x}-{:x}", confirmed.bits(), possible.bits());
    if !withdrawn.is_empty() {
        items = format!("{items}-{:x}", withdrawn.bits());
    }
    format!("w{}-{brand}-{}-{items}-{}", wave.0, kind.name(), language.tag())
}

/// The pages of everybody of a wave who is on the posting rung now, by name.
pub(super) fn of_wave(home: &Home, wave: &Wave) -> Result<BTreeMap<String, Page>> {
    let chunks = home.store.read(|tx| tx.chunks(wave.no)).map_err(problem::store)?;
    let mut pages = BTreeMap::new();
    let posted: Vec<_> = chunks.into_iter().filter(|chunk| chunk.rung == Rung::Posting).collect();
    if posted.is_empty() {
        return Ok(pages);
    }
    let words = Words::read(home, &incident::words(home, wave.incident)?)?;
    for chunk in posted {
        let targets = home.store.read(|tx| tx.chunk_targets(wave.no, chunk.no));
        let targets = targets.map_err(problem::store)?;
        add_pages(home, wave, &words, &targets, &mut pages)?;
    }
    Ok(pages)
}

fn add_pages(
    home: &Home,
    wave: &Wave,
    words: &Words,
    targets: &[TargetRecord],
    pages: &mut BTreeMap<String, Page>,
) -> Result<()> {
    let keys = home.keys.incident(wave.incident).map_err(problem::keys)?;
    let mut permit = home.permit(&PermitRequest {
        purpose: Purpose::Send,
        actor: "posting".to_owned(),
        incident: Some(wave.incident),
        scope: format!("wave {}, {} targets on the posting rung", wave.no.0, targets.len()),
        fields: vec!["variables".to_owned()],
        rows: u64::try_from(targets.len()).unwrap_or(u64::MAX),
    })?;
    for target in targets {
        let content = TargetContent::open(&mut permit, &keys, &target.key, &target.sealed)?;
        let name = name(wave.no, &content.variables);
        if let std::collections::btree_map::Entry::Vacant(free) = pages.entry(name) {
            let rendered = words.render(Rung::Posting, &content.variables)?;
            let html = rendered.html.ok_or_else(|| {
                Problem::ours("posting", "a notice has no page for the posting rung")
            })?;
            let page = Page::of(free.key().clone(), content.variables.kind, &html);
            free.insert(page);
        }
    }
    Ok(())
}

/// How many lines of a wave have no holder that the registry knows: a posting answers for them, too.
pub(super) fn unknown_lines(home: &Home, wave: &Wave) -> Result<i64> {
    let mut count = 0;
    for range in BucketRange::covering(wave.counts.left_out.unsigned_abs(), LINES) {
        let left = home.store.read(|tx| tx.left_out_of(wave.no, range)).map_err(problem::store)?;
        let unknown = LeftOutReason::UnknownHolder.code();
        count += left.iter().filter(|line| line.reason == unknown).count();
    }
    Ok(i64::try_from(count).unwrap_or(i64::MAX))
}
