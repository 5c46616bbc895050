//! What only staff can change: a posting without a ground, people who must be told nothing, targets on a brand's list.

use std::collections::BTreeSet;

use simrecall_core::delivery::Rung;
use simrecall_core::id::{ChunkNo, SubscriberId};
use simrecall_core::notice::{Rendered, Variables};
use simrecall_store::BucketRange;
use simrecall_store::ledger::{ChunkRow, Wave};

use crate::home::Home;
use crate::posting::{self, Page, Standing};
use crate::problem::Result;
use crate::suppression;

/// What a sender may not do until staff decide.
#[derive(Debug, Default)]
pub(super) struct Limits {
    ground: Standing,
    suppressed: BTreeSet<SubscriberId>,
    /// Whether somebody was passed over: a lifted suppression must find the wave open.
    passed_over: bool,
    /// Chunks of brands' lists that were looked at since they went out.
    out: BTreeSet<ChunkNo>,
}

impl Limits {
    /// Whom to tell nothing; read with the control row, before every batch.
    pub(super) fn read(&mut self, home: &Home, wave: &Wave) -> Result<()> {
        self.suppressed = suppression::suppressed(home, wave.incident, BucketRange::ALL)?;
        Ok(())
    }

    /// Whether somebody must be told nothing.
    pub(super) fn is_suppressed(&self, person: SubscriberId) -> bool {
        self.suppressed.contains(&person)
    }

    /// Whether somebody must be told nothing. It is remembered that they were passed over.
    pub(super) fn pass_over(&mut self, person: SubscriberId) -> bool {
        let is_suppressed = self.is_suppressed(person);
        self.passed_over |= is_suppressed;
        is_suppressed
    }

    /// Whether the wave stays open for those who were passed over.
    pub(super) const fn keeps_open(&self) -> bool {
        self.passed_over
    }

    /// Looks for a ground again, and says whether chunks of this rung may go.
    pub(super) fn allows(&mut self, home: &Home, wave: &Wave, rung: Rung) -> Result<bool> {
        if rung != Rung::Posting {
            return Ok(true);
        }
        self.ground = Standing::of(home, wave)?;
        Ok(self.ground.has_ground())
    }

    /// Lets a page be published under the wave's ground.
    pub(super) fn publish(
        &mut self,
        home: &Home,
        wave: &Wave,
        variables: &Variables,
        rendered: &Rendered,
    ) -> Result<()> {
        let Some(html) = &rendered.html else { return Ok(()) };
        let name = posting::page_name(wave.no, variables);
        self.ground.cover(home, wave, &Page::of(name, variables.kind, html))
    }

    /// Whether a chunk cannot go on before staff do something: record a ground, export a list.
    pub(super) fn waits_for_staff(&self, chunk: &ChunkRow) -> bool {
        let has_no_ground = chunk.rung == Rung::Posting && !self.ground.has_ground();
        !chunk.is_done && (has_no_ground || !chunk.list.is_empty())
    }

    /// Whether a brand's list went out since it was last asked: then its targets are looked at from now on.
    pub(super) fn went_out(&mut self, chunk: &ChunkRow) -> bool {
        !chunk.list.is_empty() && chunk.is_done && self.out.insert(chunk.no)
    }
}
