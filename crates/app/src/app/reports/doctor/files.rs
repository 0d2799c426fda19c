//! Files: readable, private, whole; folders that no one else may write into.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::finding::{Finding, Findings, NO_ADVICE, Severity, Topic};
use crate::app::context::Context;
use crate::app::reports::status::Status;
use crate::app::sessions::Sessions;
use crate::app::work_region::Regions;

use crate::app::console::places::preferred_page;
use crate::domain::values::count::format_count;
use crate::domain::values::duration::format_age;
use crate::domain::values::time::seconds_since;
use crate::domain::{RegionOrigin, SignInState, SsoSession};
use crate::platform::files::safe_open;
use crate::platform::files::safe_open::FileKind;
use crate::platform::processes::users;
use crate::settings::env;
use crate::store::{ConfigFile, Effect, Fault, PermissionIssue, find_file_issue, find_folder_issue};

/// No token file is honestly larger.
const MOST_BYTES: usize = 1024 * 1024;

/// The checks of this topic, with what they look at.
pub(super) struct FileChecks {
    context: Arc<Context>,
    sessions: Arc<Sessions>,
    regions: Arc<Regions>,
    status: Arc<Status>,
}

impl FileChecks {
    pub(super) fn new(
        context: &Arc<Context>,
        sessions: &Arc<Sessions>,
        regions: &Arc<Regions>,
        status: &Arc<Status>,
    ) -> Self {
        Self {
            context: Arc::clone(context),
            sessions: Arc::clone(sessions),
            regions: Arc::clone(regions),
            status: Arc::clone(status),
        }
    }

    pub(super) fn check_files(&self) -> Vec<Finding> {
        let mut found = Findings::about(Topic::Files);
        self.check_config(&mut found);
        self.check_credentials(&mut found);
        self.check_sso_cache(&mut found);
        self.check_own_folders(&mut found);
        self.check_preferences(&mut found);
        found.list
    }

    fn display_path(&self, path: &Path) -> String {
        format!("`{}`", self.context.settings.paths.display_path(path))
    }

    fn check_config(&self, found: &mut Findings) {
        let path = &self.context.settings.paths.aws_config;
        let name = self.display_path(path);
        let config = match self.context.aws_files.config() {
            Ok(config) => config,
            Err(error) => {
                return found.add(Severity::Problem, "config-file", error.to_string(), error.hints());
            }
        };
        if self.is_missing(env::AWS_CONFIG_FILE, path) {
            let words = format!("{} names {name}, which doesn't exist", env::AWS_CONFIG_FILE);
            let advice = [format!("correct or unset {}", env::AWS_CONFIG_FILE)];
            return found.add(Severity::Warning, "config-file", words, advice);
        }
        if !path.exists() {
            let advice = ["run `genkan` in a terminal: it asks for the start URL and creates the file"];
            return found.add(
                Severity::Note,
                "config-file",
                format!("{name} doesn't exist yet"),
                advice,
            );
        }
        let before = found.list.len();
        report_faults(found, "config-file", &name, &config);
        for problem in config.session_problems() {
            let advice = ["correct the section; no tool can sign in to this session"];
            found.add(
                Severity::Problem,
                "config-file",
                format!("{name}, {problem}"),
                advice,
            );
        }
        match find_file_issue(path) {
            // Anybody may read a file without secrets.
            None | Some(PermissionIssue::Exposed { .. } | PermissionIssue::NoModes { .. }) => {}
            Some(PermissionIssue::WritableFile { mode, .. }) => {
                let advice = [format!("chmod go-w '{}'", path.display())];
                let words =
                    format!("other users can write {name} (mode {mode:o}) and so run commands as you");
                found.add(Severity::Problem, "config-file", words, advice);
            }
            Some(issue) => found.add(
                Severity::Warning,
                "config-file",
                issue.to_string(),
                [issue.hint()],
            ),
        }
        if found.list.len() == before {
            let (sessions, profiles) = (config.sso_sessions().len(), config.profiles().len());
            found.ok(
                "config-file",
                format!(
                    "{name}: {}, {}",
                    format_count(sessions, "SSO session"),
                    format_count(profiles, "profile")
                ),
            );
        }
    }

