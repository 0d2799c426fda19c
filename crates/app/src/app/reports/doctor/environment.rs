//! Variables: what overrides genkan or the SDKs, and proxies, certificates and endpoints that can't work.

use std::collections::BTreeMap;
use std::sync::Arc;

use url::Url;

use super::finding::{Finding, Findings, Severity, Topic};
use crate::app::context::Context;
use crate::app::reports::identity::Identities;
use crate::app::sessions::Sessions;
use crate::app::work_region::Regions;

use crate::app::reports::identity_parts::IdentitySource;
use crate::domain::RegionOrigin;
use crate::platform::proxy;
use crate::settings::{env, proxied_loopback};

/// Both spellings of each variable that names a proxy.
const PROXIES: [&str; 6] = [
    env::HTTP_PROXY,
    env::HTTP_PROXY_LOWER,
    env::HTTPS_PROXY,
    env::HTTPS_PROXY_LOWER,
    env::ALL_PROXY,
    env::ALL_PROXY_LOWER,
];

const ENDPOINTS: [&str; 7] = [
    env::AWS_ENDPOINT_URL,
    env::AWS_ENDPOINT_URL_SSO,
    env::AWS_ENDPOINT_URL_SSO_OIDC,
    env::AWS_ENDPOINT_URL_STS,
    env::AWS_ENDPOINT_URL_IAM,
    env::AWS_ENDPOINT_URL_SIGNIN,
    env::AWS_ENDPOINT_URL_UXC,
];

/// The checks of this topic, with what they look at.
pub(super) struct EnvironmentChecks {
    context: Arc<Context>,
    sessions: Arc<Sessions>,
    regions: Arc<Regions>,
    identities: Arc<Identities>,
}

impl EnvironmentChecks {
    pub(super) fn new(
        context: &Arc<Context>,
        sessions: &Arc<Sessions>,
        regions: &Arc<Regions>,
        identities: &Arc<Identities>,
    ) -> Self {
        Self {
            context: Arc::clone(context),
            sessions: Arc::clone(sessions),
            regions: Arc::clone(regions),
            identities: Arc::clone(identities),
        }
    }

    pub(super) fn check_environment(&self) -> Vec<Finding> {
        let mut found = Findings::about(Topic::Environment);
        self.check_identity(&mut found);
        self.check_proxies(&mut found);
        self.check_endpoints(&mut found);
        self.check_region_variables(&mut found);
        found.list
    }

    fn check_region_variables(&self, found: &mut Findings) {
        let sessions = self
            .sessions
            .sessions()
            .map(|(sessions, _)| sessions)
            .unwrap_or_default();
        for (origin, sentence) in self.regions.unusable_regions(&sessions) {
            if let RegionOrigin::Variable(name) = origin {
                let advice = [format!("correct or unset {name}")];
                found.add(Severity::Warning, "region", sentence, advice);
            }
        }
    }

    fn check_identity(&self, found: &mut Findings) {
        // A failure is said by the checks of files.
        let Ok(whoami) = self.identities.whoami() else {
            return;
        };
        let quiet = whoami.warnings.is_empty();
        for warning in whoami.warnings {
            let advice = ["`genkan whoami` shows which one is used; unset the others"];
            found.add(Severity::Warning, "identity", warning, advice);
        }
        match whoami.identity {
            Some(identity) if identity.source == IdentitySource::Genkan => {
                let place = identity.account_name.unwrap_or_default();
                let set = identity.permission_set.unwrap_or_default();
                found.note("identity", format!("this is a genkan shell: {place}/{set}"));
            }
            Some(identity) => {
                let words = format!(
                    "tools use credentials from {}; genkan's shells remove them",
                    identity.from
                );
                found.note("identity", words);
            }
            None if quiet => found.ok("identity", "no conflicting variables or profiles"),
            None => {}
        }
    }

    fn check_proxies(&self, found: &mut Findings) {
        let environment = &self.context.settings.environment;
        for name in PROXIES {
            let Some(text) = environment.get(name) else {
                continue;
            };
            match proxy::proxy_address(text) {
                Some(host) => found.note("proxy", format!("requests go through the proxy {host} ({name})")),
                None => found.add(
                    Severity::Problem,
                    "proxy",
                    format!("{name} is not a valid proxy URL"),
                    ["set it to http://HOST:PORT, or unset it: genkan never bypasses a configured proxy"],
                ),
            }
        }
        let endpoint = environment.get(env::AWS_CONTAINER_CREDENTIALS_FULL_URI);
        let is_ours = endpoint.is_some_and(|address| address.starts_with("http://127.0.0.1:"));
        if let Some(name) = proxied_loopback(environment).filter(|_| is_ours) {
            found.add(
                Severity::Warning,
                "no-proxy",
                format!("{name} makes SDKs send this shell's credentials token to a proxy"),
                ["add 127.0.0.1 to NO_PROXY and no_proxy in the shell's start-up files"],
            );
        }
        for name in [env::NO_PROXY, env::NO_PROXY_LOWER] {
            let odd: Vec<&str> = environment
                .get(name)
                .unwrap_or_default()
                .split(',')
                .map(str::trim)
                .filter(|entry| entry.contains('/') && entry.parse::<std::net::IpAddr>().is_err())
                .filter(|entry| !proxy::is_network(entry))
                .collect();
            if !odd.is_empty() {
                found.add(
                    Severity::Warning,
                    "no-proxy",
                    format!("{name} has entries that never match: {}", odd.join(", ")),
                    ["use host names or networks only, such as .example.com or 10.0.0.0/8"],
                );
            }
        }
    }

    fn check_endpoints(&self, found: &mut Findings) {
        let environment = &self.context.settings.environment;
        let set: Vec<(&str, &str)> = ENDPOINTS
            .into_iter()
            .filter_map(|name| Some((name, environment.get(name)?)))
            .collect();
        let mut hosts: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for (name, text) in &set {
            match Url::parse(text) {
                Ok(url) if url.has_host() && matches!(url.scheme(), "http" | "https") => {
                    let host = url.host_str().unwrap_or_default().to_owned();
                    hosts.entry(host).or_default().push(name);
                }
                _ => found.add(
                    Severity::Problem,
                    "endpoints",
                    format!("{name} is not an http or https URL"),
                    ["correct or unset it"],
                ),
            }
        }
        for (host, names) in hosts {
            let words = format!("AWS endpoints are overridden ({host}): {}", names.join(", "));
            found.note("endpoints", words);
        }
        let is_on = |name: &&str| {
            environment
                .get(name)
                .is_some_and(|value| value.eq_ignore_ascii_case("true"))
        };
        let special: Vec<&str> = [env::AWS_USE_FIPS_ENDPOINT, env::AWS_USE_DUALSTACK_ENDPOINT]
            .into_iter()
            .filter(is_on)
            .collect();
        if !special.is_empty() && !set.is_empty() {
            let names: Vec<&str> = set.iter().map(|(name, _)| *name).collect();
            found.add(
                Severity::Problem,
                "endpoints",
                format!(
                    "{} and {} can't be combined",
                    special.join(", "),
                    names.join(", ")
                ),
                ["SDKs reject every request with both: unset one of them"],
            );
        } else if !special.is_empty() {
            found.note("endpoints", format!("{} is on", special.join(" and ")));
        }
    }
}
