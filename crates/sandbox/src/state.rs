//! What the sandbox remembers: registrations, authorizations, portal sessions, tokens and issued credentials.
//! Rules of life and death of these things, on milliseconds handed in; knows nothing of HTTP.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::time::Instant;

use super::organisation::Account;
use super::users::Users;
use crate::controls::millis::Millis;
use crate::identity_center::credentials::IssuedCredentials;
use crate::serving::bounded::Bounded;
use crate::signing::secrets::Secrets;

/// How long a client without scopes may use its token, whatever is configured.
pub(super) const LEGACY_TOKEN_LIFETIME: Millis = 8 * 3_600_000;

/// A registered client.
#[derive(Clone)]
pub(super) struct Client {
    pub(super) name: String,
    pub(super) secret: String,
    pub(super) expires: Millis,
    pub(super) scopes: Vec<String>,
    /// Empty when the client named none: then it may use the device flow and refresh.
    pub(super) grant_types: Vec<String>,
    pub(super) redirect_uris: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    Pending,
    Allowed,
    Denied,
    Redeemed,
}

/// One run of the device flow.
pub(super) struct Device {
    pub(super) client_id: String,
    pub(super) expires: Millis,
    pub(super) decision: Decision,
    /// Seconds between polls; grows by five with every poll that comes too soon.
    pub(super) interval: u64,
    pub(super) started: Instant,
    pub(super) polled: Option<Instant>,
}

/// What `/authorize` gave to a redirect URI.
pub(super) struct AuthorizationCode {
    pub(super) client_id: String,
    pub(super) redirect_uri: String,
    pub(super) challenge: String,
    pub(super) expires: Millis,
    pub(super) used: bool,
}

struct PortalSession {
    ends: Millis,
    ended: bool,
    accounts: UserAccounts,
}

/// The accounts of the user who signs in; `None` is the user of the organisation, who has all.
pub(super) type UserAccounts = Option<Arc<[Account]>>;

struct AccessToken {
    session: u64,
    expires: Millis,
    portal: bool,
    revoked: bool,
}

struct RefreshToken {
    session: u64,
    client_id: String,
    portal: bool,
}

/// A right to open the console, as a sign-in token or as a browser's cookie.
#[derive(Clone)]
pub(super) struct Console {
    pub(super) account_id: String,
    /// What the role is: a permission set, or a role.
    pub(super) kind: &'static str,
    pub(super) role: String,
    pub(super) expires: Millis,
    /// How long the console stays open after signing in.
    pub(super) session: Millis,
}

/// A sign-in's fruit.
pub(super) struct Tokens {
    pub(super) access: String,
    pub(super) refresh: Option<String>,
    /// Seconds.
    pub(super) expires_in: i64,
}

/// Lifetimes in milliseconds.
#[derive(Clone, Copy)]
pub(super) struct Lifetimes {
    pub(super) access_token: Millis,
    pub(super) portal_session: Millis,
    pub(super) role_credentials: Millis,
    /// The most that a session of STS lasts, whatever was asked for.
    pub(super) sts_session: Millis,
    /// How long a new access key is not known yet.
    pub(super) key_propagation: Millis,
}

pub(super) struct State {
    pub(super) clients: Bounded<String, Client>,
    pub(super) devices: Bounded<String, Device>,
    /// From user code to device code.
    pub(super) user_codes: Bounded<String, String>,
    pub(super) codes: Bounded<String, AuthorizationCode>,
    pub(super) issued: Bounded<String, IssuedCredentials>,
    pub(super) signin_tokens: Bounded<String, Console>,
    pub(super) consoles: Bounded<String, Console>,
    /// Assignments that are still listed but give no credentials any more.
    pub(super) revoked: BTreeSet<(String, String)>,
    sessions: Bounded<u64, PortalSession>,
    access: Bounded<String, AccessToken>,
    refresh: Bounded<String, RefreshToken>,
    last_session: u64,
    pub(super) lifetimes: Lifetimes,
    pub(super) users: Users,
    /// Who signs in from now on.
    pub(super) user: UserAccounts,
}

impl State {
    pub(super) fn new(lifetimes: Lifetimes, users: Users) -> Self {
        Self {
            clients: Bounded::new(4_096),
            devices: Bounded::new(4_096),
            user_codes: Bounded::new(4_096),
            codes: Bounded::new(4_096),
            issued: Bounded::new(32_768),
            signin_tokens: Bounded::new(4_096),
            consoles: Bounded::new(4_096),
            revoked: BTreeSet::new(),
            sessions: Bounded::new(4_096),
            access: Bounded::new(16_384),
            refresh: Bounded::new(16_384),
            last_session: 0,
            lifetimes,
            users,
            user: None,
        }
    }

