//! `genkan logout`: on the server and here.

use crate::cli::args::Logout;
use crate::cli::exit::{Ended, Failure};
use crate::cli::output::Output;
use crate::portal::Portal;

pub(in crate::cli) async fn run(
    options: &Logout,
    portal: &Portal,
    output: &Output,
) -> Result<Ended, Failure> {
    let sessions = if options.all {
        portal.sessions()?.0
    } else {
        vec![portal.session(options.session.as_deref())?]
    };
    let mut failed = None;
    for session in sessions {
        match portal.sign_out(&session).await {
            Ok(true) => output.say(&format!("signed out of {}", session.name)),
            Ok(false) => output.say(&format!("nobody was signed in to {}", session.name)),
            // The others are still worth ending.
            Err(error) => {
                output.say(&format!(
                    "{}: the tokens here are gone, but the server was not told",
                    session.name
                ));
                failed = Some(error);
            }
        }
    }
    failed.map_or(Ok(Ended::Done), |error| Err(error.into()))
}
