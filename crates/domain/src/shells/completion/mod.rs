//! Which targets a word that is being typed may become, written so that each resolves to itself.
//!
//! Knows nothing of the command line's other words; how a shell wants an answer is in
//! [`answer`], how bash's line is read in [`bash`].

pub mod answer;
pub mod bash;

use std::collections::{BTreeSet, HashMap};

use crate::{Account, AccountId, PermissionSetName};

/// A word that may stand where the cursor is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    pub word: String,
    /// What it is, in a few words; may be empty.
    pub help: String,
}

impl Candidate {
    /// Whether more is to be typed after it.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.word.ends_with('/')
    }
}

/// Up to this many targets are offered whole; more are narrowed by their account first.
const WHOLE: usize = 40;

/// An account of a catalog and what may be entered in it. Borrowed: of thousands, few are offered.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    pub session: &'a str,
    pub account: &'a Account,
    pub permission_sets: &'a [PermissionSetName],
    /// What rules call these permission sets of the account; they are then offered by that name, and only once a part
    /// of it was typed: the account's own name is offered by another one.
    pub alias: Option<&'a str>,
}

/// The targets that `word` begins, else those it begins in any case. Accounts are offered by name
/// where that is enough to tell them, with their session or by id where it is not.
#[must_use]
pub fn complete_target(word: &str, known: &[Known<'_>]) -> Vec<Candidate> {
    let in_reach: Vec<&Known<'_>> = known.iter().filter(|known| may_begin(word, known)).collect();
    if in_reach.is_empty() {
        return Vec::new();
    }
    let forms = Forms::new(word, known, &in_reach);
    let accounts: Vec<(String, &Known<'_>)> = in_reach
        .into_iter()
        .flat_map(|known| forms.accounts(known).into_iter().map(move |form| (form, known)))
        .collect();
    let mut found = begun_by(word, &accounts, str::to_owned);
    if found.is_empty() {
        found = begun_by(&word.to_lowercase(), &accounts, str::to_lowercase);
    }
    let distinct: BTreeSet<&str> = found.iter().map(|f| f.written).collect();
    if found.len() <= WHOLE || distinct.len() == 1 {
        let whole = |f: &Found<'_>| Candidate {
            word: format!("{}/{}", f.written, f.permission_set),
            help: f.account.id.to_string(),
        };
        return found.iter().map(whole).collect();
    }
    found.dedup_by_key(|f| f.written);
    let open = |f: &Found<'_>| Candidate {
        word: format!("{}/", f.written),
        help: f.account.id.to_string(),
    };
    found.iter().map(open).collect()
}

/// A target that a word begins, its account as it would be written.
struct Found<'a> {
    written: &'a str,
    account: &'a Account,
    permission_set: &'a str,
}

/// A permission set or role of an account as it has to be written: the way to a chained role only where several lead
/// there.
fn written_set<'a>(set: &'a PermissionSetName, all: &[PermissionSetName]) -> &'a str {
    let namesakes = all.iter().filter(|other| other.name() == set.name()).count();
    if namesakes > 1 { set.as_str() } else { set.name() }
}

/// The targets whose written form, folded, begins with a word.
fn begun_by<'a>(
    word: &str,
    accounts: &'a [(String, &'a Known<'a>)],
    fold: fn(&str) -> String,
) -> Vec<Found<'a>> {
    let mut found = Vec::new();
    for (written, known) in accounts {
        let folded = fold(written);
        // What of the word is left for the permission set.
        let rest = if folded.starts_with(word) {
            ""
        } else if let Some(rest) = word.strip_prefix(&folded).and_then(|r| r.strip_prefix('/')) {
            rest
        } else {
            continue;
        };
        let sets = known.permission_sets.iter();
        let sets = sets.map(|set| written_set(set, known.permission_sets));
        let fits = |set: &&str| rest.is_empty() || fold(set).starts_with(rest);
        found.extend(sets.filter(fits).map(|permission_set| Found {
            written,
            account: known.account,
            permission_set,
        }));
    }
    found
}

