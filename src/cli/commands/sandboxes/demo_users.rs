//! The jump account of the demo: an IAM user of the sandbox, whose key is in an encrypted file of the demo's own home, and
//! never in the keyring of the user who looks at it. The user's MFA device gives its codes by itself, as a program does that
//! `mfa_process` names: the demo writes the code of the moment into a file there.

use std::convert::Infallible;
use std::fmt::Write as _;
use std::io;
use std::path::Path;
use std::time::Duration;

use crate::app::{App, AppError, NewKey};
use crate::domain::Secret;
use crate::domain::targets::iam_user::{AccessKey, SecretPlace};
use crate::platform::files::safe_open;
use crate::sandbox::{IamAccessKey, Organisation, Role, Sandbox};
use crate::settings::{Environment, Settings, env, no_proxy_for_loopback};

/// What the user is called in the demo.
const NAME: &str = "jump";
/// The keys are worth nothing, and the passphrase is beside the file.
const PASSPHRASE: &str = "demo";
const CODE_FILE: &str = "mfa-code";
/// In how many accounts a role is shown that every account has.
const SHOWN: usize = 3;
/// How often the code is looked at: one lives for 30 s, and is spent with its first use.
const LOOK: Duration = Duration::from_millis(250);

/// The user of the demo: the first one with a key and a device.
pub(in crate::cli::commands) fn jump_user(sandbox: &Sandbox) -> Option<IamAccessKey> {
    let mut keys = sandbox.iam_access_keys().into_iter();
    keys.find(|key| key.mfa_serial.is_some())
}

/// What the preferences say for the user, above all tables.
pub(in crate::cli::commands) fn settings_of_user() -> String {
    format!("passphrase_process = \"echo {PASSPHRASE}\"\nmfa_process = 'cat \"$HOME/{CODE_FILE}\"'\n\n")
}

/// The switch roles that the user reaches: each once in a few accounts, those that want MFA in one.
pub(in crate::cli::commands) fn role_entries(organisation: &Organisation, user: &IamAccessKey) -> String {
    let trusts = |role: &&Role| {
        let mut trust = role
            .trust
            .iter()
            .filter(|trust| trust.account_id == user.account_id);
        trust.any(|trust| {
            trust.role.is_none() && trust.user.as_ref().is_none_or(|name| *name == user.user_name)
        })
    };
    let mut text = String::new();
    for role in organisation.roles.iter().filter(trusts) {
        let shown = if role.requires_mfa { 1 } else { SHOWN };
        let is_there = |id: &str| role.account_id == "*" || role.account_id == id;
        let accounts = organisation
            .accounts
            .iter()
            .filter(|account| is_there(&account.id));
        let accounts: Vec<String> = accounts
            .take(shown)
            .map(|account| format!("{} = \"{}\"", serde_json::json!(account.name), account.id))
            .collect();
        let _ = writeln!(
            text,
            "[[role]]\nvia = \"{}/{}\"\nrole = \"{}{}\"\naccounts = {{ {} }}\n",
            user.account_id,
            user.user_name,
            role.path.trim_start_matches('/'),
            role.name,
            accounts.join(", ")
        );
    }
    text
}

/// Keeps the user's key in the demo's home, as `genkan iam-user add` does.
pub(in crate::cli::commands) async fn keep_key(
    home: &Path,
    user: &IamAccessKey,
    sandbox: &Sandbox,
    settings: &Settings,
) -> Result<(), AppError> {
    let mut variables: Vec<(String, String)> =
        vec![(env::HOME.to_owned(), home.to_string_lossy().into_owned())];
    let own = sandbox
        .environment()
        .into_iter()
        .chain(no_proxy_for_loopback(&settings.environment));
    variables.extend(own.map(|(name, value)| (name.to_owned(), value)));
    let region = variables.iter().find(|(name, _)| name == env::AWS_REGION);
    let region = region.and_then(|(_, region)| region.parse().ok());
    let (Ok(settings), Ok(id), Some(region)) = (
        Settings::resolve(Environment::from_pairs(variables)),
        user.access_key_id.parse(),
        region,
    ) else {
        return Ok(());
    };
    let app = App::new(settings);
    app.iam
        .users
        .make_throw_away_file(Secret::new(PASSPHRASE))
        .await?;
    app.iam
        .users
        .add(NewKey {
            name: Some(NAME.to_owned()),
            key: AccessKey {
                id,
                secret: Secret::new(&*user.secret_access_key),
            },
            region,
            place: Some(SecretPlace::File),
            mfa_serial: user.mfa_serial.clone(),
        })
        .await
        .map(drop)
}

/// Writes the code of the user's device into the demo's home, again and again.
pub(in crate::cli::commands) async fn show_codes(
    home: &Path,
    sandbox: &Sandbox,
    user: &IamAccessKey,
) -> Infallible {
    let serial = user.mfa_serial.as_deref().unwrap_or_default();
    let mut shown = None;
    loop {
        let code = sandbox.control().mfa_code(serial);
        if code != shown
            && let Some(code) = &code
            && write_code(home, code).is_ok()
        {
            shown = Some(code.clone());
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Readers find the code before or this one, and never half of it.
fn write_code(home: &Path, code: &str) -> io::Result<()> {
    let beside = home.join("mfa-code.new");
    let _ = std::fs::remove_file(&beside);
    safe_open::create_file(&beside, code)?;
    std::fs::rename(beside, home.join(CODE_FILE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_has_two_roles_of_its_jump_account_one_of_them_with_mfa() {
        let user = IamAccessKey {
            account_id: "598204417736".to_owned(),
            user_name: "ayumi.mori".to_owned(),
            user_arn: String::new(),
            access_key_id: String::new(),
            secret_access_key: String::new(),
            mfa_serial: None,
            mfa_secret: None,
        };
        let entries = role_entries(&Organisation::sample(), &user);
        assert_eq!(entries.matches("via = \"598204417736/ayumi.mori\"").count(), 2);
        for (role, accounts) in [("JumpReadOnly", SHOWN), ("JumpAdministrator", 1)] {
            let entry = entries.split("[[role]]").find(|entry| entry.contains(role));
            assert_eq!(
                entry.map(|entry| entry.matches(" = \"").count()),
                Some(2 + accounts)
            );
        }
    }
}
