//! What is wrong with a file, and for whom: the AWS CLI and boto3 (one parser, Python's), or the SDKs that
//! follow AWS's own rules to the letter, such as those for Java and Rust.

use crate::domain::text::clean_text;

/// Something that not every tool reads, or not every tool alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Counted from 0.
    pub(super) line: usize,
    pub(super) kind: FaultKind,
}

/// What a fault does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// The AWS CLI and boto3 read nothing of the file.
    RefusedByPython,
    /// The SDKs for Java and Rust read nothing of the file.
    RefusedByOthers,
    /// Both read it, and not the same.
    ReadDifferently,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum FaultKind {
    ByteOrderMark,
    NotUtf8,
    BeforeFirstSection,
    NotASetting,
    NoKey,
    SectionTwice { what: String, first: usize },
    SettingTwice { what: String, first: usize },
    BrokenBlock { what: String },
    IndentedSection,
    IndentedSetting,
    TextBehindHeader,
    Colon,
    PaddedHeader { header: String },
    CommentInValue { key: String },
}

impl Fault {
    #[must_use]
    pub fn effect(&self) -> Effect {
        match self.kind {
            FaultKind::ByteOrderMark
            | FaultKind::NotUtf8
            | FaultKind::BeforeFirstSection
            | FaultKind::NotASetting
            | FaultKind::NoKey
            | FaultKind::SectionTwice { .. }
            | FaultKind::SettingTwice { .. }
            | FaultKind::BrokenBlock { .. } => Effect::RefusedByPython,
            FaultKind::IndentedSection
            | FaultKind::IndentedSetting
            | FaultKind::TextBehindHeader
            | FaultKind::Colon => Effect::RefusedByOthers,
            FaultKind::PaddedHeader { .. } | FaultKind::CommentInValue { .. } => Effect::ReadDifferently,
        }
    }

    /// The line, counted from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        self.line + 1
    }

    /// What stands there, without any value.
    #[must_use]
    pub fn sentence(&self) -> String {
        match &self.kind {
            FaultKind::ByteOrderMark => "the file starts with a byte order mark".to_owned(),
            FaultKind::NotUtf8 => "invalid UTF-8".to_owned(),
            FaultKind::BeforeFirstSection => "setting before the first section".to_owned(),
            FaultKind::NotASetting => "neither a section nor a setting".to_owned(),
            FaultKind::NoKey => "setting without a name".to_owned(),
            FaultKind::SectionTwice { what, first } | FaultKind::SettingTwice { what, first } => {
                format!("`{}` is already set on line {}", clean_text(what), first + 1)
            }
            FaultKind::BrokenBlock { what } => {
                format!("indented lines of `{}` must be `name = value`", clean_text(what))
            }
            FaultKind::IndentedSection => "the section header is indented".to_owned(),
            FaultKind::IndentedSetting => "the setting is indented".to_owned(),
            FaultKind::TextBehindHeader => "unexpected text after the section header".to_owned(),
            FaultKind::Colon => "the setting has a colon instead of `=`".to_owned(),
            FaultKind::PaddedHeader { header } => {
                format!("`[{}]` has spaces inside its brackets", clean_text(header))
            }
            FaultKind::CommentInValue { key } => {
                format!("a comment follows the value of `{}`", clean_text(key))
            }
        }
    }

    /// Whether both are of one kind.
    #[must_use]
    pub fn is_same_kind(&self, other: &Self) -> bool {
        std::mem::discriminant(&self.kind) == std::mem::discriminant(&other.kind)
    }

    /// What is there twice, and in which lines, counted from 1.
    #[must_use]
    pub fn repeat(&self) -> Option<(String, [usize; 2])> {
        match &self.kind {
            FaultKind::SectionTwice { what, first } | FaultKind::SettingTwice { what, first } => {
                Some((clean_text(what), [first + 1, self.line()]))
            }
            _ => None,
        }
    }

    /// What to do about it, and for whom.
    #[must_use]
    pub fn advice(&self) -> &'static str {
        match (&self.kind, self.effect()) {
            (FaultKind::ByteOrderMark, _) => {
                "save it as UTF-8 without a byte order mark: the AWS CLI, boto3 and the SDKs for Java and Rust can't read \
                 nothing of such a file"
            }
            (FaultKind::PaddedHeader { .. }, _) => {
                "remove the spaces: the AWS CLI and boto3 don't find the section, other SDKs do"
            }
            (_, Effect::RefusedByPython) if self.repeat().is_some() => {
                "merge them: the AWS CLI and boto3 reject the whole file"
            }
            (_, Effect::RefusedByPython) => "correct it: the AWS CLI and boto3 reject the whole file",
            (FaultKind::TextBehindHeader, _) => {
                "end the line with `]`: the SDKs for Java and Rust reject the whole file"
            }
            (FaultKind::Colon, _) => "write `=`: the SDKs for Java and Rust reject the whole file",
            (_, Effect::RefusedByOthers) => {
                "remove the indentation: the SDKs for Java and Rust reject the whole file"
            }
            (_, Effect::ReadDifferently) => {
                "move the comment to its own line: the AWS CLI and boto3 read it as part of the value"
            }
        }
    }
}

/// Where the value of a setting ends and a comment begins: `#` or `;` after white space, as the SDKs that know
/// such comments have it. A `#` inside, as in a start URL, begins none.
pub(super) fn without_comment(value: &str) -> &str {
    let end = [" #", " ;", "\t#", "\t;"]
        .iter()
        .filter_map(|mark| value.find(mark))
        .min();
    end.and_then(|at| value.get(..at)).map_or(value, str::trim_end)
}

/// Notes what the other readers make of a line that Python's takes: of a header, or of the key, the mark and
/// the value of a setting.
pub(super) fn note_other_readers(
    faults: &mut Vec<Fault>,
    line: usize,
    indentation: usize,
    said: &str,
    setting: Option<(&str, char, &str)>,
) {
    let mut note = |kind| faults.push(Fault { line, kind });
    let Some((key, mark, value)) = setting else {
        if indentation > 0 {
            note(FaultKind::IndentedSection);
        }
        let before_comment = said.split(['#', ';']).next().unwrap_or_default().trim_end();
        let header = before_comment
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'));
        match header {
            None => note(FaultKind::TextBehindHeader),
            Some(header) if is_padded(header) => note(FaultKind::PaddedHeader {
                header: header.to_owned(),
            }),
            Some(_) => {}
        }
        return;
    };
    if indentation > 0 {
        note(FaultKind::IndentedSetting);
    }
    if mark == ':' {
        note(FaultKind::Colon);
    }
    if without_comment(value) != value {
        note(FaultKind::CommentInValue { key: key.to_owned() });
    }
}

/// Whether blanks make another name of a header for Python's parser. Behind `profile NAME` they don't.
fn is_padded(header: &str) -> bool {
    let trimmed = header.trim();
    !header.starts_with(trimmed) || (header != trimmed && !trimmed.contains([' ', '\t']))
}
