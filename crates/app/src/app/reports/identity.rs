//! Which identity the SDKs take in this environment, from where, and what they pass over.
//!
//! Told from variables and files, in the order of the SDKs: keys of the environment, the profile, a web
//! identity, a container. Where SDKs are of different minds a warning says so.

use jiff::Timestamp;

use std::sync::Arc;

use crate::app::catalogs::Catalogs;
use crate::app::context::Context;
use crate::app::credentials::Credentials;
use crate::app::reports::identity_parts::{Identity, IdentitySource, Whoami};
use crate::app::rules::Rules;
use crate::app::sessions::Sessions;
use crate::app::sources::Sources;
use crate::domain::records::history::TargetKey;
use crate::domain::targets::role_arn::role_arn;
use crate::domain::text::sanitize_line;
use crate::domain::{AccountId, PermissionSetName, SsoSession, Target};
use crate::settings::env;
use crate::store::{ConfigFile, Profile, ProfileSource, RoleWith, SsoKeys, StoreError};

/// Tells which identity SDKs use here.
pub struct Identities {
    context: Arc<Context>,
    sessions: Arc<Sessions>,
    sources: Arc<Sources>,
    catalogs: Arc<Catalogs>,
    credentials: Arc<Credentials>,
    rules: Arc<Rules>,
}

impl Identities {
    pub(in crate::app) fn new(
        context: &Arc<Context>,
        sessions: &Arc<Sessions>,
        sources: &Arc<Sources>,
        catalogs: &Arc<Catalogs>,
        credentials: &Arc<Credentials>,
        rules: &Arc<Rules>,
    ) -> Self {
        Self {
            context: Arc::clone(context),
            sessions: Arc::clone(sessions),
            sources: Arc::clone(sources),
            catalogs: Arc::clone(catalogs),
            credentials: Arc::clone(credentials),
            rules: Arc::clone(rules),
        }
    }

    /// Who one is in this environment, without asking anybody.
    pub fn whoami(&self) -> Result<Whoami, StoreError> {
        let config = self.context.sdk_files.config()?;
        let credentials = self.context.sdk_files.credentials()?;
        let mut warnings = Vec::new();
        let mut found = Vec::new();
        found.extend(self.keys_of_environment(&mut warnings));
        let profile = self.profile(&config, &credentials, &mut warnings);
        let profile_has_role = profile
            .as_ref()
            .is_some_and(|p| p.source == IdentitySource::RoleProfile);
        found.extend(profile);
        found.extend(self.web_identity());
        found.extend(self.container());
        self.warn_about_order(&found, profile_has_role, &mut warnings);
        if self.in_genkan() && found.first().is_none_or(|i| i.source != IdentitySource::Genkan) {
            warnings.push("GENKAN_* variables are set, but don't belong to the active identity".to_owned());
        }
        let mut found = found.into_iter();
        let identity = found.next().map(|identity| {
            let region = self.region_of(&identity, &config, &credentials);
            let identity = self.with_role(self.with_sign_in(identity, &config));
            if let (Some(false), Some(session)) = (identity.signed_in, &identity.session) {
                warnings.push(format!(
                    "SSO session `{session}` is signed out, so there are no credentials here; `genkan login {session}`"
                ));
            }
            Identity {
                region,
                production: self.is_production(&identity),
                ..identity
            }
        });
        let sanitize = |text: String| sanitize_line(&text).into_owned();
        Ok(Whoami {
            identity: identity.map(|identity| identity.sanitize(sanitize)),
            ignored: found.map(|identity| sanitize(identity.from)).collect(),
            warnings: warnings.into_iter().map(sanitize).collect(),
        })
    }

