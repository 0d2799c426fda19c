//! The log file: what genkan did, for anyone who looks for a fault. Off unless it is asked for.
//!
//! Only genkan's own words get in: what libraries say of requests and headers, which hold tokens, isn't even compiled
//! (`max_level_off` of `tracing` in Cargo.toml). Never the terminal; readable by its owner alone; two files of
//! bounded size. A line that can't be written is lost, because no one could be told.

use std::fmt;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::platform::files::folder::create_private_folder;
use crate::platform::files::safe_open;
use crate::platform::files::safe_open::OpenError;

/// Under this size a file is written on; then it makes room, and the one before it goes.
const MOST_BYTES: u64 = 1024 * 1024;
const NAME: &str = "genkan.log";
/// What the name of each of our crates begins with. Users know modules by this name, whatever crate they are in.
const OURS: &str = "genkan";

/// The log of this process, once it is started.
static LOG: OnceLock<Log> = OnceLock::new();

/// How much a line matters. A level that is asked for brings the ones before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Nothing: asked for by users, for a module that says too much.
    Off,
    Error,
    Warn,
    Info,
    Debug,
    /// Everything: asked for by users, and no line is at this level alone.
    Trace,
}

impl Level {
    const ALL: [Self; 6] = [
        Self::Off,
        Self::Error,
        Self::Warn,
        Self::Info,
        Self::Debug,
        Self::Trace,
    ];

    fn as_str(self) -> &'static str {
        match self {
            Self::Off => "OFF",
            Self::Error => "ERROR",
            Self::Warn => "WARN",
            Self::Info => "INFO",
            Self::Debug => "DEBUG",
            Self::Trace => "TRACE",
        }
    }
}

/// Writes a line, in the words of `format!`, which are only put together where the level is asked for.
#[macro_export]
#[doc(hidden)]
macro_rules! write_line {
    ($level:ident, $($words:tt)+) => {
        if $crate::platform::log::is_logged_at($crate::platform::log::Level::$level, module_path!()) {
            $crate::platform::log::record_line(
                $crate::platform::log::Level::$level,
                module_path!(),
                format_args!($($words)+),
            );
        }
    };
}
#[macro_export]
#[doc(hidden)]
macro_rules! debug {
    ($($words:tt)+) => { $crate::platform::log::write_line!(Debug, $($words)+) };
}
#[macro_export]
#[doc(hidden)]
macro_rules! info {
    ($($words:tt)+) => { $crate::platform::log::write_line!(Info, $($words)+) };
}
#[macro_export]
#[doc(hidden)]
macro_rules! warning {
    ($($words:tt)+) => { $crate::platform::log::write_line!(Warn, $($words)+) };
}
pub use {debug, info, warning, write_line};

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
    let levels = parse_levels(words)?;
    let file = LogFile {
        path: folder.join(NAME),
        clean,
    };
    create_private_folder(folder)
        .and_then(|()| file.open())
        .map_err(|source| LogError::File {
            path: file.path.clone(),
            source,
        })?;
    // A second start in one process changes nothing.
    if LOG.set(Log { levels, file }).is_err() {
        return Ok(());
    }
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        // Where, not what: a panic's words may quote anything.
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        write_line!(Error, "panicked place={place:?}");
        before(info);
    }));
    Ok(())
}

/// Whether lines of a module are written at this level.
pub fn is_logged_at(level: Level, module: &str) -> bool {
    LOG.get().is_some_and(|log| log.levels.includes(level, module))
}

/// Writes a line, if logging has started. The macros of this module ask for the level first.
pub fn record_line(level: Level, module: &str, words: fmt::Arguments<'_>) {
    let Some(log) = LOG.get() else { return };
    let now = super::clock::current_time().strftime("%Y-%m-%dT%H:%M:%S%.3fZ");
    let (process, level) = (std::process::id(), level.as_str());
    let module = module_in_house(module).unwrap_or(module);
    let _ = log
        .file
        .write(&format!("{now} [{process}] {level:>5} {OURS}::{module}: {words}"));
}

struct Log {
    levels: Levels,
    file: LogFile,
}

/// What follows the crate in the path of a module of ours: `store::caches` of `genkan_local::store::caches`. `None` for
/// what is not ours. `genkan_domain` and `genkan_sandbox`, whose modules have no such name, can't log: they don't know this.
fn module_in_house(path: &str) -> Option<&str> {
    let (crate_name, module) = path.split_once("::").unwrap_or((path, ""));
    let more = crate_name.strip_prefix(OURS)?;
    (more.is_empty() || more.starts_with('_')).then_some(module)
}

