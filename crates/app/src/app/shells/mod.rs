//! The environment and start-up of a child that works as a target.
//!
//! What would win over our credentials is removed; the shell's prompt says where the user is.
//! Start-up files hold no secret and go when the child has ended, as does the endpoint that
//! credentials come from.

pub(super) mod batches;
pub(super) mod calling_shell;
pub(super) mod entering;
pub(super) mod error;
pub(super) mod exports;
pub(super) mod open_shells;
pub(super) mod servers;
pub(super) mod shell_change;
mod startup;
mod variables;

use std::convert::Infallible;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use tempfile::TempDir;

use crate::app::context::Context;
use crate::app::credentials::Credentials;
use crate::app::credentials::credential_server::CredentialServer;
use crate::app::credentials::refresher::CredentialSource;
use crate::app::error::AppError;
use crate::app::shells::error::ShellError;
use crate::app::shells::open_shells::OpenShells;
use crate::app::targets::settings::{TargetSettings, TargetSettingsFinder};
use crate::domain::rules::TargetRules;
use crate::domain::shells::export;
use crate::domain::shells::export::{credential_variables, place_variables};
use crate::domain::text::clean_text;
use crate::domain::{Region, RoleCredentials, RunningKind, SsoSession, Target};
use crate::platform::files::paths::Paths;
use crate::platform::processes::background;
use crate::platform::processes::child::ChildSpec;
use crate::platform::tty;
use crate::settings::{
    Delivery, Environment, Settings, container_variables, env, overriding_variables, prompt_variables,
};
use crate::store::{ChildFiles, MOVED, RunningFile, StoreError, gives_credentials};
pub use entering::{Entering, Lasts};
use startup::{Startup, shell_startup};
use variables::{as_os, removed_variables, shown_by_prompts, winning_variables};

/// What to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChildKind {
    /// The user's shell, interactive.
    Shell,
    /// One command.
    Command(Vec<OsString>),
}

impl ChildKind {
    fn running(&self) -> RunningKind {
        match self {
            Self::Shell => RunningKind::Shell,
            Self::Command(_) => RunningKind::Command,
        }
    }

    /// A shell outlives keys, so it gets an endpoint; a command is short, and scripts read keys.
    fn usual_delivery(&self) -> Delivery {
        match self {
            Self::Shell => Delivery::Server,
            Self::Command(_) => Delivery::Env,
        }
    }
}

/// What to run, and what a user asked of its environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChildRequest {
    pub kind: ChildKind,
    /// How credentials get there; where no one says, as preferred, else as usual for the kind.
    pub delivery: Option<Delivery>,
    /// Variables of the outer environment that would win over ours stay.
    pub keep_environment: bool,
    /// More variables that it gets.
    pub set: Vec<(&'static str, String)>,
}

/// A child ready to run; it holds its start-up files and its endpoint.
#[derive(Debug)]
pub struct Child {
    pub spec: ChildSpec,
    /// What a user should know before it runs.
    pub notes: Vec<String>,
    /// The title of the window at its start, where the terminal has titles: empty where the one before stays.
    title: Option<String>,
    /// What is said where it begins: of a shell, unless the user wants none of it.
    pub entering: Option<Entering>,
    service: Option<CredentialService>,
    startup: Option<TempDir>,
    /// It is listed as open while this lives.
    running: Option<RunningFile>,
}

/// A server that answers while the child runs.
struct CredentialService {
    server: CredentialServer,
    source: CredentialSource,
    session: SsoSession,
    target: Target,
    first: RoleCredentials,
    /// The shared files of the child, where its default profile would win.
    files: Option<ChildFiles>,
}

impl CredentialService {
    /// The variables that make a child use it.
    fn environment(&self, region: &Region, settings: &Settings) -> Vec<(OsString, OsString)> {
        let mut variables = place_variables(&self.target, Some(region));
        variables.extend(self.server.environment(&settings.environment));
        let mut set = as_os(variables);
        if let Some(files) = &self.files {
            let moved = file_variables(files, &settings.paths).into_iter();
            set.extend(moved.map(|(name, file)| (name.into(), file.into())));
        }
        set
    }
}