    /// The client of this id and secret, unless its registration has ended.
    pub(super) fn client(&self, id: &str, secret: &str, now: Millis) -> Option<&Client> {
        self.clients
            .get(id)
            .filter(|client| client.secret == secret && client.expires > now)
    }

    /// A new portal session with its first tokens.
    pub(super) fn sign_in(
        &mut self,
        client_id: &str,
        scopes: &[String],
        secrets: &Secrets,
        now: Millis,
    ) -> Tokens {
        self.last_session += 1;
        let session = self.last_session;
        if scopes.is_empty() {
            self.sessions.insert(
                session,
                PortalSession {
                    ends: now.saturating_add(LEGACY_TOKEN_LIFETIME),
                    ended: false,
                    accounts: self.user.clone(),
                },
            );
            let access = self.grant_access(session, now.saturating_add(LEGACY_TOKEN_LIFETIME), true, secrets);
            return Tokens {
                access,
                refresh: None,
                expires_in: LEGACY_TOKEN_LIFETIME / 1_000,
            };
        }
        let ends = now.saturating_add(self.lifetimes.portal_session);
        let accounts = self.user.clone();
        self.sessions.insert(
            session,
            PortalSession {
                ends,
                ended: false,
                accounts,
            },
        );
        let portal = scopes.iter().any(|scope| scope == "sso:account:access");
        self.grant(session, client_id, portal, ends, secrets, now)
    }

    /// New tokens for a refresh token of this client, while its portal session lives. The old refresh token
    /// stays good: two processes that refresh at once both go on.
    pub(super) fn refresh(
        &mut self,
        token: &str,
        client_id: &str,
        secrets: &Secrets,
        now: Millis,
    ) -> Option<Tokens> {
        let known = self
            .refresh
            .get(token)
            .filter(|known| known.client_id == client_id)?;
        let (session, portal) = (known.session, known.portal);
        let ends = self.live_session(session, now)?;
        Some(self.grant(session, client_id, portal, ends, secrets, now))
    }

    fn grant(
        &mut self,
        session: u64,
        client_id: &str,
        portal: bool,
        ends: Millis,
        secrets: &Secrets,
        now: Millis,
    ) -> Tokens {
        let expires = now.saturating_add(self.lifetimes.access_token).min(ends);
        let access = self.grant_access(session, expires, portal, secrets);
        let refresh = format!("aorAAAAAG{}:{}", secrets.secret(180), secrets.secret(92));
        self.refresh.insert(
            refresh.clone(),
            RefreshToken {
                session,
                client_id: client_id.to_owned(),
                portal,
            },
        );
        Tokens {
            access,
            refresh: Some(refresh),
            expires_in: (expires - now) / 1_000,
        }
    }

    fn grant_access(&mut self, session: u64, expires: Millis, portal: bool, secrets: &Secrets) -> String {
        let token = format!("aoaAAAAAG{}:{}", secrets.secret(180), secrets.secret(92));
        self.access.insert(
            token.clone(),
            AccessToken {
                session,
                expires,
                portal,
                revoked: false,
            },
        );
        token
    }

    fn live_session(&self, session: u64, now: Millis) -> Option<Millis> {
        self.sessions
            .get(&session)
            .filter(|found| !found.ended && found.ends > now)
            .map(|found| found.ends)
    }

    /// Whether the portal accepts this access token.
    pub(super) fn may_use_portal(&self, token: &str, now: Millis) -> bool {
        self.access.get(token).is_some_and(|found| {
            found.portal
                && !found.revoked
                && found.expires > now
                && self.live_session(found.session, now).is_some()
        })
    }

    /// The accounts of the user whose access token this is.
    pub(super) fn accounts_of(&self, token: &str) -> UserAccounts {
        let session = self.access.get(token)?.session;
        self.sessions.get(&session)?.accounts.clone()
    }

    /// Gives every sign-in these accounts, and those to come.
    pub(super) fn assign_accounts(&mut self, accounts: Vec<Account>) {
        self.user = Some(accounts.into());
        for session in self.sessions.values_mut() {
            session.accounts.clone_from(&self.user);
        }
    }

    /// Ends the portal session that a token belongs to. What it issued lives on.
    pub(super) fn log_out(&mut self, token: &str) {
        let session = self.access.get(token).map(|found| found.session);
        if let Some(session) = session.and_then(|id| self.sessions.get_mut(&id)) {
            session.ended = true;
        }
    }

    pub(super) fn end_portal_sessions(&mut self) {
        self.sessions
            .values_mut()
            .for_each(|session| session.ended = true);
    }

