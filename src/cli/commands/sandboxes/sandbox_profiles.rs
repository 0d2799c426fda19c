//! The config and credentials files of `genkan sandbox`: a profile for a target, one for each role, and
//! the IAM users' keys where they are asked for.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::sandbox::{IamAccessKey, Organisation, Role, Sandbox, Trust};

/// The SSO session, and the profile of its first target.
pub(in crate::cli::commands) const SESSION: &str = "sandbox";

/// How many roles stand in a row; a longer chain is one that leads in a circle.
const LONGEST_CHAIN: usize = 8;

/// Texts of the two files, and what a user is told of them.
pub(in crate::cli::commands) struct Profiles {
    pub(in crate::cli::commands) config: String,
    /// Empty without the keys of IAM users.
    pub(in crate::cli::commands) credentials: String,
    /// The profiles of roles.
    pub(in crate::cli::commands) roles: Vec<String>,
    /// The profiles of IAM users, each with its key.
    pub(in crate::cli::commands) users: Vec<(String, IamAccessKey)>,
}

/// Writes profiles of an organisation that a sandbox serves; with the keys of its IAM users, those of the roles that
/// trust them, too.
pub(in crate::cli::commands) fn build_profiles(
    organisation: &Organisation,
    sandbox: &Sandbox,
    region: &str,
    with_keys: bool,
) -> Profiles {
    let keys = if with_keys {
        sandbox.iam_access_keys()
    } else {
        Vec::new()
    };
    let session = format!(
        "[sso-session {SESSION}]\nsso_start_url = {}\nsso_region = {region}\nsso_registration_scopes = sso:account:access\n",
        sandbox.start_url(),
    );
    let mut writer = Writer {
        organisation,
        region,
        partition: sandbox.partition(),
        keys: &keys,
        config: session,
        written: BTreeSet::new(),
    };
    let mut targets = organisation.accounts.iter();
    if let Some((account, permission_set)) =
        targets.find_map(|account| Some((account, account.permission_sets.first()?)))
    {
        writer.target(SESSION.to_owned(), &account.id, permission_set);
    }
    let mut credentials = String::new();
    let mut users = Vec::new();
    for key in &keys {
        let name = user_profile(key, &users);
        let _ = writeln!(
            credentials,
            "[{name}]\naws_access_key_id = {}\naws_secret_access_key = {}\n",
            key.access_key_id, key.secret_access_key
        );
        writer.section(&name, &[("region", region.to_owned())]);
        users.push((name, key.clone()));
    }
    let roles = organisation.roles.iter();
    let roles = roles
        .filter_map(|role| {
            let account_id = writer.an_account_of(role)?;
            writer.role(role, &account_id, 0)
        })
        .collect();
    Profiles {
        config: writer.config,
        credentials,
        roles,
        users,
    }
}

/// The user's name; a second key of theirs has a number behind it.
fn user_profile(key: &IamAccessKey, earlier: &[(String, IamAccessKey)]) -> String {
    let same = earlier
        .iter()
        .filter(|(_, other)| other.user_arn == key.user_arn)
        .count();
    match same {
        0 => key.user_name.clone(),
        count => format!("{}-{}", key.user_name, count + 1),
    }
}

struct Writer<'a> {
    organisation: &'a Organisation,
    region: &'a str,
    partition: String,
    keys: &'a [IamAccessKey],
    config: String,
    written: BTreeSet<String>,
}

impl Writer<'_> {
    /// Adds a profile, once.
    fn section(&mut self, name: &str, settings: &[(&str, String)]) {
        if !self.written.insert(name.to_owned()) {
            return;
        }
        let _ = writeln!(self.config, "\n[profile {name}]");
        for (key, value) in settings {
            let _ = writeln!(self.config, "{key} = {value}");
        }
    }

    fn target(&mut self, name: String, account_id: &str, permission_set: &str) -> String {
        let settings = [
            ("sso_session", SESSION.to_owned()),
            ("sso_account_id", account_id.to_owned()),
            ("sso_role_name", permission_set.to_owned()),
            ("region", self.region.to_owned()),
        ];
        self.section(&name, &settings);
        name
    }

    /// An account that has the role: its own, or the first that it does not trust.
    fn an_account_of(&self, role: &Role) -> Option<String> {
        if role.account_id != "*" {
            return Some(role.account_id.clone());
        }
        let trusts = |id: &str| role.trust.iter().any(|trust| trust.account_id == id);
        let mut accounts = self.organisation.accounts.iter();
        accounts
            .find(|account| !trusts(&account.id))
            .map(|account| account.id.clone())
    }

    /// The profile of a role in an account, and those that lead there.
    fn role(&mut self, role: &Role, account_id: &str, depth: usize) -> Option<String> {
        let name = self.name(account_id, &role.name);
        if depth > LONGEST_CHAIN || self.written.contains(&name) {
            return (depth <= LONGEST_CHAIN).then_some(name);
        }
        let mut trusted = role.trust.iter();
        let (source, key) = trusted.find_map(|trust| self.source(trust, role, depth))?;
        let arn = format!(
            "arn:{}:iam::{account_id}:role{}{}",
            self.partition, role.path, role.name
        );
        let mut settings = vec![
            ("role_arn", arn),
            ("source_profile", source),
            ("region", self.region.to_owned()),
        ];
        if let Some(id) = &role.external_id {
            settings.push(("external_id", id.clone()));
        }
        if let Some(serial) = key.and_then(|key| key.mfa_serial).filter(|_| role.requires_mfa) {
            settings.push(("mfa_serial", serial));
        }
        self.section(&name, &settings);
        Some(name)
    }

    /// A profile that a role trusts, with the key where it is an IAM user's.
    fn source(&mut self, trust: &Trust, role: &Role, depth: usize) -> Option<(String, Option<IamAccessKey>)> {
        let account_id = &trust.account_id;
        let organisation = self.organisation;
        let account = organisation
            .accounts
            .iter()
            .find(|account| account.id == *account_id);
        if let Some(name) = &trust.role {
            let mut roles = organisation.roles.iter();
            let source = roles.find(|role| {
                role.name == *name
                    && (role.account_id == *account_id || role.account_id == "*" && account.is_some())
            })?;
            return Some((self.role(source, account_id, depth + 1)?, None));
        }
        let permission_set = match (&trust.permission_set, &trust.user) {
            (Some(name), _) => Some(name),
            (None, None) => account.and_then(|account| account.permission_sets.first()),
            (None, Some(_)) => None,
        };
        if let Some(permission_set) = permission_set.filter(|_| !role.requires_mfa) {
            let name = self.name(account_id, permission_set);
            return Some((self.target(name, account_id, permission_set), None));
        }
        let key = self.keys.iter().find(|key| {
            key.account_id == *account_id
                && trust.user.as_ref().is_none_or(|name| *name == key.user_name)
                && (!role.requires_mfa || key.mfa_serial.is_some())
        })?;
        Some((key.user_name.clone(), Some(key.clone())))
    }

    /// `payments-dev-deploy`; an account whose name is no part of a profile's is its ID.
    fn name(&self, account_id: &str, role: &str) -> String {
        let mut accounts = self.organisation.accounts.iter();
        let account = accounts.find(|account| account.id == account_id);
        let is_plain = |name: &&str| {
            name.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        let account = account
            .map(|account| account.name.as_str())
            .filter(is_plain)
            .unwrap_or(account_id);
        format!("{account}-{role}").to_ascii_lowercase()
    }
}
