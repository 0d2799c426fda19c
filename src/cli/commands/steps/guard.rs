//! Asks for the name of a guarded target on the terminal, before anything is done with it.

use crate::app::{App, Guarded};
use crate::cli::exit::Failure;
use crate::cli::output::{Answer, Output};
use crate::domain::Target;
use crate::domain::rules::{PRODUCTION, confirms_number};
use crate::domain::values::count::format_count;

/// How a guard is answered where no one can be asked.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Confirmed {
    /// Confirm a guarded target by its alias, account name or account ID; several by their number
    #[arg(long, value_name = "ACCOUNT")]
    confirm: Option<String>,
}

/// Lets a target pass that isn't guarded, was confirmed a moment ago, or is confirmed now. `what` says what follows.
pub(in crate::cli::commands) async fn pass_guard(
    target: &Target,
    confirmed: &Confirmed,
    what: &str,
    app: &App,
    output: &Output,
) -> Result<(), Failure> {
    let Some(guarded) = app.guards.guard_of(target) else {
        return Ok(());
    };
    let names = describe_names(target, &guarded);
    if let Some(typed) = &confirmed.confirm {
        // A script says it each time: that opens nothing for others.
        return if app.guards.is_confirmed_by(typed, target, &guarded) {
            Ok(())
        } else {
            Err(not_its_name("--confirm", target, &names))
        };
    }
    let word = if guarded.production {
        format!("{PRODUCTION} ")
    } else {
        String::new()
    };
    if let Some(note) = &guarded.note {
        output.notice(note);
    }
    let question = format!("{word}{target}: {what}. Type {names} to continue: ");
    match output.ask(&question).await {
        Answer::Typed(typed) if app.guards.is_confirmed_by(&typed, target, &guarded) => {
            app.guards.confirm(std::slice::from_ref(target)).await;
            Ok(())
        }
        Answer::Typed(typed) if !typed.trim().is_empty() => Err(not_its_name("this", target, &names)),
        Answer::Typed(_) | Answer::Cancelled => Err(Failure::cancelled()),
        Answer::NoTerminal => {
            let hint = format!("confirm it with `--confirm {}`", quote_name(&target.account_name));
            Err(Failure::usage(
                format!("a rule guards {target}, and no terminal to confirm it on"),
                &[&hint],
            ))
        }
    }
}

/// How many guarded targets are named before the question.
const MOST_NAMED: usize = 10;

/// Lets many targets pass, by one answer for all that are guarded: their number, or the name of the only one.
pub(in crate::cli::commands) async fn pass_guards(
    targets: &[Target],
    confirmed: &Confirmed,
    what: &str,
    app: &App,
    output: &Output,
) -> Result<(), Failure> {
    let guarded: Vec<(&Target, Guarded)> = targets
        .iter()
        .filter_map(|target| Some((target, app.guards.guard_of(target)?)))
        .collect();
    let number = guarded.len();
    match guarded.as_slice() {
        [] => return Ok(()),
        [(target, _)] => return pass_guard(target, confirmed, what, app, output).await,
        _ => {}
    }
    let number_hint = format!("confirm them with `--confirm {number}`");
    if let Some(typed) = &confirmed.confirm {
        return if confirms_number(typed, number) {
            Ok(())
        } else {
            Err(not_their_number("--confirm", number, &number_hint))
        };
    }
    let mut notes: Vec<&str> = guarded.iter().filter_map(|(_, g)| g.note.as_deref()).collect();
    notes.dedup();
    let named = guarded.iter().take(MOST_NAMED).map(|(target, guarded)| {
        let word = if guarded.production { PRODUCTION } else { "guarded" };
        format!("  {word} {target} ({})", target.account_id)
    });
    let rest = number.saturating_sub(MOST_NAMED);
    let rest = (rest > 0).then(|| format!("  and {rest} more"));
    let lines: Vec<String> = named.chain(rest).collect();
    let total = format_count(targets.len(), "target");
    if output.stderr_is_terminal() {
        for note in notes {
            output.notice(note);
        }
        for line in &lines {
            output.say(line);
        }
    }
    let question = format!("{number} of {total} are guarded: {what}. Type {number} to continue: ");
    match output.ask(&question).await {
        Answer::Typed(typed) if confirms_number(&typed, number) => {
            let confirmed: Vec<Target> = guarded.into_iter().map(|(target, _)| target.clone()).collect();
            app.guards.confirm(&confirmed).await;
            Ok(())
        }
        Answer::Typed(typed) if !typed.trim().is_empty() => Err(not_their_number("this", number, "type it")),
        Answer::Typed(_) | Answer::Cancelled => Err(Failure::cancelled()),
        Answer::NoTerminal => Err(Failure::usage(
            format!("rules guard {number} of {total}, and no terminal to confirm them on"),
            &[&number_hint],
        )),
    }
}

fn not_their_number(what: &str, number: usize, hint: &str) -> Failure {
    Failure::new(
        format!("{what} is not the number of guarded targets, which is {number}; nothing was done"),
        &[hint],
    )
}

fn not_its_name(what: &str, target: &Target, names: &str) -> Failure {
    Failure::new(
        format!("{what} is not the name of the account of {target}; nothing was done"),
        &[&format!("type {names}")],
    )
}

fn describe_names(target: &Target, guarded: &Guarded) -> String {
    match &guarded.alias {
        Some(alias) => format!("`{alias}` or `{}`", target.account_name),
        None => format!("`{}`", target.account_name),
    }
}

/// A name as a shell takes it.
fn quote_name(name: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    if !name.is_empty() && name.bytes().all(plain) {
        name.to_owned()
    } else {
        format!("'{}'", name.replace('\'', r"'\''"))
    }
}
