//! Which profiles, SSO sessions and services the sections of a file make.
//!
//! As botocore maps them: a header is split into words as a shell would, two words are a kind and a name, and of
//! two headers that mean the same name the later counts alone.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::faults::without_comment;
use super::file::ConfigFile;
use super::python::shlex_split;
use super::reading::{DEFAULTS, Section, Setting};

/// What a section of a config file describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Profile,
    SsoSession,
    Services,
}

/// Kind and name of a section of a config file, if it is one that botocore knows.
pub(super) fn section_name(header: &str) -> Option<(Kind, String)> {
    if header == "default" {
        return Some((Kind::Profile, header.to_owned()));
    }
    let kind = if header.starts_with("profile") {
        Kind::Profile
    } else if header.starts_with("sso-session") {
        Kind::SsoSession
    } else if header.starts_with("services") {
        Kind::Services
    } else {
        return None;
    };
    let mut words = shlex_split(header)?.into_iter();
    match (words.next(), words.next(), words.next()) {
        (Some(_), Some(name), None) => Some((kind, name)),
        _ => None,
    }
}

/// What the file says under one name.
#[derive(Debug)]
pub(super) struct View<'a> {
    pub(super) name: String,
    /// Where its headers are, counted from 1.
    pub(super) lines: Vec<usize>,
    /// Of a key given twice the last counts.
    pub(super) settings: Vec<&'a Setting>,
}

impl View<'_> {
    /// What a key says; an empty value says nothing.
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.setting(key)
            .map(plain_value)
            .filter(|value| !value.is_empty())
    }

    pub(super) fn setting(&self, key: &str) -> Option<&Setting> {
        let mut found = self.settings.iter().rev();
        found.find(|setting| setting.key == key).copied()
    }
}

/// A value without the comment behind it; that of a nested block is empty.
pub(super) fn plain_value(setting: &Setting) -> &str {
    if setting.value.contains('\n') {
        if setting.value.starts_with('\n') {
            ""
        } else {
            &setting.value
        }
    } else {
        without_comment(&setting.value)
    }
}

impl ConfigFile {
    /// What the sections of a kind say, by name, with the defaults of `[DEFAULT]`.
    pub(super) fn views(&self, kind: Kind) -> Vec<View<'_>> {
        let defaults = self.sections().iter().filter(|s| s.header == DEFAULTS);
        let defaults: Vec<&Setting> = defaults.flat_map(|s| &s.settings).collect();
        let all = self.sections().iter();
        let mut views = group_sections(all, |header| {
            section_name(header)
                .filter(|(k, _)| *k == kind)
                .map(|(_, name)| name)
        });
        with_defaults(&mut views, &defaults);
        views
    }

    /// The same of a credentials file, where every header is a name.
    pub(super) fn credential_views(&self) -> Vec<View<'_>> {
        let defaults = self.sections().iter().filter(|s| s.header == DEFAULTS);
        let defaults: Vec<&Setting> = defaults.flat_map(|s| &s.settings).collect();
        let all = self.sections().iter().filter(|s| s.header != DEFAULTS);
        let mut views = group_sections(all, |header| Some(header.to_owned()));
        with_defaults(&mut views, &defaults);
        views
    }

    /// The profiles whose headers are in some of the lines, without what other sections add to them.
    pub(super) fn profile_views_in(&self, lines: &Range<usize>, inside: bool) -> Vec<View<'_>> {
        let sections = self.sections().iter();
        let those = sections.filter(|s| lines.contains(&s.lines.start) == inside);
        group_sections(those, |header| {
            section_name(header)
                .filter(|(k, _)| *k == Kind::Profile)
                .map(|(_, name)| name)
        })
    }

    /// All sections with what Python's parser reads in them: header, keys and values, a value of several lines
    /// joined with `\n`.
    #[must_use]
    pub fn sections_as_read(&self) -> Vec<(String, Vec<(String, String)>)> {
        let views = self.credential_views().into_iter();
        let said = |view: View<'_>| {
            let mut pairs: Vec<(String, String)> = Vec::new();
            for setting in view.settings {
                pairs.retain(|(key, _)| *key != setting.key);
                pairs.push((setting.key.clone(), setting.value.clone()));
            }
            (view.name, pairs)
        };
        views.map(said).collect()
    }
}

fn with_defaults<'a>(views: &mut [View<'a>], defaults: &[&'a Setting]) {
    for view in views {
        view.settings.splice(0..0, defaults.iter().copied());
    }
}

/// Sections by name. Those of the same header are one; another header of the same name replaces it.
fn group_sections<'a>(
    sections: impl Iterator<Item = &'a Section>,
    name: impl Fn(&str) -> Option<String>,
) -> Vec<View<'a>> {
    let mut views: Vec<View<'a>> = Vec::new();
    let mut by_name: HashMap<String, usize> = HashMap::new();
    let mut headers: HashSet<&str> = HashSet::new();
    let mut current: HashMap<String, &str> = HashMap::new();
    for section in sections {
        let Some(name) = name(&section.header).filter(|name| !name.is_empty()) else {
            continue;
        };
        let known = !headers.insert(&section.header);
        let at = *by_name.entry(name.clone()).or_insert_with(|| {
            views.push(View {
                name: name.clone(),
                lines: Vec::new(),
                settings: Vec::new(),
            });
            views.len() - 1
        });
        let Some(view) = views.get_mut(at) else { continue };
        // A header that comes back goes on where it was, if nothing has replaced it.
        let replaces = current.get(&name).is_some_and(|header| *header != section.header);
        if replaces && known {
            continue;
        }
        if replaces {
            view.lines.clear();
            view.settings.clear();
        }
        current.insert(name, &section.header);
        view.lines.push(section.lines.start + 1);
        view.settings.extend(&section.settings);
    }
    views
}
