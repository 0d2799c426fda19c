//! `genkan login`: signing in with plain lines on stderr.

use jiff::Timestamp;

use super::iam_user;
use crate::app::{App, LockScope, Pages, SignInRequest};
use crate::cli::choices::parse_choice;
use crate::cli::commands::steps::chain_code;
use crate::cli::exit::{Ended, Failure};
use crate::cli::output::Output;
use crate::cli::suspension::{run_suspendable, wait_for_interrupt};
use crate::cli::values;
use crate::domain::text::CleanText;
use crate::domain::values::count::format_count;
use crate::domain::values::duration;
use crate::domain::values::time::seconds_until;
use crate::domain::{Flow, SignInEvent, SsoSession};
use crate::settings::env;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
        genkan login\n  \
        genkan login my-org --no-browser\n  \
        genkan login --all\n  \
        genkan login --force    # start a new portal session\n  \
        genkan login --flow pkce --port 8400    # over ssh -L 8400:127.0.0.1:8400")]
pub(in crate::cli) struct Options {
    /// The SSO session or IAM user; optional if only one session is configured
    #[arg(conflicts_with = "all", add = values::complete_sessions())]
    session: Option<String>,
    /// Sign in to all SSO sessions and IAM users, one after another
    #[arg(long)]
    all: bool,
    /// How to sign in [default: device, or `flow` of the session's preferences]
    #[arg(long, value_parser = parse_choice::<Flow>(), ignore_case = true)]
    flow: Option<Flow>,
    /// The loopback port that the browser returns to [default: a free port]
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    port: Option<u16>,
    /// Show the address and the code without opening a browser
    #[arg(long)]
    no_browser: bool,
    /// End the current portal session first and start a new one
    #[arg(long)]
    force: bool,
}

pub(in crate::cli) async fn run(options: &Options, app: &App, output: &Output) -> Result<Ended, Failure> {
    if options.all {
        return sign_in_to_all(options, app, output).await;
    }
    let session = app.sessions.session(options.session.as_deref())?;
    sign_in_as_asked(options, &session, app, output)
        .await
        .map(|()| Ended::Done)
}

/// Signs in to each session; one that fails is reported and does not keep the user from the others.
async fn sign_in_to_all(options: &Options, app: &App, output: &Output) -> Result<Ended, Failure> {
    let (mut sessions, problems) = app.sessions.sessions()?;
    // What chains begin with elsewhere is signed in to where a role wants it, or by name.
    sessions.retain(|session| session.source_credentials().is_none());
    if sessions.is_empty() {
        // Says why there is none.
        app.sessions.session(None)?;
    }
    for problem in problems {
        output.notice(&problem);
    }
    let mut failed = Vec::new();
    for session in &sessions {
        match sign_in_as_asked(options, session, app, output).await {
            Ok(()) => {}
            // Ctrl-C is for all of them.
            Err(failure) if failure.code != Failure::FAILED => return Err(failure),
            Err(failure) => {
                let failure = failure.in_one_line(Vec::new());
                output.notice(&format!("{}: {}", session.name, failure.sentence));
                failed.push(session.name.as_str());
            }
        }
    }
    if failed.is_empty() {
        return Ok(Ended::Done);
    }
    Err(Failure::new(
        format!(
            "{} of {} failed: {}",
            failed.len(),
            format_count(sessions.len(), "sign-in"),
            failed.join(", ")
        ),
        &["run `genkan login SESSION` for each of them"],
    ))
}

/// Signs in as the arguments say, and else as the preferences do.
async fn sign_in_as_asked(
    options: &Options,
    session: &SsoSession,
    app: &App,
    output: &Output,
) -> Result<(), Failure> {
    let usual = app.sign_in.usual_request(session);
    let request = SignInRequest {
        flow: options.flow.unwrap_or(usual.flow),
        force: options.force,
        port: options.port.unwrap_or(usual.port),
        opens_page: !options.no_browser,
    };
    if options.port.is_some() && request.flow == Flow::Device {
        return Err(Failure::usage(
            "--port applies only to --flow pkce",
            &["add --flow pkce"],
        ));
    }
    let ended = sign_in(session, request, app, output).await;
    if let (Err(_), true, Ok(Some(_))) = (&ended, options.force, app.tokens.known_token(session)) {
        output.notice(&format!(
            "the previous sign-in to {} is still valid",
            session.name
        ));
    }
    ended
}

