//! `genkan clear-clipboard`: takes credentials off the clipboard after a while, unless something else is on it by then.
//! The portal starts it, and may have ended long before; it is told the text by its digest on standard input.

use std::io::{self, Read as _};
use std::time::Duration;

use crate::cli::exit::{Ended, Failure};
use crate::platform::clipboard;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Options {
    /// The tool that put the text there
    tool: String,
    /// Seconds until then
    #[arg(long, default_value_t = clipboard::CLEARED_AFTER.as_secs())]
    after: u64,
}

pub(in crate::cli) fn run(options: &Options) -> Result<Ended, Failure> {
    let mut digest = String::new();
    io::stdin()
        .lock()
        .take(1024)
        .read_to_string(&mut digest)
        .map_err(|error| Failure::new(format!("can't read the digest of the text: {error}"), &[]))?;
    clipboard::leave_terminal();
    std::thread::sleep(Duration::from_secs(options.after));
    clipboard::clear_clipboard(&options.tool, digest.trim())
        .map_err(|error| Failure::new(format!("can't clear the clipboard: {error}"), &[]))?;
    Ok(Ended::Done)
}
