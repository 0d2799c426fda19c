//! Guards: whether a target may be used without its name being typed first.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::app::context::Context;
use crate::app::rules::Rules;
use crate::domain::rules::{Confirmations, confirms_target};
use crate::domain::text::CleanText;
use crate::domain::{Target, TargetKey};
use crate::store::ConfirmedFile;

/// What must be typed before a target is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guarded {
    pub alias: Option<CleanText>,
    /// What the rules note about the target.
    pub note: Option<CleanText>,
    pub production: bool,
}

/// Knows which targets are guarded, and remembers what was confirmed.
pub struct Guards {
    context: Arc<Context>,
    rules: Arc<Rules>,
    file: ConfirmedFile,
}

impl Guards {
    pub(in crate::app) fn new(context: &Arc<Context>, rules: &Arc<Rules>) -> Self {
        Self {
            context: Arc::clone(context),
            rules: Arc::clone(rules),
            file: ConfirmedFile::new(&context.settings.paths),
        }
    }

    /// What was confirmed within the last ten minutes, by any process.
    #[must_use]
    pub fn confirmations(&self) -> Confirmations {
        self.file.load(self.context.now())
    }

    /// What must be typed before a target is used; `None` where it is not guarded, or was confirmed a moment ago.
    #[must_use]
    pub fn guard_of(&self, target: &Target) -> Option<Guarded> {
        if !self.rules.all().guards_some() {
            return None;
        }
        let rules = self.rules.of_target(target);
        let now = self.context.now();
        let is_open = !rules.is_guarded() || self.confirmations().hold_for(&TargetKey::from(target), now);
        (!is_open).then_some(Guarded {
            alias: rules.alias,
            note: rules.note,
            production: rules.production,
        })
    }

    /// Whether a text confirms a target.
    #[must_use]
    pub fn is_confirmed_by(&self, typed: &str, target: &Target, guarded: &Guarded) -> bool {
        confirms_target(typed, target, guarded.alias.as_deref())
    }

    /// Remembers that targets were confirmed. Where that can't be written, the next use asks again.
    #[must_use]
    pub fn confirm<'a>(&'a self, targets: &'a [Target]) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            let now = self.context.now();
            let done = self.file.add(targets.iter().map(TargetKey::from), now).await;
            self.context.report_unsaved(done);
        })
    }
}
