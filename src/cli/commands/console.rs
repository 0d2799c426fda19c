//! `genkan console`: the AWS console in the browser, or its address on stdout.

use std::sync::Arc;

use crate::app::{App, ConsoleLink, ConsoleRequest, OpenedConsole, PageChoice, Pages, ShareWith};
use crate::cli::choices::parse_choice;
use crate::cli::commands::handing_out::exec::learn_color;
use crate::cli::commands::steps::pick;
use crate::cli::commands::steps::pick::{Picked, Purpose, Written};
use crate::cli::commands::steps::sign_in_here::signed_in;
use crate::cli::exit::{Ended, Failure};
use crate::cli::output::Output;
use crate::cli::suspension::{stop_on_suspend, wait_for_interrupt};
use crate::cli::values;
use crate::domain::Target;
use crate::domain::records::history::Action;
use crate::domain::web::browser_choice::BrowserChoice;
use crate::domain::web::console::Via;
use crate::domain::web::console_url::ConsoleUrl;
use crate::platform::tty;
use crate::settings::env;
use crate::tui::PickFor;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
        genkan console payments-prod/ReadOnlyAccess --service s3\n  \
        genkan console payments-prod/admin --service logs --region eu-west-1\n  \
        genkan console payments-prod/admin --service last\n  \
        genkan console --print --via portal payments-prod/admin\n  \
        genkan console --share payments-prod/admin --service s3    # a link for a colleague\n\n\
        A console URL as TARGET means its account, and opens that page.")]
pub(in crate::cli) struct Options {
    #[command(flatten)]
    target: Written,
    /// The console page to open: s3, ec2, cfn, logs, …, a console path such as newservice/home, or `last`
    #[arg(long, value_parser = values::parse_service, add = values::complete_services())]
    service: Option<PageChoice>,
    /// A console URL to open, of the target's account and partition
    #[arg(
        long, value_name = "URL", value_parser = values::console_url, conflicts_with_all = ["service", "region"]
    )]
    destination: Option<ConsoleUrl>,
    /// Print the URL instead of opening it; anyone who has a federation URL can sign in with it
    #[arg(long)]
    print: bool,
    /// How to enter the console [default: a rule's or the preferred way, else auto]
    #[arg(long, value_parser = parse_choice::<Via>(), ignore_case = true)]
    via: Option<Via>,
    /// End the browser's other console sessions first [default: a rule's or the preferred value, else false]
    #[arg(
        long, value_name = "BOOL", value_parser = values::flag_parser(), ignore_case = true, num_args = 0..=1,
        require_equals = true, default_missing_value = "true"
    )]
    sign_out_first: Option<bool>,
    /// The browser to open: firefox, chrome:PROFILE, chromium@account, firefox+container, or a command [default: a
    /// rule's or the preferred one, else BROWSER]
    #[arg(long, value_parser = values::parse_browser, conflicts_with = "print")]
    browser: Option<BrowserChoice>,
    /// Print a link to the page for a colleague; it holds no secret and needs their own sign-in
    #[arg(
        long, value_parser = parse_choice::<ShareWith>(), ignore_case = true, value_name = "WITH",
        num_args = 0..=1, require_equals = true, default_missing_value = "same-role",
        conflicts_with_all = ["print", "via", "sign_out_first", "browser"]
    )]
    share: Option<ShareWith>,
}

impl Options {
    /// The page that was asked for, or that a pasted address names.
    fn request(&self) -> ConsoleRequest {
        let pasted = self.target.pasted_page().filter(|_| self.service.is_none());
        ConsoleRequest {
            page: self.service.clone(),
            destination: self.destination.clone().or(pasted),
            via: self.via,
            sign_out_first: self.sign_out_first,
            region: None,
        }
    }
}

pub(in crate::cli) async fn run(
    options: &Options,
    app: &Arc<App>,
    output: &Output,
) -> Result<Ended, Failure> {
    let request = options.request();
    let purpose = Purpose {
        pick_for: PickFor::Console,
        to: "open its console".to_owned(),
        in_region: request.destination.is_none(),
    };
    let target = match pick::choose_target(&options.target, purpose, app, output).await? {
        Picked::Target(target) => target,
        Picked::Ended(ended) => return Ok(ended),
    };
    if let Some(with) = options.share {
        let link = app.console.shared_link(&target, &request, with)?;
        output.data(&format!("{link}\n"))?;
        return Ok(Ended::Done);
    }
    let link = signed_in(app, output, async || {
        app.console.console_link(&target, &request).await
    })
    .await?;
    let _ = app.history.record_use(&target, Action::Console).await;
    if options.print {
        output.data(&format!("{}\n", link.expose()))?;
        if link.is_secret() {
            app.history.record_hand_out_to_parent(&target, "console");
        }
        return Ok(Ended::Done);
    }
    if link.is_secret() {
        app.history.record_hand_out(&target, "console", "browser");
    }
    learn_color(app, &target);
    let browser = options.browser.as_ref();
    match app.console.open_console(&target, link, browser).await? {
        OpenedConsole::Browser(_, opening, waiting) => {
            let (cancelled, stopped) = (wait_for_interrupt(), stop_on_suspend(&tty::stop_this_job));
            output.say(&format!("opening the console for {target} in the browser …"));
            let served = async {
                waiting.wait_until_opened().await;
                Ok(())
            };
            tokio::select! {
                done = futures_util::future::try_join(Pages::page_came_up(opening), served) => {
                    done?;
                    Ok(Ended::Done)
                }
                () = stopped => Ok(Ended::Cancelled),
                () = cancelled => Ok(Ended::Cancelled),
            }
        }
        OpenedConsole::Elsewhere(link) => show_address(app, output, &target, &link),
    }
}

/// Shows an address that is opened elsewhere. One that signs in is shown to the user only, never to a log.
fn show_address(app: &App, output: &Output, target: &Target, link: &ConsoleLink) -> Result<Ended, Failure> {
    let why = app.pages.no_browser_because().unwrap_or("there is none");
    if link.is_secret() && !output.stderr_is_terminal() {
        return Err(Failure::new(
            format!("no browser can be opened here ({why}), and standard error is not a terminal"),
            &[
                "use `--via portal` for a link without a secret",
                "use `--print` to write the URL to standard output; anyone who has it can sign in",
            ],
        ));
    }
    let within = if link.is_secret() {
        format!(" within 15 minutes; anyone who has it can sign in as {target}")
    } else {
        String::new()
    };
    let address = link.expose();
    output.say(&format!(
        "no browser can be opened here ({why}); open this page in any browser{within}:\n\n    {address}\n"
    ));
    if let Some(line) = app.pages.forward_line(address) {
        output.say(&format!("it is on this machine; run this on yours first: {line}"));
    }
    let settings = app.context.settings();
    if settings.is_terminal_dumb() {
        return Ok(Ended::Done);
    }
    output.qr_code(address);
    let in_tmux = settings.environment.get(env::TMUX).is_some();
    if output.copy_by_terminal(address, in_tmux) {
        output.say("copied via terminal clipboard");
    }
    Ok(Ended::Done)
}
