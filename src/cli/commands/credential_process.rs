//! `genkan credential-process`: for SDKs. Never opens a browser, never prompts.

use crate::cli::exit::{Ended, Failure};
use crate::cli::output::Output;
use crate::domain::export;
use crate::portal::Portal;

pub(in crate::cli) async fn run(target: &str, portal: &Portal, output: &Output) -> Result<Ended, Failure> {
    let target = portal.resolve_target(target).await?;
    let credentials = portal.role_credentials(&target).await?;
    output.data(&export::credential_process(&target, &credentials))?;
    Ok(Ended::Done)
}
