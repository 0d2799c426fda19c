//! The keyring of this session, as the environment says where it is.

use std::path::Path;
use std::time::Duration;

use crate::app::context::Context;
use crate::settings::env;
use crate::store::{Desktop, Keyring};

/// A keyring; nothing is asked of it yet.
pub(in crate::app) fn keyring_of(context: &Context) -> Keyring {
    let environment = &context.settings.environment;
    let has = |name| environment.get(name).is_some();
    let socket = || {
        let folder = environment.get(env::XDG_RUNTIME_DIR)?;
        Some(Path::new(folder).join("bus").exists())
    };
    let is_linux = cfg!(target_os = "linux");
    let desktop = Desktop {
        bus: !is_linux || has(env::DBUS_SESSION_BUS_ADDRESS) || socket().unwrap_or_default(),
        display: !is_linux || has(env::DISPLAY) || has(env::WAYLAND_DISPLAY),
    };
    let limit = context.settings.preferences.timeout_seconds;
    let limit = limit.map(|seconds| Duration::from_secs(seconds.into()));
    Keyring::new(desktop, limit, context.requests.clone())
}
