//! The one reading of a shared AWS file, for whatever reads it and for whatever writes it.
//!
//! It follows Python's `configparser` as botocore uses it, because the AWS CLI and boto3 are what most people
//! have, and because they are the strictest about a file as a whole: where they read one, this reads the same
//! sections, keys and values. What they refuse is read as far as it makes sense and record_refusal as a [`Fault`].

use std::collections::HashMap;
use std::ops::Range;

use super::faults::{Fault, FaultKind, note_other_readers};
use super::lines::Line;
use super::python::{count_indentation, python_rstrip, python_strip, split_lines};

/// The section whose settings count in every other one.
pub(super) const DEFAULTS: &str = "DEFAULT";

/// One section as written in the file. A file that says a header twice has two of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store) struct Section {
    /// What stands between the brackets.
    pub(in crate::store) header: String,
    /// Its lines, the header's among them.
    pub(in crate::store) lines: Range<usize>,
    pub(in crate::store) settings: Vec<Setting>,
}

/// A key with its value.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::store) struct Setting {
    /// In lower case.
    pub(in crate::store) key: String,
    /// The lines of a value that has several are joined with `\n`; a nested block begins with one.
    pub(in crate::store) value: String,
    /// Its lines, with those of its block.
    pub(in crate::store) lines: Range<usize>,
    /// How far it is indented.
    pub(in crate::store) indentation: usize,
}

/// What a file says, and what is wrong with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Reading {
    pub(super) sections: Vec<Section>,
    pub(super) faults: Vec<Fault>,
}

impl std::fmt::Debug for Setting {
    /// The value may be a secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Setting")
            .field("key", &self.key)
            .field("lines", &self.lines)
            .finish_non_exhaustive()
    }
}

impl Setting {
    /// The settings of a nested block.
    pub(super) fn nested(&self) -> impl Iterator<Item = (&str, &str)> {
        nested_lines(&self.value).filter_map(|line| {
            let (key, value) = line.split_once('=')?;
            Some((python_strip(key), python_strip(value)))
        })
    }
}

/// The lines of a value's nested block, if it is one.
fn nested_lines(value: &str) -> impl Iterator<Item = &str> {
    let block = value.strip_prefix('\n').unwrap_or_default();
    split_lines(block)
        .map(python_strip)
        .filter(|line| !line.is_empty())
}

/// Key and value of a line: whichever of `=` and `:` comes first divides them.
fn split_setting(text: &str) -> Option<(&str, char, &str)> {
    let at = text.find(['=', ':'])?;
    let (key, rest) = text.split_at(at);
    let mut value = rest.chars();
    let mark = value.next()?;
    Some((python_rstrip(key), mark, python_strip(value.as_str())))
}

/// What stands between the first bracket of a line and the last.
fn section_header(text: &str) -> Option<&str> {
    let inside = text.strip_prefix('[')?;
    let inside = inside.get(..inside.rfind(']')?)?;
    (!inside.is_empty()).then_some(inside)
}

/// Reads lines.
pub(super) fn read_sections(lines: &[Line]) -> Reading {
    let mut reader = Reader::default();
    for (at, line) in lines.iter().enumerate() {
        reader.line(at, line);
    }
    reader.finish(lines.len())
}

/// Where a reader stands between two lines.
#[derive(Default)]
struct Reader {
    reading: Reading,
    /// Whether the last setting can go on in the next line.
    open: bool,
    /// The indentation of the last header or setting.
    indentation: usize,
    /// Where a header or a setting of one was first seen.
    seen: HashMap<(String, Option<String>), usize>,
}

impl Reader {
    fn line(&mut self, at: usize, line: &Line) {
        let Some(mut text) = line.text() else {
            self.fault(at, FaultKind::NotUtf8);
            self.open = false;
            return;
        };
        if at == 0
            && let Some(rest) = text.strip_prefix('\u{feff}')
        {
            self.fault(at, FaultKind::ByteOrderMark);
            text = rest;
        }
        let said = python_strip(text);
        if said.starts_with(['#', ';']) {
            return;
        }
        if said.is_empty() {
            if self.open
                && let Some(setting) = self.last_setting()
            {
                setting.value.push('\n');
            }
            return;
        }
        let indentation = count_indentation(text);
        if self.open && indentation > self.indentation {
            if let Some(setting) = self.last_setting() {
                setting.value.push('\n');
                setting.value.push_str(said);
                setting.lines.end = at + 1;
            }
            return;
        }
        self.indentation = indentation;
        match section_header(said) {
            Some(header) => self.header(at, header, said),
            None => self.setting(at, said),
        }
    }

