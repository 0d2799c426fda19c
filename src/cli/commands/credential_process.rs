//! `genkan credential-process`: for SDKs. Never opens a browser, never prompts, and says what went
//! wrong in one line, because SDKs put it into messages of their own.
//!
//! SDKs may call it before every request: a cached answer comes before any runtime, TLS or SDK starts.

use crate::cli::exit::{Ended, Failure};
use crate::cli::output::Output;
use crate::domain::export;
use crate::domain::{RoleCredentials, Target};
use crate::portal::Portal;
use crate::settings::Settings;

pub(in crate::cli) fn run(text: &str, settings: Settings, output: &Output) -> Result<Ended, Failure> {
    let mut notices = settings.notices.clone();
    let portal = Portal::new(settings);
    let answer = match portal.cached_answer(text) {
        Some(cached) => Ok(cached),
        None => crate::cli::runtime().and_then(|runtime| runtime.block_on(vend(text, &portal))),
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

async fn vend(text: &str, portal: &Portal) -> Result<(Target, RoleCredentials), Failure> {
    let target = portal.resolve_target(text).await?;
    let credentials = portal.role_credentials(&target).await?;
    Ok((target, credentials))
}
