{
  description = "Access portal for AWS IAM Identity Center in the terminal";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs =
    { self, nixpkgs }:
    let
      systems = [
        "x86_64-linux"
        "aarch64-linux"
        "x86_64-darwin"
        "aarch64-darwin"
      ];
      each = make: nixpkgs.lib.genAttrs systems (system: make nixpkgs.legacyPackages.${system});
      manifest = builtins.fromTOML (builtins.readFile ./Cargo.toml);
    in
    {
      packages = each (pkgs: rec {
        default = genkan;
        genkan = pkgs.rustPlatform.buildRustPackage {
          pname = manifest.package.name;
          inherit (manifest.workspace.package) version;
          src = self;
          cargoLock.lockFile = ./Cargo.lock;
          buildType = "dist";
          nativeBuildInputs = [ pkgs.installShellFiles ];
          # The integration tests start shells, terminals and servers; the sandbox of the build has none.
          cargoTestFlags = [ "--lib" ];
          postInstall = ''
            $out/bin/genkan man --dir man
            installManPage man/*.1
            installShellCompletion --cmd genkan \
              --bash <($out/bin/genkan completions bash) \
              --zsh <($out/bin/genkan completions zsh) \
              --fish <($out/bin/genkan completions fish)
          '';
          meta = {
            description = "Access portal for AWS IAM Identity Center in the terminal";
            license = with pkgs.lib.licenses; [
              asl20
              mit
            ];
            mainProgram = "genkan";
            platforms = systems;
          };
        };
      });

      devShells = each (pkgs: {
        default = pkgs.mkShell {
          packages = with pkgs; [
            cargo
            cargo-deny
            clippy
            fish
            just
            nodejs
            python3
            rustc
            rustfmt
            tmux
            zsh
          ];
        };
      });
    };
}
