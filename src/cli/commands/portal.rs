//! `genkan`: the portal on screen, and what it ends with.

use std::sync::Arc;

use super::export;
use super::open_tui::open_tui;
use super::sign_in_here::signed_in;
use crate::app::App;
use crate::cli::exit::{Ended, Failure};
use crate::cli::output::Output;
use crate::domain::history::Action;
use crate::tui::{self, Outcome};

pub(in crate::cli) async fn run(app: &Arc<App>, output: &Output) -> Result<Ended, Failure> {
    if !tui::has_terminal() {
        return Err(Failure::usage(
            "the portal requires a terminal",
            &["`genkan --help` lists the commands that work without a terminal"],
        ));
    }
    match open_tui(app, None).await? {
        Outcome::Print { target, format } => {
            let credentials = signed_in(app, output, async || {
                app.credentials.role_credentials(&target).await
            })
            .await?;
            export::print(
                &app.exports.export_text(format, &target, &credentials, None)?,
                output,
            )?;
            let _ = app.history.record_use(&target, Action::Export);
            Ok(Ended::Done)
        }
        Outcome::Cancelled => Ok(Ended::Cancelled),
        Outcome::Killed(signal) => Ok(Ended::Killed(signal)),
        // Whoever redirected stdout waits for credentials and gets none.
        Outcome::Quit | Outcome::Picked(_) if !output.stdout_is_terminal() => Ok(Ended::Cancelled),
        Outcome::Quit | Outcome::Picked(_) => Ok(Ended::Done),
    }
}
