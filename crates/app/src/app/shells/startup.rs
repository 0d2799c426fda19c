//! What a shell that genkan opens runs first: its own start-up files, then what says where it is. They hold no secret.

use std::ffi::OsString;
use std::path::Path;

use tempfile::TempDir;

use crate::domain::shells::shell::{SUBSHELL_ZSHENV, Shell};
use crate::domain::text::clean_text;
use crate::platform::files::safe_open;
use crate::platform::files::safe_open::FileKind;
use crate::settings::{Settings, env};

#[derive(Default)]
pub(super) struct Startup {
    pub(super) arguments: Vec<OsString>,
    pub(super) folder: Option<TempDir>,
    pub(super) set: Vec<(OsString, OsString)>,
    pub(super) note: Option<String>,
}

impl Startup {
    fn arguments<const N: usize>(arguments: [&str; N]) -> Self {
        Self {
            arguments: arguments.map(OsString::from).into(),
            ..Self::default()
        }
    }
}

/// The start-up of a shell. Where its files can't be written anywhere, or genkan has none for it,
/// the shell opens all the same, and a note says what the prompt won't.
pub(super) fn shell_startup(settings: &Settings, program: &str, winning: &[&str]) -> Startup {
    let name = program.rsplit('/').next().unwrap_or(program);
    let silent = |why: &str| Startup {
        note: Some(clean_text(&format!(
            "the prompt of {name} doesn't show the target: {why}; `genkan whoami` does"
        ))),
        ..Startup::default()
    };
    let Some(shell) = Shell::of_program(program) else {
        return silent("genkan has no integration for this shell");
    };
    let Some(text) = shell.subshell_startup(winning) else {
        return if runs_integration(settings) {
            Startup::default()
        } else {
            silent("~/.tcshrc doesn't run `genkan init tcsh --prompt`")
        };
    };
    match shell {
        Shell::Bash => {
            in_folder(settings, "bashrc", &text, "--rcfile", &["-i"]).unwrap_or_else(|why| silent(&why))
        }
        Shell::Zsh => match startup_folder(
            &settings.paths.cache,
            &[(".zshenv", SUBSHELL_ZSHENV), (".zshrc", &text)],
        ) {
            Ok(folder) => {
                let mut set = vec![
                    (env::ZDOTDIR.into(), folder.path().into()),
                    (env::GENKAN_ZDOTDIR.into(), folder.path().into()),
                ];
                if let Some(before) = settings.environment.get(env::ZDOTDIR) {
                    set.push((env::GENKAN_ZDOTDIR_BEFORE.into(), before.into()));
                }
                Startup {
                    arguments: vec!["-i".into()],
                    folder: Some(folder),
                    set,
                    note: None,
                }
            }
            Err(error) => silent(&format!("its start-up files can't be written ({error})")),
        },
        Shell::Fish => Startup::arguments(["--init-command", &text, "--interactive"]),
        Shell::Nushell => Startup::arguments(["--execute", &text]),
        Shell::Elvish => in_folder(settings, "rc.elv", &text, "-rc", &[]).unwrap_or_else(|why| silent(&why)),
        Shell::Xonsh => {
            in_folder(settings, "rc.xsh", &text, "--rc", &["-i"]).unwrap_or_else(|why| silent(&why))
        }
        Shell::Tcsh => Startup::default(),
        Shell::PowerShell => Startup::arguments(["-NoExit", "-Command", &text]),
    }
}

/// Whether tcsh's start-up files run genkan's integration, as far as can be seen.
fn runs_integration(settings: &Settings) -> bool {
    [".tcshrc", ".cshrc"].iter().any(|name| {
        let file = settings.paths.home.join(name);
        let text = safe_open::read_file(&file, FileKind::Config).ok().flatten();
        text.is_some_and(|text| String::from_utf8_lossy(&text).contains("genkan init"))
    })
}

/// The start-up of a shell that takes its start-up file as an option.
fn in_folder(
    settings: &Settings,
    name: &str,
    text: &str,
    option: &str,
    more: &[&str],
) -> Result<Startup, String> {
    let folder = startup_folder(&settings.paths.cache, &[(name, text)])
        .map_err(|error| format!("its start-up file can't be written ({error})"))?;
    let mut arguments = vec![option.into(), folder.path().join(name).into()];
    arguments.extend(more.iter().map(OsString::from));
    Ok(Startup {
        arguments,
        folder: Some(folder),
        ..Startup::default()
    })
}

/// A private folder with start-up files: in the temporary folder, or where there is none, in the
/// next place that can be written.
fn startup_folder(cache: &Path, files: &[(&str, &str)]) -> std::io::Result<TempDir> {
    let places = [
        std::env::temp_dir(),
        "/tmp".into(),
        "/var/tmp".into(),
        cache.to_owned(),
    ];
    let mut failure = std::io::Error::from(std::io::ErrorKind::NotFound);
    for place in places {
        let made = tempfile::Builder::new().prefix("genkan-").tempdir_in(place);
        let written = made.and_then(|folder| {
            for (name, text) in files {
                safe_open::create_file(&folder.path().join(name), text)?;
            }
            Ok(folder)
        });
        match written {
            Ok(folder) => return Ok(folder),
            Err(error) => failure = error,
        }
    }
    Err(failure)
}
