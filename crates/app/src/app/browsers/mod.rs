//! Which program opens a page, and in which profile, data folder or container of it.

pub(super) mod error;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::app::browsers::error::BrowserError;
use crate::app::context::Context;
use crate::domain::Target;
use crate::domain::rules::TargetRules;
use crate::domain::values::nearest::suggest_name;
use crate::domain::web::browser_choice::{BrowserChoice, BrowserName, BrowserPlace, PLACEHOLDERS};
use crate::domain::web::container::ContainerColor;
use crate::platform::browser::BrowserCommand;
use crate::platform::files::folder::create_private_folder;
use crate::platform::files::paths;
use crate::settings::env;
use crate::store::{BrowserFolders, BrowserProfile, browser_folder_name};

/// What a page is of.
#[derive(Clone, Copy)]
pub(in crate::app) enum PageOf<'a> {
    /// A sign-in to a session, where it is known.
    SignIn(Option<&'a str>),
    /// The console of a target.
    Console(&'a Target, &'a TargetRules),
}

impl<'a> PageOf<'a> {
    fn session(self) -> &'a str {
        match self {
            Self::SignIn(session) => session.unwrap_or("default"),
            Self::Console(target, _) => &target.session,
        }
    }

    /// The value of a placeholder; `None` where this page has none.
    fn value(self, name: &str) -> Option<&'a str> {
        match (self, name) {
            (_, "session") => Some(self.session()),
            (Self::Console(target, _), "account_id") => Some(target.account_id.as_str()),
            (Self::Console(target, _), "account_name") => Some(target.account_name.as_str()),
            (Self::Console(target, _), "permission_set") => Some(target.permission_set.name()),
            _ => None,
        }
    }
}

/// A browser that is installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::app) struct FoundBrowser {
    pub name: BrowserName,
    /// The names of its profiles.
    pub profiles: Vec<String>,
}

/// Finds browsers, their profiles and the command that opens a page there.
pub(in crate::app) struct Browsers {
    context: Arc<Context>,
}

impl Browsers {
    pub(in crate::app) fn new(context: &Arc<Context>) -> Self {
        Self {
            context: Arc::clone(context),
        }
    }

    /// The browsers that are installed, with their profiles.
    pub(in crate::app) fn installed_browsers(&self) -> Vec<FoundBrowser> {
        let installed = BrowserName::ALL
            .into_iter()
            .filter(|name| self.program(*name).is_ok());
        installed
            .map(|name| FoundBrowser {
                name,
                profiles: profile_names(&self.folders().profiles(name)),
            })
            .collect()
    }

    /// Every browser, profile, container and data folder that a console can be opened in here.
    pub(in crate::app) fn choices(&self) -> Vec<BrowserChoice> {
        let mut choices = Vec::new();
        for found in self.installed_browsers() {
            let name = found.name;
            let mut add = |place| choices.push(BrowserChoice::Browser(name, place));
            add(BrowserPlace::Usual);
            if found.profiles.len() > 1 {
                found
                    .profiles
                    .into_iter()
                    .for_each(|profile| add(BrowserPlace::Profile(profile)));
            }
            let has_containers = name == BrowserName::Firefox
                && self
                    .firefox_profile(None)
                    .is_ok_and(|profile| profile.container_extension().is_some());
            if has_containers {
                add(BrowserPlace::Container(None));
            }
            add(BrowserPlace::PerAccount);
        }
        choices
    }

    /// The command that opens an address in the browser that was chosen. What was chosen by a name must be there:
    /// browsers would silently make a profile of an unknown one.
    ///
    /// # Errors
    /// Where a program, profile or extension is missing.
    pub(in crate::app) fn command(
        &self,
        choice: &BrowserChoice,
        page: PageOf<'_>,
        address: &str,
    ) -> Result<BrowserCommand, BrowserError> {
        let (name, place) = match choice {
            BrowserChoice::Command(words) => return self.own_command(choice, words, page, address),
            BrowserChoice::Browser(name, place) => (*name, place),
        };
        let (mut options, mut address) = (Vec::new(), address.to_owned());
        match place {
            BrowserPlace::Usual => {}
            BrowserPlace::Profile(wanted) => options = in_profile(name, &self.profile(name, wanted)?),
            BrowserPlace::PerAccount | BrowserPlace::PerSession => {
                options = in_folder(name, &self.own_folder(choice, name, place, page)?);
            }
            BrowserPlace::Container(wanted) => {
                let profile = self.firefox_profile(wanted.as_deref())?;
                let extension = profile
                    .container_extension()
                    .ok_or_else(|| BrowserError::NoExtension {
                        profile: profile.name.clone(),
                    })?;
                let (container, color) = container_of(page);
                address = extension.address(container, color, &address);
                if wanted.is_some() {
                    options = in_profile(name, &profile);
                }
            }
        }
        let program = self.program(name)?;
        options.push(address);
        Ok(BrowserCommand {
            program,
            arguments: if cfg!(target_os = "macos") {
                let before = ["-na", name.application(), "--args"].map(str::to_owned);
                before.into_iter().chain(options).collect()
            } else {
                options
            },
        })
    }

