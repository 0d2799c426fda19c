//! Opening the AWS console as a target.

pub(super) mod error;

use jiff::SignedDuration;

use std::sync::Arc;

use crate::app::connection::Connection;
use crate::app::console::error::ConsoleError;
use crate::app::context::Context;
use crate::app::credentials::Credentials;
use crate::app::error::AppError;
use crate::app::pages::{Pages, sign_in_pages};
use crate::app::rules::Rules;
use crate::app::sessions::Sessions;
use crate::app::work_region::Regions;
use crate::aws::AwsError;
use crate::domain::console_pages::{self, ConsolePage};
use crate::domain::{Region, RoleCredentials, Secret, SsoSession, Target, console};
use crate::platform::browser::Opening;
use crate::platform::one_time_link::OneTimeLink;
use crate::settings::env;

/// How much of their life cached credentials need to have left for a console session.
const LEFT_FOR_A_CONSOLE: SignedDuration = SignedDuration::from_mins(45);

/// How to get there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Via {
    /// Federation where a browser can be opened on this machine, else the portal's link.
    #[default]
    Auto,
    /// A console session created from role credentials.
    Federation,
    /// The access portal's shortcut link: no secret in it, works beside other console sessions.
    Portal,
}

/// What to open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConsoleRequest {
    pub service: Option<ConsolePage>,
    /// A console URL to open; wins over `service`.
    pub destination: Option<String>,
    pub via: Via,
    /// The Region of the page, where not the one to work in.
    pub region: Option<Region>,
}

/// A way into the console.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConsoleLink {
    /// Signs in whoever has it, for 15 minutes.
    Federation(Secret),
    /// Needs the user's own portal session.
    Portal(String),
}

/// What became of a link.
pub enum OpenedConsole {
    /// The browser was started for this address, and may still fail.
    Browser(String, Opening, PendingLink),
    /// No browser is opened here: this address is for the user. It holds no secret.
    Elsewhere(String, PendingLink),
}

/// A one-time link that a browser may still open.
pub struct PendingLink(Option<OneTimeLink>);

impl PendingLink {
    /// Serves the link until the browser has opened it, one minute at most.
    pub async fn wait_until_opened(self) {
        if let Some(link) = self.0 {
            link.serve().await;
        }
    }
}

/// Opens the AWS console.
pub struct Console {
    context: Arc<Context>,
    connection: Arc<Connection>,
    sessions: Arc<Sessions>,
    regions: Arc<Regions>,
    credentials: Arc<Credentials>,
    pages: Arc<Pages>,
    rules: Arc<Rules>,
}

impl Console {
    pub(in crate::app) fn new(
        context: &Arc<Context>,
        connection: &Arc<Connection>,
        sessions: &Arc<Sessions>,
        regions: &Arc<Regions>,
        credentials: &Arc<Credentials>,
        pages: &Arc<Pages>,
        rules: &Arc<Rules>,
    ) -> Self {
        Self {
            context: Arc::clone(context),
            connection: Arc::clone(connection),
            sessions: Arc::clone(sessions),
            regions: Arc::clone(regions),
            credentials: Arc::clone(credentials),
            pages: Arc::clone(pages),
            rules: Arc::clone(rules),
        }
    }

    /// Makes the link for a target.
    pub async fn console_link(
        &self,
        target: &Target,
        request: &ConsoleRequest,
    ) -> Result<ConsoleLink, AppError> {
        let session = self.sessions.session(Some(&target.session))?;
        let region = match &request.region {
            Some(region) => region.clone(),
            None => self.regions.work_region(&session, target)?.region,
        };
        let no_console = || ConsoleError::NotPublic(region.partition());
        let destination = if let Some(page) = &request.destination {
            check_page(page, &session)?;
            page.clone()
        } else {
            let page = request.service.clone().or_else(|| self.page_of_rule(target));
            let page = page.or_else(|| preferred_page(&self.context));
            console::destination(&region, page.as_ref()).ok_or_else(no_console)?
        };
        if request.via == Via::Portal || (request.via == Via::Auto && !self.federates()) {
            let link = console::shortcut_link(&session.start_url, target, Some(&destination));
            self.pages.approve_portal_page(&session, &link)?;
            return Ok(ConsoleLink::Portal(link));
        }
        let aws = self.connection.aws().await?;
        let endpoint = aws.federation_endpoint(&region).ok_or_else(no_console)?;
        // Credentials are posted there, and a browser is signed in there.
        sign_in_pages(&region, aws, &endpoint).check(&endpoint)?;
        let credentials = self.console_credentials(target).await?;
        let token = match aws.sign_in_token(&endpoint, &credentials).await {
            // Cached ones may have been revoked: new ones say.
            Err(AwsError::ConsoleRefused { .. }) => {
                let fresh = self.new_credentials(target, &credentials).await?;
                aws.sign_in_token(&endpoint, &fresh).await?
            }
            answer => answer?,
        };
        let login = console::login_url(&endpoint, &token, &session.start_url, &destination);
        Ok(ConsoleLink::Federation(login))
    }