/// Whether a word may begin a target of an account, however that is written. Of thousands of accounts few are left, before
/// anything is made for them; some of those may turn out not to.
fn may_begin(word: &str, known: &Known<'_>) -> bool {
    let begins = |word: &str, form: &str| {
        let (word, form) = (word.as_bytes(), form.as_bytes());
        // Letters of other scripts change their length with their case.
        let pairs = word.iter().zip(form);
        let mut differ = pairs.take_while(|(a, b)| a.is_ascii() && b.is_ascii());
        differ.all(|(a, b)| a.eq_ignore_ascii_case(b))
    };
    let forms = [known.account.name.as_str(), known.account.id.as_str()];
    let mut forms = forms.into_iter().chain(known.alias);
    let is_plain = word.is_ascii() && known.session.is_ascii();
    let is_in_session = || begins(word, known.session) && (word.len() <= known.session.len() || !is_plain);
    let behind_session = |form: &str| {
        let (session, rest) = word.split_at_checked(known.session.len()).unwrap_or_default();
        begins(session, known.session) && rest.strip_prefix(':').is_some_and(|rest| begins(rest, form))
    };
    is_in_session() || forms.any(|form| begins(word, form) || behind_session(form))
}

/// How accounts can be written.
struct Forms<'a> {
    /// How many accounts bear a name: in all sessions, and in each.
    owners: HashMap<&'a str, usize>,
    owners_in_session: HashMap<(&'a str, &'a str), usize>,
    /// How many sessions an ID is in.
    ids: HashMap<&'a str, usize>,
    /// How many accounts have an alias.
    aliases: HashMap<&'a str, BTreeSet<(&'a str, &'a str)>>,
    sessions: BTreeSet<&'a str>,
    /// Something was typed.
    begun: bool,
    /// The word begins with a session.
    by_session: bool,
    /// The word begins with digits.
    by_id: bool,
}

impl<'a> Forms<'a> {
    /// Of what is known, as far as it says how those in reach can be written.
    fn new(word: &str, known: &[Known<'a>], in_reach: &[&Known<'a>]) -> Self {
        // A name, too, that is someone's alias.
        let names = in_reach
            .iter()
            .flat_map(|known| [Some(known.account.name.as_str()), known.alias]);
        let mut owners: HashMap<&str, usize> = names.flatten().map(|name| (name, 0)).collect();
        let ids = in_reach.iter().map(|known| (known.account.id.as_str(), 0));
        let mut ids: HashMap<&str, usize> = ids.collect();
        let mut owners_in_session = HashMap::new();
        let mut aliases: HashMap<&str, BTreeSet<(&str, &str)>> = HashMap::new();
        let mut sessions = BTreeSet::new();
        let mut last = None;
        for &Known {
            session,
            account,
            alias,
            ..
        } in known
        {
            if let Some(alias) = alias {
                let owner = (session, account.id.as_str());
                aliases.entry(alias).or_default().insert(owner);
                continue;
            }
            if last.replace(session) != Some(session) {
                sessions.insert(session);
            }
            if let Some(sessions) = ids.get_mut(account.id.as_str()) {
                *sessions += 1;
            }
            if let Some(owners) = owners.get_mut(account.name.as_str()) {
                *owners += 1;
                *owners_in_session
                    .entry((session, account.name.as_str()))
                    .or_default() += 1;
            }
        }
        let session = word.split_once(':').map(|(session, _)| session);
        Self {
            by_session: session.is_some_and(|s| sessions.contains(s)),
            by_id: word.starts_with(|c: char| c.is_ascii_digit()),
            begun: !word.is_empty(),
            owners,
            owners_in_session,
            ids,
            aliases,
            sessions,
        }
    }

    /// How an alias is written: not at all where it means several accounts, or is another one's name.
    fn alias(&self, session: &str, alias: &str) -> Option<String> {
        let alone = self.aliases.get(alias).is_some_and(|owners| owners.len() == 1);
        if !self.begun || !alone || self.is_a_name(alias) || self.is_odd(alias) {
            return None;
        }
        Some(if self.by_session {
            format!("{session}:{alias}")
        } else {
            alias.to_owned()
        })
    }