    /// Whether a variable names a file that doesn't exist.
    fn is_missing(&self, variable: &str, path: &Path) -> bool {
        self.context.settings.environment.get(variable).is_some() && !path.exists()
    }

    fn check_credentials(&self, found: &mut Findings) {
        let path = &self.context.settings.paths.aws_credentials;
        let name = self.display_path(path);
        // A file that other tools would make there is no mistake, a folder that isn't there is.
        let can_be_made = path.parent().is_some_and(Path::exists);
        if self.is_missing(env::AWS_SHARED_CREDENTIALS_FILE, path) && !can_be_made {
            let variable = env::AWS_SHARED_CREDENTIALS_FILE;
            let words = format!("{variable} names {name}, which doesn't exist");
            let advice = [format!("correct or unset {variable}")];
            found.add(Severity::Warning, "credentials-file", words, advice);
        }
        if !path.exists() {
            return;
        }
        let credentials = match self.context.aws_files.credentials() {
            Ok(credentials) => credentials,
            Err(error) => {
                return found.add(
                    Severity::Problem,
                    "credentials-file",
                    error.to_string(),
                    error.hints(),
                );
            }
        };
        let before = found.list.len();
        report_faults(found, "credentials-file", &name, &credentials);
        if let Some(issue) = find_file_issue(path) {
            found.add(
                Severity::Warning,
                "credentials-file",
                issue.to_string(),
                [issue.hint()],
            );
        }
        let lasting: Vec<String> = credentials
            .credentials_profiles()
            .into_iter()
            .filter(|p| p.has("aws_secret_access_key") && !p.has("aws_session_token"))
            .map(|p| format!("`{}`", p.name))
            .collect();
        if !lasting.is_empty() {
            found.note(
                "credentials-file",
                format!("{name} has long-lived keys: {}", lasting.join(", ")),
            );
        }
        if found.list.len() == before {
            let profiles = credentials.credentials_profiles().len();
            found.ok(
                "credentials-file",
                format!("{name}: {}", format_count(profiles, "profile")),
            );
        }
    }

