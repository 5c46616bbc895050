//! What each place of the agency's surface needs, does and shows.

use std::sync::Arc;

use axum::handler::Handler;
use axum::routing::{MethodRouter, get, post, put};
use simrecall_core::access::Act;
use simrecall_core::access::hours::Kind;
use simrecall_core::access::view::View;
use simrecall_engine::terminal::Needs;

use super::state::Agency;

/// How a place is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// To look.
    Get,
    /// To do.
    Post,
    /// To do under a name that the one who asks gave it.
    Put,
}

impl Method {
    /// As HTTP says it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
        }
    }
}

/// What a place is brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Brings {
    /// Nothing.
    Nothing,
    /// A document, of 64 KiB at most.
    Json,
    /// An image, of 1 MiB at most.
    Jpeg,
}

/// What a place needs, does and shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RouteKind {
    /// Where it is, as the router writes it.
    pub path: &'static str,
    /// How it is asked.
    pub method: Method,
    /// What it needs to be shown.
    pub needs: Needs,
    /// When it may be done.
    pub hours: Kind,
    /// What staff must be allowed to do; none where everybody who is signed in may.
    pub may: Option<Act>,
    /// What it shows of a customer.
    pub view: Option<View>,
    /// What it is brought.
    pub brings: Brings,
    /// Whether pages ask it by themselves, so that it keeps nobody signed in.
    pub polls: bool,
    /// Whether the cookie from before a step-up may ask it again.
    pub again: bool,
}

impl RouteKind {
    const fn new(path: &'static str, method: Method, brings: Brings) -> Self {
        Self {
            path,
            method,
            needs: Needs::Seat,
            hours: Kind::Always,
            may: None,
            view: None,
            brings,
            polls: false,
            again: false,
        }
    }

    /// A place to look at, for whoever is signed in, at any hour.
    pub(super) const fn get(path: &'static str) -> Self {
        Self::new(path, Method::Get, Brings::Nothing)
    }

    /// A place to do something at, for whoever is signed in, at any hour.
    pub(super) const fn post(path: &'static str) -> Self {
        Self::new(path, Method::Post, Brings::Json)
    }

    /// A place to put something at, for whoever is signed in, at any hour.
    pub(super) const fn put(path: &'static str) -> Self {
        Self::new(path, Method::Put, Brings::Json)
    }

    /// Needs something else than somebody signed in.
    pub(super) const fn needs(self, needs: Needs) -> Self {
        Self { needs, ..self }
    }

    /// Is done when such things are.
    pub(super) const fn when(self, hours: Kind) -> Self {
        Self { hours, ..self }
    }

    /// Is for those who may do this.
    pub(super) const fn may(self, act: Act) -> Self {
        Self { may: Some(act), ..self }
    }

    /// Shows this.
    pub(super) const fn shows(self, view: View) -> Self {
        Self { view: Some(view), ..self }
    }

    /// Is brought an image.
    pub(super) const fn image(self) -> Self {
        Self { brings: Brings::Jpeg, ..self }
    }

    /// Is asked by pages themselves.
    pub(super) const fn polled(self) -> Self {
        Self { polls: true, ..self }
    }

    /// May be asked again with the cookie from before a step-up.
    pub(super) const fn again(self) -> Self {
        Self { again: true, ..self }
    }
}

/// A place and what answers there.
pub(super) struct Place {
    pub(super) kind: RouteKind,
    pub(super) handler: MethodRouter<Arc<Agency>>,
}

/// What answers at a place.
pub(super) fn place<H, T>(kind: RouteKind, handler: H) -> Place
where
    H: Handler<T, Arc<Agency>>,
    T: 'static,
{
    let handler = match kind.method {
        Method::Get => get(handler),
        Method::Post => post(handler),
        Method::Put => put(handler),
    };
    Place { kind, handler }
}
