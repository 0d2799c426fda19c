//! Organisations made by rule: any number of believable accounts, and one that means harm.
//! The same arguments always give the same organisation; nothing random, nothing read.

#![allow(
    clippy::indexing_slicing,
    reason = "every index is reduced by the length of its list"
)]

use crate::organisation::{Account, Organisation, Role, Trust, User};

const TEAMS: [&str; 24] = [
    "payments",
    "checkout",
    "search",
    "data-platform",
    "identity",
    "logistics",
    "pricing",
    "warehouse",
    "mobile",
    "web",
    "fraud",
    "ledger",
    "billing",
    "catalog",
    "notifications",
    "analytics",
    "ml-training",
    "observability",
    "network",
    "security",
    "compliance",
    "partner-api",
    "決済",
    "物流",
];
const ENVIRONMENTS: [&str; 6] = ["prod", "staging", "dev", "sandbox", "qa", "dr"];
const PLACES: [&str; 8] = [
    "tokyo",
    "osaka",
    "frankfurt",
    "zürich",
    "oregon",
    "virginia",
    "são-paulo",
    "sydney",
];
const PERMISSION_SETS: [&str; 12] = [
    "AdministratorAccess",
    "ReadOnlyAccess",
    "PowerUserAccess",
    "BillingReadOnly",
    "DatabaseAdministrator",
    "NetworkAdministrator",
    "SecurityAudit",
    "SupportUser",
    "ViewOnlyAccess",
    "DataScientist",
    "DeployPipeline",
    "BreakGlass",
];

impl Organisation {
    /// `accounts` accounts with `permission_sets` permission sets each; names and ids are unique. Each has a role
    /// `SwitchRole`, which trusts everyone in the first one.
    #[must_use]
    pub fn generated(accounts: usize, permission_sets: usize) -> Self {
        let hub = (accounts > 0).then(|| generate_account(0, 0).id);
        let switch_role = hub.map(|account_id| Role {
            account_id: "*".to_owned(),
            name: "SwitchRole".to_owned(),
            path: "/".to_owned(),
            max_session_seconds: 3_600,
            trust: vec![Trust {
                account_id,
                ..Trust::default()
            }],
            external_id: None,
            requires_mfa: false,
        });
        Self {
            name: "Generated Holdings".to_owned(),
            user: User {
                username: "ayumi.mori@example.com".to_owned(),
                display_name: "Ayumi Mori".to_owned(),
            },
            accounts: (0..accounts)
                .map(|index| generate_account(index, permission_sets))
                .collect(),
            roles: switch_role.into_iter().collect(),
            iam_users: Vec::new(),
        }
    }

    /// Names that try to leave their place: escape sequences that write the clipboard, move the cursor or
    /// change the title, C1 controls, bidirectional overrides, line breaks, markup, shell syntax, and sheer
    /// length. For tests of whatever shows, quotes or stores what a portal says.
    #[must_use]
    pub fn hostile() -> Self {
        let names = [
            "osc52-\u{1b}]52;c;cHduZWQ=\u{7}",
            "osc8-\u{1b}]8;;https://evil.example/\u{1b}\\link\u{1b}]8;;\u{1b}\\",
            "title-\u{1b}]0;pwned\u{7}",
            "csi-\u{1b}[2J\u{1b}[H\u{1b}[31mred",
            "c1-\u{9b}2J\u{9d}52;c;cHduZWQ=\u{9c}",
            "bidi-\u{202e}dorp\u{202c}\u{2066}x\u{2069}",
            "zero\u{200b}width\u{feff}\u{200d}",
            "line\r\nbreak\u{2028}and\u{85}more",
            "nul\u{0}bell\u{7}back\u{8}\u{8}del\u{7f}",
            "<script>alert(1)</script>&\"'",
            "$(touch /tmp/pwned)`id`'; rm -rf ~ #",
            "%00%1b[31m\\x1b[31m\\u001b",
            "combining-e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}",
            "family-\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}\u{200d}\u{1f466}-flag-\u{1f1ef}\u{1f1f5}",
            "[profile] = x\n[sso-session evil]\nsso_start_url = https://evil.example",
            "",
        ];
        let mut accounts: Vec<Account> = names
            .iter()
            .enumerate()
            .map(|(index, name)| Account {
                id: format!("{:012}", 666_000_000_000_u64 + index as u64),
                name: (*name).to_owned(),
                email: format!("root+{index}\u{1b}[5m@example.com"),
                permission_sets: vec![
                    "ReadOnlyAccess".to_owned(),
                    format!("Set\u{1b}]52;c;cHduZWQ=\u{7}{index}"),
                    "a/b:c d'\"$(id)\u{202e}".to_owned(),
                ],
                color: None,
            })
            .collect();
        accounts.push(Account {
            id: "666999999999".to_owned(),
            name: "長".repeat(5_000),
            email: format!("{}@example.com", "x".repeat(5_000)),
            permission_sets: vec!["A".repeat(500)],
            color: None,
        });
        Self {
            name: "Mallory & Söhne <b>GmbH</b>\u{1b}[31m".to_owned(),
            user: User {
                username: "mallory\u{1b}[2J@example.com".to_owned(),
                display_name: "<img src=x onerror=alert(1)>".to_owned(),
            },
            accounts,
            roles: Vec::new(),
            iam_users: Vec::new(),
        }
    }
}

