//! Rules: patterns that give targets an alias, tags, a colour, a Region, a guard and more, or hide them.
//!
//! Owns how rules match and add up. Must not know where they are written (`settings`) or what is done with what they
//! give. All patterns of a rule must match; what a later rule gives counts before what an earlier one gave, and its
//! tags are added. Accounts whose name has a part that means production are production unless a rule says otherwise.

pub mod agents;
mod confirmation;
mod given;
mod matching;
mod pattern;
mod production;
mod subject;

pub use confirmation::{Confirmations, confirms_number, confirms_target};
pub use given::{
    AccountColor, Alias, EnterAction, Given, Guard, Icon, NotGiven, PRODUCTION, Tag, TargetRules,
};
pub use matching::Match;
pub use pattern::{Name, NotAPattern, Pattern};
pub use subject::Subject;

use super::text::CleanText;
use super::{Account, Region};
use crate::web::browser_choice::BrowserChoice;
use subject::Names;

/// A rule: what it matches, and what it gives that.
#[derive(Clone, Debug, Default)]
pub struct Rule {
    pub matches: Match,
    pub given: Given,
}

/// All rules, in the order in which they count.
#[derive(Clone, Debug, Default)]
pub struct RuleSet {
    rules: Vec<Rule>,
}

/// The rules that match an account, for each of its permission sets. An account's patterns are compared once, however
/// many targets it has.
#[derive(Debug)]
pub struct AccountRules<'r> {
    rules: Vec<&'r Rule>,
    /// By its name alone.
    means_production: bool,
}

impl RuleSet {
    #[must_use]
    pub fn new(rules: Vec<Rule>) -> Self {
        Self { rules }
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// What the rules give.
    #[must_use]
    pub fn of(&self, subject: Subject<'_>) -> TargetRules {
        let names = Names::new(subject);
        let mut given = TargetRules {
            production: production::means_production(names.account()),
            ..TargetRules::default()
        };
        for rule in self.rules.iter().filter(|rule| rule.matches.matches(&names)) {
            given.add(&rule.given);
        }
        given
    }

    /// The rules that match an account, of which many targets are looked at.
    #[must_use]
    pub fn of_account(&self, session: &str, account: &Account) -> AccountRules<'_> {
        let names = Names::new(Subject::new(session, account, None));
        AccountRules {
            rules: (self.rules.iter())
                .filter(|rule| rule.matches.matches_account(&names))
                .collect(),
            means_production: production::means_production(names.account()),
        }
    }

    /// Whether it is left out of lists.
    #[must_use]
    pub fn hides(&self, subject: Subject<'_>) -> bool {
        self.given(subject, |given| given.hidden).unwrap_or(false)
    }

    /// What the last rule that matches and has a value gives. Looks only at the rules that have one, so that it can
    /// be asked for each of many thousand rows.
    fn given<T>(&self, subject: Subject<'_>, value: impl Fn(&Given) -> Option<T>) -> Option<T> {
        let names = Names::new(subject);
        let mut values = self
            .rules
            .iter()
            .rev()
            .filter_map(|rule| Some((rule, value(&rule.given)?)));
        values.find_map(|(rule, value)| rule.matches.matches(&names).then_some(value))
    }

    /// The alias that the rules give.
    #[must_use]
    pub fn alias(&self, subject: Subject<'_>) -> Option<&CleanText> {
        let names = Names::new(subject);
        let mut aliases =
            (self.rules.iter().rev()).filter_map(|rule| Some((rule, rule.given.alias.as_ref()?.as_text())));
        aliases.find_map(|(rule, alias)| rule.matches.matches(&names).then_some(alias))
    }

    /// The Region that the rules give.
    #[must_use]
    pub fn region(&self, subject: Subject<'_>) -> Option<Region> {
        self.given(subject, |given| given.region.clone())
    }

    /// Whether a target is production.
    #[must_use]
    pub fn is_production(&self, subject: Subject<'_>) -> bool {
        self.given(subject, |given| given.production)
            .unwrap_or_else(|| production::means_production(&Name::new(subject.account_name)))
    }

    /// The browsers that rules give.
    pub fn browsers(&self) -> impl Iterator<Item = &BrowserChoice> {
        self.rules.iter().filter_map(|rule| rule.given.browser.as_ref())
    }

    /// Whether a rule gives an alias.
    #[must_use]
    pub fn gives_aliases(&self) -> bool {
        self.rules.iter().any(|rule| rule.given.alias.is_some())
    }

    /// Whether a rule gives an alias or tags, which searches look into.
    #[must_use]
    pub fn gives_labels(&self) -> bool {
        self.labelling().next().is_some()
    }

