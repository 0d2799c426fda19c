//! What is said where a shell begins: where one is, until when, and how to return.

use jiff::Timestamp;

use crate::domain::text::text_width;
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
    /// One line about it, as much as fits into so many columns, where they are known; `back` is where its end leads.
    #[must_use]
    pub fn line(&self, now: Timestamp, back: &str, columns: Option<usize>) -> String {
        let production = if self.is_production { "PRODUCTION · " } else { "" };
        let place = format!("{production}{}", self.target);
        let (until, short) = match self.lasts {
            Lasts::Renewed {
                sign_in_ends: Some(end),
            } => (
                format!("until about {}", local_time::format_local_time(end, now)),
                Some(format!("until {}", local_time::format_next_time(end, now))),
            ),
            Lasts::Renewed { sign_in_ends: None } => ("credentials renew".to_owned(), None),
            Lasts::Until(end) => (
                format!("until {}", local_time::format_local_time(end, now)),
                Some(format!("until {}", local_time::format_next_time(end, now))),
            ),
        };
        let returns = "`exit` returns";
        let shortest = format!("genkan: {place} · {returns}");
        let lines = [
            Some(format!(
                "genkan: {place} · {} · {until} · {returns} to {back}",
                self.region
            )),
            Some(format!("genkan: {place} · {until} · {returns} to {back}")),
            Some(format!("genkan: {place} · {until} · {returns}")),
            short.map(|until| format!("genkan: {place} · {until} · {returns}")),
        ];
        let fits = |line: &String| columns.is_none_or(|columns| text_width(line) <= columns);
        lines.into_iter().flatten().find(fits).unwrap_or(shortest)
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
            entering.line(now, "the portal", None),
            "genkan: PRODUCTION · payments-prod/Admin · eu-west-1 · credentials renew · `exit` returns to \
             the portal"
        );
        entering.lasts = Lasts::Until(now);
        let time = local_time::format_local_time(now, now);
        assert!(
            entering
                .line(now, "your shell", None)
                .contains(&format!(" · until {time} · "))
        );
        entering.is_production = false;
        assert!(
            entering
                .line(now, "x", None)
                .starts_with("genkan: payments-prod/Admin")
        );
    }
    #[test]
    fn line_gives_way_to_narrow_terminals() {
        let now: Timestamp = "2026-11-23T12:00:00Z".parse().expect("a time");
        let end: Timestamp = "2026-11-23T20:00:00Z".parse().expect("a time");
        let entering = Entering {
            target: Target {
                session: "org".into(),
                account_id: "000000000001".parse().expect("an id"),
                account_name: "payments-prod".into(),
                permission_set: PermissionSetName::new("ReadOnlyAccess"),
            },
            region: "ap-northeast-1".parse().expect("a Region"),
            is_production: true,
            lasts: Lasts::Renewed {
                sign_in_ends: Some(end),
            },
        };
        let line = |columns| entering.line(now, "the portal", Some(columns));
        let (about, short) = (
            local_time::format_local_time(end, now),
            local_time::format_next_time(end, now),
        );
        let place = "genkan: PRODUCTION · payments-prod/ReadOnlyAccess";
        assert_eq!(line(200), entering.line(now, "the portal", None));
        let at_100 = line(100);
        assert!(at_100.starts_with(&format!("{place} · until about {about} · `exit` returns")));
        assert!(!at_100.contains("ap-northeast-1"));
        assert_eq!(line(80), format!("{place} · until {short} · `exit` returns"));
        assert_eq!(line(66), format!("{place} · `exit` returns"));
        assert_eq!(line(20), line(66), "what matters is said, whatever the room");
        for columns in [66, 80, 100, 120] {
            assert!(text_width(&line(columns)) <= columns, "{columns}");
        }
    }
}