    /// An identity with what the sign-in says of it that its credentials come from. Keys that were given need none:
    /// they work until they expire.
    fn with_sign_in(&self, mut identity: Identity, config: &ConfigFile) -> Identity {
        let is_served = match identity.source {
            IdentitySource::SsoProfile => true,
            IdentitySource::Genkan => identity.access_key_id.is_none(),
            _ => false,
        };
        if !is_served {
            return identity;
        }
        let sessions = config.sso_sessions();
        let (users, _) = self.sessions.users_beside(&sessions);
        let Some(session) = sessions
            .iter()
            .chain(&users)
            .find(|session| Some(&session.name) == identity.session.as_ref())
        else {
            return identity;
        };
        let state = self.sources.state(session);
        let signed_in = state.is_signed_in();
        identity.signed_in = Some(signed_in);
        identity.session_end = state.end();
        if identity.expires_at.is_none() && signed_in {
            identity.expires_at = self.cached_expiry(&identity, session);
        }
        identity
    }

    /// An identity of genkan's with the ARN of its role where that is a chained one, and with the way there in names.
    fn with_role(&self, identity: Identity) -> Identity {
        let named = identity.session.as_deref();
        let session = named.and_then(|name| self.sessions.session(Some(name)).ok());
        let (IdentitySource::Genkan, Some(session)) = (identity.source, session) else {
            return identity;
        };
        let Some(key) = key_of(&identity, &session).filter(|key| key.permission_set.is_chained()) else {
            return identity;
        };
        let target = self.catalogs.named_target(&session, &key);
        Identity {
            role_arn: Some(role_arn(&target, &session.region)),
            shown_permission_set: Some(target.permission_set.shown().to_owned()),
            ..identity
        }
    }

    /// Whether rules, or the name of its account, say that an identity is production.
    fn is_production(&self, identity: &Identity) -> Option<bool> {
        let account_id: AccountId = identity.account_id.as_ref()?.parse().ok()?;
        let target = Target {
            session: identity.session.clone().unwrap_or_default(),
            account_name: identity
                .account_name
                .as_deref()
                .unwrap_or(account_id.as_str())
                .into(),
            account_id,
            permission_set: PermissionSetName::new(identity.permission_set.as_deref().unwrap_or_default()),
        };
        Some(self.rules.of_target(&target).production)
    }

    /// When the cached credentials of an identity expire.
    fn cached_expiry(&self, identity: &Identity, session: &SsoSession) -> Option<Timestamp> {
        let key = key_of(identity, session)?;
        let expiries = self.credentials.credential_expiries(session);
        expiries
            .into_iter()
            .find_map(|(k, validity)| (k == key).then_some(validity.until))
    }

    fn variable(&self, name: &str) -> Option<&str> {
        self.context.settings.environment.get(name)
    }

    fn owned(&self, name: &str) -> Option<String> {
        self.variable(name).map(str::to_owned)
    }

    fn in_genkan(&self) -> bool {
        self.variable(env::GENKAN_ACCOUNT_ID).is_some() && self.variable(env::GENKAN_PERMISSION_SET).is_some()
    }

    /// What genkan told its child about the target.
    fn genkan(&self, from: String) -> Identity {
        Identity {
            session: self.owned(env::GENKAN_SESSION),
            account_id: self.owned(env::GENKAN_ACCOUNT_ID),
            account_name: self.owned(env::GENKAN_ACCOUNT_NAME),
            permission_set: self.owned(env::GENKAN_PERMISSION_SET),
            expires_at: self.expiration(),
            ..Identity::new(IdentitySource::Genkan, from)
        }
    }

    fn expiration(&self) -> Option<Timestamp> {
        self.variable(env::AWS_CREDENTIAL_EXPIRATION)?.parse().ok()
    }