    /// Whether permission sets of one account may have different aliases or tags.
    #[must_use]
    pub fn labels_permission_sets(&self) -> bool {
        self.labelling()
            .any(|rule| !rule.matches.permission_set.is_empty())
    }

    fn labelling(&self) -> impl Iterator<Item = &Rule> {
        let labels = |given: &Given| given.alias.is_some() || !given.tags.is_empty();
        self.rules.iter().filter(move |rule| labels(&rule.given))
    }

    /// Whether a rule guards anything.
    #[must_use]
    pub fn guards_some(&self) -> bool {
        self.rules
            .iter()
            .any(|rule| rule.given.guard == Some(Guard::Confirm))
    }

    /// Whether a guard could hold for a target of whose account only the ID is known. A guard must not depend on
    /// whether a list was ever loaded: what can't be ruled out is guarded.
    #[must_use]
    pub fn could_guard(&self, subject: Subject<'_>) -> bool {
        let names = Names::new(subject);
        self.rules
            .iter()
            .any(|rule| rule.given.guard == Some(Guard::Confirm) && rule.matches.could_match(&names))
    }

    /// Whether a rule hides anything.
    #[must_use]
    pub fn hides_some(&self) -> bool {
        self.rules.iter().any(|rule| rule.given.hidden == Some(true))
    }

    /// Whether what an account gives may depend on its email address.
    #[must_use]
    pub fn reads_emails(&self) -> bool {
        self.rules.iter().any(|rule| !rule.matches.email.is_empty())
    }
}

impl<'r> AccountRules<'r> {
    /// What they give a permission set, or the account as a whole.
    #[must_use]
    pub fn of(&self, permission_set: Option<&str>) -> TargetRules {
        let mut given = TargetRules {
            production: self.means_production,
            ..TargetRules::default()
        };
        for rule in self.matching(permission_set) {
            given.add(&rule.given);
        }
        given
    }

    /// The alias and the tags of a permission set, or of the account as a whole.
    #[must_use]
    pub fn labels(&self, permission_set: Option<&str>) -> (Option<CleanText>, Vec<Tag>) {
        let mut labels = TargetRules::default();
        for rule in self.matching(permission_set) {
            labels.add_labels(&rule.given);
        }
        (labels.alias, labels.tags)
    }

    /// Whether they hide a permission set, or the account as a whole.
    #[must_use]
    pub fn hide(&self, permission_set: Option<&str>) -> bool {
        let hidden = self.matching(permission_set).filter_map(|rule| rule.given.hidden);
        hidden.last().unwrap_or(false)
    }