fn generate_account(index: usize, permission_sets: usize) -> Account {
    let team = TEAMS[index % TEAMS.len()];
    let environment = ENVIRONMENTS[(index / TEAMS.len()) % ENVIRONMENTS.len()];
    let place = PLACES[(index / (TEAMS.len() * ENVIRONMENTS.len())) % PLACES.len()];
    let round = index / (TEAMS.len() * ENVIRONMENTS.len() * PLACES.len());
    let mut name = format!("{team}-{environment}");
    if index >= TEAMS.len() * ENVIRONMENTS.len() {
        name = format!("{name}-{place}");
    }
    if round > 0 {
        name = format!("{name}-{:02}", round + 1);
    }
    let scattered = scatter_index(index as u64);
    Account {
        id: format!("{scattered:012}"),
        email: format!("aws+{scattered:012}@example.com"),
        name,
        permission_sets: (0..permission_sets)
            .map(|place| permission_set(index + place, place))
            .collect(),
        color: None,
    }
}

/// Names from the list, starting somewhere else in each account; past its end with a number.
fn permission_set(start: usize, place: usize) -> String {
    let name = PERMISSION_SETS[start % PERMISSION_SETS.len()];
    match place / PERMISSION_SETS.len() {
        0 => name.to_owned(),
        round => format!("{name}{}", round + 1),
    }
}

/// A bijection of 0..10¹²: the factor shares no prime with 10, so ids look arbitrary and never collide.
fn scatter_index(index: u64) -> u64 {
    const IDS: u128 = 1_000_000_000_000;
    ((u128::from(index) * 618_033_988_751 + 104_729_000_417) % IDS) as u64
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn any_number_of_unique_accounts() {
        let big = Organisation::generated(5_000, 4);
        assert_eq!(big.accounts.len(), 5_000);
        let ids: HashSet<_> = big.accounts.iter().map(|account| &account.id).collect();
        let names: HashSet<_> = big.accounts.iter().map(|account| &account.name).collect();
        assert_eq!((ids.len(), names.len()), (5_000, 5_000));
        for account in &big.accounts {
            assert!(account.id.len() == 12 && account.id.bytes().all(|byte| byte.is_ascii_digit()));
            assert_eq!(account.permission_sets.iter().collect::<HashSet<_>>().len(), 4);
        }
        assert_eq!(big, Organisation::generated(5_000, 4), "the same every time");
        assert_eq!(
            Organisation::generated(1, 30).accounts[0].permission_sets.len(),
            30
        );
        assert!(Organisation::generated(0, 0).accounts.is_empty());
    }

    #[test]
    fn the_hostile_one_carries_what_it_says() {
        let text = format!("{:?}", Organisation::hostile());
        for sign in ["\\u{1b}]52", "\\u{9b}", "\\u{202e}", "<script>", "\\u{2028}"] {
            assert!(text.contains(sign), "{sign}");
        }
    }
}