    fn is_a_name(&self, text: &str) -> bool {
        self.owners.get(text).is_some_and(|owners| *owners > 0)
    }

    /// Whether a name reads as something else, or a shell or the command line would take it apart.
    fn is_odd(&self, name: &str) -> bool {
        name.is_empty()
            || name.trim() != name
            || name.starts_with('-')
            || name.parse::<AccountId>().is_ok()
            || name
                .split_once(':')
                .is_some_and(|(s, _)| self.sessions.contains(s))
    }

    fn accounts(&self, known: &Known<'_>) -> Vec<String> {
        let (session, id, name) = (known.session, &known.account.id, &known.account.name);
        if let Some(alias) = known.alias {
            return self.alias(session, alias).into_iter().collect();
        }
        let alone = self.owners.get(name.as_str()) == Some(&1);
        let alone_in_session = self.owners_in_session.get(&(session, name.as_str())) == Some(&1);
        let id_alone = self.ids.get(id.as_str()) == Some(&1);
        let odd = self.is_odd(name);
        if self.by_session {
            let name = if alone_in_session && !odd {
                name.as_str()
            } else {
                id.as_str()
            };
            return vec![format!("{session}:{name}")];
        }
        let mut forms = Vec::with_capacity(2);
        forms.push(match (odd, alone, alone_in_session) {
            (false, true, _) => name.to_string(),
            (false, false, true) => format!("{session}:{name}"),
            _ if id_alone => id.to_string(),
            _ => format!("{session}:{id}"),
        });
        if self.by_id && id_alone && forms.first().is_none_or(|f| f != id.as_str()) {
            forms.push(id.to_string());
        }
        forms
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Target;
    use crate::targets::target::{Resolution, resolve_target};

    fn target(session: &str, id: u64, name: &str, permission_set: &str) -> Target {
        Target {
            session: session.into(),
            account_id: format!("{id:012}").parse().unwrap_or_else(|e| panic!("{e}")),
            account_name: name.into(),
            permission_set: PermissionSetName::new(permission_set),
        }
    }

    fn words(word: &str, targets: &[Target]) -> Vec<String> {
        // A catalog lists the permission sets of an account together.
        let accounts: Vec<(&str, Account, Vec<PermissionSetName>)> = targets
            .chunk_by(|a, b| a.session == b.session && a.account_id == b.account_id)
            .map(|of_one| {
                let account = Account {
                    id: of_one[0].account_id.clone(),
                    name: of_one[0].account_name.clone(),
                    email: "".into(),
                };
                let sets = of_one.iter().map(|t| t.permission_set.clone()).collect();
                (of_one[0].session.as_str(), account, sets)
            })
            .collect();
        let known: Vec<Known<'_>> = accounts
            .iter()
            .map(|(session, account, permission_sets)| Known {
                session,
                account,
                permission_sets,
                alias: None,
            })
            .collect();
        super::complete_target(word, &known)
            .into_iter()
            .map(|c| c.word)
            .collect()
    }

    #[test]
    fn an_alias_is_offered_once_it_is_begun_and_means_one_account() {
        let account = |id: u64, name: &str| Account {
            id: format!("{id:012}").parse().unwrap_or_else(|e| panic!("{e}")),
            name: name.into(),
            email: "".into(),
        };
        let sets = [PermissionSetName::new("Admin"), PermissionSetName::new("Read")];
        let (pay, dev) = (account(1, "payments-prod"), account(2, "dev"));
        let known = |account, permission_sets, alias| Known {
            session: "org",
            account,
            permission_sets,
            alias,
        };
        let known = [
            known(&pay, &sets, None),
            known(&dev, &sets, None),
            known(&pay, &sets[..1], Some("glass")),
            // Of two accounts, and another account's name.
            known(&pay, &sets, Some("both")),
            known(&dev, &sets, Some("both")),
            known(&pay, &sets, Some("dev")),
        ];
        let offered = |word| -> Vec<String> {
            super::complete_target(word, &known)
                .into_iter()
                .map(|c| c.word)
                .collect()
        };
        assert_eq!(offered("gl"), ["glass/Admin"]);
        assert_eq!(offered("org:gl"), ["org:glass/Admin"]);
        assert_eq!(offered("both"), Vec::<String>::new());
        assert_eq!(offered("dev"), ["dev/Admin", "dev/Read"]);
        assert_eq!(offered("").len(), 4);
    }

    #[test]
    fn each_word_that_is_offered_means_its_target() {
        let known = [
            target("org", 1, "payments", "Admin"),
            target("org", 2, "twin", "Admin"),
            target("org", 3, "twin", "Admin"),
            target("lab", 4, "payments", "Admin"),
            target("org", 5, "a/b: c", "Read"),
            target("org", 6, "lab:x", "Read"),
            target("org", 7, "-rf", "Read"),
            target("org", 8, " 決済 本番 $(id)", "Read"),
            target("org", 9, "決済 本番 $(id) 'q'", "Read"),
            target("org", 10, "000000000001", "Read"),
        ];
        for word in ["", "org:", "lab:"] {
            let offered = words(word, &known);
            let meant: Vec<&Target> = known
                .iter()
                .filter(|t| word.is_empty() || word.starts_with(&t.session))
                .collect();
            assert_eq!(offered.len(), meant.len(), "{offered:?}");
            for (word, target) in offered.iter().zip(meant) {
                assert_eq!(
                    resolve_target(word, &known),
                    Resolution::One(target.clone()),
                    "{word}"
                );
            }
        }
        assert_eq!(words("決", &known), ["決済 本番 $(id) 'q'/Read"]);
        assert_eq!(words("ORG:PAY", &known), ["org:payments/Admin"]);
        assert_eq!(words("unknown", &known), Vec::<String>::new());
        assert_eq!(words("00000000000", &known[..1]), ["000000000001/Admin"]);
    }

    #[test]
    fn many_are_narrowed_by_their_account() {
        let known: Vec<Target> = (0..60)
            .flat_map(|i| ["Admin", "Read"].map(|set| target("org", i, &format!("team-{i:02}"), set)))
            .collect();
        assert_eq!(words("team", &known).len(), 60);
        assert_eq!(words("team-07", &known), ["team-07/Admin", "team-07/Read"]);
        assert_eq!(words("team-0", &known).len(), 20);
        assert_eq!(words("team-07/R", &known), ["team-07/Read"]);
    }

    proptest::proptest! {
        /// Of an account that is left out before its forms are made, no form begins with the word.
        #[test]
        fn no_account_that_a_word_may_begin_is_left_out(
            word in "[aAkKéÉıİ\u{212a}:/0]{0,5}",
            session in "[aAkéÉ\u{212a}]{1,2}",
            name in "[aAkKéÉİ:/\u{212a}]{0,3}",
            alias in proptest::option::of("[aAkİ]{1,2}"),
        ) {
            let account = Account {
                id: "000000000001".parse().expect("an ID"),
                name: name.as_str().into(),
                email: "".into(),
            };
            let sets = [PermissionSetName::new("aK")];
            let known = Known { session: &session, account: &account, permission_sets: &sets, alias: alias.as_deref() };
            let forms = [name.as_str(), account.id.as_str()].into_iter().chain(alias.as_deref());
            let forms = forms.flat_map(|form| [form.to_owned(), format!("{session}:{form}")]);
            let forms: Vec<(String, &Known<'_>)> = forms.map(|form| (form, &known)).collect();
            let begun = begun_by(&word, &forms, str::to_owned).len()
                + begun_by(&word.to_lowercase(), &forms, str::to_lowercase).len();
            proptest::prop_assert!(begun == 0 || may_begin(&word, &known));
        }
    }
}
