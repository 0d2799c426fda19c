//! `genkan complete`: what may stand at the cursor, for the completion scripts.
//!
//! Runs at a key press: no runtime, no network, no word on stderr.

use std::ffi::OsString;

use clap_complete::engine;

use crate::cli::choices::parse_choice;
use crate::cli::exit::{Ended, Failure};
use crate::cli::output::Output;
use crate::domain::shells::completion::{Candidate, answer, bash};
use crate::domain::shells::shell::Shell;
use crate::domain::text::sanitize_line;
use crate::platform::files::paths;
use crate::settings::{Environment, env};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Options {
    #[arg(value_parser = parse_choice::<Shell>(), ignore_case = true)]
    shell: Shell,
    /// Complete the arguments of `gk`
    #[arg(long)]
    gk: bool,
    /// The index of the word to complete [default: the last word]
    #[arg(long)]
    index: Option<usize>,
    /// The words up to the cursor; of bash the line and its word breaks, of tcsh and nushell's `gk` the line
    #[arg(last = true)]
    words: Vec<OsString>,
}

pub(in crate::cli) fn run(
    options: &Options,
    genkan: clap::Command,
    output: &Output,
) -> Result<Ended, Failure> {
    let text = |n: usize| {
        options
            .words
            .get(n)
            .map(|w| w.to_string_lossy())
            .unwrap_or_default()
    };
    let answer = match options.shell {
        Shell::Bash => {
            let line = bash::read_line(&text(0), &text(1), bash::QUOTES);
            let words = line.words.iter().map(Into::into).collect();
            find_candidates(options, genkan, words)
                .iter()
                .filter_map(|c| Some(line.answer(&c.word, c.is_open())? + "\n"))
                .collect()
        }
        Shell::Nushell => {
            let words: Vec<String> = if options.gk {
                bash::read_line(&text(0), "", bash::NUSHELL_QUOTES).words
            } else {
                let word = |w: &OsString| answer::strip_open_quote(&w.to_string_lossy()).to_owned();
                options.words.iter().map(word).collect()
            };
            answer::format_nushell(&find_candidates(
                options,
                genkan,
                words.into_iter().map(Into::into).collect(),
            ))
        }
        Shell::PowerShell => {
            answer::format_powershell(&find_candidates(options, genkan, options.words.clone()))
        }
        Shell::Tcsh => {
            let line = bash::read_line(&text(0), "", bash::QUOTES);
            answer::format_tcsh(&find_candidates(
                options,
                genkan,
                line.words.iter().map(Into::into).collect(),
            ))
        }
        Shell::Zsh | Shell::Fish | Shell::Elvish | Shell::Xonsh => {
            answer::format_lines(&find_candidates(options, genkan, options.words.clone()))
        }
    };
    output.data(&answer)?;
    Ok(Ended::Done)
}

/// What may become of the last word.
fn find_candidates(options: &Options, mut genkan: clap::Command, mut words: Vec<OsString>) -> Vec<Candidate> {
    let mut index = options.index.unwrap_or(words.len().saturating_sub(1));
    if words.len() <= index {
        words.resize(index + 1, OsString::new());
    }
    if options.gk {
        words.splice(
            ..words.len().min(1),
            ["genkan", "assume", "bash"].map(OsString::from),
        );
        index += 2;
    }
    if let Some(programs) = behind_dashes(options.shell, &words, index) {
        return programs;
    }
    let empty = words.get(index).is_none_or(|w| w.is_empty());
    // Whatever is wrong, a key press gets no error.
    let found = engine::complete(&mut genkan, words, index, None).unwrap_or_default();
    let mut found: Vec<Candidate> = found
        .into_iter()
        .map(|c| Candidate {
            word: c.get_value().to_string_lossy().into_owned(),
            help: c.get_help().map(first_line).unwrap_or_default(),
        })
        // A word that would be shown as another one can't be typed.
        .filter(|c| sanitize_line(&c.word) == c.word)
        .collect();
    // Options are for who begins one, unless there is nothing else.
    if empty && found.iter().any(|c| !c.word.starts_with('-')) {
        found.retain(|c| !c.word.starts_with('-'));
    }
    found
}

/// What may follow the `--` of `exec`: programs that begin with the word. Arguments of the program are its own; for
/// those the shell offers files, but for tcsh, which offers nothing beside what it is told.
fn behind_dashes(shell: Shell, words: &[OsString], index: usize) -> Option<Vec<Candidate>> {
    let before = words.get(..index)?;
    if before.get(1).is_none_or(|command| command != "exec") {
        return None;
    }
    let dashes = before.iter().position(|word| word == "--")?;
    let word = words.get(index)?.to_string_lossy();
    let found = if index > dashes + 1 {
        if shell != Shell::Tcsh {
            return Some(Vec::new());
        }
        paths::files_beginning(&word)
    } else if word.is_empty() {
        return Some(Vec::new());
    } else {
        paths::programs_beginning(&word, Environment::capture().get(env::PATH))
    };
    let candidates = found.into_iter().map(|word| Candidate {
        word,
        help: String::new(),
    });
    Some(candidates.filter(|c| sanitize_line(&c.word) == c.word).collect())
}

fn first_line(text: &clap::builder::StyledStr) -> String {
    let text = text.to_string();
    let line = text.lines().next().unwrap_or_default();
    sanitize_line(line).into_owned()
}
