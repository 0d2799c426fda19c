//! Opening the AWS console as a target.

pub(super) mod error;
pub(super) mod last_pages;
pub(super) mod places;
pub(super) mod request;

use futures_util::future::BoxFuture;
use jiff::SignedDuration;

use std::sync::Arc;

use crate::app::connection::Connection;
use crate::app::console::error::ConsoleError;
use crate::app::context::Context;
use crate::app::credentials::Credentials;
use crate::app::error::AppError;
use crate::app::pages::{Pages, sign_in_pages};
use crate::app::sessions::Sessions;
use crate::aws::AwsError;
use crate::domain::web::browser_choice::BrowserChoice;
use crate::domain::web::console;
use crate::domain::web::console::Via;
use crate::domain::{PermissionSetName, RoleCredentials, Secret, SsoSession, Target};
use crate::platform::listeners::one_time_link::OneTimeLink;
use crate::settings::env;
use places::{ConsolePlaces, Place};
use request::{ConsoleLink, ConsoleRequest, OpenedConsole, PendingLink, ShareWith};

/// How much of their life cached credentials need to have left for a console session.
const LEFT_FOR_A_CONSOLE: SignedDuration = SignedDuration::from_mins(45);

/// Opens the AWS console.
pub struct Console {
    context: Arc<Context>,
    connection: Arc<Connection>,
    sessions: Arc<Sessions>,
    credentials: Arc<Credentials>,
    pages: Arc<Pages>,
    places: Arc<ConsolePlaces>,
}

impl Console {
    pub(in crate::app) fn new(
        context: &Arc<Context>,
        connection: &Arc<Connection>,
        sessions: &Arc<Sessions>,
        credentials: &Arc<Credentials>,
        pages: &Arc<Pages>,
        places: &Arc<ConsolePlaces>,
    ) -> Self {
        Self {
            context: Arc::clone(context),
            connection: Arc::clone(connection),
            sessions: Arc::clone(sessions),
            credentials: Arc::clone(credentials),
            pages: Arc::clone(pages),
            places: Arc::clone(places),
        }
    }

