//! One-time codes of a virtual MFA device: RFC 6238 with SHA-1, 30 seconds and 6 digits, as AWS takes them.
//! A code works once. Knows nothing of whose device it is.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;

use crate::controls::millis::Millis;

const STEP: Millis = 30_000;

/// A device and the last step whose code it spent.
#[derive(Clone)]
pub(crate) struct Totp {
    seed: Vec<u8>,
    spent: Option<i64>,
}

impl Totp {
    pub(crate) fn new(seed: Vec<u8>) -> Self {
        Self { seed, spent: None }
    }

    pub(crate) fn seed(&self) -> &[u8] {
        &self.seed
    }

    /// The code that an authenticator app shows, or the next one where that is spent, for which a user would wait.
    pub(crate) fn unspent_code(&self, now: Millis) -> String {
        let step = now.div_euclid(STEP);
        let first = self.spent.map_or(step, |spent| step.max(spent + 1));
        compute_code(&self.seed, first)
    }

    /// Takes a code of this step or a neighbour of it, for clocks differ; none twice, and none from before one that
    /// was taken.
    pub(crate) fn redeem(&mut self, typed: &str, now: Millis) -> bool {
        let step = now.div_euclid(STEP);
        let found = (step - 1..=step + 1)
            .filter(|step| self.spent.is_none_or(|spent| *step > spent))
            .find(|step| compute_code(&self.seed, *step) == typed);
        if found.is_some() {
            self.spent = found;
        }
        found.is_some()
    }
}

/// HOTP (RFC 4226) of a counter. HMAC-SHA1 takes a key of any length.
fn compute_code(seed: &[u8], counter: i64) -> String {
    let Ok(mac) = Hmac::<Sha1>::new_from_slice(seed) else {
        return String::new();
    };
    let digest: [u8; 20] = mac
        .chain_update(counter.to_be_bytes())
        .finalize()
        .into_bytes()
        .into();
    let start = usize::from(digest.last().copied().unwrap_or(0) & 0x0f);
    let number = digest
        .iter()
        .skip(start)
        .take(4)
        .fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
    format!("{:06}", (number & 0x7fff_ffff) % 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(totp: &Totp, now: Millis) -> String {
        compute_code(&totp.seed, now.div_euclid(STEP))
    }

    /// RFC 6238, appendix B, of which six digits are the last six of eight.
    #[test]
    fn codes_of_rfc_6238() {
        let totp = Totp::new(b"12345678901234567890".to_vec());
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(shown(&totp, seconds * 1_000), code);
        }
    }

    #[test]
    fn a_code_works_once_and_a_step_early_or_late() {
        let mut totp = Totp::new(b"12345678901234567890".to_vec());
        let now = 1_111_111_109_000;
        let (before, at, after) = (
            shown(&totp, now - STEP),
            shown(&totp, now),
            shown(&totp, now + STEP),
        );
        assert!(!totp.redeem("000000", now));
        let older = shown(&totp, now - 2 * STEP);
        assert!(!totp.redeem(&older, now));
        assert!(totp.redeem(&before, now));
        assert!(!totp.redeem(&before, now));
        assert!(totp.redeem(&at, now));
        assert_eq!(totp.unspent_code(now), after);
        assert!(totp.redeem(&after, now));
        assert!(!totp.redeem(&at, now), "older than one that was taken");
    }
}
