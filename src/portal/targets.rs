//! From what a person wrote to the one target that is meant.

use super::{Portal, PortalError};
use crate::domain::target::{Resolution, resolve, targets};
use crate::domain::{AccountId, PermissionSetName, SsoSession, Target};

/// A catalog younger than this is believed when it doesn't know a target.
const BELIEVED_SECONDS: i64 = 60;

impl Portal {
    /// Every target of the catalogs that are cached.
    #[must_use]
    pub fn targets_at_hand(&self) -> Vec<Target> {
        let (sessions, _) = self.sessions().unwrap_or_default();
        let of = |session: &SsoSession| {
            let catalog = self.cached_catalog(session)?;
            Some(targets(&session.name, &catalog))
        };
        sessions.iter().filter_map(of).flatten().collect()
    }

    /// The target that `text` means, looked up in the cached catalogs; where none is cached, or the
    /// cached one doesn't know it, Identity Center is asked.
    pub async fn resolve_target(&self, text: &str) -> Result<Target, PortalError> {
        let sessions = self.sessions_meant(text)?;
        let mut known = Vec::new();
        let mut stale = Vec::new();
        for session in &sessions {
            let cached = self.cached_catalog(session);
            let age = cached
                .as_ref()
                .and_then(|c| c.synced_at)
                .map(|at| self.now().as_second() - at.as_second());
            if let Some(catalog) = &cached {
                known.extend(targets(&session.name, catalog));
            }
            if age.is_none_or(|a| a > BELIEVED_SECONDS) {
                stale.push(session);
            }
        }
        let nearest = match resolve(text, &known) {
            Resolution::One(target) => return Ok(target),
            Resolution::Ambiguous(list) => return Err(ambiguous(text, &list)),
            Resolution::Unknown(list) => list,
        };
        // An id and a permission set need no catalog: the answer to the request will tell.
        if let Some(target) = written(text, &sessions) {
            return Ok(target);
        }
        if stale.is_empty() {
            return Err(unknown(text, &nearest));
        }
        for session in stale {
            let report = self.sync_catalog(session, &[], |_| {}).await?;
            known.retain(|t| t.session != session.name);
            known.extend(targets(&session.name, &report.catalog));
        }
        match resolve(text, &known) {
            Resolution::One(target) => Ok(target),
            Resolution::Ambiguous(list) => Err(ambiguous(text, &list)),
            Resolution::Unknown(list) => Err(unknown(text, &list)),
        }
    }

    /// What `text` can mean to somebody who asks nobody: as it is written, and by the cached catalogs.
    pub(super) fn cached_targets(&self, text: &str) -> impl Iterator<Item = (SsoSession, Target)> {
        let sessions = self.sessions_meant(text).unwrap_or_default();
        let written = written(text, &sessions).and_then(|target| Some((sessions.first()?.clone(), target)));
        let looked_up = std::iter::once_with(move || {
            let cached = sessions.iter().filter_map(|s| Some((s, self.cached_catalog(s)?)));
            let known: Vec<Target> = cached
                .flat_map(|(session, catalog)| targets(&session.name, &catalog))
                .collect();
            let Resolution::One(target) = resolve(text, &known) else {
                return None;
            };
            let session = sessions.iter().find(|s| s.name == target.session)?;
            Some((session.clone(), target))
        });
        written.into_iter().chain(looked_up.flatten())
    }

    /// The session in front of the text, or the preferred one, or all.
    fn sessions_meant(&self, text: &str) -> Result<Vec<SsoSession>, PortalError> {
        let (sessions, problems) = self.sessions()?;
        if sessions.is_empty() {
            return Err(PortalError::NoSession {
                config: self.settings().paths.aws_config.clone(),
                problems,
            });
        }
        let named = text
            .split_once(':')
            .and_then(|(name, _)| sessions.iter().find(|s| s.name == name));
        let preferred = self.settings().preferences.session.as_deref();
        let preferred = preferred.and_then(|name| sessions.iter().find(|s| s.name == name));
        Ok(named
            .or(preferred)
            .map_or_else(|| sessions.clone(), |s| vec![s.clone()]))
    }
}

fn ambiguous(text: &str, list: &[Target]) -> PortalError {
    // Names may be what is ambiguous: ids never are.
    let candidates = list
        .iter()
        .map(|t| format!("{}:{}/{}", t.session, t.account_id, t.permission_set))
        .collect();
    PortalError::AmbiguousTarget {
        text: text.to_owned(),
        candidates,
    }
}

/// The target of an account id and a permission set, where one session is meant.
fn written(text: &str, sessions: &[SsoSession]) -> Option<Target> {
    let ([session], (account_id, permission_set)) = (sessions, literal(text)?) else {
        return None;
    };
    Some(Target {
        session: session.name.clone(),
        account_name: account_id.to_string(),
        account_id,
        permission_set,
    })
}

fn literal(text: &str) -> Option<(AccountId, PermissionSetName)> {
    let rest = text.split_once(':').map_or(text, |(_, rest)| rest);
    let (account, permission_set) = rest.rsplit_once('/')?;
    if permission_set.is_empty() {
        return None;
    }
    Some((account.parse().ok()?, PermissionSetName::new(permission_set)))
}

fn unknown(text: &str, nearest: &[Target]) -> PortalError {
    PortalError::UnknownTarget {
        text: text.to_owned(),
        nearest: nearest.iter().map(ToString::to_string).collect(),
    }
}
