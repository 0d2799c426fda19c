//! `genkan iam-user list`: which keys are kept. No network, and no secret is read.

use serde::Serialize;

use crate::app::App;
use crate::cli::exit::{Ended, Failure};
use crate::cli::output::Output;
use crate::cli::table::align_columns;
use crate::cli::values::OutputFormat;
use crate::domain::targets::iam_user::IamUser;
use crate::domain::values::count::format_count;
use crate::domain::values::time::{format_iso8601, seconds_since};

const DAY: i64 = 24 * 60 * 60;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "JSON: an array of {name, account_id, user_name, arn, access_key_id, secret_in, mfa_serial, \
        key_since, rotating}; secret_in is keyring or file."
)]
pub(super) struct Options {
    #[arg(long, value_enum, ignore_case = true, default_value_t)]
    format: OutputFormat,
}

pub(super) fn run(options: &Options, app: &App, output: &Output) -> Result<Ended, Failure> {
    let users = app.iam.users.users();
    if options.format == OutputFormat::Json {
        let list: Vec<UserOutput<'_>> = users.iter().map(UserOutput::of).collect();
        output.json(&list)?;
    } else {
        let rows: Vec<[String; 6]> = users.iter().map(|user| format_row(user, app)).collect();
        output.data(&align_columns(&rows))?;
    }
    if users.is_empty() {
        output.notice("no IAM user is configured; `genkan iam-user add` adds one");
    }
    Ok(Ended::Done)
}

/// Its name, the user, the key and its age, where it is, what else there is to know.
fn format_row(user: &IamUser, app: &App) -> [String; 6] {
    let days = seconds_since(user.key_since, app.context.now()).max(0) / DAY;
    let age = format_count(usize::try_from(days).unwrap_or_default(), "day");
    let rest = match (&user.rotation, &user.mfa_serial) {
        (Some(_), _) => "rotation not finished".to_owned(),
        (None, Some(_)) => "MFA".to_owned(),
        (None, None) => "no MFA".to_owned(),
    };
    [
        user.name.clone(),
        format!("{}/{}", user.account_id, user.arn.user_name()),
        user.key.to_string(),
        format!("here for {age}"),
        user.place.as_str().to_owned(),
        rest,
    ]
}

/// The shape is documented in the help and the reference, and kept by a snapshot.
#[derive(Serialize)]
struct UserOutput<'a> {
    name: &'a str,
    account_id: &'a str,
    user_name: &'a str,
    arn: &'a str,
    access_key_id: &'a str,
    secret_in: &'static str,
    mfa_serial: Option<&'a str>,
    key_since: String,
    rotating: bool,
}

impl<'a> UserOutput<'a> {
    fn of(user: &'a IamUser) -> Self {
        Self {
            name: &user.name,
            account_id: user.account_id.as_str(),
            user_name: user.arn.user_name(),
            arn: user.arn.as_str(),
            access_key_id: user.key.as_str(),
            secret_in: user.place.as_str(),
            mfa_serial: user.mfa_serial.as_deref(),
            key_since: format_iso8601(user.key_since),
            rotating: user.rotation.is_some(),
        }
    }
}
