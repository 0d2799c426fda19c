//! `genkan login`: the device flow in plain lines on stderr.

use crate::cli::args::Login;
use crate::cli::exit::{Ended, Failure};
use crate::cli::output::Output;
use crate::domain::span;
use crate::portal::{Portal, SignInEvent, Step};

pub(in crate::cli) async fn run(options: &Login, portal: &Portal, output: &Output) -> Result<Ended, Failure> {
    let session = portal.session(options.session.as_deref())?;
    let no_browser = if options.no_browser {
        Some("asked not to")
    } else {
        portal.no_sign_in_page_because()
    };
    let mut last_trouble = String::new();
    let tell = |event| match event {
        SignInEvent::Waiting => output.say(Step::SignIn.waiting()),
        SignInEvent::NotEnded(why) => output.notice(&format!(
            "the portal session before could not be ended on the server, so it may go on: {why}"
        )),
        SignInEvent::Pending => {
            last_trouble.clear();
            output.say("connected again; waiting for the approval …");
        }
        // The same at every poll is said once.
        SignInEvent::Trouble(why) if why == last_trouble => {}
        SignInEvent::Trouble(why) => {
            output.say(&format!("{why}; still trying …"));
            last_trouble = why;
        }
        SignInEvent::Code(authorization) => {
            output.say(&format!("sign in to {} in a browser:\n", session.name));
            output.say(&format!("    {}\n", authorization.verification_uri_complete));
            output.say(&format!(
                "and check that it shows the same code:  {}\n",
                authorization.user_code
            ));
            match no_browser {
                Some(why) => output.say(&format!("no browser is opened here ({why})")),
                None => match portal.open_page(&authorization.verification_uri_complete) {
                    Ok(()) => output.say("the browser was opened"),
                    Err(error) => output.say(&error.to_string()),
                },
            }
            let left = authorization.expires_at.as_second() - portal.now().as_second();
            output.say(&format!(
                "waiting for the approval, {} at most; Ctrl-C cancels …",
                span::human(left)
            ));
        }
    };
    let signed_in = tokio::select! {
        done = portal.sign_in(&session, options.force, tell) => done?,
        _ = tokio::signal::ctrl_c() => {
            output.say("cancelled");
            return Ok(Ended::Cancelled);
        }
    };
    // A sign-in that can't be kept is none for the next command.
    signed_in.kept?;
    let tokens = signed_in.tokens;
    let left = span::human(tokens.expires_at.as_second() - portal.now().as_second());
    let renews = if tokens.refresh_token.is_some() {
        ", renewed by itself until the portal session ends"
    } else {
        ""
    };
    output.say(&format!("signed in to {} for {left}{renews}", session.name));
    Ok(Ended::Done)
}