    /// Credentials for a console session. Where AWS allows no longer one it lasts as long as they do, so cached
    /// ones will do only while most of the shortest permission set's hour is left.
    async fn console_credentials(&self, target: &Target) -> Result<RoleCredentials, AppError> {
        let credentials = self.credentials.role_credentials(target).await?;
        if credentials.expires_at.duration_since(self.context.now()) >= LEFT_FOR_A_CONSOLE {
            return Ok(credentials);
        }
        self.new_credentials(target, &credentials).await
    }

    /// Other credentials than these.
    async fn new_credentials(
        &self,
        target: &Target,
        old: &RoleCredentials,
    ) -> Result<RoleCredentials, AppError> {
        self.credentials
            .role_credentials_besides(target, Some(&old.access_key_id))
            .await
    }

    /// Opens a link in the browser, or says where to open it where there is none. A federation
    /// link travels through a one-time loopback address, because everybody on the machine can read
    /// a browser's arguments; [`PendingLink::wait_until_opened`] lasts until the browser has come for it.
    pub async fn open_console(&self, target: &Target, link: ConsoleLink) -> Result<OpenedConsole, AppError> {
        let (address, waiting) = match link {
            ConsoleLink::Portal(address) => (address, PendingLink(None)),
            ConsoleLink::Federation(address) => {
                let one_time = OneTimeLink::bind(address.expose())
                    .await
                    .map_err(AppError::system(
                        "can't listen on a loopback port for the browser",
                    ))?;
                let address = one_time.address();
                self.pages.approve(&address);
                (address, PendingLink(Some(one_time)))
            }
        };
        if self.pages.no_browser_because().is_some() {
            return Ok(OpenedConsole::Elsewhere(address, waiting));
        }
        let browser = self.rules.of_target(target).browser;
        let opening = self.pages.open_page_in(&address, browser.as_deref())?;
        Ok(OpenedConsole::Browser(address, opening, waiting))
    }

    /// The page that a rule opens the console of a target with.
    fn page_of_rule(&self, target: &Target) -> Option<ConsolePage> {
        let service = self.rules.of_target(target).console_service?;
        // It was read from the table of services.
        console_pages::page(&service).ok()
    }

    /// Federation needs a browser on this machine to come to the loopback link; a replaced
    /// sign-in endpoint (a sandbox) has no portal page to link to.
    fn federates(&self) -> bool {
        self.pages.no_browser_because().is_none()
            || self
                .context
                .settings
                .environment
                .get(env::AWS_ENDPOINT_URL_SIGNIN)
                .is_some()
    }
}

/// The page that the preferences open a console with. One that is not known is said.
pub(in crate::app) fn preferred_page(context: &Context) -> Option<ConsolePage> {
    let preferred = context.settings.preferences.console_service.as_deref()?;
    let page = console_pages::page(preferred);
    page.inspect_err(|error| {
        context
            .notices
            .add_warning(&format!("ignored setting `console_service`: {error}"));
    })
    .ok()
}

/// Refuses an address that is no page of the console of a session's partition.
fn check_page(page: &str, session: &SsoSession) -> Result<(), ConsoleError> {
    match console::partition_of(page) {
        Some(partition) if partition == session.region.partition() => Ok(()),
        Some(partition) => Err(ConsoleError::OtherPartition {
            page: page.to_owned(),
            partition,
            session: session.name.clone(),
        }),
        None => Err(ConsoleError::NotAPage(page.to_owned())),
    }
}
