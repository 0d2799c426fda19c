# Shortcuts for people who work on genkan; each line can also be typed by hand. https://just.systems

# List the recipes.
default:
    @just --list

# Run genkan on its embedded sample organisation; no AWS account is needed.
demo *args:
    cargo run -- demo {{ args }}

# Run the tests whose name contains FILTER, or all; installs nothing.
test filter="":
    cargo test --locked -- {{ filter }}

# Unit tests only: the fastest check.
unit filter="":
    cargo test --locked --lib -- {{ filter }}

# All tests with real SDKs, the AWS CLI and shells, installed into target/peers.
test-peers filter="":
    GENKAN_TEST_PEERS=1 cargo test --locked -- {{ filter }}

# Everything that must hold before a merge; installs nothing.
check:
    .ci/check

# Format and lint.
lint:
    cargo fmt
    cargo clippy --locked --all-targets -- -D warnings

# Rewrite the snapshots of FILTER; read the diff before you commit it.
snap filter="":
    INSTA_UPDATE=always cargo test --locked -- {{ filter }}

# Update everything that is made from the program: documents, pictures, help and screens. Read the diff.
update:
    INSTA_UPDATE=always GENKAN_UPDATE_DOCS=1 GENKAN_UPDATE_PICTURES=1 cargo test --locked --test it -- docs:: pictures:: screens:: screen_matrix::

# Draw the pictures of README and guide again, from the portal's own views. Look at them before you commit.
pictures:
    GENKAN_UPDATE_PICTURES=1 cargo test --locked --test it pictures

# Show the documents as a book in the browser; needs mdbook.
book:
    mdbook serve --open docs

# Fuzz TARGET (see fuzz/fuzz_targets) for SECONDS; needs cargo-fuzz.
fuzz target seconds="60":
    RUSTC_BOOTSTRAP=1 cargo fuzz run {{ target }} -- -max_len=4096 -dict=fuzz/dictionaries/{{ target }} -max_total_time={{ seconds }}

# Measure the portal with 5,000 accounts, and the program as a process.
bench:
    cargo bench --bench large
    cargo bench --bench process

# Print what genkan promises, with "pass" or "falls short", beside other tools; on a machine that does nothing else.
table *options:
    cargo bench --bench table -- {{ options }}

# Build packages (tar, deb, source, formula, pkgbuild, crates) into target/packages.
package *kinds:
    packaging/build.sh {{ kinds }}
