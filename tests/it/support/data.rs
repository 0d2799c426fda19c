//! Data that screens are drawn with: short names, names as long as AWS takes them, wide characters, and none at all.

use genkan::domain::records::history::{Action, History, TargetKey};
use genkan::domain::{Account, AccountEntry, Catalog, Changes, PermissionSetName, SignInState, Target};
use genkan::tui::msg::Msg;

use crate::support::driver::{Driver, later, options};
use crate::support::env::session;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Data {
    Short,
    /// Names that differ only at their ends.
    Long,
    Wide,
    Empty,
}

impl Data {
    pub const ALL: [Self; 4] = [Self::Short, Self::Long, Self::Wide, Self::Empty];

    /// As the names of snapshots have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Short => "short names",
            Self::Long => "40 characters",
            Self::Wide => "wide characters",
            Self::Empty => "no accounts",
        }
    }

    pub fn session(self) -> &'static str {
        match self {
            Self::Long => "acme-holding-production-eu-central-1",
            _ => "tanuki",
        }
    }

    /// Account names, and the permission sets of each.
    fn accounts(self) -> (Vec<String>, &'static [&'static str]) {
        let of = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        match self {
            Self::Short => (of(&["prod", "dev", "qa", "ops", "ml"]), &["Admin", "RO"]),
            Self::Long => {
                let name = |n| format!("acme-payments-production-eu-west-1-{n:05}");
                let sets: &[&str] = &[
                    "PlatformEngineeringAdministrator",
                    "PlatformEngineeringReadOnlyUsers",
                ];
                ((1..=5).map(name).collect(), sets)
            }
            Self::Wide => (
                of(&[
                    "決済-本番-prod",
                    "セキュリティ監査ログアーカイブ",
                    "개발-환경",
                    "Zürich-Rechenzentrum",
                    "数据湖",
                ]),
                &["AdministratorAccess", "ReadOnlyAccess"],
            ),
            Self::Empty => (Vec::new(), &[]),
        }
    }

    pub fn entries(self) -> Vec<AccountEntry> {
        let (names, sets) = self.accounts();
        let entry = |(n, name): (usize, String)| AccountEntry {
            account: Account {
                id: format!("{:012}", 310_448_120_938 + n).parse().unwrap(),
                email: match self {
                    Self::Long => format!("aws+{name}@cloud-accounts.example.com").into(),
                    Self::Wide => "経理部@例え.jp".into(),
                    _ => "a@b.example".into(),
                },
                name: name.into(),
            },
            permission_sets: sets.iter().map(|set| PermissionSetName::new(*set)).collect(),
            listed_at: Some(later(-30)),
            problem: None,
        };
        names.into_iter().enumerate().map(entry).collect()
    }

    /// Targets in the order of accounts and their permission sets.
    pub fn targets(self) -> Vec<Target> {
        let mut targets = Vec::new();
        for entry in self.entries() {
            for set in entry.permission_sets.iter() {
                targets.push(Target {
                    session: self.session().into(),
                    account_id: entry.account.id.clone(),
                    account_name: entry.account.name.clone(),
                    permission_set: set.clone(),
                });
            }
        }
        targets
    }

    /// A favourite that has credentials, and two recent targets.
    fn history(self) -> History {
        let mut history = History::default();
        if let [first, second, third, ..] = self.targets().as_slice() {
            history.toggle_favourite(TargetKey::from(first));
            history.record(TargetKey::from(third), Action::Shell, later(-172_800));
            history.record(TargetKey::from(second), Action::Console, later(-7_200));
        }
        history
    }

    /// The portal on this data, signed in, at a size.
    pub fn portal(self, (columns, rows): (u16, u16)) -> Driver {
        let mut driver = self.before(columns, rows);
        driver.send(Msg::Loaded {
            of_earlier_sign_in: false,
            session: self.session().into(),
            catalog: Some(Catalog::from_entries(self.entries(), Some(later(-30)))),
            changes: Changes::default(),
            expiries: Vec::new(),
            sign_in: SignInState::SignedIn {
                until: later(18_720),
                renews: false,
                ends: None,
            },
            notices: Vec::new(),
        });
        if let Some(first) = self.targets().first() {
            driver.send(Msg::CredentialsFetched {
                target: TargetKey::from(first),
                validity: later(3_120).into(),
            });
        }
        driver
    }

    /// The portal before a sign-in.
    pub fn signing_in(self, (columns, rows): (u16, u16)) -> Driver {
        let mut driver = self.before(columns, rows);
        driver.send(Msg::Loaded {
            of_earlier_sign_in: false,
            session: self.session().into(),
            catalog: None,
            changes: Changes::default(),
            expiries: Vec::new(),
            sign_in: SignInState::SignedOut,
            notices: Vec::new(),
        });
        driver
    }

    fn before(self, columns: u16, rows: u16) -> Driver {
        let sessions = vec![session(self.session())];
        let mut driver = Driver::new(options(), sessions, self.history());
        driver.send(Msg::Resize(columns, rows));
        driver
    }
}
