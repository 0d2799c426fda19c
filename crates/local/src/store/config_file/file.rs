//! A config file in memory: its lines, and what they say.

use super::damage::{BEGIN, Damage, END};
use super::faults::Fault;
use super::lines::{self, Line};
use super::reading::{self, Reading, Section};

/// The lines of a config file, and what they say. Printing gives back the very bytes that were parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigFile {
    lines: Vec<Line>,
    reading: Reading,
}

impl ConfigFile {
    /// Takes any bytes: what makes no sense is kept and ignored.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Self {
        Self::of(lines::parse_lines(bytes))
    }

    pub(super) fn of(lines: Vec<Line>) -> Self {
        let reading = reading::read_sections(&lines);
        Self { lines, reading }
    }

    /// The file's bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.lines
            .iter()
            .flat_map(|line| line.bytes.iter().copied())
            .collect()
    }

    pub(in crate::store) fn lines(&self) -> &[Line] {
        &self.lines
    }

    pub(in crate::store) fn sections(&self) -> &[Section] {
        &self.reading.sections
    }

    /// All faults, in the order of the file.
    #[must_use]
    pub fn faults(&self) -> &[Fault] {
        &self.reading.faults
    }

    /// How the file's lines end. Half an ending at the file's end becomes a whole one when something is
    /// added.
    pub(in crate::store) fn newline(&self) -> &'static str {
        let ending = |line: &Line| line.bytes.ends_with(b"\r\n") || line.bytes.ends_with(b"\r");
        let crlf = self.lines.iter().any(ending);
        if crlf { "\r\n" } else { "\n" }
    }

    /// What has to stand between the file as it is and a new section at its end.
    pub(in crate::store) fn separator(&self) -> String {
        let newline = self.newline();
        match self.lines.last() {
            Some(last) if !last.bytes.ends_with(b"\n") => newline.repeat(2),
            Some(last) if !last.is_blank() => newline.to_owned(),
            _ => String::new(),
        }
    }

    /// What Windows PowerShell writes by itself, and nothing could be added to.
    pub(in crate::store) fn refuse_utf16(&self) -> Result<(), Damage> {
        let bytes = self.lines.first().map_or(&[][..], |l| &l.bytes);
        if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
            return Err(Damage::Utf16);
        }
        Ok(())
    }

    /// The lines of the two markers.
    pub(super) fn block(&self) -> Result<Option<(usize, usize)>, Damage> {
        self.refuse_utf16()?;
        let (mut begin, mut end) = (None, None);
        for (at, line) in self.lines.iter().enumerate() {
            match (line.trimmed(), begin, end) {
                (Some(BEGIN), None, _) => begin = Some(at),
                (Some(BEGIN), Some(_), _) => return Err(Damage::Twice(at + 1)),
                (Some(END), Some(_), None) => end = Some(at),
                (Some(END), _, _) => return Err(Damage::NoBeginning(at + 1)),
                _ => {}
            }
        }
        match (begin, end) {
            (Some(begin), None) => Err(Damage::NoEnd(begin + 1)),
            (begin, end) => Ok(begin.zip(end)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixtures;
    use proptest::prelude::*;

    const SAMPLE: &str = "# mine\r\n[default]\r\nregion=eu-central-1\r\n\r\n[sso-session corp] ; work\r\n\
        sso_start_url = https://corp.awsapps.com/start#/\r\nsso_region=us-east-1 # the portal's\r\n\
        [profile old]\nsso_start_url=https://old.awsapps.com/start\nsso_region = eu-west-1\nsso_account_id = 1\n\
        [profile old2]\nsso_start_url=https://old.awsapps.com/start\nsso_region = eu-west-1\n\
        [profile new]\nsso_session = corp\n[services x]\nsso =\n  endpoint_url = http://localhost\n\
        [sso-session 'quoted name']\nsso_start_url = nonsense\nsso_region = us-east-1\n[sso-session half]\n";

    #[test]
    fn no_value_is_in_a_debug_text() {
        let file = ConfigFile::parse(b"[default]\naws_secret_access_key = canary\nblock =\n  key = canary\n");
        let profiles = file.profiles();
        let shown = format!("{file:?} {profiles:#?}");
        assert!(shown.contains("default") && !shown.contains("canary"), "{shown}");
    }

    #[test]
    fn sessions_are_found_as_the_sdks_find_them() {
        let config = ConfigFile::parse(SAMPLE.as_bytes());
        let found: Vec<String> = config
            .sso_sessions()
            .iter()
            .map(|s| {
                format!(
                    "{} {} {} {:?} {}",
                    s.name,
                    s.start_url,
                    s.region,
                    s.kind,
                    s.scopes.join("+")
                )
            })
            .collect();
        assert_eq!(
            found,
            [
                "corp https://corp.awsapps.com/start#/ us-east-1 Named sso:account:access",
                "old https://old.awsapps.com/start eu-west-1 Legacy ",
            ]
        );
        assert_eq!(
            config.default_region().map(|r| r.text).as_deref(),
            Some("eu-central-1")
        );
        let problems = config.problems();
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert!(
            problems[0].starts_with("line 20: `[sso-session quoted name]`"),
            "{problems:?}"
        );
    }

    #[test]
    fn a_header_that_cannot_be_read_ends_the_section_before() {
        let config = ConfigFile::parse(
            b"[sso-session good]\nsso_start_url = https://good.awsapps.com/start\nsso_region = us-east-1\n\
              [sso-session bad] x]\nsso_start_url = https://evil.awsapps.com/start\n",
        );
        let found: Vec<_> = config.sso_sessions();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].start_url.as_str(), "https://good.awsapps.com/start");
    }

    #[test]
    fn a_session_is_added_and_every_other_byte_stays() {
        let session = fixtures::session_at("new", "https://new.awsapps.com/start", "us-east-1");
        for before in [
            "",
            "# c",
            "# c\n",
            "# c\n\n",
            SAMPLE,
            "\u{feff}[default]\r\n",
            "[unclosed\n=\n\0",
        ] {
            let mut config = ConfigFile::parse(before.as_bytes());
            assert!(config.add_sso_session(&session), "{before:?}");
            assert!(!config.add_sso_session(&session), "{before:?}");
            let after = String::from_utf8(config.to_bytes()).expect("text");
            assert!(after.starts_with(before), "{after:?}");
            assert!(
                ConfigFile::parse(after.as_bytes())
                    .sso_sessions()
                    .contains(&session),
                "{after:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn printing_gives_back_any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            prop_assert_eq!(ConfigFile::parse(&bytes).to_bytes(), bytes);
        }

        #[test]
        fn printing_gives_back_any_config(text in "([\\[\\]a-z =#;\"'\t\r\n_-]{0,12}(\r\n|\n|)){0,30}") {
            let config = ConfigFile::parse(text.as_bytes());
            prop_assert_eq!(config.to_bytes(), text.as_bytes());
            let _ = (config.sso_sessions(), config.problems(), config.default_region());
        }
    }
}
