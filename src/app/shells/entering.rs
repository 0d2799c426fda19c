//! What is said where a shell begins: where one is, until when, and how to return.

use jiff::Timestamp;

use crate::domain::{Region, Target};
use crate::platform::local_time;

/// How long the credentials of a shell are good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lasts {
    /// They are renewed until the sign-in ends, as far as that is known.
    Renewed { sign_in_ends: Option<Timestamp> },
    /// They are keys.
    Until(Timestamp),
}

/// A shell that is about to begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entering {
    pub target: Target,
    pub region: Region,
    pub is_production: bool,
    pub lasts: Lasts,
}

impl Entering {
    /// One line about it; `back` is where its end leads.
    #[must_use]
    pub fn line(&self, now: Timestamp, back: &str) -> String {
        let production = if self.is_production { "PRODUCTION · " } else { "" };
        let time = |at| local_time::of(at, now);
        let until = match self.lasts {
            Lasts::Renewed {
                sign_in_ends: Some(end),
            } => format!("until about {}", time(end)),
            Lasts::Renewed { sign_in_ends: None } => "credentials renew".to_owned(),
            Lasts::Until(end) => format!("until {}", time(end)),
        };
        format!(
            "genkan: {production}{} · {} · {until} · `exit` returns to {back}",
            self.target, self.region
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::PermissionSetName;

    #[test]
    fn one_line_says_where_until_when_and_how_to_return() {
        let now = Timestamp::from_second(1_000_000).expect("in range");
        let mut entering = Entering {
            target: Target {
                session: "org".into(),
                account_id: "000000000001".parse().expect("an id"),
                account_name: "payments-prod".into(),
                permission_set: PermissionSetName::new("Admin"),
            },
            region: "eu-west-1".parse().expect("a Region"),
            is_production: true,
            lasts: Lasts::Renewed { sign_in_ends: None },
        };
        assert_eq!(
            entering.line(now, "the portal"),
            "genkan: PRODUCTION · payments-prod/Admin · eu-west-1 · credentials renew · `exit` returns to \
             the portal"
        );
        entering.lasts = Lasts::Until(now);
        let time = local_time::of(now, now);
        assert!(
            entering
                .line(now, "your shell")
                .contains(&format!(" · until {time} · "))
        );
        entering.is_production = false;
        assert!(entering.line(now, "x").starts_with("genkan: payments-prod/Admin"));
    }
}
