//! IAM, as far as a user manages their own access keys: ListAccessKeys, CreateAccessKey, UpdateAccessKey, DeleteAccessKey
//! and ListMFADevices.
//!
//! The user is named in each call: IAM takes it from the signature only where that is a long-lived key's.

use super::{Aws, AwsError};
use crate::aws::wire::query::{Call, QueryService, Record, Signer};
use crate::domain::targets::iam_user::{AccessKey, AccessKeyId, KeyStatus, ListedKey, UserArn};
use crate::domain::text::clean_text;
use crate::domain::{Region, Secret};

/// Whose keys a call is about, and how it is made.
#[derive(Clone, Debug)]
pub struct IamCaller {
    pub user: UserArn,
    /// Any Region of the partition.
    pub region: Region,
    pub signer: Signer,
}

impl Aws {
    /// The keys of a user; two at most.
    pub async fn list_access_keys(&self, caller: &IamCaller) -> Result<Vec<ListedKey>, AwsError> {
        let path = &["ListAccessKeysResult", "AccessKeyMetadata", "member"];
        let listed = self.iam("ListAccessKeys", Vec::new(), path, caller).await?;
        let keys = listed.iter().filter_map(|record| {
            Some(ListedKey {
                id: record.get("AccessKeyId")?.parse().ok()?,
                // One that has expired can't be used either.
                status: match record.get("Status")?.as_str() {
                    "Active" => KeyStatus::Active,
                    _ => KeyStatus::Inactive,
                },
            })
        });
        Ok(keys.collect())
    }

    /// Makes a key. Its secret is in this answer and nowhere else, so the call is made once.
    pub async fn create_access_key(&self, caller: &IamCaller) -> Result<AccessKey, AwsError> {
        let path = &["CreateAccessKeyResult", "AccessKey"];
        let made = self.iam("CreateAccessKey", Vec::new(), path, caller).await?;
        let key = made.first().and_then(|record| {
            Some(AccessKey {
                id: record.get("AccessKeyId")?.parse().ok()?,
                secret: Secret::new(record.get("SecretAccessKey")?.as_str()),
            })
        });
        key.ok_or_else(|| unreadable_answer("the new key is missing"))
    }

    /// Deactivates a key, or activates it.
    pub async fn set_key_status(
        &self,
        caller: &IamCaller,
        key: &AccessKeyId,
        status: KeyStatus,
    ) -> Result<(), AwsError> {
        let status = match status {
            KeyStatus::Active => "Active",
            KeyStatus::Inactive => "Inactive",
        };
        let parameters = vec![("AccessKeyId", key.as_str()), ("Status", status)];
        self.iam("UpdateAccessKey", parameters, &[], caller)
            .await
            .map(drop)
    }

    /// Deletes a key. One that is not there is deleted already.
    pub async fn delete_access_key(&self, caller: &IamCaller, key: &AccessKeyId) -> Result<(), AwsError> {
        let parameters = vec![("AccessKeyId", key.as_str())];
        match self.iam("DeleteAccessKey", parameters, &[], caller).await {
            Err(error) if error.code() == Some("NoSuchEntity") => Ok(()),
            done => done.map(drop),
        }
    }

    /// The serials of the MFA devices of a user whose codes STS takes: none of security keys and passkeys, which have
    /// no codes.
    pub async fn list_mfa_devices(&self, caller: &IamCaller) -> Result<Vec<String>, AwsError> {
        let path = &["ListMFADevicesResult", "MFADevices", "member"];
        let listed = self.iam("ListMFADevices", Vec::new(), path, caller).await?;
        let serials = listed.iter().filter_map(|record| record.get("SerialNumber"));
        let has_codes = |serial: &&str| !serial.contains(":u2f/") && !serial.is_empty();
        Ok(serials
            .map(|serial| serial.as_str())
            .filter(has_codes)
            .map(clean_text)
            .collect())
    }

    async fn iam(
        &self,
        action: &'static str,
        parameters: Vec<(&'static str, &str)>,
        path: &'static [&'static str],
        caller: &IamCaller,
    ) -> Result<Vec<Record>, AwsError> {
        let mut all = vec![("UserName", caller.user.user_name())];
        all.extend(parameters);
        let call = Call {
            service: QueryService::Iam,
            action,
            parameters: all,
            path,
            repeatable: action != "CreateAccessKey",
        };
        self.query(&call, &caller.region, &caller.signer).await
    }
}

fn unreadable_answer(reason: &str) -> AwsError {
    AwsError::Unreadable {
        host: QueryService::Iam.name().to_owned(),
        reason: reason.into(),
    }
}
