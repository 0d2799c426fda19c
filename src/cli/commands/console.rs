//! `genkan console`: the AWS console in the browser, or its address on stdout.

use std::sync::Arc;

use super::exec::learn_color;
use super::pick::{self, Picked, Purpose, Written};
use super::sign_in_here::signed_in;
use crate::app::{App, ConsoleLink, ConsoleRequest, OpenedConsole, Pages, Via};
use crate::cli::exit::{Ended, Failure};
use crate::cli::output::Output;
use crate::cli::suspension::{interrupted, stops};
use crate::cli::values;
use crate::domain::console_pages::ConsolePage;
use crate::domain::history::Action;
use crate::platform::tty;
use crate::tui::PickFor;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  genkan console payments-prod/ReadOnlyAccess --service s3\n  genkan console payments-prod/admin --service logs --region eu-west-1\n  genkan console --print --via portal payments-prod/admin"
)]
pub(in crate::cli) struct Options {
    #[command(flatten)]
    target: Written,
    /// The console page to open: s3, ec2, cfn, logs, …, or a console path such as newservice/home
    #[arg(long, value_parser = values::service, add = values::services())]
    service: Option<ConsolePage>,
    /// A console URL to open
    #[arg(long, value_name = "URL", conflicts_with_all = ["service", "region"])]
    destination: Option<String>,
    /// Print the URL instead of opening it; anyone who has a federation URL can sign in with it
    #[arg(long)]
    print: bool,
    #[arg(long, value_enum, ignore_case = true, default_value_t)]
    via: Via,
}

pub(in crate::cli) async fn run(
    options: &Options,
    app: &Arc<App>,
    output: &Output,
) -> Result<Ended, Failure> {
    let purpose = Purpose {
        pick_for: PickFor::Console,
        to: "open its console".to_owned(),
        in_region: options.destination.is_none(),
    };
    let target = match pick::chosen(&options.target, purpose, app, output).await? {
        Picked::Target(target) => target,
        Picked::Ended(ended) => return Ok(ended),
    };
    let request = ConsoleRequest {
        service: options.service.clone(),
        destination: options.destination.clone(),
        via: options.via,
        region: None,
    };
    let link = signed_in(app, output, async || {
        app.console.console_link(&target, &request).await
    })
    .await?;
    let _ = app.history.record_use(&target, Action::Console).await;
    if options.print {
        let address = match &link {
            ConsoleLink::Federation(secret) => secret.expose(),
            ConsoleLink::Portal(address) => address,
        };
        output.data(&format!("{address}\n"))?;
        return Ok(Ended::Done);
    }
    learn_color(app, &target);
    let (opening, waiting) = match app.console.open_console(&target, link).await? {
        OpenedConsole::Browser(_, opening, waiting) => {
            output.say(&format!("opening the console for {target} in the browser …"));
            (Some(opening), waiting)
        }
        OpenedConsole::Elsewhere(address, waiting) => {
            let why = app.pages.no_browser_because().unwrap_or("there is none");
            output.say(&format!(
                "no browser can be opened here ({why}); open this page in any browser:\n\n    {address}\n"
            ));
            (None, waiting)
        }
    };
    let came_up = async {
        match opening {
            Some(opening) => Pages::page_came_up(opening).await,
            None => Ok(()),
        }
    };
    let served = async {
        waiting.wait_until_opened().await;
        Ok(())
    };
    tokio::select! {
        done = futures_util::future::try_join(came_up, served) => {
            done?;
            Ok(Ended::Done)
        }
        () = stops(tty::stop_this_job) => Ok(Ended::Cancelled),
        () = interrupted() => Ok(Ended::Cancelled),
    }
}