/// Signs in, with what has to be seen on stderr. A page is opened where the request says so and a browser can
/// come up.
pub(super) async fn sign_in(
    session: &SsoSession,
    request: SignInRequest,
    app: &App,
    output: &Output,
) -> Result<(), Failure> {
    if session.source_credentials().is_some() {
        return chain_code::open_source(session, app, output).await;
    }
    if session.is_iam_user() {
        return iam_user::session::sign_in(session, request.force, app, output).await;
    }
    if request.force || !app.tokens.state(session).is_fresh(app.context.now()) {
        // Before a user goes to the browser in vain.
        app.sign_in.check_tokens_writable(session)?;
    }
    let no_browser = if request.opens_page {
        app.pages.no_sign_in_page_because()
    } else {
        Some("--no-browser")
    };
    let request = SignInRequest {
        opens_page: no_browser.is_none(),
        ..request
    };
    let mut teller = Teller {
        session,
        app,
        output,
        no_browser,
        last_trouble: CleanText::default(),
    };
    let tell = |event| teller.tell(event);
    let signed_in = tokio::select! {
        done = run_suspendable(app, Box::pin(app.sign_in.sign_in(session, request, tell))) => done??,
        () = wait_for_interrupt() => return Err(Failure::cancelled()),
    };
    // A sign-in that can't be kept is none for the next command.
    signed_in.kept?;
    let tokens = signed_in.tokens;
    let left = duration::format_duration(seconds_until(tokens.expires_at, app.context.now()));
    let renews = if tokens.refresh_token.is_some() {
        ", renewed automatically until the portal session ends"
    } else {
        ""
    };
    output.say(&format!("signed in to {} for {left}{renews}", session.name));
    if app.tokens.are_in_keyring(session) {
        output.notice(&format!(
            "the tokens of {} are in the keyring: the AWS CLI and SDKs don't share this sign-in",
            session.name
        ));
    }
    Ok(())
}

/// Says in lines what happens.
struct Teller<'a> {
    session: &'a SsoSession,
    app: &'a App,
    output: &'a Output,
    /// Why no page is opened by itself, where none is.
    no_browser: Option<&'static str>,
    last_trouble: CleanText,
}

impl Teller<'_> {
    fn tell(&mut self, event: SignInEvent) {
        let output = self.output;
        match event {
            SignInEvent::Waiting => output.say(LockScope::SignIn.waiting_message()),
            SignInEvent::Elsewhere(page) => {
                output.say("another genkan waits for approval of this page, which also signs in here:\n");
                output.say(&format!("    {}\n", page.address));
                output.say(&format!(
                    "code {} · expires in {} · Ctrl-C stops waiting …",
                    page.user_code,
                    self.left(page.expires_at)
                ));
            }
            SignInEvent::TakenOver { opened } => {
                output.say("the other genkan ended; continuing the sign-in here");
                if opened {
                    self.no_browser = Some("already opened by the other genkan");
                }
            }
            SignInEvent::NotEnded(words) => output.notice(&words),
            SignInEvent::Pending => {
                self.last_trouble = CleanText::default();
                output.say("connected again; waiting for approval …");
            }
            // The same at every poll is said once.
            SignInEvent::Trouble(why) if why == self.last_trouble => {}
            SignInEvent::Trouble(why) => {
                output.say(&format!("{why}; retrying …"));
                self.last_trouble = why;
            }
            SignInEvent::Code(authorization) => {
                output.say(&format!(
                    "to sign in to {}, open this page in any browser:\n",
                    self.session.name
                ));
                output.say(&format!("    {}\n", authorization.verification_uri_complete));
                output.say(&format!(
                    "and check that it shows this code:  {}\n",
                    authorization.user_code
                ));
                self.offer_elsewhere(&authorization.verification_uri_complete);
                self.open(&authorization.verification_uri_complete);
                output.say(&format!(
                    "waiting for approval · code expires in {} · Ctrl-C cancels …",
                    self.left(authorization.expires_at)
                ));
            }
            SignInEvent::Page(page) => {
                output.say(&format!(
                    "to sign in to {}, open this page in any browser:\n",
                    self.session.name
                ));
                output.say(&format!("    {page}\n"));
                self.open(&page);
                output.say("waiting for the browser · times out in 10 min · Ctrl-C cancels …");
            }
        }
    }

    /// For a browser on another machine: a QR code for a phone, and over SSH the clipboard of the terminal. A page of
    /// the device flow holds no secret: anyone who opens it still has to approve.
    fn offer_elsewhere(&self, page: &str) {
        let settings = self.app.context.settings();
        if self.no_browser.is_none() || settings.is_terminal_dumb() {
            return;
        }
        self.output.qr_code(page);
        let in_tmux = settings.environment.get(env::TMUX).is_some();
        if settings.over_ssh() && self.output.copy_by_terminal(page, in_tmux) {
            self.output.say("copied the address via terminal clipboard");
        }
    }

    fn open(&self, page: &str) {
        match self.no_browser {
            Some(why) => self.output.say(&format!("no browser was opened ({why})")),
            None => match self.app.pages.open_page(page) {
                Ok(opening) => {
                    self.output.say("opened the page in the browser");
                    tokio::spawn(async move {
                        if let Err(error) = Pages::page_came_up(opening).await {
                            Output::new().notice(&format!("{error}; open the page above yourself"));
                        }
                    });
                }
                Err(error) => self.output.say(&error.to_string()),
            },
        }
    }

    fn left(&self, at: Timestamp) -> String {
        duration::format_duration(seconds_until(at, self.app.context.now()))
    }
}
