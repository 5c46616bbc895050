//! From a supplier's batch to a counter: agencies, cards, places, visits, and what time does to them.

mod cards;
mod parcels;
mod shop;
mod spring;
mod time;
mod visits;