    fn matching(&self, permission_set: Option<&str>) -> impl Iterator<Item = &'r Rule> {
        let name = permission_set.map(Name::new);
        let rules = self.rules.iter().copied();
        rules.filter(move |rule| rule.matches.matches_permission_set(name.as_ref()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PermissionSetName;

    fn account(id: &str, name: &str) -> Account {
        Account {
            id: id.parse().unwrap_or_else(|e| panic!("{id}: {e}")),
            name: name.into(),
            email: format!("{name}@example.com").into(),
        }
    }

    fn patterns(texts: &[&str]) -> Vec<Pattern> {
        let parse = |text: &&str| text.parse().unwrap_or_else(|e| panic!("{text}: {e}"));
        texts.iter().map(parse).collect()
    }

    fn given(matches: Match, given: Given) -> Rule {
        Rule { matches, given }
    }

    #[test]
    fn all_fields_of_a_rule_must_match_and_one_pattern_of_each() {
        let matches = Match {
            account: patterns(&["payments-*", "ledger"]),
            id: patterns(&["31*"]),
            permission_set: patterns(&["/Admin/"]),
            email: patterns(&["*@example.com"]),
            session: patterns(&["tanuki"]),
        };
        let hidden = Given {
            hidden: Some(true),
            ..Given::default()
        };
        let rules = RuleSet::new(vec![given(matches, hidden)]);
        let admin = PermissionSetName::new("AdministratorAccess");
        let read = PermissionSetName::new("ReadOnlyAccess");
        let payments = account("310448120938", "payments-prod");
        for (subject, expected) in [
            (Subject::new("tanuki", &payments, Some(&admin)), true),
            (
                Subject::new("tanuki", &account("310448120938", "ledger"), Some(&admin)),
                true,
            ),
            (
                Subject::new("tanuki", &account("310448120938", "ledger-2"), Some(&admin)),
                false,
            ),
            (
                Subject::new("tanuki", &account("410448120938", "ledger"), Some(&admin)),
                false,
            ),
            (Subject::new("kitsune", &payments, Some(&admin)), false),
            (Subject::new("tanuki", &payments, Some(&read)), false),
            (Subject::new("tanuki", &payments, None), false),
            (
                Subject {
                    email: None,
                    ..Subject::new("tanuki", &payments, Some(&admin))
                },
                false,
            ),
        ] {
            assert_eq!(rules.of(subject).hidden, expected, "{subject:?}");
            assert_eq!(rules.hides(subject), expected, "{subject:?}");
        }
    }

    #[test]
    fn a_later_rule_counts_before_an_earlier_one_and_adds_its_tags() {
        let all = || Match {
            account: patterns(&["*"]),
            ..Match::default()
        };
        let tags = |texts: &[&str]| -> Vec<Tag> { texts.iter().map(|t| t.parse().expect("a tag")).collect() };
        let rules = RuleSet::new(vec![
            given(
                all(),
                Given {
                    tags: tags(&["team=payments", "pci"]),
                    guard: Some(Guard::Confirm),
                    hidden: Some(true),
                    note: Some("first".into()),
                    ..Given::default()
                },
            ),
            given(
                all(),
                Given {
                    tags: tags(&["team=ledger", "tier=1"]),
                    hidden: Some(false),
                    note: Some("second".into()),
                    ..Given::default()
                },
            ),
        ]);
        let account = account("310448120938", "payments-prod");
        let found = rules.of(Subject::new("tanuki", &account, None));
        assert_eq!(found.tags_text(), "team=ledger pci tier=1");
        assert_eq!(found.note.as_deref(), Some("second"));
        assert!(found.is_guarded() && !found.hidden);
        assert!(!rules.hides(Subject::new("tanuki", &account, None)));
    }

    /// However the patterns are, an account's rules give what all rules give each of its permission sets.
    #[test]
    fn rules_of_an_account_give_its_targets_what_all_rules_give() {
        let mut rules = Vec::new();
        for (number, text) in ["payments-*", "*-prod", "ledger", "*"].into_iter().enumerate() {
            for set in [&[][..], &["Admin*"], &["Read*", "Audit"]] {
                let matches = Match {
                    account: patterns(&[text]),
                    permission_set: patterns(set),
                    ..Match::default()
                };
                let tag = format!("n{number}={}", rules.len());
                rules.push(given(
                    matches,
                    Given {
                        tags: vec![tag.parse().expect("a tag")],
                        hidden: Some(rules.len() % 3 == 0),
                        production: (rules.len() % 4 == 0).then_some(rules.len() % 8 == 0),
                        note: Some(tag.as_str().into()),
                        ..Given::default()
                    },
                ));
            }
        }
        let rules = RuleSet::new(rules);
        for name in ["payments-prod", "payments-dev", "ledger", "website"] {
            let account = account("310448120938", name);
            let of_account = rules.of_account("tanuki", &account);
            for set in [
                None,
                Some("AdministratorAccess"),
                Some("ReadOnly"),
                Some("Audit"),
                Some("X"),
            ] {
                let subject = Subject {
                    permission_set: set,
                    ..Subject::new("tanuki", &account, None)
                };
                assert_eq!(of_account.of(set), rules.of(subject), "{name} {set:?}");
                assert_eq!(of_account.hide(set), rules.hides(subject), "{name} {set:?}");
            }
        }
    }

    #[test]
    fn production_is_marked_by_name_unless_a_rule_says_otherwise() {
        let no = Given {
            production: Some(false),
            ..Given::default()
        };
        let matches = Match {
            id: patterns(&["310448120938"]),
            ..Match::default()
        };
        let rules = RuleSet::new(vec![given(matches, no)]);
        let of = |id, name| rules.of(Subject::new("s", &account(id, name), None));
        assert!(!of("310448120938", "payments-prod").production);
        assert_eq!(
            of("410448120938", "payments-prod").production_word(),
            Some("PROD")
        );
        assert_eq!(of("410448120938", "payments-dev").production_word(), None);
    }

    #[test]
    fn values_are_checked() {
        assert_eq!("a/b".parse::<Alias>(), Err(NotGiven::Slash));
        assert_eq!(" ".parse::<Alias>(), Err(NotGiven::Empty));
        assert_eq!("abc".parse::<Icon>(), Err(NotGiven::Wide));
        assert!("決".parse::<Icon>().is_ok());
        assert_eq!("=x".parse::<Tag>(), Err(NotGiven::Empty));
        assert_eq!(
            "team = pay".parse::<Tag>().map(|t| t.to_string()),
            Ok("team=pay".into())
        );
    }
}
