//! `genkan man`: manual pages, made from the command line's own description.

use std::path::{Path, PathBuf};

use clap_mangen::Man;

use crate::cli::exit::{Ended, Failure};
use crate::cli::output::Output;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
        genkan man | man -l -\n  \
        genkan man export | man -l -\n  \
        genkan man --dir ~/.local/share/man/man1")]
pub(in crate::cli) struct Options {
    /// The command to print the page of [default: genkan itself]
    command: Option<String>,
    /// Write all pages to this folder
    #[arg(long, value_name = "DIR", conflicts_with = "command", value_hint = clap::ValueHint::DirPath)]
    dir: Option<PathBuf>,
}

pub(in crate::cli) fn run(
    options: &Options,
    genkan: clap::Command,
    output: &Output,
) -> Result<Ended, Failure> {
    let pages = collect_pages(genkan);
    if let Some(dir) = &options.dir {
        for page in &pages {
            write_page(page, dir)?;
        }
        return Ok(Ended::Done);
    }
    let wanted = match &options.command {
        Some(command) => format!("genkan-{command}.1"),
        None => "genkan.1".to_owned(),
    };
    let page = pages
        .iter()
        .find(|page| page.get_filename() == wanted)
        .ok_or_else(|| {
            let command = options.command.as_deref().unwrap_or_default();
            Failure::usage(
                format!("unknown command `{command}`"),
                &["`genkan --help` lists them"],
            )
        })?;
    output.data(&render_page(page)?)?;
    Ok(Ended::Done)
}

/// The page of genkan and those of its commands.
fn collect_pages(genkan: clap::Command) -> Vec<Man> {
    // What `help` prints is what the pages say.
    let mut genkan = genkan.disable_help_subcommand(true);
    genkan.build();
    let commands = genkan.get_subcommands().filter(|c| !c.is_hide_set());
    let with_parts = commands.flat_map(|command| std::iter::once(command).chain(command.get_subcommands()));
    let all: Vec<clap::Command> = std::iter::once(&genkan).chain(with_parts).cloned().collect();
    let source = concat!("genkan ", env!("CARGO_PKG_VERSION"));
    all.into_iter()
        .map(|c| Man::new(c).source(source).manual("genkan"))
        .collect()
}

fn render_page(page: &Man) -> Result<String, Failure> {
    let mut text = Vec::new();
    page.render(&mut text)
        .map_err(|e| Failure::new(format!("can't generate the manual page: {e}"), &[]))?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

#[expect(clippy::disallowed_methods, reason = "pages go wherever the user says")]
fn write_page(page: &Man, dir: &Path) -> Result<(), Failure> {
    let path = dir.join(page.get_filename());
    let text = render_page(page)?;
    let written = std::fs::create_dir_all(dir).and_then(|()| std::fs::write(&path, text));
    written.map_err(|error| {
        Failure::new(
            format!("can't write `{}`: {error}", path.display()),
            &["check that you can write to the folder"],
        )
    })
}
