#!/usr/bin/env bash
# Builds packages into target/packages. Usage: packaging/build.sh [KIND …]
#
#   tar       binary with man pages and completions, for this machine: genkan-VERSION-TRIPLE.tar.gz
#   deb       Debian package (needs `cargo install cargo-deb` and dpkg-dev)
#   source    genkan-VERSION-source.tar.gz of HEAD
#   formula   Homebrew formula genkan.rb
#   pkgbuild  PKGBUILD and genkan.SRCINFO (its .SRCINFO) for the AUR
#
# Without KIND: all that this machine can build. `formula` and `pkgbuild` point at the release's source archive, so
# they need the project's address: `repository` in Cargo.toml, or GENKAN_REPOSITORY.
set -euo pipefail
cd "$(dirname "$0")/.."

out=$PWD/target/packages
stage=$PWD/target/dist-stage
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
triple=$(rustc -vV | sed -n 's/^host: //p')
repository=${GENKAN_REPOSITORY:-$(sed -n 's/^repository = "\(.*\)"/\1/p' Cargo.toml)}
binary=${CARGO_TARGET_DIR:-target}/dist/genkan
source_archive=genkan-$version-source.tar.gz

fail() {
  echo "error: $1" >&2
  exit 1
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

package_deb() {
  command -v cargo-deb >/dev/null || fail "cargo-deb is missing; run: cargo install cargo-deb"
  build
  local file
  file=genkan_${version}_$(dpkg --print-architecture).deb
  cargo deb --no-build --profile dist --output "$out/$file"
  checksum "$file"
}

package_source() {
  git archive --format=tar.gz --prefix="genkan-$version/" --output "$out/$source_archive" HEAD
  checksum "$source_archive"
}

# Fills in a template: @VERSION@, @REPOSITORY@, @SHA256@ of the source archive.
fill() {
  [[ -n $repository ]] || fail "the project's address is unknown; set \`repository\` in Cargo.toml or GENKAN_REPOSITORY"
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

kinds=("$@")
if ((${#kinds[@]} == 0)); then
  kinds=(tar source)
  if command -v cargo-deb >/dev/null && command -v dpkg >/dev/null; then kinds+=(deb); fi
  if [[ -n $repository ]]; then kinds+=(formula pkgbuild); fi
fi
mkdir -p "$out"
for kind in "${kinds[@]}"; do
  case $kind in
    tar | deb | source | formula | pkgbuild) "package_$kind" ;;
    *) fail "unknown kind \`$kind\`; known: tar deb source formula pkgbuild" ;;
  esac
done
ls -l "$out"
