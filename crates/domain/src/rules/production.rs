//! Which account names mean production where no rule says so.

use super::pattern::Name;

/// Parts of a name that mean production.
const WORDS: &[&str] = &["prod", "production", "prd", "live"];

/// Parts in front of them that mean the opposite, as in `non-prod` and `pre-production`.
const OPPOSITES: &[&str] = &["no", "non", "not", "pre"];

/// Whether a part of an account name means production: all of its letters, whatever separates them from the others.
#[must_use]
pub(super) fn means_production(name: &Name<'_>) -> bool {
    let parts = name.folded().split(|c: char| !c.is_alphabetic());
    let mut before = "";
    for part in parts.filter(|part| !part.is_empty()) {
        if WORDS.contains(&part) && !OPPOSITES.contains(&before) {
            return true;
        }
        before = part;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn production_is_a_whole_part_of_a_name() {
        for name in [
            "prod",
            "payments-prod",
            "PROD_eu",
            "acme.Production.1",
            "prod2",
            "eu1prd",
            "live: checkout",
            "Checkout (Live)",
            "決済-ＰＲＯＤ",
            "non-prod-and-prod",
        ] {
            assert!(means_production(&Name::new(name)), "{name}");
        }
        for name in [
            "",
            "product",
            "products-dev",
            "reproduction",
            "preprod",
            "nonprod",
            "non-prod",
            "pre_production",
            "NOT PROD",
            "olive",
            "alive-1",
            "delivery",
            "livestream",
        ] {
            assert!(!means_production(&Name::new(name)), "{name}");
        }
    }
}