    fn keys_of_environment(&self, warnings: &mut Vec<String>) -> Option<Identity> {
        let names = [env::AWS_ACCESS_KEY_ID, env::AWS_SECRET_ACCESS_KEY];
        match names.map(|name| self.variable(name)) {
            [None, None] => return None,
            [Some(_), Some(_)] => {}
            [there, _] => {
                let (set, missing) = if there.is_some() {
                    (names[0], names[1])
                } else {
                    (names[1], names[0])
                };
                warnings.push(format!("{set} is set without {missing}: some SDKs fail"));
                return None;
            }
        }
        let given = self.variable(env::GENKAN_ACCESS_KEY_ID);
        let replaced = given != self.variable(env::AWS_ACCESS_KEY_ID);
        let known = if self.in_genkan() && !replaced {
            self.genkan("keys set by genkan in this environment".to_owned())
        } else {
            Identity {
                account_id: self.owned(env::AWS_ACCOUNT_ID),
                expires_at: self.expiration(),
                ..Identity::new(
                    IdentitySource::Environment,
                    "environment variables (AWS_ACCESS_KEY_ID)",
                )
            }
        };
        Some(Identity {
            access_key_id: self.owned(env::AWS_ACCESS_KEY_ID),
            ..known
        })
    }

    fn profile(
        &self,
        config: &ConfigFile,
        credentials: &ConfigFile,
        warnings: &mut Vec<String>,
    ) -> Option<Identity> {
        let said = [env::AWS_PROFILE, env::AWS_DEFAULT_PROFILE]
            .into_iter()
            .find_map(|variable| Some((variable, self.variable(variable)?)));
        let (name, by) = said.map_or(("default", String::new()), |(variable, name)| {
            (name, format!(" ({variable})"))
        });
        let of = |profiles: Vec<Profile>| profiles.into_iter().find(|p| p.name == name);
        let in_config = of(config.profiles());
        let in_credentials = of(credentials.credentials_profiles());
        if let (Some((variable, name)), None, None) = (said, &in_config, &in_credentials) {
            warnings.push(format!(
                "{variable} names `{name}`, which is in neither file: SDKs fail"
            ));
            return None;
        }
        let words = |kind: &str| format!("profile `{name}`{by}, {kind}");
        let mut identity = match in_config.as_ref().map(Profile::source) {
            Some(ProfileSource::Sso(keys)) => {
                let profile = in_config.as_ref()?;
                self.sso(profile, keys, config, words("SSO"))
            }
            Some(ProfileSource::AssumeRole { role_arn, with }) => Identity {
                role_arn: Some(role_arn.to_owned()),
                account_id: role_arn.split(':').nth(4).map(str::to_owned),
                ..Identity::new(
                    IdentitySource::RoleProfile,
                    words(&format!("role assumed {}", describe_role(with))),
                )
            },
            Some(ProfileSource::ConsoleLogin) => {
                Identity::new(IdentitySource::LoginProfile, words("signed in with `aws login`"))
            }
            Some(ProfileSource::Process(_)) => {
                Identity::new(IdentitySource::ProcessProfile, words("credential_process"))
            }
            Some(ProfileSource::Keys { access_key_id, .. }) => {
                identity_of_keys(access_key_id, words("access key in the config file"))
            }
            Some(ProfileSource::Nothing) | None => match in_credentials.as_ref()?.source() {
                ProfileSource::Keys { access_key_id, .. } => {
                    identity_of_keys(access_key_id, words("access key in the credentials file"))
                }
                ProfileSource::Process(_) => {
                    Identity::new(IdentitySource::ProcessProfile, words("credential_process"))
                }
                _ => return None,
            },
        };
        let also_keys = in_credentials.is_some_and(|p| p.has("aws_access_key_id"));
        if also_keys
            && matches!(
                identity.source,
                IdentitySource::ProcessProfile | IdentitySource::LoginProfile
            )
        {
            warnings.push(format!(
                "the AWS CLI and boto3 use the keys of `{name}` in the credentials file"
            ));
        }
        identity.profile = Some(name.to_owned());
        Some(identity)
    }

    fn sso(&self, profile: &Profile, keys: SsoKeys<'_>, config: &ConfigFile, from: String) -> Identity {
        let session = config.session_of(profile);
        let account_id = keys.account_id.map(str::to_owned);
        let permission_set = keys.permission_set.map(str::to_owned);
        let id = keys.account_id.and_then(|id| id.parse().ok());
        let account_name = session
            .as_ref()
            .zip(id)
            .and_then(|(session, id)| Some(self.catalogs.account_name(session, &id)?.to_string()));
        Identity {
            session: session
                .map(|s| s.name)
                .or_else(|| keys.session.map(str::to_owned)),
            account_id,
            account_name,
            permission_set,
            ..Identity::new(IdentitySource::SsoProfile, from)
        }
    }