    /// Makes the link for a target.
    pub fn console_link<'a>(
        &'a self,
        target: &'a Target,
        request: &'a ConsoleRequest,
    ) -> BoxFuture<'a, Result<ConsoleLink, AppError>> {
        Box::pin(async move {
            let session = self.sessions.session(Some(&target.session))?;
            if session.is_iam_user() && !target.permission_set.is_chained() {
                return Err(ConsoleError::NoUserConsole {
                    user: target.to_string(),
                    page: session.start_url.to_string(),
                }
                .into());
            }
            let rules = self.places.rules_of(target);
            let place = self.places.place(target, &session, request)?;
            let preferences = &self.context.settings.preferences;
            let via = request.via.or(rules.console_via).or(preferences.console_via);
            let sign_out = request
                .sign_out_first
                .or(rules.console_sign_out)
                .or(preferences.console_sign_out)
                .unwrap_or(false);
            let link = match via.unwrap_or_default() {
                Via::Portal if request.via.is_some() && target.permission_set.is_chained() => {
                    return Err(no_portal_page(target).into());
                }
                // What is preferred for all targets can't be had for it.
                _ if target.permission_set.is_chained() => {
                    self.federation_link(target, &session, &place, sign_out).await?
                }
                Via::Portal => self.portal_link(target, &session, &place, sign_out).await?,
                Via::Auto if !self.federates() => {
                    self.portal_link(target, &session, &place, sign_out).await?
                }
                Via::Auto | Via::Federation => {
                    self.federation_link(target, &session, &place, sign_out).await?
                }
            };
            self.places.remember(target, &place).await;
            Ok(link)
        })
    }

    /// A link to the same page for another user of the access portal. It holds no secret, and nothing is asked for.
    pub fn shared_link(
        &self,
        target: &Target,
        request: &ConsoleRequest,
        with: ShareWith,
    ) -> Result<String, AppError> {
        let session = self.sessions.session(Some(&target.session))?;
        let place = self.places.place(target, &session, request)?;
        let role = (with == ShareWith::SameRole).then_some(&target.permission_set);
        if !session.is_listed() {
            return Err(ConsoleError::NoPortal(session.name).into());
        }
        if role.is_some_and(PermissionSetName::is_chained) {
            return Err(no_portal_page(target).into());
        }
        let destination = Some(place.destination.as_str());
        Ok(console::portal_link(
            &session.start_url,
            &target.account_id,
            role,
            destination,
        ))
    }

    async fn portal_link(
        &self,
        target: &Target,
        session: &SsoSession,
        place: &Place,
        sign_out: bool,
    ) -> Result<ConsoleLink, AppError> {
        let link = console::shortcut_link(&session.start_url, target, Some(&place.destination));
        self.pages.approve_portal_page(session, &link)?;
        if !sign_out {
            return Ok(ConsoleLink::Portal(link));
        }
        let aws = self.connection.aws().await?;
        let link = console::sign_out_url(&aws.sign_out_host(place.region.partition()), &link);
        sign_in_pages(&place.region, aws, &link).check(&link)?;
        self.pages.approve(&link, &session.name);
        Ok(ConsoleLink::Portal(link))
    }

    async fn federation_link(
        &self,
        target: &Target,
        session: &SsoSession,
        place: &Place,
        sign_out: bool,
    ) -> Result<ConsoleLink, AppError> {
        let aws = self.connection.aws().await?;
        let sign_out_host = aws.sign_out_host(place.region.partition());
        // Signing out leads on within its own host only.
        let endpoint = if sign_out {
            format!("{sign_out_host}/federation")
        } else {
            aws.federation_endpoint(&place.region)
        };
        // Credentials are posted there, and a browser is signed in there.
        sign_in_pages(&place.region, aws, &endpoint).check(&endpoint)?;
        let credentials = self.console_credentials(target).await?;
        // AWS takes no duration for chained credentials; a role that an IAM user assumes is not chained.
        let may_last = !target.permission_set.is_chained() || session.is_first_role(target);
        let token = match aws.sign_in_token(&endpoint, &credentials, may_last).await {
            // Cached ones may have been revoked: new ones say.
            Err(AwsError::ConsoleRefused { .. }) => {
                let fresh = self.new_credentials(target, &credentials).await?;
                aws.sign_in_token(&endpoint, &fresh, may_last).await?
            }
            answer => answer?,
        };
        let login = console::login_url(&endpoint, &token, &session.start_url, &place.destination);
        Ok(ConsoleLink::Federation(if sign_out {
            Secret::new(console::sign_out_url(&sign_out_host, login.expose()))
        } else {
            login
        }))
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

    /// Opens a link in the browser, or hands it back where there is none. A federation link travels through a
    /// one-time loopback address, because everybody on the machine can read a browser's arguments;
    /// [`PendingLink::wait_until_opened`] lasts until the browser has come for it. That address is of use on this
    /// machine only, so it is made only where a browser opens here.
    pub fn open_console<'a>(
        &'a self,
        target: &'a Target,
        link: ConsoleLink,
        browser: Option<&'a BrowserChoice>,
    ) -> BoxFuture<'a, Result<OpenedConsole, AppError>> {
        Box::pin(async move {
            if self.pages.no_browser_because().is_some() {
                return Ok(OpenedConsole::Elsewhere(link));
            }
            let (address, waiting) = match link {
                ConsoleLink::Portal(address) => (address, PendingLink(None)),
                ConsoleLink::Federation(address) => {
                    let one_time = OneTimeLink::bind(address.expose())
                        .await
                        .map_err(AppError::system(
                            "can't listen on a loopback port for the browser",
                        ))?;
                    let address = one_time.address();
                    self.pages.approve(&address, &target.session);
                    (address, PendingLink(Some(one_time)))
                }
            };
            let rules = self.places.rules_of(target);
            let opening = self.pages.open_console_page(&address, browser, target, &rules)?;
            Ok(OpenedConsole::Browser(address, opening, waiting))
        })
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

fn no_portal_page(target: &Target) -> ConsoleError {
    ConsoleError::NoPortalPage {
        target: target.to_string(),
    }
}