/// The level of each module that was named, and of all where the name is empty; the longest name that fits a module
/// decides.
#[derive(Debug, Default)]
struct Levels(Vec<(String, Level)>);

impl Levels {
    fn includes(&self, level: Level, module: &str) -> bool {
        let Some(module) = module_in_house(module) else {
            return false;
        };
        let fits = |name: &str| {
            let rest = module.strip_prefix(name);
            rest.is_some_and(|rest| name.is_empty() || rest.is_empty() || rest.starts_with("::"))
        };
        // Of a name that was given twice, the last counts.
        let named = self.0.iter().filter(|(name, _)| fits(name));
        named
            .max_by_key(|(name, _)| name.len())
            .is_some_and(|(_, most)| level <= *most)
    }
}

/// Levels of our own modules. Without a name a level is for all of them.
fn parse_levels(words: &str) -> Result<Levels, LogError> {
    let mut levels = Levels::default();
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
                (fine.then(|| inside.to_owned()).ok_or_else(wrong)?, level)
            }
            None => (String::new(), word),
        };
        let level = parse_level(level.trim()).ok_or_else(wrong)?;
        levels.0.push((module, level));
    }
    Ok(levels)
}

fn parse_level(word: &str) -> Option<Level> {
    Level::ALL
        .into_iter()
        .find(|level| word.eq_ignore_ascii_case(level.as_str()))
}

/// The file, opened for each line: others may have moved it meanwhile.
struct LogFile {
    path: PathBuf,
    clean: fn(&str) -> String,
}

impl LogFile {
    fn open(&self) -> io::Result<File> {
        safe_open::open_for_append(&self.path).map_err(OpenError::into_io)
    }

    /// Adds one line.
    fn write(&self, text: &str) -> io::Result<()> {
        let line = format!("{}\n", (self.clean)(text.trim_end()));
        let mut file = self.open()?;
        if file.metadata()?.len() + line.len() as u64 > MOST_BYTES {
            self.make_room(&file)?;
            file = self.open()?;
        }
        file.write_all(line.as_bytes())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_for_our_own_modules_only() {
        let level = Level::Debug;
        let all = parse_levels("debug").expect("fine");
        assert!(all.includes(level, "genkan_app::aws::client") && all.includes(level, "genkan::cli"));
        for foreign in ["hyper::proto", "aws_smithy_runtime", "rustls", "genkans::aws"] {
            assert!(!all.includes(level, foreign), "{foreign}");
        }
        let one = parse_levels(" aws=trace , warn").expect("fine");
        assert!(one.includes(level, "genkan_app::aws::calls"));
        assert!(!one.includes(level, "genkan_local::store"));
        assert!(parse_levels("genkan::store=info").is_ok() && parse_levels("").is_ok());
        for wrong in [
            "loud",
            "aws",
            "=debug",
            "aws=",
            "hyper::proto=loud",
            "3",
            "AWS=debug",
        ] {
            assert!(matches!(parse_levels(wrong), Err(LogError::Words(_))), "{wrong}");
        }
        let several = parse_levels("debug,store=warn,store::disk=trace,app=off").expect("fine");
        assert!(!several.includes(Level::Info, "genkan_local::store::caches"));
        assert!(several.includes(Level::Debug, "genkan_local::store::disk::atomic"));
        assert!(
            several.includes(Level::Debug, "genkan::stores")
                && !several.includes(Level::Error, "genkan::app")
        );
        let foreign = parse_levels("hyper=trace").expect("a module that does not exist");
        assert!(!foreign.includes(level, "hyper::proto"));
    }

    #[test]
    fn what_libraries_say_is_not_compiled() {
        use tracing::level_filters::{LevelFilter, STATIC_MAX_LEVEL};
        assert_eq!(STATIC_MAX_LEVEL, LevelFilter::OFF);
    }

    #[test]
    fn two_files_of_bounded_size_stay() {
        let folder = tempfile::tempdir().expect("a folder");
        let log = LogFile {
            path: folder.path().join(NAME),
            clean: |line| line.replace('\n', " "),
        };
        let line = format!("two\nlines {}\n", "x".repeat(2_000));
        let most = usize::try_from(MOST_BYTES).expect("fits");
        for _ in 0..most * 3 / line.len() {
            log.write(&line).expect("writes");
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