    fn check_sso_cache(&self, found: &mut Findings) {
        let folder = &self.context.settings.paths.sso_cache;
        let name = self.display_path(folder);
        if let Some(issue) = find_folder_issue(folder) {
            found.add(
                Severity::Problem,
                "token-folder",
                issue.to_string(),
                [issue.hint()],
            );
        }
        let before = found.list.len();
        if let Some((place, error)) = not_writable(folder) {
            let words = format!(
                "{name} can't be written ({error}), so neither genkan nor the AWS CLI can sign in or renew"
            );
            found.add(
                Severity::Problem,
                "token-folder",
                words,
                [writable_again(&place, &error)],
            );
        }
        let entries = match std::fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return,
            Err(error) => {
                let advice = [format!("ls -ld '{}'", folder.display())];
                return found.add(
                    Severity::Problem,
                    "token-folder",
                    format!("{name} can't be read: {error}"),
                    advice,
                );
            }
        };
        let (mut files, mut left, mut aside) = (0, 0, 0);
        for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
            let file = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            if file.contains(".broken-") {
                aside += 1;
            } else if file.contains(".tmp") {
                left += 1;
            } else if path.extension().is_some_and(|e| e == "json") {
                files += 1;
                if let Some(issue) = find_file_issue(&path) {
                    found.add(Severity::Warning, "token-file", issue.to_string(), [issue.hint()]);
                } else if !is_json(&path) {
                    let words = format!("{} is invalid", self.display_path(&path));
                    let advice = [format!("mv '{0}' '{0}.old', then `genkan login`", path.display())];
                    found.add(Severity::Warning, "token-file", words, advice);
                }
            }
        }
        for (number, what) in [(left, "temporary file"), (aside, "file that was moved aside")] {
            if number > 0 {
                let advice = [format!(
                    "check them, then remove them: ls -la '{}'",
                    folder.display()
                )];
                let words = format!(
                    "{name} has {} left by an interrupted tool",
                    format_count(number, what)
                );
                found.add(Severity::Note, "token-folder", words, advice);
            }
        }
        if found.list.len() == before {
            found.ok(
                "token-folder",
                format!("{name}: {}, readable only by you", format_count(files, "file")),
            );
        }
    }

    fn check_own_folders(&self, found: &mut Findings) {
        let paths = &self.context.settings.paths;
        let before = found.list.len();
        let mut named = Vec::new();
        for folder in [&paths.cache, &paths.state] {
            if let Some(issue) = find_folder_issue(folder) {
                // Both may be in the same one.
                if named.contains(&issue) {
                    continue;
                }
                named.push(issue.clone());
                found.add(
                    Severity::Problem,
                    "own-folders",
                    issue.to_string(),
                    [issue.hint()],
                );
            } else if !users::may_write(folder) {
                let words = format!(
                    "{} can't be written, so nothing is saved",
                    self.display_path(folder)
                );
                let advice = [format!("ls -ld '{}'", folder.display())];
                found.add(Severity::Warning, "own-folders", words, advice);
            }
        }
        if found.list.len() == before {
            let words = format!(
                "{} and {} are readable only by you",
                self.display_path(&paths.cache),
                self.display_path(&paths.state)
            );
            found.ok("own-folders", words);
        }
    }

    fn check_preferences(&self, found: &mut Findings) {
        for notice in &self.context.settings.notices {
            let advice = ["correct the line, or remove the file to start over"];
            found.add(Severity::Problem, "preferences", notice.clone(), advice);
        }
        let before = found.list.len();
        for sentence in self.ignored_preferences() {
            let advice = ["correct the line in genkan's config.toml, or remove it"];
            found.add(Severity::Warning, "preferences", sentence, advice);
        }
        let file = self.context.settings.paths.config.join("config.toml");
        if self.context.settings.notices.is_empty() && found.list.len() == before && file.exists() {
            found.ok("preferences", self.display_path(&file));
        }
    }

    /// The preferences that commands ignore, in the words of those commands.
    fn ignored_preferences(&self) -> Vec<String> {
        let Ok((sessions, _)) = self.sessions.sessions() else {
            return Vec::new();
        };
        let regions = self.regions.unusable_regions(&sessions).into_iter();
        let mut ignored: Vec<String> = regions
            .filter(|(origin, _)| *origin == RegionOrigin::Preference)
            .map(|(_, sentence)| sentence)
            .collect();
        // Both say what they ignore; whether they find anything is no matter here.
        let _ = self.sessions.session(None);
        let _ = preferred_page(&self.context);
        ignored.extend(self.context.take_notices().iter().map(ToString::to_string));
        ignored
    }

    pub(super) fn check_sign_ins(&self) -> Vec<Finding> {
        let mut found = Findings::about(Topic::SignIn);
        match self.status.status(None) {
            Ok(mut sessions) => {
                // What chains begin with elsewhere needs no sign-in.
                sessions.retain(|status| status.session.source_credentials().is_none());
                let listed: Vec<&SsoSession> = sessions.iter().map(|status| &status.session).collect();
                for (at, session) in listed.iter().enumerate() {
                    let same = listed
                        .iter()
                        .take(at)
                        .find(|other| !session.is_iam_user() && is_same_portal(other, session));
                    if let Some(other) = same {
                        same_portal(&mut found, other, session);
                    }
                }
                for status in sessions {
                    sign_in(&mut found, &status.session, status.sign_in, self.context.now());
                }
            }
            Err(error) => found.add(Severity::Problem, "sign-in", error.to_string(), error.hints()),
        }
        found.topic = Topic::Files;
        for notice in self.context.take_notices() {
            found.add(Severity::Warning, "token-file", notice.to_string(), NO_ADVICE);
        }
        found.list
    }
}

fn is_same_portal(one: &SsoSession, other: &SsoSession) -> bool {
    one.region == other.region && one.start_url.same_portal(&other.start_url)
}

/// Two sessions of one portal have a sign-in each; who is signed in twice as the same user sees each target twice.
fn same_portal(found: &mut Findings, one: &SsoSession, other: &SsoSession) {
    found.add(
        Severity::Note,
        "same-portal",
        format!(
            "SSO sessions `{}` and `{}` are one access portal: its targets are listed for each of them",
            one.name, other.name
        ),
        ["unless you sign in as two users, keep one section; or choose with `session` in genkan's config.toml"],
    );
}

