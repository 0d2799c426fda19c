//! SSO sessions: those that can be used, and what is wrong with the others.

use super::faults::Effect;
use super::file::ConfigFile;
use super::sections::{Kind, View, section_name};
use crate::domain::sessions::session::ACCOUNT_ACCESS_SCOPE;
use crate::domain::text::{clean_text, is_unchanged_by_cleaning};
use crate::domain::{SessionKind, SsoSession, StartUrl};

/// How many unreadable lines are named: a file that is none of ours would fill the screen.
const MOST_PROBLEMS: usize = 3;

/// A section that describes an SSO session, and no usable one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokenSession {
    pub name: String,
    /// Where its section begins, counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub reason: String,
}

impl ConfigFile {
    /// The SSO sessions: named ones as they stand, then those of profiles that carry a start URL
    /// themselves, one for each portal and Region. A user's own profile names such a session before
    /// one that genkan wrote does: its name must not change with ours.
    #[must_use]
    pub fn sso_sessions(&self) -> Vec<SsoSession> {
        let mut sessions: Vec<SsoSession> = self
            .views(Kind::SsoSession)
            .iter()
            .filter_map(|view| parse_session(view, SessionKind::Named).ok())
            .collect();
        let mut legacy = self.views(Kind::Profile);
        legacy.retain(|profile| profile.get("sso_session").is_none());
        let managed = self.block().ok().flatten();
        let is_managed = |line: &usize| managed.is_some_and(|(begin, end)| (begin + 1..=end).contains(line));
        legacy.sort_by_key(|profile| profile.lines.first().is_some_and(is_managed));
        for profile in &legacy {
            if let Ok(session) = parse_session(profile, SessionKind::Legacy)
                && !sessions.iter().any(|s| {
                    s.name == session.name
                        || (s.kind == SessionKind::Legacy
                            && s.start_url.same_portal(&session.start_url)
                            && s.region == session.region)
                })
            {
                sessions.push(session);
            }
        }
        sessions
    }

    /// The `[sso-session]` sections that can't be used.
    #[must_use]
    pub fn broken_sessions(&self) -> Vec<BrokenSession> {
        let broken = |view: View<'_>| {
            let reason = parse_session(&view, SessionKind::Named).err()?;
            let line = view.lines.first().copied().unwrap_or(1);
            Some(BrokenSession {
                name: view.name,
                line,
                reason,
            })
        };
        let mut found: Vec<BrokenSession> = self
            .views(Kind::SsoSession)
            .into_iter()
            .filter_map(broken)
            .collect();
        // A header without a name, or with more than one word behind it.
        for section in self.sections() {
            let header = section.header.trim();
            let kind = header.split([' ', '\t']).next();
            let is_named =
                matches!(section_name(&section.header), Some((Kind::SsoSession, name)) if !name.is_empty());
            if kind == Some("sso-session") && !is_named {
                let name = header.trim_start_matches("sso-session").trim();
                found.push(BrokenSession {
                    name: name.to_owned(),
                    line: section.lines.start + 1,
                    reason: if matches!(name, "" | "''" | "\"\"") {
                        "it has no name".to_owned()
                    } else {
                        "its header must be `[sso-session NAME]`, with quotes if the name has spaces"
                            .to_owned()
                    },
                });
            }
        }
        found.sort_by_key(|session| session.line);
        found
    }

    /// What is wrong with the SSO session of a name: with its section, or with the profile that has a start URL
    /// itself.
    #[must_use]
    pub fn broken_session(&self, name: &str) -> Option<BrokenSession> {
        let named = self
            .broken_sessions()
            .into_iter()
            .find(|broken| broken.name == name);
        named.or_else(|| {
            let profiles = self.views(Kind::Profile);
            let profile = profiles.iter().find(|profile| profile.name == name)?;
            profile
                .get("sso_start_url")
                .filter(|_| profile.get("sso_session").is_none())?;
            Some(BrokenSession {
                name: name.to_owned(),
                line: profile.lines.first().copied().unwrap_or(1),
                reason: parse_session(profile, SessionKind::Legacy).err()?,
            })
        })
    }

    /// Whether some section is, or was meant to be, the SSO session of this name.
    pub(super) fn has_session(&self, name: &str) -> bool {
        self.sections().iter().any(|section| {
            let is = |header: &str| section_name(header) == Some((Kind::SsoSession, name.to_owned()));
            is(&section.header) || is(section.header.trim())
        })
    }

    /// Adds a `[sso-session]` at the end; false where the name is taken.
    pub fn add_sso_session(&mut self, session: &SsoSession) -> bool {
        if self.has_session(&session.name) {
            return false;
        }
        let newline = self.newline();
        let mut text = self.separator();
        let scopes = session.scopes.join(",");
        for line in [
            format!("[sso-session {}]", session.name),
            format!("sso_start_url = {}", session.start_url),
            format!("sso_region = {}", session.region),
            format!("sso_registration_scopes = {scopes}"),
        ] {
            text.push_str(&line);
            text.push_str(newline);
        }
        let mut bytes = self.to_bytes();
        bytes.extend_from_slice(text.as_bytes());
        *self = Self::parse(&bytes);
        true
    }

    /// What is wrong: lines that no one can read, and sections that look like SSO sessions; one
    /// sentence each.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        let refused = self
            .faults()
            .iter()
            .filter(|fault| fault.effect() == Effect::RefusedByPython)
            .map(|fault| format!("line {}: {}", fault.line(), fault.sentence()))
            .take(MOST_PROBLEMS);
        refused.chain(self.session_problems()).collect()
    }

    /// The broken SSO sessions, one sentence each.
    #[must_use]
    pub fn session_problems(&self) -> Vec<String> {
        let words = |session: BrokenSession| {
            let (name, line, why) = (clean_text(&session.name), session.line, session.reason);
            format!("line {line}: `[sso-session {name}]` is ignored: {why}")
        };
        self.broken_sessions().into_iter().map(words).collect()
    }
}

fn parse_session(view: &View<'_>, kind: SessionKind) -> Result<SsoSession, String> {
    let get = |key: &str| view.get(key).ok_or_else(|| format!("`{key}` is missing"));
    // It is shown, and its exact bytes name the token file: what would have to be cleaned can't be used.
    if !is_unchanged_by_cleaning(&view.name) {
        return Err("its name has unprintable characters".to_owned());
    }
    let start_url: StartUrl = get("sso_start_url")?
        .parse()
        .map_err(|e: crate::domain::sessions::start_url::NotAStartUrl| e.to_string())?;
    // Newer start URLs carry the Region.
    let region = match (view.get("sso_region"), start_url.region()) {
        (None, Some(region)) => region,
        _ => get("sso_region")?
            .parse()
            .map_err(|e: crate::domain::regions::region::NotARegion| e.to_string())?,
    };
    let scopes = match &kind {
        // A legacy profile registers without scopes: its token lives 8 hours and isn't refreshed.
        SessionKind::Legacy | SessionKind::IamUser(_) | SessionKind::Chain(_) => Vec::new(),
        SessionKind::Named => view
            .get("sso_registration_scopes")
            .unwrap_or(ACCOUNT_ACCESS_SCOPE)
            .split(',')
            .map(|s| s.trim().to_owned())
            .filter(|s| !s.is_empty())
            .collect(),
    };
    Ok(SsoSession {
        name: view.name.clone(),
        start_url,
        region,
        scopes,
        kind,
    })
}
