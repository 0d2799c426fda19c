//! `include`: rules and chained roles of other files, such as a team's.
//!
//! Those of an included file count before those of the file that includes it, so that a user's own can change what
//! the team's give. Each file is read once; one that includes itself, directly or through others, is reported.

use std::path::{Path, PathBuf};

use super::contents::{Contents, Include};
use super::preferences_file::{PreferencesError, read_preferences};
use crate::domain::rules::Rule;
use crate::domain::targets::chained_roles::RoleEntry;
use crate::platform::files::paths::canonical_path;

/// Reads what files include.
pub(super) struct Reader<'a> {
    home: &'a Path,
    /// The files that are being read, each included by the one before.
    open: Vec<PathBuf>,
    done: Vec<PathBuf>,
    pub(super) rules: Vec<Rule>,
    pub(super) roles: Vec<RoleEntry>,
    pub(super) mistakes: Vec<PreferencesError>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(home: &'a Path) -> Self {
        Self {
            home,
            open: Vec::new(),
            done: Vec::new(),
            rules: Vec::new(),
            roles: Vec::new(),
            mistakes: Vec::new(),
        }
    }

    /// Takes the rules and roles of a file, those of the files that it includes first.
    pub(super) fn add_file(&mut self, path: &Path, contents: Contents) {
        // A file that includes none, as most do, needs no name of its own unless another one may include it.
        let is_alone = self.open.is_empty() && contents.includes.is_empty();
        if !is_alone {
            self.open.push(canonical_path(path));
        }
        for include in &contents.includes {
            self.include(path, include);
        }
        self.done.extend(self.open.pop());
        self.rules.extend(contents.rules);
        self.roles.extend(contents.roles);
    }

    fn include(&mut self, from: &Path, include: &Include) {
        let wanted = Path::new(&include.path);
        let wanted = match wanted.strip_prefix("~") {
            Ok(rest) => self.home.join(rest),
            Err(_) => from.parent().unwrap_or(Path::new("")).join(wanted),
        };
        // Without the `.` of `./team.toml`.
        let wanted: PathBuf = wanted.components().collect();
        let file = canonical_path(&wanted);
        let mut wrong = |reason: String| {
            self.mistakes.push(PreferencesError::Broken {
                path: from.to_owned(),
                line: include.line,
                reason,
            });
        };
        if self.open.contains(&file) {
            return wrong(format!("`include`: `{}` includes itself", include.path));
        }
        if self.done.contains(&file) {
            return;
        }
        match read_preferences(&wanted) {
            Ok(Some(text)) => {
                let mut contents = Contents::of_included(&text);
                let mistakes = std::mem::take(&mut contents.mistakes);
                self.mistakes
                    .extend(PreferencesError::of_lines(&wanted, mistakes));
                self.add_file(&wanted, contents);
            }
            Ok(None) => wrong(format!("`include`: no file `{}`", wanted.display())),
            Err(PreferencesError::Unreadable { source, .. }) => {
                wrong(format!("`include`: can't read `{}`: {source}", wanted.display()));
            }
            Err(PreferencesError::BadPermissions(issue)) => wrong(format!("`include`: {issue}")),
            Err(error) => self.mistakes.push(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use crate::domain::Account;
    use crate::domain::rules::{Subject, TargetRules};
    use crate::settings::{LoadedPreferences, load_preferences};

    const ALL: &str = "[[rule]]\nmatch.account = \"*\"\n";

    struct Home(tempfile::TempDir);

    impl Home {
        fn with(files: &[(&str, &str)]) -> Self {
            let home = Self(tempfile::tempdir().expect("a folder"));
            for (name, text) in files {
                let path = home.0.path().join(name);
                fs::create_dir_all(path.parent().expect("a folder")).expect("makes");
                fs::write(path, text).expect("writes");
            }
            home
        }

        fn load(&self) -> LoadedPreferences {
            load_preferences(&self.0.path().join("config.toml"), self.0.path())
        }

        /// What is given to an account, and what is wrong.
        fn given(&self) -> (TargetRules, Vec<String>) {
            let loaded = self.load();
            let account = Account {
                id: "310448120938".parse().expect("an ID"),
                name: "payments".into(),
                email: "".into(),
            };
            let given = loaded.rules.of(Subject::new("tanuki", &account, None));
            let folder = format!("{}/", self.0.path().display());
            let said = loaded.mistakes.iter().map(|m| m.to_string().replace(&folder, ""));
            (given, said.collect())
        }
    }

    #[test]
    fn ones_own_rules_count_before_those_of_included_files() {
        let own = format!("include = [\"teams/a.toml\", \"~/teams/b.toml\"]\n{ALL}note = \"own\"\n");
        let home = Home::with(&[
            ("config.toml", &own),
            (
                "teams/a.toml",
                &format!("include = \"c.toml\"\n{ALL}note = \"a\"\nalias = \"a\"\ntags = \"a\"\n"),
            ),
            ("teams/b.toml", &format!("{ALL}alias = \"b\"\ntags = \"b\"\n")),
            (
                "teams/c.toml",
                &format!("{ALL}alias = \"c\"\ntags = \"c\"\nbrowser = \"~/bin/open {{}}\"\n"),
            ),
        ]);
        let (given, mistakes) = home.given();
        assert!(mistakes.is_empty(), "{mistakes:?}");
        assert_eq!(given.note.as_deref(), Some("own"));
        assert_eq!(given.alias.as_deref(), Some("b"));
        assert_eq!(given.tags_text(), "c a b");
        let browser = format!("{}/bin/open {{}}", home.0.path().display());
        assert_eq!(given.browser.map(|choice| choice.to_string()), Some(browser));
    }

    #[test]
    fn a_file_that_includes_itself_is_reported_and_read_once() {
        let home = Home::with(&[
            (
                "config.toml",
                &format!("mouse = true\ninclude = [\"a.toml\"]\n{ALL}note = \"own\"\n"),
            ),
            (
                "a.toml",
                &format!("include = [\"./b.toml\", \"a.toml\"]\n{ALL}alias = \"a\"\n"),
            ),
            (
                "b.toml",
                &format!("include = [\"config.toml\", \"a.toml\"]\n{ALL}tags = \"b\"\n"),
            ),
        ]);
        let (given, mistakes) = home.given();
        assert_eq!(
            mistakes,
            [
                "`b.toml`, line 1: `include`: `config.toml` includes itself",
                "`b.toml`, line 1: `include`: `a.toml` includes itself",
                "`a.toml`, line 1: `include`: `a.toml` includes itself",
            ]
        );
        assert_eq!(
            (given.alias.as_deref(), given.tags_text().as_str()),
            (Some("a"), "b")
        );
        assert_eq!(given.note.as_deref(), Some("own"));
    }

    #[test]
    fn what_can_t_be_included_is_reported_and_takes_nothing_from_the_rest() {
        let own = format!(
            "mouse = true\ninclude = [\"none.toml\", \"open.toml\", \"text.toml\", \"broken.toml\"]\n{ALL}note = \"own\"\n"
        );
        let home = Home::with(&[
            ("config.toml", &own),
            ("open.toml", &format!("{ALL}alias = \"open\"\n")),
            (
                "text.toml",
                &format!("theme = \"light\"\n{ALL}alias = \"text\"\n"),
            ),
            ("broken.toml", &format!("{ALL}tags = \n\n{ALL}tags = \"fine\"\n")),
        ]);
        fs::set_permissions(home.0.path().join("open.toml"), fs::Permissions::from_mode(0o666))
            .expect("chmod");
        let (given, mistakes) = home.given();
        for (mistake, words) in mistakes.iter().zip([
            "`config.toml`, line 2: `include`: no file `none.toml`",
            "`config.toml`, line 2: `include`: ",
            "`text.toml`, line 1: `theme` is ignored: an included file has only `rule`, `role` and `include`",
            "`broken.toml`, line 3: ",
        ]) {
            assert!(mistake.starts_with(words), "{mistakes:?}");
        }
        assert_eq!(mistakes.len(), 4, "{mistakes:?}");
        assert_eq!(
            given.alias.as_deref(),
            Some("text"),
            "what others may write is not used"
        );
        assert_eq!(
            (given.tags_text().as_str(), given.note.as_deref()),
            ("fine", Some("own"))
        );
        assert!(home.load().preferences.mouse);
    }
}