    /// What is wrong with a choice before any page is opened with it.
    pub(in crate::app) fn check(&self, choice: &BrowserChoice) -> Result<(), BrowserError> {
        match choice {
            BrowserChoice::Command(words) => self.found_program(words).map(drop),
            BrowserChoice::Browser(name, place) => {
                self.program(*name)?;
                match place {
                    BrowserPlace::Profile(wanted) => self.profile(*name, wanted).map(drop),
                    BrowserPlace::Container(wanted) => {
                        let profile = self.firefox_profile(wanted.as_deref())?;
                        match profile.container_extension() {
                            Some(_) => Ok(()),
                            None => Err(BrowserError::NoExtension {
                                profile: profile.name,
                            }),
                        }
                    }
                    _ => Ok(()),
                }
            }
        }
    }

    /// A command of the user's, with its placeholders replaced within words: there is no shell that would read them.
    fn own_command(
        &self,
        choice: &BrowserChoice,
        words: &[String],
        page: PageOf<'_>,
        address: &str,
    ) -> Result<BrowserCommand, BrowserError> {
        let program = self.found_program(words)?;
        let mut placed = false;
        let mut arguments = Vec::with_capacity(words.len());
        for word in words.iter().skip(1) {
            placed |= word.contains("{}") || word.contains("%s");
            let filled = fill_word(word, page, address).ok_or_else(|| BrowserError::NeedsAccount {
                choice: choice.to_string(),
            })?;
            arguments.push(filled);
        }
        if !placed {
            arguments.push(address.to_owned());
        }
        Ok(BrowserCommand { program, arguments })
    }

    fn found_program(&self, words: &[String]) -> Result<PathBuf, BrowserError> {
        let program = words.first().map(String::as_str).unwrap_or_default();
        let found = paths::find_program(program, self.context.settings.environment.get(env::PATH));
        found.ok_or_else(|| BrowserError::NoProgram {
            suggestion: suggest_name(program, BrowserName::ALL.map(BrowserName::as_str)),
            program: program.to_owned(),
        })
    }

    fn program(&self, name: BrowserName) -> Result<PathBuf, BrowserError> {
        if cfg!(target_os = "macos") {
            let application = format!("{}.app", name.application());
            let places = [
                Path::new("/Applications").to_owned(),
                self.home().join("Applications"),
            ];
            let is_there = places.iter().any(|place| place.join(&application).exists());
            return is_there
                .then(|| PathBuf::from("/usr/bin/open"))
                .ok_or(BrowserError::NotInstalled(name));
        }
        let path = self.context.settings.environment.get(env::PATH);
        let mut programs = name.programs().iter();
        let found = programs.find_map(|program| paths::find_program(program, path));
        found.ok_or(BrowserError::NotInstalled(name))
    }

    /// The home folder that browsers start with.
    fn home(&self) -> PathBuf {
        let settings = &self.context.settings;
        let own = settings.environment.get(env::GENKAN_BROWSER_HOME);
        own.map_or_else(|| settings.paths.home.clone(), PathBuf::from)
    }

    fn folders(&self) -> BrowserFolders {
        let config = self.context.settings.environment.get(env::XDG_CONFIG_HOME);
        BrowserFolders::new(&self.home(), config.map(Path::new))
    }

    /// The profile of a name: as the browser shows it, in another case where only one fits, or its folder's.
    fn profile(&self, browser: BrowserName, wanted: &str) -> Result<BrowserProfile, BrowserError> {
        let profiles = self.folders().profiles(browser);
        let exact = profiles.iter().find(|profile| profile.name == wanted);
        let in_any_case = || {
            let mut fitting = profiles
                .iter()
                .filter(|profile| profile.name.to_lowercase() == wanted.to_lowercase());
            fitting.next().filter(|_| fitting.next().is_none())
        };
        let by_folder = || profiles.iter().find(|profile| profile.folder_name() == wanted);
        let found = exact.or_else(in_any_case).or_else(by_folder).cloned();
        found.ok_or_else(|| {
            let known = profile_names(&profiles);
            BrowserError::NoProfile {
                browser,
                profile: wanted.to_owned(),
                suggestion: suggest_name(wanted, known.iter().map(String::as_str)),
                known,
            }
        })
    }

