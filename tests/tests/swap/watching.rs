//! Somebody who looks on, and acts at a point: attaches a phone, freezes the HLR, dies.

use std::time::Duration;

use chrono::TimeDelta;
use simrecall_engine::swap::{Point, Watch};
use simrecall_engine::{Clock, Home};

type AtPoint<'a> = Box<dyn FnMut(&Point) + 'a>;
type AtPause<'a> = Box<dyn FnMut() + 'a>;

/// Keeps what it saw. A pause lets no real time pass: it moves the clock.
pub(crate) struct Watching<'a> {
    clock: Clock,
    pub(crate) seen: Vec<Point>,
    at_point: AtPoint<'a>,
    at_pause: AtPause<'a>,
}

impl<'a> Watching<'a> {
    pub(crate) fn new(home: &Home) -> Self {
        Self {
            clock: home.clock.clone(),
            seen: Vec::new(),
            at_point: Box::new(|_| {}),
            at_pause: Box::new(|| {}),
        }
    }

    pub(crate) fn at_point(mut self, act: impl FnMut(&Point) + 'a) -> Self {
        self.at_point = Box::new(act);
        self
    }

    pub(crate) fn at_pause(mut self, act: impl FnMut() + 'a) -> Self {
        self.at_pause = Box::new(act);
        self
    }
}

impl Watch for Watching<'_> {
    fn see(&mut self, point: &Point) {
        self.seen.push(*point);
        (self.at_point)(point);
    }

    fn pause(&mut self, time: Duration) {
        self.clock.advance(TimeDelta::from_std(time).unwrap());
        (self.at_pause)();
    }
}