    fn web_identity(&self) -> Option<Identity> {
        self.variable(env::AWS_WEB_IDENTITY_TOKEN_FILE)?;
        let role_arn = self.owned(env::AWS_ROLE_ARN)?;
        Some(Identity {
            account_id: role_arn.split(':').nth(4).map(str::to_owned),
            role_arn: Some(role_arn),
            ..Identity::new(
                IdentitySource::WebIdentity,
                "web identity (AWS_WEB_IDENTITY_TOKEN_FILE)",
            )
        })
    }

    fn container(&self) -> Option<Identity> {
        if self
            .variable(env::AWS_CONTAINER_CREDENTIALS_RELATIVE_URI)
            .is_some()
        {
            return Some(Identity::new(
                IdentitySource::Container,
                "container credentials (AWS_CONTAINER_CREDENTIALS_RELATIVE_URI)",
            ));
        }
        let address = self.variable(env::AWS_CONTAINER_CREDENTIALS_FULL_URI)?;
        if self.in_genkan() && address.starts_with("http://127.0.0.1:") {
            return Some(self.genkan("genkan credentials endpoint, renewed automatically".to_owned()));
        }
        Some(Identity::new(
            IdentitySource::Container,
            "container credentials (AWS_CONTAINER_CREDENTIALS_FULL_URI)",
        ))
    }

    fn warn_about_order(&self, found: &[Identity], profile_has_role: bool, warnings: &mut Vec<String>) {
        let has = |source| found.iter().any(|i| i.source == source);
        let keys = has(IdentitySource::Environment)
            || found
                .first()
                .is_some_and(|i| i.source == IdentitySource::Genkan && i.access_key_id.is_some());
        if keys && self.variable(env::AWS_PROFILE).is_some() {
            warnings.push("the SDK for JavaScript prefers AWS_PROFILE over the keys".to_owned());
        }
        let profile = found.iter().any(|i| i.profile.is_some());
        if profile && has(IdentitySource::WebIdentity) && !profile_has_role && !keys {
            warnings.push("the AWS CLI and boto3 prefer the web identity over the profile".to_owned());
        }
    }

    /// The Region of this environment's calls.
    fn region_of(
        &self,
        identity: &Identity,
        config: &ConfigFile,
        credentials: &ConfigFile,
    ) -> Option<String> {
        let of_profile = || {
            let name = identity
                .profile
                .as_deref()
                .or(self.variable(env::AWS_PROFILE))
                .unwrap_or("default");
            let profiles = config
                .profiles()
                .into_iter()
                .chain(credentials.credentials_profiles());
            profiles
                .filter(|p| p.name == name)
                .find_map(|p| p.get("region").map(str::to_owned))
        };
        self.owned(env::AWS_REGION)
            .or_else(|| self.owned(env::AWS_DEFAULT_REGION))
            .or_else(of_profile)
    }
}

/// The target that an identity of a session is.
fn key_of(identity: &Identity, session: &SsoSession) -> Option<TargetKey> {
    Some(TargetKey {
        session: session.name.clone(),
        account_id: identity.account_id.as_ref()?.parse().ok()?,
        permission_set: PermissionSetName::new(identity.permission_set.as_ref()?),
    })
}

fn describe_role(with: RoleWith<'_>) -> String {
    match with {
        RoleWith::Profile(name) => format!("with profile `{name}`"),
        RoleWith::Source(source) => format!("with {source}"),
        RoleWith::WebIdentity => "with a web identity".to_owned(),
        RoleWith::Unsaid => "without a configured source".to_owned(),
    }
}

fn identity_of_keys(access_key_id: &str, from: String) -> Identity {
    Identity {
        access_key_id: Some(access_key_id.to_owned()),
        ..Identity::new(IdentitySource::KeysProfile, from)
    }
}