impl std::fmt::Debug for CredentialService {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.target.fmt(f)
    }
}

impl Child {
    /// Runs it to its end, and serves its credentials meanwhile.
    ///
    /// # Errors
    /// Where the program can't be started.
    #[must_use]
    pub fn run(self) -> BoxFuture<'static, std::io::Result<ExitStatus>> {
        Box::pin(async move { self.run_by(ChildSpec::run).await })
    }

    /// The same beside the terminal; of what it writes the last line is kept.
    ///
    /// # Errors
    /// Where the program can't be started.
    #[must_use]
    pub fn run_in_background(self) -> BoxFuture<'static, std::io::Result<background::Ended>> {
        Box::pin(async move { self.run_by(background::run_in_background).await })
    }

    /// The same without a terminal: its input is empty, and what it writes is given to `write`, `true` for its
    /// standard error.
    pub(in crate::app) async fn run_piped(
        self,
        write: impl AsyncFn(bool, &[u8]),
    ) -> std::io::Result<ExitStatus> {
        self.run_by(async |spec: &ChildSpec| spec.run_piped(&write).await)
            .await
    }

    async fn run_by<T>(self, run: impl AsyncFnOnce(&ChildSpec) -> std::io::Result<T>) -> std::io::Result<T> {
        let _running = self.running;
        let serve_credentials = async {
            if let Some(CredentialService {
                server,
                source,
                session,
                target,
                first,
                files: _files,
            }) = self.service
            {
                Box::pin(server.serve_child(source, session, target, first)).await;
            }
            std::future::pending::<Infallible>().await
        };
        let _title = self.title.as_deref().and_then(tty::set_title);
        tokio::select! {
            status = run(&self.spec) => status,
            never = serve_credentials => match never {},
        }
    }

    /// Whether nothing of ours is needed while it runs, so that it may take this process's place.
    #[must_use]
    pub fn stands_alone(&self) -> bool {
        self.service.is_none() && self.startup.is_none()
    }
}

/// Prepares shells and commands that work as a target.
pub struct Shells {
    context: Arc<Context>,
    settings: Arc<TargetSettingsFinder>,
    credentials: Arc<Credentials>,
    open: Arc<OpenShells>,
}

impl Shells {
    pub(in crate::app) fn new(
        context: &Arc<Context>,
        settings: &Arc<TargetSettingsFinder>,
        credentials: &Arc<Credentials>,
        open: &Arc<OpenShells>,
    ) -> Self {
        Self {
            context: Arc::clone(context),
            settings: Arc::clone(settings),
            credentials: Arc::clone(credentials),
            open: Arc::clone(open),
        }
    }

