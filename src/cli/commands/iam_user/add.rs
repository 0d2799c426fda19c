//! `genkan iam-user add`: takes a key from the terminal, from standard input or from a profile, proves it and keeps it.

use std::io::Read as _;

use serde::Deserialize;
use zeroize::Zeroizing;

use crate::app::{AddedUser, App, NewKey};
use crate::cli::commands::steps::answers::{ask_secret, with_answers};
use crate::cli::exit::{Ended, Failure};
use crate::cli::output::{Answer, Output};
use crate::cli::values;
use crate::domain::targets::iam_user::{AccessKey, AccessKeyId, NotAnAccessKeyId, SecretPlace};
use crate::domain::{Partition, Region, Secret};

/// The longest key that is read from standard input.
const MOST_BYTES: u64 = 16 * 1024;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
        genkan iam-user add\n  \
        genkan iam-user add ana --mfa-serial arn:aws:iam::123456789012:mfa/phone\n  \
        genkan iam-user add --from-profile default --remove\n  \
        aws iam create-access-key --user-name ana | genkan iam-user add ana\n\n\
        Without a terminal the key is read from standard input: its ID and its secret in two lines, or \
        the JSON of `aws iam create-access-key`. It is never an argument.")]
pub(super) struct Options {
    /// What the user is called here [default: the name in IAM]
    name: Option<String>,
    /// Take the key of a profile in ~/.aws/credentials
    #[arg(long, value_name = "PROFILE")]
    from_profile: Option<String>,
    /// Remove it there, and keep a backup of the file; without this, genkan asks
    #[arg(long, requires = "from_profile")]
    remove: bool,
    /// Where the secret is stored [default: the keyring, or the file where there is none]
    #[arg(long, value_name = "PLACE", value_parser = ["keyring", "file"], ignore_case = true)]
    store: Option<String>,
    /// The MFA device whose codes open sessions [default: found where the user may list it]
    #[arg(long, value_name = "SERIAL")]
    mfa_serial: Option<String>,
    /// A Region of the key's partition
    #[arg(long, value_name = "REGION", add = values::complete_regions(), value_parser = Region::chosen)]
    region: Option<Region>,
}

pub(super) async fn run(options: &Options, app: &App, output: &Output) -> Result<Ended, Failure> {
    if let Some(name) = &options.name {
        app.iam.users.check_name(name)?;
    }
    let key = match &options.from_profile {
        Some(profile) => app.iam.users.key_of_profile(profile)?,
        None if output.asks() => typed_key(output).await?,
        None => piped_key()?,
    };
    let new = NewKey {
        name: options.name.clone(),
        key,
        region: options
            .region
            .clone()
            .unwrap_or_else(|| Partition::Aws.home_region()),
        place: options
            .store
            .as_deref()
            .and_then(|place| place.to_ascii_lowercase().parse().ok()),
        mfa_serial: options.mfa_serial.clone(),
    };
    let added = with_answers(app, output, async || app.iam.users.add(new.clone()).await).await?;
    say_added(&added, output);
    if let Some(profile) = &options.from_profile {
        remove_there(profile, &added.user.key, options.remove, app, output).await?;
    }
    Ok(Ended::Done)
}

fn say_added(added: &AddedUser, output: &Output) {
    let user = &added.user;
    if let Some(reason) = &added.no_keyring {
        output.notice(&format!("{reason}; the secret is in an encrypted file instead"));
    }
    let place = match user.place {
        SecretPlace::Keyring => "the keyring",
        SecretPlace::File => "the encrypted file",
    };
    output.say(&format!(
        "added {}: {} in account {}, key {} in {place}",
        user.name,
        user.arn.user_name(),
        user.account_id,
        user.key
    ));
    match &user.mfa_serial {
        Some(serial) => output.say(&format!("its sessions need a code of the MFA device {serial}")),
        None => output.notice("no MFA device is known; where the user has one, add it with `--mfa-serial`"),
    }
    if !added.other_devices.is_empty() {
        output.notice(&format!(
            "the user has other MFA devices: {}",
            added.other_devices.join(", ")
        ));
    }
}

/// Removes the key from the profile that it came from, where the user wants that.
async fn remove_there(
    profile: &str,
    key: &AccessKeyId,
    asked_for: bool,
    app: &App,
    output: &Output,
) -> Result<(), Failure> {
    let paths = &app.context.settings().paths;
    let file = paths.display_path(&paths.aws_credentials);
    let question = format!("Remove the key from `[{profile}]` in `{file}`? A backup is kept.");
    let remove = asked_for || output.confirm(&question).await == Some(true);
    if !remove {
        output.notice(&format!(
            "the key is still in plain text in `[{profile}]` of `{file}`"
        ));
        return Ok(());
    }
    let backup = app.iam.users.remove_from_profile(profile, key).await?;
    output.say(&format!("removed the key from `[{profile}]` in `{file}`"));
    if let Some(backup) = backup {
        output.notice(&format!(
            "`{}` has the file as it was, with the key: delete it when everything works",
            paths.display_path(&backup)
        ));
    }
    Ok(())
}

/// A key that is typed: its secret isn't shown.
async fn typed_key(output: &Output) -> Result<AccessKey, Failure> {
    let id = match output.ask("Access key ID:").await {
        Answer::Typed(id) => key_id(id.trim())?,
        _ => return Err(Failure::cancelled()),
    };
    let secret = ask_secret("Secret access key:", output).await?;
    check_key(id, &secret)
}

#[derive(Deserialize)]
struct Created {
    #[serde(rename = "AccessKey")]
    key: CreatedKey,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreatedKey {
    access_key_id: String,
    secret_access_key: Zeroizing<String>,
}

/// A key from standard input.
fn piped_key() -> Result<AccessKey, Failure> {
    let mut text = Zeroizing::new(String::new());
    let read = std::io::stdin().lock().take(MOST_BYTES).read_to_string(&mut text);
    let form = "its ID and its secret in two lines, or the JSON of `aws iam create-access-key`";
    let unreadable = || Failure::usage("standard input has no access key", &[form]);
    read.map_err(|_| unreadable())?;
    if let Ok(created) = serde_json::from_str::<Created>(&text) {
        let secret = Secret::new(created.key.secret_access_key.as_str());
        return check_key(key_id(&created.key.access_key_id)?, &secret);
    }
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    match (lines.next(), lines.next(), lines.next()) {
        (Some(id), Some(secret), None) => check_key(key_id(id)?, &Secret::new(secret)),
        _ => Err(unreadable()),
    }
}

/// The ID is not repeated where it is wrong: it may be the secret.
fn key_id(text: &str) -> Result<AccessKeyId, Failure> {
    text.parse()
        .map_err(|error: NotAnAccessKeyId| Failure::usage(error.to_string(), &[]))
}

fn check_key(id: AccessKeyId, secret: &Secret) -> Result<AccessKey, Failure> {
    let secret = secret.expose().trim();
    if secret.len() < 16 || !secret.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(Failure::usage("this is not a secret access key", &[]));
    }
    Ok(AccessKey {
        id,
        secret: Secret::new(secret),
    })
}
