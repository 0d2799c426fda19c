//! The profiles of browsers, as the browsers' own files list them. Only read: browsers write those files when they end,
//! and would lose what others change.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::domain::text::clean_text;
use crate::domain::web::browser_choice::BrowserName;
use crate::domain::web::container::ContainerExtension;
use crate::platform::files::safe_open::FileKind;
use crate::store::disk::names::sha1_hex;
use crate::store::disk::reading::read_user_file;

/// A profile of a browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrowserProfile {
    /// As the browser shows it.
    pub name: String,
    pub folder: PathBuf,
    /// Whether it opens pages by itself.
    pub usual: bool,
}

impl BrowserProfile {
    /// The name of its folder.
    #[must_use]
    pub fn folder_name(&self) -> String {
        let name = self.folder.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }

    /// The extension for containers that is active in this profile of Firefox.
    #[must_use]
    pub fn container_extension(&self) -> Option<ContainerExtension> {
        let extensions = read_json(&self.folder.join("extensions.json"))?;
        let addons = extensions.get("addons")?.as_array()?;
        let is_active = |id: &str| {
            addons.iter().any(|addon| {
                addon.get("id").and_then(Value::as_str) == Some(id)
                    && addon.get("active").and_then(Value::as_bool) == Some(true)
            })
        };
        ContainerExtension::ALL
            .into_iter()
            .find(|extension| is_active(extension.id()))
    }
}

/// Where browsers keep their profiles.
#[derive(Clone, Debug)]
pub struct BrowserFolders {
    home: PathBuf,
    config: PathBuf,
}

impl BrowserFolders {
    #[must_use]
    pub fn new(home: &Path, config_home: Option<&Path>) -> Self {
        let config = config_home.filter(|path| path.is_absolute());
        Self {
            home: home.to_owned(),
            config: config.map_or_else(|| home.join(".config"), Path::to_owned),
        }
    }

    /// The profiles of a browser, in its order; none where it was never started.
    #[must_use]
    pub fn profiles(&self, browser: BrowserName) -> Vec<BrowserProfile> {
        if browser == BrowserName::Firefox {
            let mut found: Vec<BrowserProfile> = Vec::new();
            for folder in self.firefox() {
                for profile in firefox_profiles(&folder) {
                    if found.iter().all(|known| known.folder != profile.folder) {
                        found.push(profile);
                    }
                }
            }
            return found;
        }
        chromium_profiles(&self.chromium(browser))
    }

    /// The data folder of a browser of the Chromium family.
    fn chromium(&self, browser: BrowserName) -> PathBuf {
        let mac = cfg!(target_os = "macos");
        let name = match browser {
            BrowserName::Chrome if mac => "Google/Chrome",
            BrowserName::Chrome => "google-chrome",
            BrowserName::Brave => "BraveSoftware/Brave-Browser",
            BrowserName::Edge if mac => "Microsoft Edge",
            BrowserName::Edge => "microsoft-edge",
            BrowserName::Vivaldi if mac => "Vivaldi",
            BrowserName::Vivaldi => "vivaldi",
            BrowserName::Chromium | BrowserName::Firefox if mac => "Chromium",
            BrowserName::Chromium | BrowserName::Firefox => "chromium",
        };
        if mac {
            self.home.join("Library/Application Support").join(name)
        } else {
            self.config.join(name)
        }
    }

    /// The folders of Firefox. A new installation uses the second, unless the first is there.
    fn firefox(&self) -> Vec<PathBuf> {
        if cfg!(target_os = "macos") {
            return vec![self.home.join("Library/Application Support/Firefox")];
        }
        vec![
            self.home.join(".mozilla/firefox"),
            self.config.join("mozilla/firefox"),
        ]
    }
}

fn read_json(path: &Path) -> Option<Value> {
    serde_json::from_slice(&read_file(path)?).ok()
}

/// What others could write would choose where consoles open.
fn read_file(path: &Path) -> Option<Vec<u8>> {
    read_user_file(path, FileKind::Preferences).ok()?
}

/// The folder of a browser's data for a session: readable, and different for different names.
#[must_use]
pub fn browser_folder_name(session: &str) -> PathBuf {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let readable: String = session.chars().filter(|c| is_plain(*c)).take(48).collect();
    let hash = sha1_hex(session.as_bytes());
    PathBuf::from(format!("{readable}-{}", hash.get(..12).unwrap_or(&hash)))
}

