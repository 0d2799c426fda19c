//! What the fuzz targets were given and have found, replayed.

#[path = "../../../fuzz/src/lib.rs"]
mod targets;

use std::path::Path;

/// Every file of a target's corpus.
fn replay(name: &str, target: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(name);
    let mut count = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        let held = std::panic::catch_unwind(|| target(&bytes));
        assert!(held.is_ok(), "{}: what went wrong stands above", path.display());
        count += 1;
    }
    assert!(count >= 5, "{name}: {count}");
}

#[test]
fn fuzz_corpora_of_all_targets_replay() {
    for (name, target) in targets::TARGETS {
        replay(name, target);
    }
}
