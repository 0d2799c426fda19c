//! Where this program is, as it will still be found after its next update.

use std::io;
use std::path::{Path, PathBuf};

/// The absolute path of this program. Where a folder of `path_variable` holds it, that path is taken
/// before the real one: package managers link a folder that stays to one that goes with each version.
pub fn lasting_path(path_variable: Option<&str>) -> io::Result<PathBuf> {
    Ok(lasting(&std::env::current_exe()?, path_variable))
}

fn lasting(real: &Path, path_variable: Option<&str>) -> PathBuf {
    let name = real.file_name().unwrap_or_default();
    std::env::split_paths(path_variable.unwrap_or_default())
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(name))
        .find(|linked| linked.canonicalize().is_ok_and(|target| target == real))
        .unwrap_or_else(|| real.to_owned())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_link_that_stays_is_preferred() {
        let folder = tempfile::tempdir().expect("a folder");
        let top = folder.path().canonicalize().expect("a real folder");
        let real = top.join("1.2.3").join("genkan");
        let linked = top.join("bin").join("genkan");
        for path in [&real, &linked] {
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        }
        std::fs::write(&real, "").expect("writes");
        std::os::unix::fs::symlink(&real, &linked).expect("links");
        let path = format!("relative:{}:{}", top.display(), top.join("bin").display());
        assert_eq!(lasting(&real, Some(&path)), linked);
        assert_eq!(lasting(&real, None), real);
    }
}
