//! `genkan`: the portal on screen, and what it ends with.

use std::sync::Arc;

use crate::app::App;
use crate::cli::commands::handing_out::export;
use crate::cli::commands::steps::open_tui::open_tui;
use crate::cli::commands::steps::sign_in_here::signed_in;
use crate::cli::exit::{Ended, Failure};
use crate::cli::output::Output;
use crate::domain::records::history::Action;
use crate::domain::text::clean_text;
use crate::domain::values::nearest::suggest_name;
use crate::tui::{self, Outcome, Start};

/// Opens the portal with what it searches for. `commands` are the names that a word may have been meant as.
pub(in crate::cli) async fn run(
    query: &[String],
    commands: &[String],
    app: &Arc<App>,
    output: &Output,
) -> Result<Ended, Failure> {
    let query = clean_text(&query.join(" "));
    let meant = suggest_name(&query, commands.iter().map(String::as_str));
    if !tui::has_terminal() {
        if !query.is_empty() {
            return Err(Failure::usage(
                format!("unknown command `{query}`{meant}"),
                &["`genkan --help` lists the commands; a search opens the portal, which requires a terminal"],
            ));
        }
        return Err(Failure::usage(
            "the portal requires a terminal",
            &["`genkan --help` lists the commands that work without a terminal"],
        ));
    }
    let start = Start {
        note: (!meant.is_empty()).then(|| format!("searching for “{query}”; no command is named so{meant}")),
        query,
        ..Start::default()
    };
    match open_tui(app, start).await? {
        Outcome::Print { target, format } => {
            let credentials = signed_in(app, output, async || {
                app.credentials.role_credentials(&target).await
            })
            .await?;
            export::print_export(
                &app.exports.export_text(format, &target, &credentials, None)?,
                output,
            )?;
            let _ = app.history.record_use(&target, Action::Export).await;
            app.history.record_hand_out_to_parent(&target, "export");
            Ok(Ended::Done)
        }
        Outcome::Cancelled => Ok(Ended::Cancelled),
        Outcome::Killed(signal) => Ok(Ended::Killed(signal)),
        // The caller that redirected stdout waits for credentials and gets none.
        Outcome::Quit | Outcome::Picked(_) if !output.stdout_is_terminal() => Ok(Ended::Cancelled),
        Outcome::Quit | Outcome::Picked(_) => Ok(Ended::Done),
    }
}
