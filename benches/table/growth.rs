//! How costs grow with the number of targets, in milliseconds: benches/growth.tsv.

use std::fmt::Write as _;
use std::path::Path;

use super::{SETS, Setup, first_frame, keystrokes, target};

/// Accounts with [`SETS`] permission sets each.
const ACCOUNTS: [usize; 7] = [25, 75, 250, 750, 2_500, 7_500, 25_000];

pub(crate) fn measure(setup: &Setup) {
    let mut text = "targets\tcredential\tcompletion\tfirst frame\tkey\n".to_owned();
    for accounts in ACCOUNTS {
        let (_sandbox, home) = setup.listed(accounts);
        let target = target();
        home.run(&["credential-process", &target]);
        let credential = setup.ratio(&home, &["credential-process", &target], || {});
        let complete = ["complete", "zsh", "--", "genkan", "export", "prod"];
        let completion = setup.ratio(&home, &complete, || {});
        let frame = first_frame(setup, &home);
        let key = keystrokes::measure(accounts, 3).median;
        let line = format!(
            "{}\t{:.2}\t{:.2}\t{:.2}\t{key:.2}",
            accounts * SETS,
            credential.milliseconds,
            completion.milliseconds,
            frame.milliseconds
        );
        println!("{line}");
        let _ = writeln!(text, "{line}");
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/growth.tsv");
    std::fs::write(path, text).unwrap();
}
