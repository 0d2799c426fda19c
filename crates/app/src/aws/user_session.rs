//! STS with an IAM user's key: whose it is, whether it works, and the sessions that it opens.

use jiff::Timestamp;

use super::{Aws, AwsError};
use crate::aws::wire::query::{Call, QueryService, Record, Signer};
use crate::domain::targets::iam_user::AccessKey;
use crate::domain::text::clean_text;
use crate::domain::{Region, RoleCredentials, Secret};

/// A code of an MFA device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MfaCode {
    /// The serial number or the ARN of the device.
    pub serial: String,
    pub code: Secret,
}

impl Aws {
    /// GetCallerIdentity: the ARN of whom a key belongs to, if it works.
    pub async fn key_owner(&self, region: &Region, signer: &Signer) -> Result<String, AwsError> {
        let call = Call {
            service: QueryService::Sts,
            action: "GetCallerIdentity",
            parameters: Vec::new(),
            path: &["GetCallerIdentityResult"],
            repeatable: true,
        };
        let found = self.query(&call, region, signer).await?;
        let arn = found.first().and_then(|record| record.get("Arn"));
        arn.map(|arn| clean_text(arn))
            .ok_or_else(|| unreadable_answer("the ARN is missing"))
    }

    /// GetSessionToken: temporary credentials of the user whose key it is, for at most so many seconds.
    pub async fn session_token(
        &self,
        region: &Region,
        key: &AccessKey,
        seconds: u32,
        mfa: Option<&MfaCode>,
    ) -> Result<RoleCredentials, AwsError> {
        let seconds = seconds.to_string();
        let mut parameters = vec![("DurationSeconds", seconds.as_str())];
        if let Some(mfa) = mfa {
            parameters.push(("SerialNumber", &mfa.serial));
            parameters.push(("TokenCode", mfa.code.expose()));
        }
        let call = Call {
            service: QueryService::Sts,
            action: "GetSessionToken",
            parameters,
            path: &["GetSessionTokenResult", "Credentials"],
            // A code works once.
            repeatable: mfa.is_none(),
        };
        let given = self.query(&call, region, &Signer::Key(key.clone())).await?;
        given
            .first()
            .and_then(parse_credentials)
            .ok_or_else(|| unreadable_answer("the credentials are incomplete"))
    }
}

fn parse_credentials(record: &Record) -> Option<RoleCredentials> {
    let field = |name: &str| record.get(name).map(|value| value.as_str());
    // They are printed as they are.
    let printable = |text: &&str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic());
    Some(RoleCredentials {
        access_key_id: field("AccessKeyId").filter(printable)?.to_owned(),
        secret_access_key: Secret::new(field("SecretAccessKey").filter(printable)?),
        session_token: Secret::new(field("SessionToken").filter(printable)?),
        expires_at: field("Expiration")?.parse::<Timestamp>().ok()?,
    })
}

fn unreadable_answer(reason: &str) -> AwsError {
    AwsError::Unreadable {
        host: QueryService::Sts.name().to_owned(),
        reason: reason.into(),
    }
}
