//! Project files: which one counts here, and whether its content was approved.

use std::path::Path;
use std::sync::Arc;

use crate::app::context::Context;
use crate::app::work_region::Regions;
use crate::domain::shells::project::Approval;
use crate::domain::{RegionOrigin, RegionSetting};
use crate::platform::files::folder::current_folder;
use crate::settings::{ProjectFile, ProjectFileError, find_project_file, read_project_file};
use crate::store::{StoreError, TrustFile, content_digest};

/// A project file, and what was approved of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    pub file: ProjectFile,
    pub state: ProjectState,
}

/// Whether the content of a file was approved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProjectState {
    Approved(Approval),
    /// Another content was.
    Changed(Approval),
    New,
}

/// Knows project files, and remembers what was approved.
pub struct Projects {
    context: Arc<Context>,
    regions: Arc<Regions>,
    file: TrustFile,
}

impl Projects {
    pub(in crate::app) fn new(context: &Arc<Context>, regions: &Arc<Regions>) -> Self {
        Self {
            context: Arc::clone(context),
            regions: Arc::clone(regions),
            file: TrustFile::new(&context.settings.paths),
        }
    }

    /// The project of the current folder. A file that another user could have written is reported and counts for
    /// nothing; one that can't be read otherwise is an error: its user expects what it names.
    pub fn project_here(&self) -> Result<Option<Project>, ProjectFileError> {
        let Some(folder) = current_folder() else {
            return Ok(None);
        };
        match find_project_file(&folder) {
            Ok(found) => Ok(found.map(|file| self.with_state(file))),
            Err(ProjectFileError::BadPermissions(issue)) => {
                self.context
                    .notices
                    .add_warning(&format!("ignored a project file: {issue}"));
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// The project of a file or of a folder.
    pub fn project_at(&self, path: &Path) -> Result<Option<Project>, ProjectFileError> {
        let found = if path.is_dir() {
            find_project_file(path)?
        } else {
            read_project_file(path)?
        };
        Ok(found.map(|file| self.with_state(file)))
    }

    fn with_state(&self, file: ProjectFile) -> Project {
        let digest = content_digest(&file.bytes);
        let approval = self
            .approvals()
            .into_iter()
            .find(|approval| approval.path == file.path);
        let state = match approval {
            Some(approval) if approval.digest == digest => ProjectState::Approved(approval),
            Some(approval) => ProjectState::Changed(approval),
            None => ProjectState::New,
        };
        Project { file, state }
    }

    /// Everything that was approved.
    #[must_use]
    pub fn approvals(&self) -> Vec<Approval> {
        self.context.take_value(self.file.load()).unwrap_or_default()
    }

    /// Remembers that this content was approved: what was shown, whatever the file holds by now.
    pub fn approve(&self, file: &ProjectFile) -> Result<(), StoreError> {
        let notice = self.file.approve(&Approval {
            path: file.path.clone(),
            digest: content_digest(&file.bytes),
            named: file.named.clone(),
            at: self.context.now(),
        })?;
        self.context.notices.add(notice);
        Ok(())
    }

    /// Forgets an approval; whether there was one.
    pub fn revoke(&self, path: &Path) -> Result<bool, StoreError> {
        let (revoked, notice) = self.file.revoke(path)?;
        self.context.notices.add(notice);
        Ok(revoked)
    }

    /// Works in the Region that a project names, where nothing before it counts.
    pub fn use_region(&self, file: &ProjectFile) {
        if let Some(region) = &file.named.region {
            let setting = RegionSetting::new(RegionOrigin::ProjectFile, region);
            self.regions.take_source_region(setting);
        }
    }
}
