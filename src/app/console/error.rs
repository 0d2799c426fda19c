//! Why the AWS console can't be opened as asked.

use crate::domain::Partition;

/// A page of the console that can't be opened for a target.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConsoleError {
    #[error("`{0}` is not an AWS console page")]
    NotAPage(String),
    #[error("`{page}` is in partition {partition}, but SSO session `{session}` is in another")]
    OtherPartition {
        page: String,
        partition: Partition,
        session: String,
    },
    #[error("the console URLs of partition {0} are not public")]
    NotPublic(Partition),
}

impl ConsoleError {
    /// What to do next, one line each.
    #[must_use]
    pub fn hints(&self) -> Vec<String> {
        let hint = match self {
            Self::NotAPage(_) => "use an https URL of the AWS console",
            Self::OtherPartition { .. } => "choose a target of an SSO session in that partition",
            Self::NotPublic(_) => "set AWS_ENDPOINT_URL_SIGNIN and use --destination",
        };
        vec![hint.to_owned()]
    }
}
