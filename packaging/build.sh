#!/usr/bin/env bash
# Builds packages into target/packages. Usage: packaging/build.sh [KIND …]
#
#   tar       binary with man pages and completions, for this machine: genkan-VERSION-TRIPLE.tar.gz
#   deb       Debian package (needs `cargo install cargo-deb` and dpkg-dev)
#   source    genkan-VERSION-source.tar.gz of HEAD
#   formula   Homebrew formula genkan.rb
#   pkgbuild  PKGBUILD and genkan.SRCINFO (its .SRCINFO) for the AUR
#   crates    crates of HEAD for crates.io, each built from what it contains
#
# Without KIND: all that this machine can build. `formula`, `pkgbuild` and `crates` need the project's address:
# `repository` in Cargo.toml, or GENKAN_REPOSITORY, which the release workflow sets. A Debian
# package names it where it is known.
set -euo pipefail
cd "$(dirname "$0")/.."

out=$PWD/target/packages
stage=$PWD/target/dist-stage
sources=$PWD/target/addressed-sources
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
triple=$(rustc -vV | sed -n 's/^host: //p')
repository=${GENKAN_REPOSITORY:-$(sed -n 's/^repository = "\(.*\)"/\1/p' Cargo.toml)}
target=${CARGO_TARGET_DIR:-target}
[[ $target == /* ]] || target=$PWD/$target
binary=$target/dist/genkan
source_archive=genkan-$version-source.tar.gz

fail() {
  echo "error: $1" >&2
  exit 1
}

repository=${repository%/}
address='^https://[A-Za-z0-9._~:/-]+$'
[[ -z $repository || $repository =~ $address ]] || fail "\`$repository\` is no https:// address"

need_repository() {
  [[ -n $repository ]] || fail "the project's address is unknown; set \`repository\` in Cargo.toml or GENKAN_REPOSITORY"
}

sha256() {
  if command -v sha256sum >/dev/null; then sha256sum "$@"; else shasum -a 256 "$@"; fi
}

# Beside each file its checksum, in the form that `sha256sum --check` reads.
checksum() {
  (cd "$out" && sha256 "$1" >"$1.sha256")
}

# The binary, and what it generates.
build() {
  [[ -z ${built:-} ]] || return 0
  cargo build --profile dist --locked --bin genkan
  rm -rf "$stage"
  mkdir -p "$stage/man" "$stage/completions"
  "$binary" man --dir "$stage/man"
  "$binary" completions bash >"$stage/completions/genkan.bash"
  "$binary" completions zsh >"$stage/completions/_genkan"
  "$binary" completions fish >"$stage/completions/genkan.fish"
  "$binary" completions nushell >"$stage/completions/genkan.nu"
  "$binary" completions powershell >"$stage/completions/genkan.ps1"
  "$binary" completions xonsh >"$stage/completions/genkan.xsh"
  "$binary" completions tcsh >"$stage/completions/genkan.tcsh"
  "$binary" completions elvish >"$stage/completions/genkan.elv"
  built=yes
}

package_tar() {
  build
  local name=genkan-$version-$triple
  local folder=$stage/$name
  mkdir -p "$folder"
  cp "$binary" README.md SECURITY.md CHANGELOG.md LICENSE-APACHE LICENSE-MIT "$folder"
  cp -R "$stage/man" "$stage/completions" "$folder"
  # Where the links of the README lead.
  mkdir -p "$folder/docs"
  cp -R docs/src "$folder/docs"
  tar -C "$stage" -czf "$out/$name.tar.gz" "$name"
  checksum "$name.tar.gz"
}

# The sources of HEAD in $sources, with the project's address in the manifest of each crate: packages of a fork or of a
# project that has moved say where they come from, without a manifest that has to be edited for it.
address_sources() {
  need_repository
  git diff --quiet HEAD || fail "some changes are not committed, and packages are made of HEAD; commit them first"
  rm -rf "$sources"
  mkdir -p "$sources"
  git archive HEAD | tar -xf - -C "$sources"
  local manifest
  for manifest in "$sources/Cargo.toml" "$sources"/crates/*/Cargo.toml; do
    awk -v address="$repository" '
      /^(# )?repository( =|\.workspace)/ { next }
      { print }
      /^license = / { print "repository = \"" address "\"" }
      /^license\.workspace = true$/ { print "repository.workspace = true" }
    ' "$manifest" >"$manifest.new"
    mv "$manifest.new" "$manifest"
  done
}

package_deb() {
  command -v cargo-deb >/dev/null || fail "cargo-deb is missing; run: cargo install cargo-deb"
  build
  local file folder=$PWD
  file=genkan_${version}_$(dpkg --print-architecture).deb
  if [[ -n $repository ]]; then
    address_sources
    folder=$sources
    mkdir "$folder/target"
    cp -R "$stage" "$folder/target/dist-stage"
  fi
  CARGO_TARGET_DIR=$target cargo deb --manifest-path "$folder/Cargo.toml" --no-build --profile dist --output "$out/$file"
  checksum "$file"
}

package_source() {
  git archive --format=tar.gz --prefix="genkan-$version/" --output "$out/$source_archive" HEAD
  checksum "$source_archive"
}

# Fills in a template: @VERSION@, @REPOSITORY@, @SHA256@ of the source archive.
fill() {
  need_repository
  [[ -f $out/$source_archive.sha256 ]] || package_source
  local sum
  sum=$(cut -d ' ' -f 1 "$out/$source_archive.sha256")
  sed -e "s|@VERSION@|$version|g" -e "s|@REPOSITORY@|$repository|g" -e "s|@SHA256@|$sum|g" "$1"
}

# Writes a filled template; nothing if that fails.
write() {
  local text
  text=$(fill "$1")
  printf '%s\n' "$text" >"$out/$2"
}

package_formula() {
  write packaging/genkan.rb.in genkan.rb
}

package_pkgbuild() {
  write packaging/PKGBUILD.in PKGBUILD
  write packaging/SRCINFO.in genkan.SRCINFO
}

# `cargo publish --workspace`, run in $sources, uploads the same.
package_crates() {
  address_sources
  rm -f "$out"/genkan*.crate "$out"/genkan*.crate.sha256
  # Cargo takes a crate of a version for what it was: what an earlier run compiled must not be found again.
  (cd "$sources" && CARGO_TARGET_DIR=$sources/target cargo package --workspace --locked --allow-dirty)
  local crate name manifest
  for crate in "$sources/target/package"/genkan*-"$version".crate; do
    name=$(basename "$crate")
    manifest=$(tar -xOf "$crate" "${name%.crate}/Cargo.toml")
    grep -Fqx "repository = \"$repository\"" <<<"$manifest" ||
      fail "$name doesn't have the project's address"
    cp "$crate" "$out"
    checksum "$name"
  done
}

kinds=("$@")
if ((${#kinds[@]} == 0)); then
  kinds=(tar source)
  if command -v cargo-deb >/dev/null && command -v dpkg >/dev/null; then kinds+=(deb); fi
  if [[ -n $repository ]]; then kinds+=(formula pkgbuild crates); fi
fi
mkdir -p "$out"
for kind in "${kinds[@]}"; do
  case $kind in
    tar | deb | source | formula | pkgbuild | crates) "package_$kind" ;;
    *) fail "unknown kind \`$kind\`; known: tar deb source formula pkgbuild crates" ;;
  esac
done
ls -l "$out"
