//! Every environment variable that genkan reads or sets, named once.

/// Where the AWS config file is.
pub const AWS_CONFIG_FILE: &str = "AWS_CONFIG_FILE";
/// Where the AWS credentials file is.
pub const AWS_SHARED_CREDENTIALS_FILE: &str = "AWS_SHARED_CREDENTIALS_FILE";
/// The profile that SDKs use.
pub const AWS_PROFILE: &str = "AWS_PROFILE";
/// An old name for `AWS_PROFILE`.
pub const AWS_DEFAULT_PROFILE: &str = "AWS_DEFAULT_PROFILE";
/// The Region of the user's work.
pub const AWS_REGION: &str = "AWS_REGION";
/// The same for tools that know only this name.
pub const AWS_DEFAULT_REGION: &str = "AWS_DEFAULT_REGION";
/// What a company adds to the user agent of its calls.
pub const AWS_SDK_UA_APP_ID: &str = "AWS_SDK_UA_APP_ID";
/// Leaves endpoints of the config file aside.
pub const AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: &str = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS";
/// Replaces the console's federation endpoint.
pub const AWS_ENDPOINT_URL_SIGNIN: &str = "AWS_ENDPOINT_URL_SIGNIN";
/// Replaces the endpoint of the console's account settings, which have the colours of accounts.
pub const AWS_ENDPOINT_URL_UXC: &str = "AWS_ENDPOINT_URL_UXC";
/// A PEM file of trusted certificates.
pub const AWS_CA_BUNDLE: &str = "AWS_CA_BUNDLE";
/// Where the system's trusted certificates are read from.
pub const SSL_CERT_FILE: &str = "SSL_CERT_FILE";
/// The folders of the system's trusted certificates.
pub const SSL_CERT_DIR: &str = "SSL_CERT_DIR";
/// Where temporary files are made.
pub const TMPDIR: &str = "TMPDIR";
/// Keeps SDKs from asking the instance metadata service.
pub const AWS_EC2_METADATA_DISABLED: &str = "AWS_EC2_METADATA_DISABLED";
/// Credentials: the key's id.
pub const AWS_ACCESS_KEY_ID: &str = "AWS_ACCESS_KEY_ID";
/// Credentials: the key.
pub const AWS_SECRET_ACCESS_KEY: &str = "AWS_SECRET_ACCESS_KEY";
/// Credentials: the session token.
pub const AWS_SESSION_TOKEN: &str = "AWS_SESSION_TOKEN";
/// An old name for `AWS_SESSION_TOKEN`.
pub const AWS_SECURITY_TOKEN: &str = "AWS_SECURITY_TOKEN";
/// A name of `AWS_ACCESS_KEY_ID` that some SDKs still take.
pub const AWS_ACCESS_KEY: &str = "AWS_ACCESS_KEY";
/// A name of `AWS_SECRET_ACCESS_KEY` that some SDKs still take.
pub const AWS_SECRET_KEY: &str = "AWS_SECRET_KEY";
/// A file with keys, in botocore's list before an endpoint.
pub const AWS_CREDENTIAL_FILE: &str = "AWS_CREDENTIAL_FILE";
/// Credentials: when they end.
pub const AWS_CREDENTIAL_EXPIRATION: &str = "AWS_CREDENTIAL_EXPIRATION";
/// Credentials: the account they are for.
pub const AWS_ACCOUNT_ID: &str = "AWS_ACCOUNT_ID";
/// A role that SDKs assume with a web identity.
pub const AWS_ROLE_ARN: &str = "AWS_ROLE_ARN";
/// The name of that role's session.
pub const AWS_ROLE_SESSION_NAME: &str = "AWS_ROLE_SESSION_NAME";
/// The web identity's token.
pub const AWS_WEB_IDENTITY_TOKEN_FILE: &str = "AWS_WEB_IDENTITY_TOKEN_FILE";
/// Where a container gets credentials.
pub const AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: &str = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
/// Where a container gets credentials.
pub const AWS_CONTAINER_CREDENTIALS_FULL_URI: &str = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
/// How a container proves itself there.
pub const AWS_CONTAINER_AUTHORIZATION_TOKEN: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN";
/// How a container proves itself there.
pub const AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";
/// Where programs are looked for.
pub const PATH: &str = "PATH";
/// The user's home folder.
pub const HOME: &str = "HOME";
/// Where preferences are.
pub const XDG_CONFIG_HOME: &str = "XDG_CONFIG_HOME";
/// Where caches are.
pub const XDG_CACHE_HOME: &str = "XDG_CACHE_HOME";
/// Where favourites and history are.
pub const XDG_STATE_HOME: &str = "XDG_STATE_HOME";
/// The name of this machine's user.
pub const USER: &str = "USER";
/// The user's shell.
pub const SHELL: &str = "SHELL";
/// Where zsh reads its start-up files.
pub const ZDOTDIR: &str = "ZDOTDIR";
/// The user's browser.
pub const BROWSER: &str = "BROWSER";
/// No colours, please.
pub const NO_COLOR: &str = "NO_COLOR";
/// The kind of terminal.
pub const TERM: &str = "TERM";
/// Set inside tmux.
pub const TMUX: &str = "TMUX";
/// Set at the far end of an SSH connection.
pub const SSH_TTY: &str = "SSH_TTY";
/// Set at the far end of an SSH connection.
pub const SSH_CONNECTION: &str = "SSH_CONNECTION";
/// Set at the far end of an SSH connection.
pub const SSH_CLIENT: &str = "SSH_CLIENT";
/// An X display.
pub const DISPLAY: &str = "DISPLAY";
/// A Wayland display.
pub const WAYLAND_DISPLAY: &str = "WAYLAND_DISPLAY";
/// Set inside WSL.
pub const WSL_DISTRO_NAME: &str = "WSL_DISTRO_NAME";
/// How much is logged, and of which rooms.
pub const GENKAN_LOG: &str = "GENKAN_LOG";
/// Set by genkan in a child: the SSO session.
pub const GENKAN_SESSION: &str = "GENKAN_SESSION";
/// Set by genkan in a child: the account's id.
pub const GENKAN_ACCOUNT_ID: &str = "GENKAN_ACCOUNT_ID";
/// Set by genkan in a child: the account's name.
pub const GENKAN_ACCOUNT_NAME: &str = "GENKAN_ACCOUNT_NAME";
/// Set by genkan in a child: `1` where the target is production, else not set.
pub const GENKAN_PRODUCTION: &str = "GENKAN_PRODUCTION";
/// Set by genkan in a child: the permission set.
pub const GENKAN_PERMISSION_SET: &str = "GENKAN_PERMISSION_SET";
/// Set by genkan in a command of the user's own that uses it: the profile of the config file that has the target.
pub const GENKAN_PROFILE: &str = "GENKAN_PROFILE";
/// Set by genkan beside keys: the ID of the key that it gave, which tells whether they were replaced since.
pub const GENKAN_ACCESS_KEY_ID: &str = "GENKAN_ACCESS_KEY_ID";
/// Set by the shell integration: the names that it left alone because they were taken, as `NAME=WHAT`.
pub const GENKAN_NAMES_TAKEN: &str = "GENKAN_NAMES_TAKEN";
/// Set by `gk`: the names of the variables that it set, which leaving takes back.
pub const GENKAN_VARIABLES: &str = "GENKAN_VARIABLES";
/// Set by `gk`: the target before this one, as `SESSION:ACCOUNT_ID/PERMISSION_SET`.
pub const GENKAN_PREVIOUS: &str = "GENKAN_PREVIOUS";
/// Set by `gk`: the server that renews the shell's credentials, as `PROCESS:SHELL`.
pub const GENKAN_SERVER: &str = "GENKAN_SERVER";
/// Set by genkan where `AWS_CONFIG_FILE` names a copy of its own: the file that was copied.
pub const GENKAN_AWS_CONFIG_FILE: &str = "GENKAN_AWS_CONFIG_FILE";
/// Set by genkan where `AWS_SHARED_CREDENTIALS_FILE` names a copy of its own: the file that was copied.
pub const GENKAN_AWS_SHARED_CREDENTIALS_FILE: &str = "GENKAN_AWS_SHARED_CREDENTIALS_FILE";
/// Shown by prompts as the profile; set by aws-vault.
pub const AWS_VAULT: &str = "AWS_VAULT";
/// Shown by starship as the profile; set by aws-sso-cli.
pub const AWS_SSO_PROFILE: &str = "AWS_SSO_PROFILE";
/// Shown by prompts as the profile; set by awsume.
pub const AWSUME_PROFILE: &str = "AWSUME_PROFILE";
/// Shown by starship as the profile; set by awsu.
pub const AWSU_PROFILE: &str = "AWSU_PROFILE";
/// Shown by starship as the end of a session; set by aws-vault.
pub const AWS_SESSION_EXPIRATION: &str = "AWS_SESSION_EXPIRATION";
/// Shown by starship as the end of a session; set by awsume.
pub const AWSUME_EXPIRATION: &str = "AWSUME_EXPIRATION";
/// Set by genkan in a child: when the sign-in ends, as far as that is known, in seconds since 1970.
pub const GENKAN_SESSION_ENDS: &str = "GENKAN_SESSION_ENDS";
/// Set by genkan for its zsh start-up files: their folder. zsh 5.9 damages `ZDOTDIR` itself when it looks for a file
/// there: a name outside ASCII, in the C locale, is not what it was.
pub const GENKAN_ZDOTDIR: &str = "GENKAN_ZDOTDIR";
/// Set by genkan for its zsh start-up files: what `ZDOTDIR` was.
pub const GENKAN_ZDOTDIR_BEFORE: &str = "GENKAN_ZDOTDIR_BEFORE";
/// Set by `genkan demo`: the home folder that a browser starts with.
pub const GENKAN_BROWSER_HOME: &str = "GENKAN_BROWSER_HOME";
/// Set by `genkan demo`: there is no shell that would continue a stopped portal.
pub const GENKAN_NO_SUSPEND: &str = "GENKAN_NO_SUSPEND";
/// Set by `genkan demo --auto-approve`: the sandbox approves sign-ins by itself.
pub const GENKAN_AUTO_APPROVED: &str = "GENKAN_AUTO_APPROVED";
/// Starts no sign-in.
pub const GENKAN_NO_SIGN_IN: &str = "GENKAN_NO_SIGN_IN";
/// Marks an environment in which a program acts for the user.
pub const GENKAN_AGENT: &str = "GENKAN_AGENT";
/// The same, for any program.
pub const AI_AGENT: &str = "AI_AGENT";
/// Set by Claude Code in what it runs.
pub const CLAUDECODE: &str = "CLAUDECODE";
/// Set by Cursor's agent in what it runs.
pub const CURSOR_AGENT: &str = "CURSOR_AGENT";
/// Set by Gemini CLI in what it runs.
pub const GEMINI_CLI: &str = "GEMINI_CLI";
/// Set by opencode in what it runs.
pub const OPENCODE: &str = "OPENCODE";
/// Set by services of continuous integration.
pub const CI: &str = "CI";
/// Replaces every endpoint.
pub const AWS_ENDPOINT_URL: &str = "AWS_ENDPOINT_URL";
/// Replaces the access portal's endpoint.
pub const AWS_ENDPOINT_URL_SSO: &str = "AWS_ENDPOINT_URL_SSO";
/// Replaces the endpoint of sign-in.
pub const AWS_ENDPOINT_URL_SSO_OIDC: &str = "AWS_ENDPOINT_URL_SSO_OIDC";
/// Replaces the endpoint of STS.
pub const AWS_ENDPOINT_URL_STS: &str = "AWS_ENDPOINT_URL_STS";
/// Set by genkan for `mfa_process`: the device whose code it shall print.
pub const GENKAN_MFA_SERIAL: &str = "GENKAN_MFA_SERIAL";
/// Replaces the endpoint of IAM.
pub const AWS_ENDPOINT_URL_IAM: &str = "AWS_ENDPOINT_URL_IAM";
/// Where programs of this session reach each other, the keyring among them.
pub const DBUS_SESSION_BUS_ADDRESS: &str = "DBUS_SESSION_BUS_ADDRESS";
/// The folder of a session's sockets.
pub const XDG_RUNTIME_DIR: &str = "XDG_RUNTIME_DIR";
/// Asks for FIPS endpoints.
pub const AWS_USE_FIPS_ENDPOINT: &str = "AWS_USE_FIPS_ENDPOINT";
/// Asks for endpoints with IPv6.
pub const AWS_USE_DUALSTACK_ENDPOINT: &str = "AWS_USE_DUALSTACK_ENDPOINT";
/// Set in a CGI program, whose HTTP_PROXY comes from the network.
pub const REQUEST_METHOD: &str = "REQUEST_METHOD";
/// A proxy for http.
pub const HTTP_PROXY: &str = "HTTP_PROXY";
/// The same in the spelling of `curl`.
pub const HTTP_PROXY_LOWER: &str = "http_proxy";
/// A proxy for https.
pub const HTTPS_PROXY: &str = "HTTPS_PROXY";
/// The same in the spelling of `curl`.
pub const HTTPS_PROXY_LOWER: &str = "https_proxy";
/// A proxy for everything.
pub const ALL_PROXY: &str = "ALL_PROXY";
/// The same in the spelling of `curl`.
pub const ALL_PROXY_LOWER: &str = "all_proxy";
/// What is reached without a proxy.
pub const NO_PROXY: &str = "NO_PROXY";
/// The same in the spelling of `curl`.
pub const NO_PROXY_LOWER: &str = "no_proxy";
