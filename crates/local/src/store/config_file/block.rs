//! The managed block: the part of a config file that is genkan's to rewrite.
//!
//! It stands between two comments. Outside of them every byte stays, inside profiles are put in order by
//! name; what a user, or `aws configure set`, added to one of them stays too. Knows nothing of targets.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use super::damage::{BEGIN, Damage, END};
use super::file::ConfigFile;
use super::lines::Line;
use super::profiles::Profile;
use super::reading::{Section, Setting};
use super::sections::{Kind, section_name};

const EXPLANATION: &str =
    "# Managed by `genkan profiles --write`; put your own profiles outside of these lines.";
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A profile as it is to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManagedProfile {
    pub name: String,
    pub keys: Vec<(&'static str, String)>,
}

/// One section of the block.
struct Chunk {
    /// The profile's name; `None` for another section.
    profile: Option<String>,
    header: Line,
    body: Vec<Line>,
    /// The settings of the body, by their lines in it.
    settings: Vec<(String, Range<usize>, usize)>,
}

impl ConfigFile {
    /// The profiles in the block.
    pub fn managed_profiles(&self) -> Result<Vec<Profile>, Damage> {
        Ok(match self.block()? {
            Some((begin, end)) => self.profiles_in(&(begin..end), true),
            None => Vec::new(),
        })
    }

    /// The profiles that a user wrote, outside of the block.
    pub fn own_profiles(&self) -> Result<Vec<Profile>, Damage> {
        let (begin, end) = self.block()?.unwrap_or_default();
        Ok(self.profiles_in(&(begin..end), false))
    }

    /// Puts profiles into the block, in the place of those of the same name, and takes those named in
    /// `remove` out. Of a profile that is there the lines whose keys are none of `own_keys` stay.
    pub fn set_managed_profiles(
        &mut self,
        wanted: &[ManagedProfile],
        remove: &BTreeSet<String>,
        own_keys: &[&str],
    ) -> Result<(), Damage> {
        let newline = self.newline();
        let block = self.block()?;
        let (preamble, mut chunks) = self.chunks(block)?;
        if wanted.is_empty() && chunks.is_empty() && block.is_none() {
            return Ok(());
        }
        let (mut lines, after) = self.around(block);
        // Indented, it would go on with the last setting of ours.
        let next = after.iter().position(|line| !line.says_nothing());
        if let (Some(at), Some((_, end))) = (next, block)
            && after.get(at).is_some_and(Line::is_indented)
        {
            return Err(Damage::IndentedBehind(end + at + 2));
        }
        chunks.retain(|chunk| chunk.profile.as_ref().is_none_or(|name| !remove.contains(name)));
        let places: HashMap<String, usize> = chunks
            .iter()
            .enumerate()
            .filter_map(|(at, chunk)| Some((chunk.profile.clone()?, at)))
            .collect();
        for profile in wanted {
            let own = profile
                .keys
                .iter()
                .map(|(key, value)| make_line(&format!("{key} = {value}"), newline));
            match places.get(&profile.name).and_then(|at| chunks.get_mut(*at)) {
                Some(chunk) => {
                    let foreign = chunk.without_keys(own_keys);
                    chunk.body = own.chain(foreign).collect();
                }
                None => chunks.push(Chunk {
                    profile: Some(profile.name.clone()),
                    header: make_line(&format!("[profile {}]", profile.name), newline),
                    body: own.collect(),
                    settings: Vec::new(),
                }),
            }
        }
        // Other sections that someone put here come last, in their order.
        chunks.sort_by(|a, b| (a.profile.is_none(), &a.profile).cmp(&(b.profile.is_none(), &b.profile)));
        lines.push(make_line(BEGIN, newline));
        lines.push(make_line(EXPLANATION, newline));
        lines.extend(preamble);
        for (at, chunk) in chunks.into_iter().enumerate() {
            if at > 0 {
                lines.push(make_line("", newline));
            }
            lines.push(chunk.header);
            lines.extend(chunk.body);
        }
        lines.push(make_line(END, newline));
        lines.extend(after);
        *self = Self::of(lines);
        Ok(())
    }

    /// The lines before and behind the block. Where there is none yet all stand before it, set off.
    fn around(&self, block: Option<(usize, usize)>) -> (Vec<Line>, Vec<Line>) {
        let Some((begin, end)) = block else {
            let bytes = [self.to_bytes(), self.separator().into_bytes()].concat();
            return (super::lines::parse_lines(&bytes), Vec::new());
        };
        let of = |lines: Option<&[Line]>| lines.unwrap_or_default().to_vec();
        let mut before = of(self.lines().get(..begin));
        if begin == 0 && self.to_bytes().starts_with(BYTE_ORDER_MARK) {
            before = vec![Line::from(BYTE_ORDER_MARK)];
        }
        (before, of(self.lines().get(end + 1..)))
    }

    /// The sections of the block, and the comments before the first that are not ours. Blank lines
    /// between sections are made again.
    fn chunks(&self, block: Option<(usize, usize)>) -> Result<(Vec<Line>, Vec<Chunk>), Damage> {
        let Some((begin, end)) = block else {
            return Ok((Vec::new(), Vec::new()));
        };
        let inside = begin + 1..end;
        let sections: Vec<&Section> = self
            .sections()
            .iter()
            .filter(|section| inside.contains(&section.lines.start))
            .collect();
        let first = sections.first().map_or(end, |section| section.lines.start);
        let preamble = self.lines().get(inside.start..first).unwrap_or_default().iter();
        let mut preamble: Vec<Line> = preamble
            .filter(|line| line.trimmed() != Some(EXPLANATION))
            .cloned()
            .collect();
        trim_blank_lines(&mut preamble);
        let mut seen = BTreeSet::new();
        let mut chunks = Vec::new();
        for section in sections {
            let chunk = self.chunk(section, end);
            if let Some(name) = &chunk.profile
                && !seen.insert(name.clone())
            {
                return Err(Damage::ProfileTwice(crate::domain::text::clean_text(name)));
            }
            chunks.push(chunk);
        }
        Ok((preamble, chunks))
    }

    /// A section as far as it lies before the end of the block.
    fn chunk(&self, section: &Section, end: usize) -> Chunk {
        let start = section.lines.start + 1;
        let mut body: Vec<Line> = self
            .lines()
            .get(start..section.lines.end.min(end).max(start))
            .unwrap_or_default()
            .to_vec();
        trim_blank_lines(&mut body);
        let settings = section
            .settings
            .iter()
            .filter(|setting| setting.lines.start < start + body.len())
            .map(|setting: &Setting| {
                let lines = setting.lines.start - start..setting.lines.end.min(end) - start;
                (setting.key.clone(), lines, setting.indentation)
            })
            .collect();
        // An indented header would go on with the setting before it, where another section stands there now.
        let header = self.lines().get(section.lines.start).cloned();
        let header = header.unwrap_or_else(|| make_line("", "")).outdented(usize::MAX);
        let named = section_name(&section.header).filter(|(kind, _)| *kind == Kind::Profile);
        Chunk {
            profile: named.map(|(_, name)| name),
            header,
            body,
            settings,
        }
    }
}

fn trim_blank_lines(lines: &mut Vec<Line>) {
    while lines.last().is_some_and(Line::is_blank) {
        lines.pop();
    }
}

impl Chunk {
    /// The lines of the body without the settings of those keys. Another setting loses its indentation: below one
    /// of ours it would go on with that.
    fn without_keys(&mut self, keys: &[&str]) -> Vec<Line> {
        let mut kept = Vec::new();
        for (at, line) in std::mem::take(&mut self.body).into_iter().enumerate() {
            let setting = self.settings.iter().find(|(_, lines, _)| lines.contains(&at));
            match setting {
                // A comment between the lines of a value is the user's.
                Some((key, ..)) if keys.contains(&key.as_str()) => {
                    kept.extend((line.says_nothing() && !line.is_blank()).then_some(line));
                }
                Some((_, _, indentation)) => kept.push(line.outdented(*indentation)),
                None if line.says_nothing() => kept.push(line),
                None => kept.push(line.outdented(usize::MAX)),
            }
        }
        trim_blank_lines(&mut kept);
        kept
    }
}

fn make_line(text: &str, newline: &str) -> Line {
    Line::new(text, newline)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const OWN: [&str; 2] = ["sso_session", "region"];

    fn profile(name: &str, region: &str) -> ManagedProfile {
        ManagedProfile {
            name: name.to_owned(),
            keys: vec![("sso_session", "corp".to_owned()), ("region", region.to_owned())],
        }
    }

    fn set(text: &str, wanted: &[ManagedProfile], remove: &[&str]) -> Result<String, Damage> {
        let mut file = ConfigFile::parse(text.as_bytes());
        let remove = remove.iter().map(|name| (*name).to_owned()).collect();
        file.set_managed_profiles(wanted, &remove, &OWN)?;
        Ok(String::from_utf8(file.to_bytes()).expect("text"))
    }

    #[test]
    fn a_block_is_the_same_the_next_time() {
        for before in ["[default]\r", "a\nb\r", "\r", "[default]\n", "x\r\ny"] {
            let wanted = [profile("a", "r1")];
            let first = set(before, &wanted, &[]).expect("no damage");
            assert!(first.starts_with(before), "{first:?}");
            assert_eq!(
                set(&first, &wanted, &[]).as_deref(),
                Ok(first.as_str()),
                "{before:?}"
            );
        }
    }

    #[test]
    fn a_block_is_added_and_changed() {
        let first = set(
            "[default]\r\nregion = x",
            &[profile("b", "r1"), profile("a", "r1")],
            &[],
        );
        let first = first.expect("no damage");
        let block = format!(
            "{BEGIN}\r\n{EXPLANATION}\r\n[profile a]\r\nsso_session = corp\r\nregion = r1\r\n\r\n[profile b]\r\n\
             sso_session = corp\r\nregion = r1\r\n{END}\r\n"
        );
        assert_eq!(first, format!("[default]\r\nregion = x\r\n\r\n{block}"));
        // A user and the AWS CLI write into a profile of ours, and behind the block.
        let edited = first.replace(
            "[profile b]\r\n",
            "[profile b]\r\n# mine\r\noutput = json\r\ns3 =\r\n  max_queue_size = 1\r\nREGION = own\r\n  odd\r\n",
        ) + "[profile z]\r\n";
        let second = set(&edited, &[profile("b", "r2")], &["a"]).expect("no damage");
        assert_eq!(
            second,
            format!(
                "[default]\r\nregion = x\r\n\r\n{BEGIN}\r\n{EXPLANATION}\r\n[profile b]\r\nsso_session = corp\r\n\
                 region = r2\r\n# mine\r\noutput = json\r\ns3 =\r\n  max_queue_size = 1\r\n{END}\r\n[profile z]\r\n"
            )
        );
        let file = ConfigFile::parse(second.as_bytes());
        let names = |list: Vec<Profile>| list.into_iter().map(|p| p.name).collect::<Vec<_>>();
        assert_eq!(names(file.managed_profiles().expect("fine")), ["b"]);
        assert_eq!(names(file.own_profiles().expect("fine")), ["default", "z"]);
        assert_eq!(
            set("# mine\n", &[], &[]).as_deref(),
            Ok("# mine\n"),
            "nothing to say"
        );
    }

    #[test]
    fn damage_is_told_and_nothing_changed() {
        for (text, damage) in [
            (format!("x\n{BEGIN}\n[profile a]\n"), Damage::NoEnd(2)),
            (format!("{END}\n"), Damage::NoBeginning(1)),
            (format!("{BEGIN}\n{END}\n{END}\n"), Damage::NoBeginning(3)),
            (format!("{BEGIN}\n{BEGIN}\n{END}\n"), Damage::Twice(2)),
            (format!("{BEGIN}\n{END}\n\n  {BEGIN}\n{END}"), Damage::Twice(4)),
            (
                format!("{BEGIN}\n{END}\n# c\n  [profile a]\n"),
                Damage::IndentedBehind(4),
            ),
            (
                format!("{BEGIN}\n[profile a]\n[profile 'a']\n{END}"),
                Damage::ProfileTwice("a".into()),
            ),
        ] {
            assert_eq!(set(&text, &[profile("b", "r")], &[]), Err(damage), "{text}");
        }
        let mut utf16 = ConfigFile::parse(b"\xff\xfe[\0d\0]\0");
        assert_eq!(
            utf16.set_managed_profiles(&[profile("b", "r")], &BTreeSet::new(), &OWN),
            Err(Damage::Utf16)
        );
    }

    #[test]
    fn a_comment_within_a_replaced_value_stays() {
        let text = format!("{BEGIN}\n[profile c]\nregion = q\n# mine\n  z\n\n{END}\n");
        let after = set(&text, &[profile("c", "r")], &[]).expect("fine");
        assert!(after.contains("# mine\n") && !after.contains('z'), "{after}");
        assert_eq!(set(&after, &[profile("c", "r")], &[]), Ok(after));
    }

    #[test]
    fn a_byte_order_mark_before_the_block_stays() {
        let text = format!("\u{feff}{BEGIN}\n{END}\n");
        let after = set(&text, &[profile("b", "r")], &[]).expect("fine");
        assert!(
            after.starts_with(&format!("\u{feff}{BEGIN}\n{EXPLANATION}\n[profile b]\n")),
            "{after}"
        );
        assert_eq!(set(&after, &[profile("b", "r")], &[]), Ok(after));
    }

    proptest! {
        #[test]
        fn other_bytes_stay_and_twice_is_once(
            before in "(\u{feff})?((\\[(profile |)[abc]\\]|# [a-z#]{0,5}|[a-z_]{1,8} ?= ?[a-z #;]{0,8}|  x = y|\\PC{0,6})(\r\n|\n)){0,8}[a-z=#\\[ ]{0,4}",
            inside in "((\\[profile [bcd]\\]|\\[x y\\]|region = q|output = j|  z|# c|)(\r\n|\n)){0,10}",
            after in "((\\[profile [ez]\\]|[a-z]{1,4} = [a-z]{0,4}|)(\r\n|\n)){0,5}[a-z ]{0,3}",
            there in any::<bool>(),
        ) {
            let wanted = [profile("c", "r"), profile("d", "r")];
            let text = if there {
                let gap = if before.is_empty() || before.ends_with('\n') { "" } else { "\n" };
                format!("{before}{gap}{BEGIN}\n{inside}{END}\n{after}")
            } else {
                before.clone()
            };
            let Ok(once) = set(&text, &wanted, &["b"]) else { return Ok(()) };
            prop_assert!(once.starts_with(&before), "{:?}", once);
            if there {
                prop_assert!(once.ends_with(&format!("{END}{}{after}", if once.contains(&format!("{END}\r\n")) { "\r\n" } else { "\n" })), "{:?}", once);
                for foreign in ["output = j", "# c", "[x y]"] {
                    let lost = inside.split("[profile b]").next().is_some_and(|kept| kept.contains(foreign)) && !once.contains(foreign);
                    prop_assert!(!lost, "{}: {:?}", foreign, once);
                }
            }
            prop_assert_eq!(set(&once, &wanted, &["b"]), Ok(once.clone()));
            let file = ConfigFile::parse(once.as_bytes());
            let managed = file.managed_profiles().expect("fine");
            for name in ["c", "d"] {
                let found = managed.iter().find(|p| p.name == name);
                prop_assert_eq!(found.and_then(|p| p.get("region")), Some("r"));
            }
            prop_assert!(managed.iter().all(|p| p.name != "b"));
        }
    }
}