    pub(super) fn revoke_access_tokens(&mut self) {
        self.access.values_mut().for_each(|token| token.revoked = true);
    }

    pub(super) fn expire_registrations(&mut self) {
        self.clients.values_mut().for_each(|client| client.expires = 0);
    }

    pub(super) fn expire_device_codes(&mut self) {
        self.devices.values_mut().for_each(|device| device.expires = 0);
    }

    /// Authorization codes.
    pub(super) fn expire_codes(&mut self) {
        self.codes.values_mut().for_each(|code| code.expires = 0);
    }

    pub(super) fn expire_role_credentials(&mut self) {
        self.issued.values_mut().for_each(|issued| issued.expires = 0);
    }

    /// Ends the session of one access key; false if it is none that lives.
    pub(super) fn end_session(&mut self, access_key_id: &str, now: Millis) -> bool {
        match self.issued.get_mut(access_key_id) {
            Some(issued) if issued.expires > now => {
                issued.expires = 0;
                true
            }
            _ => false,
        }
    }

    pub(super) fn device_by_user_code(&mut self, user_code: &str) -> Option<&mut Device> {
        let device_code = self.user_codes.get(&normal_user_code(user_code))?;
        self.devices.get_mut(device_code)
    }

    /// Decides a pending device authorization; false when there is none of this code, or not any more.
    pub(super) fn decide(&mut self, user_code: &str, decision: Decision, now: Millis) -> bool {
        match self.device_by_user_code(user_code) {
            Some(device) if device.decision == Decision::Pending && device.expires > now => {
                device.decision = decision;
                true
            }
            _ => false,
        }
    }
}

/// People type codes in lower case, with spaces, or without the dash.
pub(super) fn normal_user_code(typed: &str) -> String {
    let letters: String = typed
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_uppercase())
        .take(16)
        .collect();
    match letters.get(..4).zip(letters.get(4..)) {
        Some((head, tail)) => format!("{head}-{tail}"),
        None => letters,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::organisation::Organisation;

    fn state() -> (State, Secrets) {
        let lifetimes = Lifetimes {
            access_token: 3_600_000,
            portal_session: 5_400_000,
            role_credentials: 3_600_000,
            sts_session: Millis::MAX,
            key_propagation: 0,
        };
        let secrets = Secrets::new(Some(1), "").unwrap();
        let users = Users::new(&Organisation::generated(0, 0), "aws", &secrets, 0);
        (State::new(lifetimes, users), secrets)
    }

    #[test]
    fn scoped_tokens_live_an_hour_and_refresh_until_the_session_ends() {
        let (mut state, secrets) = state();
        let scopes = ["sso:account:access".to_owned()];
        let first = state.sign_in("c", &scopes, &secrets, 0);
        let refresh = first.refresh.unwrap();
        assert_eq!(first.expires_in, 3_600);
        assert!(state.may_use_portal(&first.access, 3_599_999));
        assert!(!state.may_use_portal(&first.access, 3_600_000));
        assert!(state.refresh(&refresh, "other", &secrets, 1).is_none());
        let second = state.refresh(&refresh, "c", &secrets, 3_600_000).unwrap();
        assert_eq!(second.expires_in, 1_800, "no longer than the session");
        assert_ne!(
            second.refresh.as_ref(),
            Some(&refresh),
            "the refresh token rotates"
        );
        assert!(
            state.refresh(&refresh, "c", &secrets, 3_600_000).is_some(),
            "the old one stays good"
        );
        assert!(state.refresh(&refresh, "c", &secrets, 5_400_000).is_none());
    }

    #[test]
    fn without_scopes_eight_hours_and_no_refresh() {
        let (mut state, secrets) = state();
        let tokens = state.sign_in("c", &[], &secrets, 0);
        assert!(tokens.refresh.is_none());
        assert_eq!(tokens.expires_in, 28_800);
        assert!(state.may_use_portal(&tokens.access, 28_799_999));
        state.log_out(&tokens.access);
        assert!(!state.may_use_portal(&tokens.access, 1));
    }

    #[test]
    fn other_scopes_do_not_open_the_portal() {
        let (mut state, secrets) = state();
        let tokens = state.sign_in("c", &["codewhisperer:completions".to_owned()], &secrets, 0);
        assert!(!state.may_use_portal(&tokens.access, 1));
    }

    #[test]
    fn user_codes_as_typed() {
        for typed in ["ABCD-EFGH", "abcd-efgh", " abcdefgh ", "abcd efgh"] {
            assert_eq!(normal_user_code(typed), "ABCD-EFGH");
        }
        assert_eq!(normal_user_code("ab"), "AB");
        assert_eq!(normal_user_code("日本"), "");
    }
}
