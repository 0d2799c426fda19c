//! What is asked of the console, and what comes of it.

use futures_util::future::BoxFuture;

use crate::domain::web::console::Via;
use crate::domain::web::console_pages::ConsolePage;
use crate::domain::web::console_url::ConsoleUrl;
use crate::domain::{Region, Secret};
use crate::platform::browser::Opening;
use crate::platform::listeners::one_time_link::OneTimeLink;

/// A page by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PageChoice {
    Page(ConsolePage),
    /// The page that was opened last for the target.
    Last,
}

/// What to open. What is `None` is as rules and preferences have it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConsoleRequest {
    pub page: Option<PageChoice>,
    /// A console URL to open; wins over `page`.
    pub destination: Option<ConsoleUrl>,
    pub via: Option<Via>,
    /// Whether the browser's other console sessions are ended first.
    pub sign_out_first: Option<bool>,
    /// The Region of the page, where not the one to work in.
    pub region: Option<Region>,
}

/// A way into the console.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConsoleLink {
    /// Signs in anyone who has it, for 15 minutes.
    Federation(Secret),
    /// Needs the user's own portal session.
    Portal(String),
}

impl ConsoleLink {
    /// The address itself. Every call is a place where a secret may leave custody.
    #[must_use]
    pub fn expose(&self) -> &str {
        match self {
            Self::Federation(address) => address.expose(),
            Self::Portal(address) => address,
        }
    }

    /// Whether anyone who has it can sign in.
    #[must_use]
    pub fn is_secret(&self) -> bool {
        matches!(self, Self::Federation(_))
    }
}

/// For whom a link is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ShareWith {
    /// Those who have the same permission set.
    #[default]
    SameRole,
    /// Those who have any in that account: the portal asks which.
    OwnRole,
}

/// What became of a link.
pub enum OpenedConsole {
    /// The browser was started for this address, and may still fail.
    Browser(String, Opening, PendingLink),
    /// No browser is opened here: this is for the user.
    Elsewhere(ConsoleLink),
}

/// A one-time link that a browser may still open.
pub struct PendingLink(pub(super) Option<OneTimeLink>);

impl PendingLink {
    /// Serves the link until the browser has opened it, one minute at most.
    pub fn wait_until_opened(self) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            if let Some(link) = self.0 {
                link.serve().await;
            }
        })
    }
}