    /// Prepares a child for a target, with credentials that live now.
    pub fn child<'a>(
        &'a self,
        target: &'a Target,
        credentials: RoleCredentials,
        request: &'a ChildRequest,
    ) -> BoxFuture<'a, Result<Child, AppError>> {
        Box::pin(async move {
            let TargetSettings {
                session,
                region,
                rules,
            } = self.settings.settings_of(target)?;
            let region = region.region;
            let expires_at = credentials.expires_at;
            let mut notes: Vec<String> = self.nested_note(&request.kind).into_iter().collect();
            let (delivery, files) = self.delivery(request, &mut notes)?;
            let service = match delivery {
                Delivery::Env => None,
                Delivery::Server => Some(CredentialService {
                    server: CredentialServer::bind().await?,
                    source: CredentialSource {
                        context: Arc::clone(&self.context),
                        credentials: Arc::clone(&self.credentials),
                    },
                    session: session.clone(),
                    target: target.clone(),
                    first: credentials.clone(),
                    files,
                }),
            };
            let mut set = match &service {
                None => as_os(credential_variables(target, &credentials, Some(&region))),
                Some(service) => service.environment(&region, &self.context.settings),
            };
            set.extend(as_os(request.set.iter().cloned()));
            set.extend(as_os(export::production_variable(rules.production)));
            let ends = self.settings.sign_in_end(&session);
            if let Some(ends) = ends {
                set.push((
                    env::GENKAN_SESSION_ENDS.into(),
                    ends.as_second().to_string().into(),
                ));
            }
            let mut remove = removed_variables(request.keep_environment, service.is_some());
            if request.kind == ChildKind::Shell {
                remove.extend(prompt_variables().iter().map(OsString::from));
                set.extend(as_os(shown_by_prompts(
                    &self.context.settings,
                    target,
                    ends.filter(|_| service.is_some()),
                )));
            }
            let (program, startup) = self.start_of(request, service.is_some())?;
            notes.extend(startup.note);
            set.extend(startup.set);
            let lasts = match &service {
                Some(_) => Lasts::Renewed { sign_in_ends: ends },
                None => Lasts::Until(expires_at),
            };
            let entering = Entering {
                target: target.clone(),
                region,
                is_production: rules.production,
                lasts,
            };
            let is_shell = request.kind == ChildKind::Shell;
            let until = match lasts {
                Lasts::Renewed { sign_in_ends } => sign_in_ends,
                Lasts::Until(end) => Some(end),
            };
            // A command with keys takes this process's place: nothing of ours stays beside it.
            let running = (is_shell || service.is_some())
                .then(|| {
                    self.open.note(
                        Path::new(&program),
                        request.kind.running(),
                        target,
                        service.is_some(),
                        until,
                    )
                })
                .flatten();
            let is_said =
                request.kind == ChildKind::Shell && self.context.settings.preferences.says_shell_messages();
            Ok(Child {
                entering: is_said.then_some(entering),
                spec: ChildSpec {
                    program,
                    arguments: startup.arguments,
                    set,
                    remove,
                    interactive: request.kind == ChildKind::Shell,
                },
                notes,
                title: window_title(&request.kind, target, &rules, &self.context.settings.environment),
                service,
                startup: startup.folder,
                running,
            })
        })
    }

    /// The program of a child, and what it runs first.
    fn start_of(&self, request: &ChildRequest, is_served: bool) -> Result<(OsString, Startup), AppError> {
        Ok(match &request.kind {
            ChildKind::Command(words) => {
                let (program, rest) = words.split_first().ok_or_else(|| {
                    AppError::system("nothing to run")(std::io::Error::from(std::io::ErrorKind::InvalidInput))
                })?;
                let startup = Startup {
                    arguments: rest.to_vec(),
                    ..Startup::default()
                };
                (program.clone(), startup)
            }
            ChildKind::Shell => {
                let program = self.context.settings.shell_program();
                let winning = winning_variables(request.keep_environment, is_served);
                let startup = shell_startup(&self.context.settings, &program, &winning);
                (program.into(), startup)
            }
        })
    }

    fn nested_note(&self, kind: &ChildKind) -> Option<String> {
        let outer = &self.context.settings.environment;
        let account = outer.get(env::GENKAN_ACCOUNT_NAME)?;
        let set = outer.get(env::GENKAN_PERMISSION_SET)?;
        let verb = match kind {
            ChildKind::Shell => "opens",
            ChildKind::Command(_) => "runs",
        };
        Some(clean_text(&format!(
            "this {verb} inside a shell for {account}/{set}"
        )))
    }

    /// How the child gets its credentials. SDKs take a default profile's credentials before they ask an endpoint: the
    /// child would then silently work as another identity, so it gets shared files in which that profile has none.
    fn delivery(
        &self,
        request: &ChildRequest,
        notes: &mut Vec<String>,
    ) -> Result<(Delivery, Option<ChildFiles>), AppError> {
        let preferred = request.delivery.or(self.context.settings.preferences.credentials);
        let delivery = preferred.unwrap_or_else(|| request.kind.usual_delivery());
        if delivery == Delivery::Env {
            return Ok((Delivery::Env, None));
        }
        let mut files = None;
        if let Some(file) = self.default_profile_with_credentials()? {
            files = self.child_files();
            if files.is_none() && request.delivery.is_some() {
                return Err(ShellError::DefaultProfileWins { file }.into());
            }
            if files.is_none() {
                notes.push(format!(
                    "the default profile in `{file}` has credentials, which SDKs use before a credentials endpoint; so \
                     this one gets keys, which are not renewed"
                ));
                return Ok((Delivery::Env, None));
            }
            notes.push(moved_note(&file));
        }
        if request.keep_environment {
            let stays: Vec<&str> = overriding_variables()
                .iter()
                .filter(|name| !container_variables().contains(name))
                .filter(|name| self.context.settings.environment.get(name).is_some())
                .copied()
                .collect();
            if !stays.is_empty() {
                let names = stays.join(", ");
                notes.push(format!(
                    "{names} in this environment may override the target's credentials"
                ));
            }
        }
        Ok((Delivery::Server, files))
    }

    /// Shared files for a shell that a server gives credentials to, where its default profile would win over them.
    pub fn files_for_server(&self) -> Result<Option<(ChildFiles, String)>, AppError> {
        let Some(file) = self.default_profile_with_credentials()? else {
            return Ok(None);
        };
        let note = moved_note(&file);
        match self.child_files() {
            Some(files) => Ok(Some((files, note))),
            None => Err(ShellError::DefaultProfileWins { file }.into()),
        }
    }

    /// Shared files for a child in which the default profile gives no credentials, where they can be written.
    fn child_files(&self) -> Option<ChildFiles> {
        let files = &self.context.aws_files;
        let (config, credentials) = (files.config().ok()?, files.credentials().ok()?);
        match ChildFiles::write(&self.context.settings.paths, &config, &credentials) {
            Ok(files) => files,
            Err(error) => {
                self.context.report_unsaved(Err(error));
                None
            }
        }
    }

    /// The file whose `[default]` profile gives credentials, if one does.
    fn default_profile_with_credentials(&self) -> Result<Option<String>, StoreError> {
        let paths = &self.context.settings.paths;
        let (credentials, config) = (
            self.context.aws_files.credentials()?,
            self.context.aws_files.config()?,
        );
        let in_credentials = credentials.credentials_profiles();
        let files = [
            (&paths.aws_credentials, in_credentials.as_slice()),
            (&paths.aws_config, config.profiles()),
        ];
        let found = files.iter().find(|(_, profiles)| gives_credentials(profiles));
        Ok(found.map(|(file, _)| paths.display_path(file)))
    }
}

