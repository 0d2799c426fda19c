//! Favourites and recents, on disk.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use futures_util::future::BoxFuture;

use crate::app::context::Context;
use crate::domain::Target;
use crate::domain::records::hand_out::HandOut;
use crate::domain::records::history::{Action, DirectoryId, History, TargetKey};
use crate::domain::text::CleanText;
use crate::platform::files::folder::current_folder;
use crate::platform::log;
use crate::platform::processes::ancestors;
use crate::store::{HandOutFile, HistoryFile, StoreError, directory_id};

/// Remembers favourites and what was used.
pub struct UsageHistory {
    context: Arc<Context>,
    file: HistoryFile,
    hand_outs: HandOutFile,
    /// The directory that this process works in.
    here: OnceLock<Option<DirectoryId>>,
}

impl UsageHistory {
    pub(in crate::app) fn new(context: &Arc<Context>) -> Self {
        Self {
            context: Arc::clone(context),
            file: HistoryFile::new(&context.settings.paths),
            hand_outs: HandOutFile::new(&context.settings.paths),
            here: OnceLock::new(),
        }
    }

    /// What is remembered, as the list uses it: with the directory that one is in, and without uses where the user
    /// has switched them off.
    #[must_use]
    pub fn history(&self) -> History {
        let history = self.stored();
        if self.is_off() {
            return History {
                uses: Vec::new(),
                last_search: None,
                is_off: true,
                ..history
            };
        }
        History {
            here: self.here(),
            ..history
        }
    }

    /// What the file holds, whether it is used or not.
    #[must_use]
    pub fn stored(&self) -> History {
        self.context.take_value(self.file.load()).unwrap_or_default()
    }

    /// Whether the user has switched off that uses are remembered.
    #[must_use]
    pub fn is_off(&self) -> bool {
        self.context.settings.preferences.history == Some(false)
    }

    /// Remembers a use. A failure is for the log of the caller, never a reason to refuse the use.
    pub fn record_use<'a>(
        &'a self,
        target: &'a Target,
        action: Action,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            if self.is_off() {
                return Ok(());
            }
            let now = self.context.now();
            let notice = self.file.update(|h| {
                h.here = self.here();
                h.record(TargetKey::from(target), action, now);
            });
            let notice = notice.await?;
            self.context.notices.add(notice);
            Ok(())
        })
    }

    /// Remembers what the list was searched for, unless the user has switched that off.
    pub fn remember_search<'a>(&'a self, query: &'a str) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            if self.is_off() {
                return Ok(());
            }
            let notice = self
                .file
                .update(|h| h.last_search = Some(query.to_owned()))
                .await?;
            self.context.notices.add(notice);
            Ok(())
        })
    }

    /// Records that a target's credentials were handed to a program, whose name is kept without its folder and its
    /// arguments. That it can't be recorded stops nothing.
    pub fn record_hand_out(&self, target: &Target, by: &str, program: &str) {
        if self.is_off() {
            return;
        }
        let name = program.rsplit('/').next().unwrap_or(program);
        let folder = current_folder().map(|folder| CleanText::new(folder.to_string_lossy()));
        let agent = self.context.settings.agent_variable();
        let recorded = self.hand_outs.add(&HandOut {
            at: self.context.now(),
            target: target.clone(),
            by: CleanText::new(by),
            command: CleanText::new(name),
            folder,
            agent: agent.as_deref().map(CleanText::new),
        });
        if let Err(error) = recorded {
            log::debug!("not recorded error={error}");
        }
    }

    /// The same for the program that runs this one, as cheaply as it can be had: SDKs may ask before each request. An
    /// account whose name isn't at hand is recorded by its ID; the code that shows the record looks up the name.
    pub fn record_hand_out_to_sdk(&self, target: &Target, by: &str) {
        let parent = ancestors::parent_program();
        self.record_hand_out(target, by, parent.as_deref().unwrap_or("unknown"));
    }

    /// The same for the program that runs this one.
    pub fn record_hand_out_to_parent(&self, target: &Target, by: &str) {
        let parent = ancestors::ancestor_programs().next();
        self.record_hand_out(target, by, parent.as_deref().unwrap_or("unknown"));
    }

    /// What was handed out, the latest first.
    #[must_use]
    pub fn hand_outs(&self) -> Vec<HandOut> {
        let mut found = self.hand_outs.load();
        found.reverse();
        found
    }

    /// What was handed out last to a command in a folder, or below it.
    #[must_use]
    pub fn last_hand_out_in(&self, folder: &Path) -> Option<HandOut> {
        if self.is_off() {
            return None;
        }
        let recorded = CleanText::new(folder.to_string_lossy());
        let is_in = |hand_out: &HandOut| {
            let of = hand_out.folder.as_deref();
            of.is_some_and(|of| Path::new(of).starts_with(recorded.as_str()))
        };
        self.hand_outs.last(is_in)
    }

    /// Forgets what was handed out.
    pub fn clear_hand_outs(&self) -> Result<(), StoreError> {
        self.hand_outs.clear()
    }

    /// Forgets the uses of a session, or all, and keeps favourites. Returns how many there were.
    pub fn clear(&self, session: Option<&str>) -> Result<usize, StoreError> {
        let (cleared, notice) = self.file.clear(session)?;
        self.context.notices.add(notice);
        Ok(cleared)
    }

    fn here(&self) -> Option<DirectoryId> {
        let directory = || current_folder().as_deref().map(directory_id);
        self.here.get_or_init(directory).clone()
    }

    /// Makes a target a favourite, or no longer one.
    pub fn set_favourite<'a>(
        &'a self,
        target: &'a Target,
        favourite: bool,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            let key = TargetKey::from(target);
            let notice = self.file.update(|h| {
                if h.is_favourite(&key) != favourite {
                    h.toggle_favourite(key.clone());
                }
            });
            let notice = notice.await?;
            self.context.notices.add(notice);
            Ok(())
        })
    }
}
