//! What confirms a guarded target, and for how long.
//!
//! A guard is against slips, not against its user: a user who has typed the name once meant it, and is not asked again
//! for ten minutes, so that the name isn't typed without a look.

use jiff::Timestamp;

use super::pattern::Name;
use crate::values::time::seconds_since;
use crate::{Target, TargetKey};

/// How long a confirmation holds.
const HOLDS_SECONDS: i64 = 10 * 60;

/// Whether a typed text is a name of the target's account: its alias, its name, or its ID, which every keyboard has.
/// Case and accents make no difference.
#[must_use]
pub fn confirms_target(typed: &str, target: &Target, alias: Option<&str>) -> bool {
    let typed = Name::new(typed.trim());
    let names = [target.account_name.as_str(), target.account_id.as_str()];
    let mut names = names.into_iter().chain(alias).filter(|name| !name.is_empty());
    names.any(|name| Name::new(name.trim()).folded() == typed.folded())
}

/// Whether a typed text confirms so many guarded targets at once: their number, which no one types by habit.
#[must_use]
pub fn confirms_number(typed: &str, guarded: usize) -> bool {
    typed.trim() == guarded.to_string()
}

/// The targets that were confirmed, and when.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Confirmations(Vec<(TargetKey, Timestamp)>);

impl Confirmations {
    /// Those of a list that still hold.
    #[must_use]
    pub fn of(list: impl IntoIterator<Item = (TargetKey, Timestamp)>, now: Timestamp) -> Self {
        let holds = |(_, at): &(TargetKey, Timestamp)| still_holds(*at, now);
        Self(list.into_iter().filter(holds).collect())
    }

    pub fn iter(&self) -> impl Iterator<Item = &(TargetKey, Timestamp)> {
        self.0.iter()
    }

    /// Whether a target need not be confirmed again.
    #[must_use]
    pub fn hold_for(&self, target: &TargetKey, now: Timestamp) -> bool {
        self.0
            .iter()
            .any(|(key, at)| key == target && still_holds(*at, now))
    }

    pub fn add(&mut self, target: TargetKey, now: Timestamp) {
        self.0.retain(|(key, at)| *key != target && still_holds(*at, now));
        self.0.push((target, now));
    }
}

/// One from the future was made by a clock that was wrong.
fn still_holds(at: Timestamp, now: Timestamp) -> bool {
    (0..HOLDS_SECONDS).contains(&(seconds_since(at, now)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PermissionSetName;

    fn target(name: &str) -> Target {
        Target {
            session: "tanuki".into(),
            account_id: "310448120938".parse().unwrap_or_else(|e| panic!("{e}")),
            account_name: name.into(),
            permission_set: PermissionSetName::new("Admin"),
        }
    }

    #[test]
    fn the_alias_the_name_or_the_id_confirms() {
        let target = target("Zürich-Prod");
        for typed in ["zurich-prod", " Zürich-Prod ", "310448120938", "Pay"] {
            assert!(confirms_target(typed, &target, Some("pay")), "{typed}");
        }
        for typed in ["", " ", "zurich", "zurich-prod/Admin", "Admin", "pa"] {
            assert!(!confirms_target(typed, &target, Some("pay")), "{typed}");
        }
        assert!(!confirms_target("pay", &target, None));
        assert!(!confirms_target("", &target, Some("")));
    }

    #[test]
    fn a_confirmation_holds_for_ten_minutes_and_for_its_target() {
        let at = |second: i64| Timestamp::from_second(1_000_000 + second).unwrap_or_else(|e| panic!("{e}"));
        let key = TargetKey::from(&target("prod"));
        let mut all = Confirmations::default();
        all.add(key.clone(), at(0));
        assert!(all.hold_for(&key, at(0)) && all.hold_for(&key, at(599)));
        assert!(!all.hold_for(&key, at(600)) && !all.hold_for(&key, at(-1)));
        let other = TargetKey {
            permission_set: PermissionSetName::new("Read"),
            ..key.clone()
        };
        assert!(!all.hold_for(&other, at(1)));
        all.add(other, at(700));
        assert_eq!(all.iter().count(), 1, "what no longer holds is dropped");
        assert_eq!(
            Confirmations::of(all.iter().cloned(), at(1400)),
            Confirmations::default()
        );
    }
}
