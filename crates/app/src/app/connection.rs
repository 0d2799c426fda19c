//! How AWS is reached: endpoints, trusted certificates and their like, as the environment and the profile in force
//! set them. Resolved here and given to the SDK, which reads neither by itself: what is empty is unset, and a file
//! means to it what it means to the rest of genkan.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::OnceCell;
use url::Url;

use crate::app::context::Context;
use crate::aws::{Aws, AwsOptions, Bundle, Endpoints, SearchPlaces, TrustError, Ways};
use crate::settings::{env, read_proxies};
use crate::store::{ConfigFile, Profile, SharedFile, StoreError};

/// A service whose endpoint can be replaced: its own variable, and its names in a `services` section.
type ServiceNames = (&'static str, &'static [&'static str]);

const SSO: ServiceNames = (env::AWS_ENDPOINT_URL_SSO, &["sso"]);
/// The SDK for Rust is alone with the second spelling.
const OIDC: ServiceNames = (env::AWS_ENDPOINT_URL_SSO_OIDC, &["sso_oidc", "sso-oidc"]);
/// The console's account settings.
const UXC: ServiceNames = (env::AWS_ENDPOINT_URL_UXC, &["uxc"]);
const STS: ServiceNames = (env::AWS_ENDPOINT_URL_STS, &["sts"]);
const IAM: ServiceNames = (env::AWS_ENDPOINT_URL_IAM, &["iam"]);

/// The shared files, and the profile of theirs that is in force.
struct Shared {
    config: Arc<SharedFile>,
    profile: Option<Profile>,
}

impl Shared {
    fn get(&self, key: &str) -> Option<&str> {
        self.profile.as_ref()?.get(key)
    }
}

/// Why no client for AWS can be made.
#[derive(Debug, thiserror::Error)]
pub enum ConnectionError {
    #[error("{variable} is not a valid HTTP proxy URL")]
    UnusableProxy { variable: &'static str },
    #[error("{set_by} is not an http or https URL")]
    BadEndpoint { set_by: String },
    #[error(transparent)]
    Trust(#[from] TrustError),
}

impl ConnectionError {
    /// What to do next, one line each.
    #[must_use]
    pub fn hints(&self) -> Vec<String> {
        match self {
            Self::UnusableProxy { variable } => vec![
                format!("set {variable} to http://HOST:PORT, or unset it"),
                "percent-encode special characters in the user name and password".to_owned(),
            ],
            Self::BadEndpoint { .. } => vec!["correct it, or remove it to use the AWS endpoint".to_owned()],
            Self::Trust(error) => error.hints(),
        }
    }
}

/// The way to AWS, made at the first call: reading cached credentials needs neither TLS nor SDK.
pub(in crate::app) struct Connection {
    context: Arc<Context>,
    aws: OnceCell<Aws>,
}

impl Connection {
    pub(in crate::app) fn new(context: &Arc<Context>) -> Self {
        Self {
            context: Arc::clone(context),
            aws: OnceCell::new(),
        }
    }

    /// The client for all calls.
    pub(in crate::app) async fn aws(&self) -> Result<&Aws, ConnectionError> {
        self.aws
            .get_or_try_init(|| async {
                if let Some(variable) = self.context.settings.unusable_proxy() {
                    return Err(ConnectionError::UnusableProxy { variable });
                }
                let options = self.aws_options()?;
                Ok(Aws::load(options, self.context.clock.for_client())?)
            })
            .await
    }

    /// Answers the calls of a test.
    #[cfg(test)]
    pub(in crate::app) fn answer_with(&self, answers: Vec<crate::aws::Reply>) {
        let aws = Aws::load(AwsOptions::default(), self.context.clock.for_client());
        let _ = self.aws.set(aws.expect("a client").answering(answers));
    }

    /// Answers the calls of a test by a function of their URI.
    #[cfg(test)]
    pub(in crate::app) fn answer_by(
        &self,
        server: impl Fn(&str) -> futures_util::future::BoxFuture<'static, crate::aws::Reply>
        + Send
        + Sync
        + 'static,
    ) {
        let aws = Aws::load(AwsOptions::default(), self.context.clock.for_client());
        let _ = self.aws.set(aws.expect("a client").answering_by(server));
    }

    /// The profile that SDKs would take in this environment, as both files say it. A file that can't be read says
    /// nothing: the commands that need it fail by themselves.
    fn shared(&self) -> Shared {
        let name = self.context.settings.profile_name();
        let of = |profiles: &[Profile]| profiles.iter().find(|profile| profile.name == name).cloned();
        let empty = || Arc::new(SharedFile::new(ConfigFile::parse(b"")));
        let config = self.context.aws_files.config().unwrap_or_else(|_| empty());
        let credentials = self.context.aws_files.credentials().ok();
        let credentials = credentials.and_then(|file| of(&file.credentials_profiles()));
        let profile = match (of(config.profiles()), credentials) {
            (Some(profile), Some(credentials)) => Some(profile.with_credentials(credentials)),
            (profile, credentials) => profile.or(credentials),
        };
        Shared { config, profile }
    }

    /// All that the SDK has to know.
    fn aws_options(&self) -> Result<AwsOptions, ConnectionError> {
        let shared = self.shared();
        let environment = &self.context.settings.environment;
        let is_on = |variable, key| {
            let said = environment.get(variable).or_else(|| shared.get(key));
            said.is_some_and(|value| value.eq_ignore_ascii_case("true"))
        };
        let endpoint = |service| self.endpoint(&shared, service);
        let sign_in = environment.get(env::AWS_ENDPOINT_URL_SIGNIN);
        let app_id = environment.get(env::AWS_SDK_UA_APP_ID);
        let seconds = self.context.settings.preferences.timeout_seconds;
        Ok(AwsOptions {
            bundle: self.bundle(&shared),
            ways: self.ways(&shared),
            endpoints: Endpoints {
                sso: check_endpoint(endpoint(SSO))?,
                oidc: check_endpoint(endpoint(OIDC))?,
                // Asked by `whoami --verify` alone, which says what is wrong with it.
                sts: check_endpoint(endpoint(STS)).unwrap_or_default(),
                iam: check_endpoint(endpoint(IAM))?,
                sign_in: sign_in.map(str::to_owned),
                // Nothing depends on it.
                uxc: check_endpoint(endpoint(UXC)).unwrap_or_default(),
            },
            fips: is_on(env::AWS_USE_FIPS_ENDPOINT, "use_fips_endpoint"),
            dual_stack: is_on(env::AWS_USE_DUALSTACK_ENDPOINT, "use_dualstack_endpoint"),
            app_id: app_id.or_else(|| shared.get("sdk_ua_app_id")).map(str::to_owned),
            timeout: seconds.map(|seconds| Duration::from_secs(seconds.into())),
            requests: self.context.requests.clone(),
            rest: self.context.rest.clone(),
            activity: self.context.activity.clone(),
        })
    }

    /// Where proxies and custom endpoints are set.
    fn ways(&self, shared: &Shared) -> Ways {
        let environment = &self.context.settings.environment;
        let sign_in = environment.get(env::AWS_ENDPOINT_URL_SIGNIN);
        let sign_in = sign_in.map(|url| (env::AWS_ENDPOINT_URL_SIGNIN.to_owned(), url.to_owned()));
        let services = [SSO, OIDC, STS, IAM, UXC].map(|service| self.endpoint(shared, service));
        let endpoints = services.into_iter().chain([sign_in]).flatten();
        Ways {
            proxies: Arc::new(read_proxies(environment)),
            endpoints: endpoints.map(|(set_by, url)| (url, set_by)).collect(),
        }
    }

    /// The endpoint of a service with where it is set: its variable, the variable for all, the profile's
    /// `services` section, the profile.
    fn endpoint(&self, shared: &Shared, (variable, names): ServiceNames) -> Option<(String, String)> {
        let environment = &self.context.settings.environment;
        let ignores = environment
            .get(env::AWS_IGNORE_CONFIGURED_ENDPOINT_URLS)
            .or_else(|| shared.get("ignore_configured_endpoint_urls"));
        if ignores.is_some_and(|value| value.eq_ignore_ascii_case("true")) {
            return None;
        }
        let said = |name: &str| Some((name.to_owned(), environment.get(name)?.to_owned()));
        let profile = self.context.settings.profile_name();
        let of_service = || {
            let services = shared.get("services")?;
            let url = shared.config.services_endpoint(services, names)?;
            Some((format!("`endpoint_url` of `[services {services}]`"), url))
        };
        let of_profile = || {
            let url = shared.get("endpoint_url")?;
            Some((format!("`endpoint_url` of profile `{profile}`"), url.to_owned()))
        };
        said(variable)
            .or_else(|| said(env::AWS_ENDPOINT_URL))
            .or_else(of_service)
            .or_else(of_profile)
    }

    /// The certificates that stand in for the system's.
    fn bundle(&self, shared: &Shared) -> Option<Bundle> {
        let environment = &self.context.settings.environment;
        let found = |set_by, path: &str| Bundle {
            set_by,
            path: self.context.settings.paths.expanded(Path::new(path)),
        };
        let variable = |name| environment.get(name).map(|path| found(name, path));
        variable(env::AWS_CA_BUNDLE)
            .or_else(|| shared.get("ca_bundle").map(|path| found("`ca_bundle`", path)))
            .or_else(|| variable(env::SSL_CERT_FILE))
    }

    /// Where an SDK looks for credentials in this environment: its variables, and the shared files as genkan reads
    /// them.
    pub(in crate::app) fn search_places(&self) -> Result<SearchPlaces, StoreError> {
        Ok(SearchPlaces {
            variables: self.context.settings.environment.set_variables(),
            config: self.context.sdk_files.config()?.canonical_config(),
            credentials: self.context.sdk_files.credentials()?.canonical_credentials(),
        })
    }
}

/// An endpoint, if it is one.
fn check_endpoint(endpoint: Option<(String, String)>) -> Result<Option<String>, ConnectionError> {
    let Some((set_by, url)) = endpoint else {
        return Ok(None);
    };
    match Url::parse(&url) {
        Ok(parsed) if parsed.has_host() && matches!(parsed.scheme(), "http" | "https") => Ok(Some(url)),
        _ => Err(ConnectionError::BadEndpoint { set_by }),
    }
}
