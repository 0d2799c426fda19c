//! Command lines that SDKs, prompts and scripts run all the time: parsed with the options of their command alone.
//!
//! The interface of all commands takes longer to build than such a command takes to run. Whatever isn't understood here is
//! parsed again with the whole interface, which has the messages; so both mean the same.

use std::ffi::{OsStr, OsString};

use clap::ArgMatches;

use super::args::{Args, Command};
use crate::cli::commands::handing_out::credential_process;
use crate::cli::commands::scripts::{complete, prompt};

/// What `--version` prints.
pub(super) const VERSION_LINE: &str = concat!("genkan ", env!("CARGO_PKG_VERSION"), "\n");

/// Whether only the version is asked for.
pub(super) fn asks_for_version(arguments: &[OsString]) -> bool {
    matches!(arguments, [_, only] if only == "--version" || only == "-V")
}

/// The name of the command and its arguments, where it is one of these and understood.
pub(super) fn parse_quick(arguments: &[OsString]) -> Option<(&'static str, Args)> {
    let (_, rest) = arguments.split_first()?;
    let (name, command) = match rest.first().and_then(|word| word.to_str())? {
        "credential-process" => {
            let options = match target_alone(rest) {
                Some(target) => credential_process::Options::of_target(target),
                None => parse_options::<credential_process::Options>(rest)?,
            };
            ("credential-process", Command::CredentialProcess(options))
        }
        "complete" => (
            "complete",
            Command::Complete(parse_options::<complete::Options>(rest)?),
        ),
        "prompt" => ("prompt", Command::Prompt(parse_options::<prompt::Options>(rest)?)),
        _ => return None,
    };
    let args = Args {
        query: Vec::new(),
        command: Some(command),
    };
    Some((name, args))
}

/// The target of a command line that names one and says nothing else, as in a profile of the shared config file: no
/// parser is needed for that.
fn target_alone(words: &[OsString]) -> Option<&str> {
    let [_, target] = words else { return None };
    let target = target.to_str()?;
    (!target.is_empty() && !target.starts_with('-')).then_some(target)
}

fn parse_options<Options: clap::Args>(
    words: &[impl AsRef<OsStr> + Clone + Into<OsString>],
) -> Option<Options> {
    let interface = Options::augment_args(clap::Command::new("command"));
    let matches: ArgMatches = interface.try_get_matches_from(words.iter().cloned()).ok()?;
    Options::from_arg_matches(&matches).ok()
}

#[cfg(test)]
mod tests {
    use clap::FromArgMatches as _;

    use super::*;

    /// What the whole interface makes of a command line, and what this module makes of it.
    fn both(words: &[&str]) -> (Option<String>, Option<String>) {
        let arguments: Vec<OsString> = words.iter().map(OsString::from).collect();
        let whole = crate::cli::build_command().try_get_matches_from(&arguments).ok();
        let whole = whole.and_then(|matches| Args::from_arg_matches(&matches).ok());
        let quick = parse_quick(&arguments).map(|(_, args)| format!("{args:?}"));
        (whole.map(|args| format!("{args:?}")), quick)
    }

    #[test]
    fn quick_command_lines_mean_the_same_as_in_the_whole_interface() {
        for words in [
            &["genkan", "credential-process", "payments-dev/Admin"][..],
            &["genkan", "credential-process", "--profile", "dev"],
            &["genkan", "credential-process", "--profile=dev"],
            &["genkan", "credential-process", "a/B", "--via", "hub/Admin"],
            &["genkan", "credential-process", "=a b/B"],
            &["genkan", "credential-process", ""],
            &["genkan", "credential-process", "--", "a/B"],
            &["genkan", "complete", "bash", "--", "genkan export pay", ""],
            &[
                "genkan", "complete", "zsh", "--index", "2", "--", "genkan", "export", "--region", "",
            ],
            &["genkan", "prompt"],
            &["genkan", "prompt", "--format", "tmux", "--process", "7"],
        ] {
            let (whole, quick) = both(words);
            assert!(
                quick.is_some() && quick == whole,
                "{words:?}: {whole:?} {quick:?}"
            );
        }
    }

    #[test]
    fn mistakes_and_questions_are_left_to_the_whole_interface() {
        for words in [
            &["genkan"][..],
            &["genkan", "list"],
            &["genkan", "credential-process"],
            &["genkan", "credential-process", "a/B", "--profile", "dev"],
            &["genkan", "credential-process", "--help"],
            &["genkan", "credential-process", "a", "b"],
            &["genkan", "complete", "no-such-shell"],
            &["genkan", "prompt", "--process", "x"],
            &["genkan", "prompt", "--no-such-option"],
        ] {
            assert_eq!(both(words).1, None, "{words:?}");
        }
    }

    #[test]
    fn version_line_is_the_one_of_the_whole_interface() {
        let arguments = ["genkan", "--version"].map(OsString::from);
        assert!(asks_for_version(&arguments) && !asks_for_version(&arguments[..1]));
        assert_eq!(crate::cli::build_command().render_version(), VERSION_LINE);
    }
}
