//! What the user's rules give a target.

use std::collections::HashMap;
use std::sync::Arc;

use crate::app::catalogs::Catalogs;
use crate::app::context::Context;
use crate::app::sessions::Sessions;
use crate::domain::records::history::TargetKey;
use crate::domain::rules::{Guard, Match, RuleSet, Subject, TargetRules};
use crate::domain::text::CleanText;
use crate::domain::{Catalog, SsoSession, Target};

/// Looks up what rules give.
pub struct Rules {
    context: Arc<Context>,
    sessions: Arc<Sessions>,
    catalogs: Arc<Catalogs>,
}

impl Rules {
    pub(in crate::app) fn new(
        context: &Arc<Context>,
        sessions: &Arc<Sessions>,
        catalogs: &Arc<Catalogs>,
    ) -> Self {
        Self {
            context: Arc::clone(context),
            sessions: Arc::clone(sessions),
            catalogs: Arc::clone(catalogs),
        }
    }

    /// All rules.
    #[must_use]
    pub fn all(&self) -> &Arc<RuleSet> {
        &self.context.settings.rules
    }

    /// The name of a target's account, where it is known.
    fn account_name(&self, target: &Target) -> Option<CleanText> {
        if target.is_named() {
            return Some(target.account_name.clone());
        }
        let session = self.sessions.session(Some(&target.session)).ok()?;
        self.catalogs.account_name(&session, &target.account_id)
    }

    /// A target as it is written, with the name of its account where it is known.
    pub(in crate::app) fn written(&self, target: &Target) -> String {
        match self.account_name(target) {
            Some(name) => format!("{name}/{}", target.permission_set),
            None => target.to_string(),
        }
    }

    /// Whether one of some matches fits a target. A pattern for a name or an email address that isn't known doesn't.
    pub(in crate::app) fn fits(&self, matches: &[Match], target: &Target) -> bool {
        let name = self.account_name(target);
        let reads_emails = matches.iter().any(|m| !m.email.is_empty());
        let email = reads_emails.then(|| {
            let session = self.sessions.session(Some(&target.session)).ok()?;
            Some(self.catalogs.account(&session, &target.account_id)?.email)
        });
        let email = email.flatten();
        let subject = Subject::of_target(target, email.as_deref());
        let subject = Subject {
            account_name: name.as_deref().unwrap_or_default(),
            ..subject
        };
        let may_fit = |m: &&Match| name.is_some() || m.account.is_empty();
        matches.iter().filter(may_fit).any(|m| m.fits(subject))
    }

    /// What the rules give a target. The name of its account is looked up where only the ID is known, and the email
    /// address where a rule matches one. Where they can't be found, a guard that could be meant for them holds.
    #[must_use]
    pub fn of_target(&self, target: &Target) -> TargetRules {
        let session = || self.sessions.session(Some(&target.session)).ok();
        let name = (!target.is_named())
            .then(|| self.catalogs.account_name(&session()?, &target.account_id))
            .flatten();
        let email = self
            .all()
            .reads_emails()
            .then(|| Some(self.catalogs.account(&session()?, &target.account_id)?.email));
        let is_known = (target.is_named() || name.is_some()) && email.as_ref().is_none_or(Option::is_some);
        let subject = Subject::of_target(target, email.as_ref().and_then(|email| email.as_deref()));
        let mut given = self.all().of(Subject {
            account_name: name.as_deref().unwrap_or(subject.account_name),
            ..subject
        });
        if !is_known && self.all().could_guard(subject) {
            given.guard = Guard::Confirm;
        }
        given
    }
}

/// The aliases of targets that are looked through.
#[derive(Default)]
pub(in crate::app) struct Aliases(HashMap<TargetKey, CleanText>);

impl Aliases {
    /// Adds those of a catalog.
    pub(in crate::app) fn add(&mut self, session: &SsoSession, catalog: &Catalog, rules: &RuleSet) {
        if !rules.gives_aliases() {
            return;
        }
        self.0.extend(catalog.assignments().filter_map(|assignment| {
            let subject = Subject::new(&session.name, assignment.account, Some(assignment.permission_set));
            let alias = rules.alias(subject)?.clone();
            let key = TargetKey {
                session: session.name.clone(),
                account_id: assignment.account.id.clone(),
                permission_set: assignment.permission_set.clone(),
            };
            Some((key, alias))
        }));
    }

    pub(in crate::app) fn of(&self, target: &Target) -> Option<&str> {
        if self.0.is_empty() {
            return None;
        }
        self.0.get(&TargetKey::from(target)).map(CleanText::as_str)
    }
}
