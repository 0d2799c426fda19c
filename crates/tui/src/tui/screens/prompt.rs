//! A question that is answered by typing one line: a note, a profile name, a command. Must not know what is done with
//! the answer.

use super::menu::Menu;
use crate::domain::Target;
use crate::tui::input::text_input::TextInput;

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PromptOf {
    /// A note to a target.
    Note(Target),
    /// The profile of the credentials file that gets a target's credentials.
    CredentialsProfile(Target),
    /// A command to run in each of the targets, so many at once.
    Command(Vec<Target>, usize),
}

impl PromptOf {
    /// The title of the box.
    #[must_use]
    pub fn title(&self) -> String {
        match self {
            Self::Note(target) => format!("Note to {target}"),
            Self::CredentialsProfile(target) => format!("Write credentials for {target}"),
            Self::Command(targets, _) => match targets.as_slice() {
                [target] => format!("Run a command in {target}"),
                targets => format!("Run a command in {} targets", targets.len()),
            },
        }
    }

    /// What the empty line shows.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Note(_) => "a few words; an empty line removes the note",
            Self::CredentialsProfile(_) => "profile name",
            Self::Command(..) => "aws s3 ls",
        }
    }

    /// What Enter does with the answer, in a word for the footer.
    #[must_use]
    pub fn verb(&self) -> &'static str {
        match self {
            Self::Note(_) => "save",
            Self::CredentialsProfile(_) => "write",
            Self::Command(..) => "run",
        }
    }

    /// What becomes of the answer.
    #[must_use]
    pub fn words(&self) -> &'static str {
        match self {
            Self::Note(_) => "Kept on this machine and shown in the details.",
            Self::CredentialsProfile(_) => {
                "Puts the keys into this profile of ~/.aws/credentials, where any program of yours can read them until \
                 they expire."
            }
            Self::Command(_, 2..) => {
                "Runs it with `sh -c` in 8 targets at once, each with its own credentials and without a terminal, and \
                 returns here."
            }
            Self::Command(..) => {
                "Runs it with `sh -c` in one target after another, each with its own credentials, and returns here."
            }
        }
    }
}

/// A question, and what is typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    pub of: PromptOf,
    pub input: TextInput,
    /// What is wrong with the answer.
    pub problem: Option<&'static str>,
    /// The menu that Esc goes back to.
    pub behind: Option<Box<Menu>>,
}

impl Prompt {
    #[must_use]
    pub fn new(of: PromptOf, text: &str) -> Self {
        Self {
            of,
            input: TextInput::new(text),
            problem: None,
            behind: None,
        }
    }

    #[must_use]
    pub fn behind(mut self, menu: Option<Menu>) -> Self {
        self.behind = menu.map(Box::new);
        self
    }

    /// Types into it.
    pub fn edit(&mut self, edit: impl FnOnce(&mut TextInput)) {
        edit(&mut self.input);
        self.problem = None;
    }
}