    fn header(&mut self, at: usize, header: &str, said: &str) {
        self.open = false;
        self.close(at);
        if header != DEFAULTS {
            self.once(at, header, None);
        }
        note_other_readers(&mut self.reading.faults, at, self.indentation, said, None);
        self.reading.sections.push(Section {
            header: header.to_owned(),
            lines: at..at + 1,
            settings: Vec::new(),
        });
    }

    fn setting(&mut self, at: usize, said: &str) {
        self.open = false;
        let section = self.reading.sections.last().map(|section| section.header.clone());
        let Some((key, mark, value)) = split_setting(said) else {
            self.fault(at, FaultKind::NotASetting);
            // A header that is not closed: what follows is not the section's before it.
            if section.is_some() && said.starts_with('[') {
                self.close(at);
                self.reading.sections.push(Section {
                    header: String::new(),
                    lines: at..at + 1,
                    settings: Vec::new(),
                });
            }
            return;
        };
        let Some(section) = section else {
            return self.fault(at, FaultKind::BeforeFirstSection);
        };
        if key.is_empty() {
            return self.fault(at, FaultKind::NoKey);
        }
        let key = key.to_lowercase();
        self.once(at, &section, Some(&key));
        note_other_readers(
            &mut self.reading.faults,
            at,
            self.indentation,
            said,
            Some((&key, mark, value)),
        );
        let setting = Setting {
            key,
            value: value.to_owned(),
            lines: at..at + 1,
            indentation: self.indentation,
        };
        self.open = true;
        if let Some(section) = self.reading.sections.last_mut() {
            section.settings.push(setting);
        }
    }

    /// Notes a header, or a key of one, that is there already.
    fn once(&mut self, at: usize, section: &str, key: Option<&str>) {
        let place = (section.to_owned(), key.map(str::to_owned));
        let first = *self.seen.entry(place).or_insert(at);
        if first != at {
            let what = key.map_or_else(|| format!("[{section}]"), str::to_owned);
            let kind = match key {
                None => FaultKind::SectionTwice { what, first },
                Some(_) => FaultKind::SettingTwice { what, first },
            };
            self.fault(at, kind);
        }
    }

    fn last_setting(&mut self) -> Option<&mut Setting> {
        self.reading.sections.last_mut()?.settings.last_mut()
    }

    /// The last section ends before a line.
    fn close(&mut self, at: usize) {
        if let Some(section) = self.reading.sections.last_mut() {
            section.lines.end = at;
        }
    }

    fn fault(&mut self, line: usize, kind: FaultKind) {
        self.reading.faults.push(Fault { line, kind });
    }

    fn finish(mut self, end: usize) -> Reading {
        self.close(end);
        let sections = &mut self.reading.sections;
        for setting in sections.iter_mut().flat_map(|s| &mut s.settings) {
            let length = python_rstrip(&setting.value).len();
            setting.value.truncate(length);
        }
        let mut faults = broken_blocks(sections);
        self.reading.faults.append(&mut faults);
        self.reading.faults.sort_by_key(|fault| fault.line);
        self.reading
    }
}

/// Blocks with a line that sets nothing. One of the defaults counts where a section takes it over.
fn broken_blocks(sections: &[Section]) -> Vec<Fault> {
    let inherited = |key: &str| {
        let lacks = |section: &Section| section.settings.iter().all(|setting| setting.key != key);
        sections.iter().any(|s| s.header != DEFAULTS && lacks(s))
    };
    let mut faults = Vec::new();
    for section in sections {
        for setting in &section.settings {
            let is_broken = nested_lines(&setting.value).any(|line| !line.contains('='));
            if is_broken && (section.header != DEFAULTS || inherited(&setting.key)) {
                faults.push(Fault {
                    line: setting.lines.start,
                    kind: FaultKind::BrokenBlock {
                        what: setting.key.clone(),
                    },
                });
            }
        }
    }
    faults
}