    fn firefox_profile(&self, wanted: Option<&str>) -> Result<BrowserProfile, BrowserError> {
        if let Some(wanted) = wanted {
            return self.profile(BrowserName::Firefox, wanted);
        }
        let profiles = self.folders().profiles(BrowserName::Firefox);
        let usual = profiles.iter().find(|profile| profile.usual).or(profiles.first());
        usual.cloned().ok_or(BrowserError::NoFirefoxProfile)
    }

    /// A data folder of genkan's own, readable only by the user: it holds cookies of consoles.
    fn own_folder(
        &self,
        choice: &BrowserChoice,
        browser: BrowserName,
        place: &BrowserPlace,
        page: PageOf<'_>,
    ) -> Result<PathBuf, BrowserError> {
        let folder = match (place, page) {
            (BrowserPlace::PerAccount, PageOf::Console(target, _)) => target.account_id.as_str().into(),
            (BrowserPlace::PerAccount, PageOf::SignIn(_)) => {
                return Err(BrowserError::NeedsAccount {
                    choice: choice.to_string(),
                });
            }
            _ => browser_folder_name(page.session()),
        };
        let folder = self
            .context
            .settings
            .paths
            .state
            .join("browsers")
            .join(browser.as_str())
            .join(folder);
        match create_private_folder(&folder) {
            Ok(()) => Ok(folder),
            Err(source) => Err(BrowserError::Folder { folder, source }),
        }
    }
}

fn profile_names(profiles: &[BrowserProfile]) -> Vec<String> {
    profiles.iter().map(|profile| profile.name.clone()).collect()
}

/// The options that choose a profile.
fn in_profile(browser: BrowserName, profile: &BrowserProfile) -> Vec<String> {
    if browser == BrowserName::Firefox {
        return vec!["--profile".to_owned(), profile.folder.display().to_string()];
    }
    let mut options = vec![format!("--profile-directory={}", profile.folder_name())];
    options.extend(WITHOUT_QUESTIONS.map(str::to_owned));
    options
}

/// The options that choose a data folder.
fn in_folder(browser: BrowserName, folder: &Path) -> Vec<String> {
    if browser == BrowserName::Firefox {
        return vec!["--profile".to_owned(), folder.display().to_string()];
    }
    let mut options = vec![format!("--user-data-dir={}", folder.display())];
    options.extend(WITHOUT_QUESTIONS.map(str::to_owned));
    options
}

/// A new profile of the Chromium family would ask before it shows the page.
const WITHOUT_QUESTIONS: [&str; 2] = ["--no-first-run", "--no-default-browser-check"];

/// The name and the colour of a page's container.
fn container_of(page: PageOf<'_>) -> (&str, ContainerColor) {
    match page {
        PageOf::SignIn(_) => (page.session(), ContainerColor::Blue),
        PageOf::Console(target, rules) => {
            let name = rules.alias.as_deref().unwrap_or(target.account_name.as_str());
            (name, ContainerColor::of_account(rules.color, rules.production))
        }
    }
}

/// A word with its placeholders replaced, each once; `None` where the page has no value for one.
fn fill_word(word: &str, page: PageOf<'_>, address: &str) -> Option<String> {
    let mut text = String::new();
    let mut rest = word;
    while let Some(at) = rest.find(['{', '%']) {
        let (front, found) = rest.split_at(at);
        text += front;
        if let Some(behind) = found.strip_prefix("%s") {
            text += address;
            rest = behind;
        } else if let Some((name, behind)) = split_placeholder(found) {
            text += if name.is_empty() {
                address
            } else {
                page.value(name)?
            };
            rest = behind;
        } else {
            let (mark, behind) = found.split_at(1);
            text += mark;
            rest = behind;
        }
    }
    Some(text + rest)
}

/// The name of the placeholder that a text begins with, and what follows; the address has no name.
fn split_placeholder(text: &str) -> Option<(&str, &str)> {
    let (name, behind) = text.strip_prefix('{')?.split_once('}')?;
    (name.is_empty() || PLACEHOLDERS.contains(&name)).then_some((name, behind))
}
