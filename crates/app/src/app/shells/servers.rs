//! Servers of credentials for programs that genkan doesn't start: containers, IDEs, other shells.
//!
//! The address is bound before anyone is asked to sign in, so that a port that is taken is known at once.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::app::context::Context;
use crate::app::credentials::Credentials;
use crate::app::credentials::credential_server::{CredentialServer, GivenListener};
use crate::app::credentials::refresher::{CredentialSource, ServedTarget};
use crate::app::error::AppError;
use crate::app::shells::file_variables;
use crate::app::shells::open_shells::OpenShells;
use crate::app::targets::settings::{TargetSettings, TargetSettingsFinder};
use crate::domain::shells::export;
use crate::domain::shells::export::served_path;
use crate::domain::{Region, RoleCredentials, RunningKind, Secret, Target};
use crate::platform::random;
use crate::settings::{env, no_proxy_for_loopback, overriding_variables, proxied_loopback};
use crate::store::{ChildFiles, RunningFile, load_endpoint_token};

/// The name under which a server is listed.
const PROGRAM: &str = "serve";

/// Prepares servers of credentials.
pub struct Servers {
    context: Arc<Context>,
    settings: Arc<TargetSettingsFinder>,
    credentials: Arc<Credentials>,
    open: Arc<OpenShells>,
}

/// An address that is bound, and the token that opens it.
#[derive(Debug)]
pub struct BoundServer {
    server: CredentialServer,
    token: Secret,
    token_file: Option<PathBuf>,
}

/// A target that a server gives credentials of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServedEntry {
    pub target: Target,
    pub region: Region,
    pub production: bool,
    /// Where a program on this machine gets its credentials.
    pub url: String,
}

/// A server that is ready to run.
pub struct Server {
    pub entries: Vec<ServedEntry>,
    /// Where it listens.
    pub address: SocketAddr,
    pub token: Secret,
    /// The file that holds the token, absolute.
    pub token_file: Option<PathBuf>,
    /// Variables by which programs here reach it past a proxy, where they would ask one.
    pub no_proxy: Vec<(&'static str, String)>,
    /// Variables of this environment that SDKs would believe before the server.
    pub overriding: Vec<&'static str>,
    endpoint: CredentialServer,
    source: CredentialSource,
    served: Vec<ServedTarget>,
    /// Copies of the shared files for the shell that it serves.
    files: Option<ChildFiles>,
    /// It is listed as open while this lives.
    running: Vec<RunningFile>,
}

impl Servers {
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

    /// Binds an address, with the token of a file, or a new one.
    pub fn bind<'a>(
        &'a self,
        address: SocketAddr,
        token_file: Option<&'a Path>,
    ) -> BoxFuture<'a, Result<BoundServer, AppError>> {
        Box::pin(async move {
            let made_up = || {
                random::random_token()
                    .map(Secret::new)
                    .map_err(AppError::system("no random token can be made"))
            };
            let token = match token_file {
                None => made_up()?,
                Some(file) => match self.context.take_value(load_endpoint_token(file)?) {
                    Some(token) => token,
                    None => made_up()?,
                },
            };
            let server = CredentialServer::bind_to(address, &token).await?;
            Ok(BoundServer {
                server,
                token,
                token_file: token_file
                    .map(|file| std::path::absolute(file).unwrap_or_else(|_| file.to_owned())),
            })
        })
    }

    /// Prepares to serve targets with credentials that live now.
    pub fn prepare(
        &self,
        bound: BoundServer,
        targets: Vec<(Target, RoleCredentials)>,
    ) -> Result<Server, AppError> {
        let mut entries = Vec::new();
        let mut served = Vec::new();
        let mut running = Vec::new();
        for (target, first) in targets {
            let TargetSettings {
                session,
                region,
                rules,
            } = self.settings.settings_of(&target)?;
            let path = served_path(&target);
            entries.push(ServedEntry {
                region: region.region,
                production: rules.production,
                url: bound.server.url(&path),
                target: target.clone(),
            });
            let until = self.settings.sign_in_end(&session);
            running.extend(
                self.open
                    .note(Path::new(PROGRAM), RunningKind::Server, &target, true, until),
            );
            served.push(ServedTarget {
                path,
                session,
                target,
                first,
            });
        }
        let environment = &self.context.settings.environment;
        let no_proxy = match proxied_loopback(environment) {
            Some(_) => no_proxy_for_loopback(environment).to_vec(),
            None => Vec::new(),
        };
        let is_set = |name: &&'static str| {
            let is_ours = matches!(
                *name,
                env::AWS_CONTAINER_CREDENTIALS_FULL_URI
                    | env::AWS_CONTAINER_AUTHORIZATION_TOKEN
                    | env::AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE
            );
            !is_ours && environment.get(name).is_some()
        };
        Ok(Server {
            entries,
            address: bound.server.address(),
            token: bound.token,
            token_file: bound.token_file,
            no_proxy,
            overriding: overriding_variables().iter().copied().filter(is_set).collect(),
            endpoint: bound.server,
            source: CredentialSource {
                context: Arc::clone(&self.context),
                credentials: Arc::clone(&self.credentials),
            },
            served,
            files: None,
            running,
        })
    }
}

impl Server {
    /// Keeps copies of the shared files as long as it runs; its variables lead there.
    pub fn keep_files(&mut self, files: ChildFiles) {
        self.files = Some(files);
    }

    /// The variables that a program on this machine needs for a target.
    #[must_use]
    pub fn variables(&self, entry: &ServedEntry) -> Vec<(&'static str, String)> {
        let mut variables = vec![(env::AWS_CONTAINER_CREDENTIALS_FULL_URI, entry.url.clone())];
        variables.push(match &self.token_file {
            Some(file) => (
                env::AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE,
                file.display().to_string(),
            ),
            None => (
                env::AWS_CONTAINER_AUTHORIZATION_TOKEN,
                self.token.expose().to_owned(),
            ),
        });
        variables.extend(export::region_variables(&entry.region));
        variables.extend(self.no_proxy.iter().cloned());
        let files = self
            .files
            .iter()
            .flat_map(|files| file_variables(files, &self.source.context.settings.paths));
        variables.extend(files.map(|(name, file)| (name, file.display().to_string())));
        variables
    }

    /// Answers until it is dropped, or `once`, until the credentials of each target were given out. `hears` of each
    /// client that gets some, once for each renewal.
    pub fn run(self, once: bool, hears: GivenListener) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            let (_running, _files) = (self.running, self.files);
            Box::pin(self.endpoint.serve(self.source, self.served, once, hears)).await;
        })
    }
}
