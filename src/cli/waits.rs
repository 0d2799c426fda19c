//! What a command waits for is said on standard error: other processes in a line each, listings and the network in
//! a line that is gone when the wait ends.

use std::sync::{Arc, Mutex, PoisonError};

use super::output::Output;
use super::progress::{Listing, Watch};
use crate::app::{App, Notice};

/// Reports every wait of a command that uses this app, for as long as the guard lives. Needs a runtime.
#[must_use]
pub(super) fn report_waits(app: &App) -> Watch {
    let listing = Mutex::new(None);
    app.context.listen(Some(Arc::new(move |notice| {
        let mut listing = listing.lock().unwrap_or_else(PoisonError::into_inner);
        match notice {
            Notice::Waiting(scope) => Output::new().say(scope.waiting_message()),
            Notice::WaitingForKeyring => {
                Output::new().say("waiting for the keyring, which may ask for its password …");
            }
            Notice::ListingBegins(session) => *listing = Some(Listing::of(&session)),
            Notice::Listing(event) => {
                if let Some(listing) = listing.as_mut() {
                    listing.heard(&event);
                }
            }
            Notice::ListingEnds => *listing = None,
        }
    })));
    Watch::over(app.context.requests())
}
