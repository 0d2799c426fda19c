//! Why the AWS console can't be opened as asked.

use crate::domain::web::console_url::NotAConsolePage;
use crate::domain::{AccountId, Partition};

/// A page of the console that can't be opened for a target.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConsoleError {
    #[error(transparent)]
    NotAPage(#[from] NotAConsolePage),
    #[error("`{page}` is in partition {partition}, but SSO session `{session}` is in {expected}")]
    OtherPartition {
        page: String,
        partition: Partition,
        session: String,
        expected: Partition,
    },
    #[error("{target} is a chained role, for which the access portal has no page")]
    NoPortalPage { target: String },
    #[error("AWS doesn't open the console with the session of an IAM user, as {user} has")]
    NoUserConsole { user: String, page: String },
    #[error("{0} is an IAM user, and links for others need an access portal")]
    NoPortal(String),
    #[error("`{page}` is a page of account {account}, not of {target}")]
    OtherAccount {
        page: String,
        account: AccountId,
        target: String,
    },
}

impl ConsoleError {
    /// What to do next, one line each.
    #[must_use]
    pub fn hints(&self) -> Vec<String> {
        vec![match self {
            Self::NotAPage(_) => "use an https URL of the AWS console".to_owned(),
            Self::OtherPartition { .. } => "choose a target of an SSO session in that partition".to_owned(),
            Self::NoPortalPage { .. } => {
                "use `--via federation`, or `--share=own-role` for a link to the account".to_owned()
            }
            Self::NoUserConsole { page, .. } => {
                return vec![
                    "open the console of a role that the user assumes".to_owned(),
                    format!("or sign in with the user's password: {page}"),
                ];
            }
            Self::NoPortal(_) => "share a link of an SSO session's target".to_owned(),
            Self::OtherAccount { account, .. } => format!("choose a target of {account}"),
        }]
    }
}