/// `Local State`: `profile.info_cache` by folder, with the names that the browser shows.
fn chromium_profiles(data: &Path) -> Vec<BrowserProfile> {
    let Some(state) = read_json(&data.join("Local State")) else {
        return Vec::new();
    };
    let profile = state.get("profile");
    let last = profile
        .and_then(|profile| profile.get("last_used"))
        .and_then(Value::as_str)
        .unwrap_or("Default");
    let known = profile
        .and_then(|profile| profile.get("info_cache"))
        .and_then(Value::as_object);
    let read = |(folder, info): (&String, &Value)| {
        // A name with a slash would lead out of the data folder.
        let name = info.get("name").and_then(Value::as_str)?;
        (!folder.contains('/') && !folder.starts_with('.')).then(|| BrowserProfile {
            name: clean_text(name),
            folder: data.join(folder),
            usual: folder == last,
        })
    };
    known.into_iter().flatten().filter_map(read).collect()
}

/// `profiles.ini`: a section per profile, and one per installation that names its usual one.
fn firefox_profiles(folder: &Path) -> Vec<BrowserProfile> {
    let Some(bytes) = read_file(&folder.join("profiles.ini")) else {
        return Vec::new();
    };
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let mut sections: Vec<(&str, Vec<(&str, &str)>)> = Vec::new();
    for line in text.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            sections.push((name, Vec::new()));
        } else if let (Some(pair), Some((_, pairs))) = (line.split_once('='), sections.last_mut()) {
            pairs.push(pair);
        }
    }
    let value = |pairs: &[(&str, &str)], key: &str| {
        let found = pairs.iter().find(|(name, _)| *name == key);
        found.map(|(_, value)| (*value).to_owned())
    };
    let installed: Option<String> = sections
        .iter()
        .filter(|(name, _)| name.starts_with("Install"))
        .find_map(|(_, pairs)| value(pairs, "Default"));
    let profiles = sections.iter().filter(|(name, _)| name.starts_with("Profile"));
    profiles
        .filter_map(|(_, pairs)| {
            let path = value(pairs, "Path")?;
            let is_relative = value(pairs, "IsRelative").as_deref() != Some("0");
            let is_default = || value(pairs, "Default").as_deref() == Some("1");
            Some(BrowserProfile {
                name: clean_text(&value(pairs, "Name")?),
                usual: installed.as_ref().map_or_else(is_default, |usual| *usual == path),
                folder: if is_relative {
                    folder.join(path)
                } else {
                    path.into()
                },
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(folder: &Path, name: &str, text: &str) {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(path, text).expect("written");
    }

    fn names(profiles: &[BrowserProfile]) -> Vec<(String, String, bool)> {
        let shown = profiles
            .iter()
            .map(|p| (p.name.clone(), p.folder_name(), p.usual));
        shown.collect()
    }

    #[test]
    fn profiles_have_the_names_that_browsers_show() {
        let home = tempfile::tempdir().expect("a folder");
        let folders = BrowserFolders::new(home.path(), None);
        assert!(folders.profiles(BrowserName::Chrome).is_empty());
        let state = r#"{"profile": {"last_used": "Profile 1", "info_cache": {
            "Default": {"name": "Hana"}, "Profile 1": {"name": "Work"}, "../x": {"name": "Evil"}, "Profile 2": {}}}}"#;
        write(home.path(), ".config/google-chrome/Local State", state);
        write(home.path(), ".config/chromium/Local State", "{");
        assert_eq!(
            names(&folders.profiles(BrowserName::Chrome)),
            [
                ("Hana".into(), "Default".into(), false),
                ("Work".into(), "Profile 1".into(), true)
            ]
        );
        assert!(folders.profiles(BrowserName::Chromium).is_empty());
        let ini = "[Install4F96D1932A9F858E]\nDefault=abc.work\nLocked=1\n\n[Profile1]\nName=default\nIsRelative=1\n\
                   Path=xyz.default\nDefault=1\n\n[Profile0]\nName=Work EU\nIsRelative=1\nPath=abc.work\n\n\
                   [Profile2]\nName=else\nIsRelative=0\nPath=/mnt/else\n\n[General]\nVersion=2\n";
        write(home.path(), ".config/mozilla/firefox/profiles.ini", ini);
        let found = folders.profiles(BrowserName::Firefox);
        assert_eq!(
            names(&found),
            [
                ("default".into(), "xyz.default".into(), false),
                ("Work EU".into(), "abc.work".into(), true),
                ("else".into(), "else".into(), false)
            ]
        );
        let work = &found[1];
        assert_eq!(work.container_extension(), None);
        for (extension, active) in [
            (ContainerExtension::OpenUrl, true),
            (ContainerExtension::Granted, true),
            (ContainerExtension::OpenUrl, false),
        ] {
            let addons = serde_json::json!({"addons": [{"id": extension.id(), "active": active}, {"id": 1}]});
            write(&work.folder, "extensions.json", &addons.to_string());
            assert_eq!(work.container_extension(), active.then_some(extension));
        }
    }
}
