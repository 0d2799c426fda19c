//! What stands twice in a file. Python's parser, and with it the AWS CLI and boto3, then reads nothing
//! of the file, while other SDKs take the last.

use super::ConfigFile;
use crate::domain::text::clean;

/// A section or a setting that an earlier line has already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repeat {
    /// `[profile x]`, or `region` for a setting of one section.
    pub what: String,
    /// The earlier line and this one, counted from 1.
    pub lines: [usize; 2],
}

impl ConfigFile {
    /// All that stands twice, in the order of the file.
    #[must_use]
    pub fn repeats(&self) -> Vec<Repeat> {
        let mut repeats = Vec::new();
        let mut sections: Vec<((&str, &str), usize)> = Vec::new();
        let mut keys: Vec<(String, usize)> = Vec::new();
        for (at, line) in self.lines.iter().enumerate() {
            let number = at + 1;
            if let Some(header) = line.header() {
                keys.clear();
                if let Some((_, first)) = sections.iter().find(|(known, _)| *known == header) {
                    let (kind, name) = header;
                    let what = clean(format!("{kind} {name}").trim());
                    repeats.push(Repeat {
                        what: format!("[{what}]"),
                        lines: [*first, number],
                    });
                } else {
                    sections.push((header, number));
                }
            } else if let Some((key, _)) = line.key_value() {
                let key = key.to_lowercase();
                if let Some((_, first)) = keys.iter().find(|(known, _)| *known == key) {
                    repeats.push(Repeat {
                        what: clean(&key),
                        lines: [*first, number],
                    });
                } else {
                    keys.push((key, number));
                }
            }
        }
        repeats
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_and_settings_that_stand_twice_are_found() {
        let text =
            "[profile a]\nregion = x\nRegion = y\n[profile b]\nregion = x\n[profile a]\noutput = json\n";
        let found: Vec<(String, [usize; 2])> = ConfigFile::parse(text.as_bytes())
            .repeats()
            .into_iter()
            .map(|r| (r.what, r.lines))
            .collect();
        assert_eq!(found, [("region".into(), [2, 3]), ("[profile a]".into(), [1, 6])]);
        assert_eq!(ConfigFile::parse(b"[a]\nx=1\n[b]\nx=1\n").repeats(), []);
    }
}