/// What a user is told of shared files that are copies.
fn moved_note(file: &str) -> String {
    format!(
        "the default profile in `{file}` has credentials of its own; here they are those of the profile `{MOVED}`"
    )
}

/// The variables that lead to shared files of a child's own, and to those that were copied.
fn file_variables(files: &ChildFiles, paths: &Paths) -> Vec<(&'static str, PathBuf)> {
    vec![
        (env::AWS_CONFIG_FILE, files.config()),
        (env::AWS_SHARED_CREDENTIALS_FILE, files.credentials()),
        (env::GENKAN_AWS_CONFIG_FILE, paths.aws_config.clone()),
        (
            env::GENKAN_AWS_SHARED_CREDENTIALS_FILE,
            paths.aws_credentials.clone(),
        ),
    ]
}

/// The title of the window of a shell that works in production: it says so wherever the window is listed. Other shells
/// keep the title that they have; their prompt may set one before the sign-in ends, so that it is saved all the same.
fn window_title(
    kind: &ChildKind,
    target: &Target,
    rules: &TargetRules,
    environment: &Environment,
) -> Option<String> {
    let has_titles = !matches!(environment.get(env::TERM), None | Some("dumb" | "linux"));
    if *kind != ChildKind::Shell || !has_titles {
        return None;
    }
    let word = rules.production_word();
    Some(
        word.map(|word| clean_text(&format!("{word} {target}")))
            .unwrap_or_default(),
    )
}
