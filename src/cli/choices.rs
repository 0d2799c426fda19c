//! Arguments that take one of a few values by name, where the values are of another crate.
//!
//! clap's `ValueEnum` can be derived, or implemented for types of this crate. Values of the services, the settings and the
//! domain know no command line, so [`Choice`] says here what they are called there.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use crate::app::ShareWith;
use crate::domain::Flow;
use crate::domain::shells::shell::Shell;
use crate::domain::targets::profile::ProfileKind;
use crate::domain::web::console::Via;
use crate::settings::Delivery;

/// A type whose values have names on the command line.
pub(super) trait Choice: Copy + Send + Sync + 'static {
    /// The values, in the order in which help lists them.
    const ALL: &'static [Self];

    /// Its name, aliases and help.
    fn possible_value(self) -> PossibleValue;
}

/// Reads a value by its name, in capitals or not, where the argument has `ignore_case`.
pub(super) fn parse_choice<T: Choice>() -> impl TypedValueParser<Value = T> {
    let values = T::ALL.iter().map(|choice| choice.possible_value());
    PossibleValuesParser::new(values).try_map(|name| {
        let named = |choice: &T| choice.possible_value().matches(&name, true);
        let choice = T::ALL.iter().copied().find(named);
        choice.ok_or_else(|| format!("`{name}` is none of the possible values"))
    })
}

impl Choice for Shell {
    const ALL: &'static [Self] = &Self::ALL;

    fn possible_value(self) -> PossibleValue {
        let value = PossibleValue::new(self.name());
        match self {
            Self::PowerShell => value.alias("pwsh"),
            _ => value,
        }
    }
}

impl Choice for Flow {
    const ALL: &'static [Self] = &[Self::Device, Self::Code];

    fn possible_value(self) -> PossibleValue {
        match self {
            Self::Device => {
                PossibleValue::new("device").help("Show a code to approve in any browser, on any machine")
            }
            Self::Code => PossibleValue::new("pkce")
                .help("Sign in through a browser on this machine (authorization code with PKCE)"),
        }
    }
}

impl Choice for Delivery {
    const ALL: &'static [Self] = &[Self::Server, Self::Env];

    fn possible_value(self) -> PossibleValue {
        match self {
            Self::Server => PossibleValue::new("server").help("Through a local endpoint that renews them"),
            Self::Env => {
                PossibleValue::new("env").help("As keys in the environment, valid until they expire")
            }
        }
    }
}

impl Choice for Via {
    const ALL: &'static [Self] = &[Self::Auto, Self::Federation, Self::Portal];

    fn possible_value(self) -> PossibleValue {
        match self {
            Self::Auto => PossibleValue::new("auto")
                .help("Federation if a browser can be opened here, otherwise the access portal"),
            Self::Federation => {
                PossibleValue::new("federation").help("A console session created from role credentials")
            }
            Self::Portal => PossibleValue::new("portal").help("The access portal's shortcut link"),
        }
    }
}

impl Choice for ProfileKind {
    const ALL: &'static [Self] = &[Self::Native, Self::Process];

    fn possible_value(self) -> PossibleValue {
        match self {
            Self::Native => PossibleValue::new("native")
                .help("The SDK signs in: sso_session, sso_account_id, sso_role_name"),
            Self::Process => PossibleValue::new("process").help("The SDK runs genkan: credential_process"),
        }
    }
}

impl Choice for ShareWith {
    const ALL: &'static [Self] = &[Self::SameRole, Self::OwnRole];

    fn possible_value(self) -> PossibleValue {
        match self {
            Self::SameRole => PossibleValue::new("same-role").help("For people with the same permission set"),
            Self::OwnRole => PossibleValue::new("own-role")
                .help("For people with any permission set in that account; the portal asks which"),
        }
    }
}
