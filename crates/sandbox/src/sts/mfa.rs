//! MFA codes of IAM users, checked as AWS checks them.

use crate::principal::Principal;
use crate::serving::query::{Checks, Pattern, Refusal};
use crate::shared::Shared;
use crate::signing::signer::Signer;

/// A device and a code, as the request has them.
pub(super) struct Typed {
    serial: Option<String>,
    code: Option<String>,
}

impl Typed {
    pub(super) fn read(checks: &mut Checks<'_>) -> Self {
        let serial = Pattern {
            written: "[\\w+=/:,.@-]*",
            marks: "+=/:,.@-",
        };
        let serial = checks.text("SerialNumber", 9, 256, &serial).map(str::to_owned);
        Self {
            serial,
            code: read_code(checks),
        }
    }

    /// Whether the caller has proved to hold their device; an error where they tried and failed.
    pub(super) fn verify(&self, shared: &Shared, signer: &Signer) -> Result<bool, Refusal> {
        let (serial, code) = match (&self.serial, &self.code) {
            (None, None) => return Ok(false),
            (Some(serial), Some(code)) => (serial, code),
            _ => {
                return Err(Refusal::denied(
                    "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.",
                ));
            }
        };
        let unknown = || {
            Refusal::denied(
                "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number \
                 is valid and associated with this user.",
            )
        };
        let Principal::User { account_id, name, .. } = &signer.principal else {
            return Err(unknown());
        };
        let now = shared.now();
        let mut state = shared.state();
        let device = state
            .users
            .named_mut(account_id, name)
            .and_then(|user| user.device.as_mut())
            .filter(|device| device.serial == *serial)
            .ok_or_else(unknown)?;
        if device.totp.redeem(code, now) {
            Ok(true)
        } else {
            Err(Refusal::denied(
                "MultiFactorAuthentication failed with invalid MFA one time pass code. ",
            ))
        }
    }
}

fn read_code(checks: &mut Checks<'_>) -> Option<String> {
    let code = checks.value("TokenCode")?;
    checks.length("TokenCode", code, 6, 6);
    if !code.bytes().all(|byte| byte.is_ascii_digit()) {
        checks.fail(
            Some(code),
            "TokenCode",
            "satisfy regular expression pattern: [\\d]*",
        );
    }
    Some(code.to_owned())
}
