//! `genkan credential-process`: for SDKs. Never opens a browser, never prompts, and says what went
//! wrong in one line, because SDKs put it into messages of their own.
//!
//! SDKs may call it before every request: a cached answer comes before any runtime, TLS or SDK starts.

use crate::cli::exit::{Ended, Failure};
use crate::cli::output::Output;
use crate::cli::values;
use crate::domain::export;
use crate::domain::{RoleCredentials, Target};
use crate::portal::Portal;
use crate::settings::Settings;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example, for a profile of ~/.aws/config:\n  credential_process = genkan credential-process 123456789012/ReadOnlyAccess"
)]
pub(in crate::cli) struct Options {
    /// ACCOUNT/PERMISSION_SET
    #[arg(required_unless_present = "from_profile", add = values::targets())]
    target: Option<String>,
    /// Take the target from a profile of ~/.aws/config
    #[arg(long = "profile", value_name = "NAME", conflicts_with = "target", add = values::profiles())]
    from_profile: Option<String>,
}

pub(in crate::cli) fn run(options: &Options, settings: Settings, output: &Output) -> Result<Ended, Failure> {
    let mut notices = settings.notices.clone();
    let portal = Portal::new(settings);
    let cached = options
        .target
        .as_deref()
        .and_then(|text| portal.cached_answer(text));
    let answer = match cached {
        Some(cached) => Ok(cached),
        None => crate::cli::runtime().and_then(|runtime| runtime.block_on(vend(options, &portal))),
    };
    notices.extend(portal.take_notices());
    match answer {
        Ok((target, credentials)) => {
            for notice in notices {
                output.notice(&notice);
            }
            output.data(&export::credential_process(&target, &credentials))?;
            Ok(Ended::Done)
        }
        Err(failure) => Err(failure.in_one_line(notices)),
    }
}

async fn vend(options: &Options, portal: &Portal) -> Result<(Target, RoleCredentials), Failure> {
    let target = match (&options.from_profile, &options.target) {
        (Some(name), _) => portal.target_of_profile(name).await?,
        (None, text) => portal.resolve_target(text.as_deref().unwrap_or_default()).await?,
    };
    let credentials = portal.role_credentials(&target).await?;
    Ok((target, credentials))
}
