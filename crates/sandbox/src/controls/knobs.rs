//! Knobs for people: what [`crate::Control`] does for programs, as requests that `curl` or the home page's buttons make.
//! Knows which sessions there are to end, not how they end.

use hyper::StatusCode;

use crate::serving::http::{Reply, Request};
use crate::shared::Shared;

/// A knob: its path, and the words on its button.
pub(crate) struct Knob {
    pub(crate) path: &'static str,
    pub(crate) label: &'static str,
    turn: fn(&Shared),
}

/// All knobs, in the order in which the home page shows them.
pub(crate) const KNOBS: [Knob; 3] = [
    Knob {
        path: "/control/end-portal-sessions",
        label: "End every portal session",
        turn: |shared| shared.state().end_portal_sessions(),
    },
    Knob {
        path: "/control/revoke-access-tokens",
        label: "Revoke every access token",
        turn: |shared| shared.state().revoke_access_tokens(),
    },
    Knob {
        path: "/control/expire-credentials",
        label: "Expire all credentials",
        turn: |shared| shared.state().expire_role_credentials(),
    },
];

/// Turns the knob of a path. A page of someone else's in the user's browser may not.
pub(crate) fn turn_knob(shared: &Shared, request: &Request) -> Option<Reply> {
    let knob = KNOBS.iter().find(|knob| knob.path == request.path)?;
    Some(match request.header("origin") {
        Some(origin) if !is_own(shared, origin) => Reply::new(
            StatusCode::FORBIDDEN,
            "text/plain",
            "another site can't control the sandbox\n",
        ),
        origin => {
            (knob.turn)(shared);
            match origin {
                // From the home page, back to it.
                Some(_) => Reply::redirect("/").with("cache-control", "no-store"),
                None => Reply::new(StatusCode::NO_CONTENT, "text/plain", Vec::new()),
            }
        }
    })
}

fn is_own(shared: &Shared, origin: &str) -> bool {
    origin == shared.url() || origin == format!("http://localhost:{}", shared.address.port())
}
