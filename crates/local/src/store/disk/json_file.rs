//! A file of genkan's own that holds one JSON value: replaced as a whole, private, and set aside where it can't be
//! understood.

use std::marker::PhantomData;
use std::path::PathBuf;

use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use super::atomic::{remove_file, write_private};
use super::lock::FileLock;
use super::parsing::read_json;
use super::reading::peek_file;
use crate::platform::files::safe_open::FileKind;
use crate::store::error::{Loaded, StoreError};

/// Where a value of a type is kept.
pub(in crate::store) struct JsonFile<T> {
    pub(in crate::store) path: PathBuf,
    value: PhantomData<fn() -> T>,
}

impl<T: Serialize + DeserializeOwned> JsonFile<T> {
    pub(in crate::store) fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            value: PhantomData,
        }
    }

    /// The value. A file that can't be understood is set aside.
    pub(in crate::store) fn read(&self) -> Result<Loaded<T>, StoreError> {
        read_json(&self.path, FileKind::Own)
    }

    /// The value; a file that can't be read is treated as absent, and the notice says why.
    pub(in crate::store) fn load(&self) -> Loaded<T> {
        self.read().unwrap_or_else(|error| Loaded::unreadable(&error))
    }

    /// The value, if there is one that can be understood. Leaves the file as it is.
    pub(in crate::store) fn peek(&self) -> Option<T> {
        serde_json::from_slice(&Zeroizing::new(peek_file(&self.path)?)).ok()
    }

    pub(in crate::store) fn save(&self, value: &T) -> Result<(), StoreError> {
        self.write(serde_json::to_vec(value))
    }

    /// The same, indented, for a file that people look into.
    pub(in crate::store) fn save_indented(&self, value: &T) -> Result<(), StoreError> {
        self.write(serde_json::to_vec_pretty(value))
    }

    fn write(&self, bytes: serde_json::Result<Vec<u8>>) -> Result<(), StoreError> {
        // They may hold secrets: nothing of them stays in memory.
        let bytes = Zeroizing::new(bytes.map_err(|e| StoreError::write(&self.path, e.into()))?);
        write_private(&self.path, &bytes)
    }

    /// Removes the file; that there was none is fine.
    pub(in crate::store) fn remove(&self) -> Result<(), StoreError> {
        remove_file(&self.path)
    }

    /// Locks the file for a change, which reads and then saves.
    pub(in crate::store) async fn lock(&self) -> FileLock {
        FileLock::acquire_with_timeout(&self.lock_path()).await
    }

    /// The same for a command that runs no event loop.
    pub(in crate::store) fn lock_blocking(&self) -> FileLock {
        FileLock::acquire_blocking(&self.lock_path())
    }

    fn lock_path(&self) -> PathBuf {
        self.path.with_extension("lock")
    }
}
