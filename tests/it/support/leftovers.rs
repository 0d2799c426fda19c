//! What processes leave in a home that were killed while they wrote.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::env::TestEnv;

/// Every file of a home, by its path inside.
pub fn files(home: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut open = vec![home.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let inside = path.strip_prefix(home).unwrap().to_owned();
                files.insert(inside, fs::read(path).unwrap());
            }
        }
    }
    files
}

pub fn is_leftover(path: &Path) -> bool {
    path.to_str().unwrap().contains("/.genkan-") && path.extension().is_some_and(|e| e == "tmp")
}

/// Removes what the dead left but for some: each makes the next start look at it, which is a step. What stays is as
/// fresh as it is on a fast machine: genkan removes what is older than a minute.
pub fn keep_leftovers(env: &TestEnv, some: usize) {
    let all = files(env.home.path());
    for (number, path) in all.keys().filter(|p| is_leftover(p)).enumerate() {
        let path = env.home.path().join(path);
        if number < some {
            let file = File::options().write(true).open(path).unwrap();
            file.set_modified(SystemTime::now()).unwrap();
        } else {
            fs::remove_file(path).unwrap();
        }
    }
}
