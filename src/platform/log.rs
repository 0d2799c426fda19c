//! The log file: what genkan did, for whoever looks for a fault. Off unless it is asked for.
//!
//! Only genkan's own words get in: what libraries say of requests and headers, which hold tokens, has
//! no way here whatever is asked for. Never the terminal; readable by its owner alone; two files of
//! bounded size. A line that can't be written is lost, because no one could be told.

use std::fmt;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::fmt::{MakeWriter, layer};
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};

use crate::platform::files::folder::create_private_folder;
use crate::platform::files::safe_open;
use crate::platform::files::safe_open::OpenError;

/// Under this size a file is written on; then it makes room, and the one before it goes.
const MOST_BYTES: u64 = 1024 * 1024;
const NAME: &str = "genkan.log";
/// What every event of ours stands under.
const OURS: &str = "genkan";

/// Why nothing is logged.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    #[error(
        "`{0}` is not a log level; use off, error, warn, info, debug or trace, optionally per module (aws=debug)"
    )]
    Words(String),
    #[error("can't write the log `{}`: {source}", path.display())]
    File { path: PathBuf, source: io::Error },
}

/// Starts logging into a folder: `words` are a level, or `module=level`, separated by commas. `clean`
/// makes one line of safe text of whatever was said.
///
/// # Errors
/// Where the words say no level, or the file can't be written.
pub fn start_log(words: &str, folder: &Path, clean: fn(&str) -> String) -> Result<(), LogError> {
    let filter = parse_filter(words)?;
    let log = LogFile {
        path: folder.join(NAME),
        clean,
    };
    create_private_folder(folder)
        .and_then(|()| log.open())
        .map_err(|source| LogError::File {
            path: log.path.clone(),
            source,
        })?;
    let lines = layer()
        .with_ansi(false)
        .with_timer(Clock)
        .with_writer(log)
        .with_filter(filter);
    // A second start in one process changes nothing.
    let _ = tracing::subscriber::set_global_default(tracing_subscriber::registry().with(lines));
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        // Where, not what: a panic's words may quote anything.
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panicked");
        before(info);
    }));
    Ok(())
}

/// Levels of our own modules. Without a name a level is for all of them.
fn parse_filter(words: &str) -> Result<Targets, LogError> {
    let mut targets = Targets::new();
    for word in words.split(',').map(str::trim).filter(|word| !word.is_empty()) {
        let wrong = || LogError::Words(word.to_owned());
        let (module, level) = match word.split_once('=') {
            Some((module, level)) => {
                let module = module.trim();
                let inside = module
                    .strip_prefix(OURS)
                    .map_or(module, |r| r.trim_start_matches(':'));
                let fine = !inside.is_empty()
                    && inside
                        .bytes()
                        .all(|b| b.is_ascii_lowercase() || b"_:".contains(&b));
                (
                    fine.then(|| format!("{OURS}::{inside}")).ok_or_else(wrong)?,
                    level,
                )
            }
            None => (OURS.to_owned(), word),
        };
        let levels = ["off", "error", "warn", "info", "debug", "trace"];
        let known = levels.contains(&level.trim().to_ascii_lowercase().as_str());
        let level = level.trim().parse::<LevelFilter>().ok().filter(|_| known);
        targets = targets.with_target(module, level.ok_or_else(wrong)?);
    }
    Ok(targets)
}

/// When a line was written and by whom: several processes write one file.
struct Clock;

impl FormatTime for Clock {
    fn format_time(&self, writer: &mut Writer<'_>) -> fmt::Result {
        let now = super::clock::current_time().strftime("%Y-%m-%dT%H:%M:%S%.3fZ");
        write!(writer, "{now} [{}]", std::process::id())
    }
}

/// The file, opened for each line: others may have moved it meanwhile.
#[derive(Clone)]
struct LogFile {
    path: PathBuf,
    clean: fn(&str) -> String,
}

impl LogFile {
    fn open(&self) -> io::Result<File> {
        safe_open::open_for_append(&self.path).map_err(OpenError::into_io)
    }

    /// Moves a full file away. Under a lock, and only if it is still the one that was found full, so
    /// that two processes don't move two files.
    fn make_room(&self, full: &File) -> io::Result<()> {
        if full.try_lock().is_err() {
            return Ok(());
        }
        if is_same(full, &self.path) {
            std::fs::rename(&self.path, self.path.with_extension("log.1"))?;
        }
        Ok(())
    }
}

fn is_same(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let id = |m: std::fs::Metadata| (m.dev(), m.ino());
    file.metadata().ok().map(id) == std::fs::metadata(path).ok().map(id)
}

impl Write for LogFile {
    /// Takes one event, which comes as a whole.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        let line = format!("{}\n", (self.clean)(text.trim_end()));
        let mut file = self.open()?;
        if file.metadata()?.len() + line.len() as u64 > MOST_BYTES {
            self.make_room(&file)?;
            file = self.open()?;
        }
        file.write_all(line.as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for LogFile {
    type Writer = Self;

    fn make_writer(&'a self) -> Self::Writer {
        self.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_for_our_own_modules_only() {
        let level = tracing::Level::DEBUG;
        let all = parse_filter("debug").expect("fine");
        assert!(all.would_enable("genkan::aws::client", &level));
        for foreign in ["hyper::proto", "aws_smithy_runtime", "rustls"] {
            assert!(!all.would_enable(foreign, &level), "{foreign}");
        }
        let one = parse_filter(" aws=trace , warn").expect("fine");
        assert!(one.would_enable("genkan::aws::calls", &level));
        assert!(!one.would_enable("genkan::store", &level));
        assert!(parse_filter("genkan::store=info").is_ok() && parse_filter("").is_ok());
        for wrong in [
            "loud",
            "aws",
            "=debug",
            "aws=",
            "hyper::proto=loud",
            "3",
            "AWS=debug",
        ] {
            assert!(matches!(parse_filter(wrong), Err(LogError::Words(_))), "{wrong}");
        }
        let foreign = parse_filter("hyper=trace").expect("a module that does not exist");
        assert!(!foreign.would_enable("hyper::proto", &level));
    }

    #[test]
    fn two_files_of_bounded_size_stay() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut log = LogFile {
            path: folder.path().join(NAME),
            clean: |line| line.replace('\n', " "),
        };
        let line = format!("two\nlines {}\n", "x".repeat(2_000));
        let most = usize::try_from(MOST_BYTES).expect("fits");
        for _ in 0..most * 3 / line.len() {
            assert_eq!(log.write(line.as_bytes()).expect("writes"), line.len());
        }
        let mut sizes: Vec<u64> = Vec::new();
        for entry in std::fs::read_dir(folder.path()).expect("lists") {
            let path = entry.expect("an entry").path();
            let text = std::fs::read_to_string(&path).expect("text");
            assert!(
                text.lines().all(|l| l.starts_with("two lines")),
                "{}",
                path.display()
            );
            sizes.push(text.len() as u64);
        }
        assert_eq!(sizes.len(), 2);
        assert!(sizes.iter().all(|size| *size <= MOST_BYTES), "{sizes:?}");
    }
}