fn sign_in(found: &mut Findings, session: &SsoSession, state: SignInState, now: jiff::Timestamp) {
    let name = &session.name;
    match state {
        SignInState::SignedIn { .. } => {
            let left = state.time_left(now).unwrap_or_default();
            found.ok("sign-in", format!("signed in to {name}: {left}"));
        }
        SignInState::Renewable { .. } => {
            found.ok(
                "sign-in",
                format!("signed in to {name}; the next command renews it"),
            );
        }
        SignInState::Ended { since } => found.add(
            Severity::Note,
            "sign-in",
            format!(
                "the sign-in to {name} expired {}",
                format_age(seconds_since(since, now))
            ),
            [format!("genkan login {name}")],
        ),
        SignInState::SignedOut => found.add(
            Severity::Note,
            "sign-in",
            format!("not signed in to {name}"),
            [format!("genkan login {name}")],
        ),
    }
}

/// Which refusal of the AWS CLI and boto3 a config file with these bytes meets first, if any.
pub(super) fn refusal_by_python(context: &Context, config: &[u8]) -> Option<String> {
    let mut found = Findings::about(Topic::Files);
    let paths = &context.settings.paths;
    let name = format!("`{}`", paths.display_path(&paths.aws_config));
    report_faults(&mut found, "config-file", &name, &ConfigFile::parse(config));
    let mut problems = found.list.into_iter();
    let first = problems.find(|f| f.severity == Severity::Problem)?;
    Some(first.sentence)
}

/// What not every tool reads, or not every tool alike: of each kind the first, and how many there are.
fn report_faults(found: &mut Findings, check: &'static str, name: &str, file: &ConfigFile) {
    let mut told: Vec<&Fault> = Vec::new();
    for fault in file.faults() {
        if let Some((what, [first, second])) = fault.repeat() {
            let words = format!("{name} has `{what}` twice, on lines {first} and {second}");
            found.add(Severity::Problem, "duplicate", words, [fault.advice()]);
            continue;
        }
        if told.iter().any(|known| known.is_same_kind(fault)) {
            continue;
        }
        told.push(fault);
        let severity = match fault.effect() {
            Effect::RefusedByPython => Severity::Problem,
            Effect::RefusedByOthers | Effect::ReadDifferently => Severity::Warning,
        };
        let more = file
            .faults()
            .iter()
            .filter(|other| other.is_same_kind(fault))
            .count()
            - 1;
        let more = match more {
            0 => String::new(),
            _ => format!(" (and {} like it)", format_count(more, "line")),
        };
        let words = format!("{name}, line {}: {}{more}", fault.line(), fault.sentence());
        found.add(severity, check, words, [fault.advice()]);
    }
}

/// Why no file can be put into a folder, or into what of its path exists, and where that was tried.
fn not_writable(folder: &Path) -> Option<(PathBuf, io::Error)> {
    let place = folder.ancestors().find(|step| step.exists())?;
    let probe = place.join(format!(".genkan-doctor-{}.tmp", std::process::id()));
    // A full disk still takes empty files.
    let tried = safe_open::create_file(&probe, [0; 4096]);
    let kept = tried
        .as_ref()
        .is_err_and(|error| error.kind() == io::ErrorKind::AlreadyExists);
    if !kept {
        let _ = std::fs::remove_file(&probe);
    }
    match tried {
        Err(error) if !kept => Some((place.to_owned(), error)),
        _ => None,
    }
}

/// What makes a folder writable again.
fn writable_again(place: &Path, error: &io::Error) -> String {
    let place = place.display();
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            format!("free up space: df -h '{place}'")
        }
        io::ErrorKind::ReadOnlyFilesystem => {
            format!("mount it read-write, or set HOME to a folder on another disk: df '{place}'")
        }
        io::ErrorKind::NotADirectory => format!("move the file out of the way: ls -ld '{place}'"),
        _ => format!("make the folder writable for you: ls -ld '{place}'"),
    }
}

fn is_json(path: &Path) -> bool {
    safe_open::read_file(path, FileKind::Shared).is_ok_and(|bytes| {
        bytes.is_none_or(|bytes| {
            bytes.len() <= MOST_BYTES
                && serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(&bytes).is_ok()
        })
    })
}
