//! sso-oidc: client registration, the device flow and tokens; `authorize` has the page of the
//! authorization code flow.
//! Source: the `sso-oidc` service model, and answers that were seen in the field.

use hyper::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::time::Instant;
use url::Url;

use crate::counts::{Counts, Grants};
use crate::serving::http::{Reply, Request};
use crate::shared::Shared;
use crate::signing::secrets::code_challenge;
use crate::state::{Client, Decision, Device, Tokens};

const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
const AUTHORIZATION_CODE: &str = "authorization_code";
const REFRESH_TOKEN: &str = "refresh_token";
/// Milliseconds that a registration lives: 90 days.
const REGISTRATION: i64 = 90 * 24 * 3_600_000;
/// What a poll that comes too soon adds to the interval, in seconds.
const SLOW_DOWN: u64 = 5;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Registration {
    client_name: Option<String>,
    client_type: Option<String>,
    #[serde(default)]
    scopes: Option<Vec<String>>,
    #[serde(default)]
    redirect_uris: Option<Vec<String>>,
    #[serde(default)]
    grant_types: Option<Vec<String>>,
    issuer_url: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DeviceRequest {
    client_id: String,
    client_secret: String,
    start_url: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TokenRequest {
    client_id: String,
    client_secret: String,
    grant_type: String,
    device_code: Option<String>,
    code: Option<String>,
    refresh_token: Option<String>,
    redirect_uri: Option<String>,
    code_verifier: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TokenAnswer {
    access_token: String,
    token_type: &'static str,
    expires_in: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
}

/// An error of the service.
struct Refusal(StatusCode, &'static str, &'static str, &'static str);

impl Refusal {
    const PENDING: Self = Self::bad(
        "AuthorizationPendingException",
        "authorization_pending",
        "Authorization is still pending",
    );
    const SLOW_DOWN: Self = Self::bad("SlowDownException", "slow_down", "Slow down");
    const EXPIRED: Self = Self::bad("ExpiredTokenException", "expired_token", "Device code expired");
    const DENIED: Self = Self::bad("AccessDeniedException", "access_denied", "Access denied");
    const GRANT: Self = Self::bad("InvalidGrantException", "invalid_grant", "Invalid grant provided");
    const REFRESH: Self = Self::bad(
        "InvalidGrantException",
        "invalid_grant",
        "Invalid refresh token provided",
    );
    const REQUEST: Self = Self::bad("InvalidRequestException", "invalid_request", "Invalid request");
    const START_URL: Self = Self::bad(
        "InvalidRequestException",
        "invalid_request",
        "Invalid start url provided",
    );
    const GRANT_TYPE: Self = Self::bad(
        "UnsupportedGrantTypeException",
        "unsupported_grant_type",
        "Unsupported grant type provided",
    );
    const NOT_GRANTED: Self = Self::bad(
        "UnauthorizedClientException",
        "unauthorized_client",
        "Client is not authorized for this grant type",
    );
    const METADATA: Self = Self::bad(
        "InvalidClientMetadataException",
        "invalid_client_metadata",
        "Invalid client metadata provided",
    );
    const REDIRECT: Self = Self::bad(
        "InvalidRedirectUriException",
        "invalid_redirect_uri",
        "Invalid redirect URI provided",
    );
    const SCOPE: Self = Self::bad("InvalidScopeException", "invalid_scope", "Invalid scope provided");
    const CLIENT: Self = Self(
        StatusCode::UNAUTHORIZED,
        "InvalidClientException",
        "invalid_client",
        "Invalid client provided",
    );

    const fn bad(name: &'static str, error: &'static str, description: &'static str) -> Self {
        Self(StatusCode::BAD_REQUEST, name, error, description)
    }

    fn reply(&self) -> Reply {
        let Self(status, name, error, description) = self;
        // The suffix is what AWS sends; clients cut the name off at the colon.
        let header = format!("{name}:http://internal.amazon.com/coral/com.amazonaws.sso.oidc/");
        Reply::json(
            *status,
            &json!({ "error": error, "error_description": description }),
        )
        .with("x-amzn-errortype", &header)
    }
}

fn reply_to(result: Result<Reply, Refusal>) -> Reply {
    result.unwrap_or_else(|refusal| refusal.reply())
}

pub(crate) fn register_client(shared: &Shared, request: &Request) -> Reply {
    reply_to(add_client(shared, request))
}

fn add_client(shared: &Shared, request: &Request) -> Result<Reply, Refusal> {
    let asked: Registration = request.json().ok_or(Refusal::REQUEST)?;
    let name = asked
        .client_name
        .filter(|n| !n.is_empty())
        .ok_or(Refusal::METADATA)?;
    if asked.client_type.as_deref() != Some("public") {
        return Err(Refusal::METADATA);
    }
    let scopes = asked.scopes.unwrap_or_default();
    if scopes
        .iter()
        .any(|s| s.is_empty() || s.contains(char::is_whitespace))
    {
        return Err(Refusal::SCOPE);
    }
    let grant_types = asked.grant_types.unwrap_or_default();
    if !grant_types
        .iter()
        .all(|g| [DEVICE_CODE, AUTHORIZATION_CODE, REFRESH_TOKEN].contains(&g.as_str()))
    {
        return Err(Refusal::GRANT_TYPE);
    }
    let redirect_uris = asked.redirect_uris.unwrap_or_default();
    let wants_code = grant_types.iter().any(|g| g == AUTHORIZATION_CODE);
    if redirect_uris.iter().any(|uri| !is_loopback(uri)) || (wants_code && redirect_uris.is_empty()) {
        return Err(Refusal::REDIRECT);
    }
    if wants_code && !asked.issuer_url.is_some_and(|url| shared.is_start_url(&url)) {
        return Err(Refusal::REQUEST);
    }
    let now = shared.now();
    let id = shared.secrets.text(22);
    let secret = shared.secrets.client_secret(&id);
    let expires = now.saturating_add(REGISTRATION);
    let answer = json!({
        "clientId": id,
        "clientSecret": secret,
        "clientIdIssuedAt": now / 1_000,
        "clientSecretExpiresAt": expires / 1_000,
    });
    let client = Client {
        name,
        secret,
        expires,
        scopes,
        grant_types,
        redirect_uris,
    };
    shared.state().clients.insert(id, client);
    Ok(Reply::json(StatusCode::OK, &answer))
}

/// Only redirects to this machine are taken, as AWS does.
fn is_loopback(uri: &str) -> bool {
    Url::parse(uri).is_ok_and(|url| {
        url.scheme() == "http"
            && matches!(url.host_str(), Some("127.0.0.1" | "[::1]"))
            && url.fragment().is_none()
    })
}

pub(crate) fn start_device_authorization(shared: &Shared, request: &Request) -> Reply {
    reply_to(start_device(shared, request))
}

fn start_device(shared: &Shared, request: &Request) -> Result<Reply, Refusal> {
    let asked: DeviceRequest = request.json().ok_or(Refusal::REQUEST)?;
    let now = shared.now();
    let client = find_client(shared, &asked.client_id, &asked.client_secret)?;
    if !allows_grant(&client, DEVICE_CODE) {
        return Err(Refusal::NOT_GRANTED);
    }
    if !shared.is_start_url(&asked.start_url) {
        return Err(Refusal::START_URL);
    }
    let lifetime = shared.options.device_code_lifetime.as_secs();
    let interval = shared.options.poll_interval.as_secs();
    let device_code = shared.secrets.secret(86);
    let user_code = shared.secrets.user_code();
    let uri = format!("{}/device", shared.url());
    let answer = json!({
        "deviceCode": device_code,
        "userCode": user_code,
        "verificationUri": uri,
        "verificationUriComplete": format!("{uri}?user_code={user_code}"),
        "expiresIn": lifetime,
        "interval": interval,
    });
    let mut state = shared.state();
    state.user_codes.insert(user_code, device_code.clone());
    state.devices.insert(
        device_code,
        Device {
            client_id: asked.client_id,
            expires: now.saturating_add(
                i64::try_from(lifetime)
                    .unwrap_or(i64::MAX / 1_000)
                    .saturating_mul(1_000),
            ),
            decision: Decision::Pending,
            interval,
            started: Instant::now(),
            polled: None,
        },
    );
    Ok(Reply::json(StatusCode::OK, &answer))
}

fn find_client(shared: &Shared, id: &str, secret: &str) -> Result<Client, Refusal> {
    let state = shared.state();
    state
        .client(id, secret, shared.now())
        .cloned()
        .ok_or(Refusal::CLIENT)
}

/// A client that named no grant types may use the device flow and refresh.
fn allows_grant(client: &Client, grant: &str) -> bool {
    if client.grant_types.is_empty() {
        grant == DEVICE_CODE || grant == REFRESH_TOKEN
    } else {
        client.grant_types.iter().any(|g| g == grant)
    }
}

pub(crate) fn create_token(shared: &Shared, request: &Request) -> Reply {
    let Some(asked) = request.json::<TokenRequest>() else {
        return Refusal::REQUEST.reply();
    };
    let result = redeem_grant(shared, &asked);
    count_token_request(&mut shared.counts(), &asked.grant_type, result.as_ref().err());
    reply_to(result.map(|tokens| {
        let answer = TokenAnswer {
            access_token: tokens.access,
            token_type: "Bearer",
            expires_in: tokens.expires_in,
            refresh_token: tokens.refresh,
        };
        Reply::json(StatusCode::OK, &answer)
    }))
}

fn count_token_request(counts: &mut Counts, grant: &str, refusal: Option<&Refusal>) {
    let grants: &mut Grants = match grant {
        DEVICE_CODE => &mut counts.device_code,
        REFRESH_TOKEN => &mut counts.refresh_token,
        AUTHORIZATION_CODE => &mut counts.authorization_code,
        _ => return,
    };
    *match refusal.map(|r| r.2) {
        None => &mut grants.issued,
        Some("authorization_pending") => &mut grants.pending,
        Some("slow_down") => &mut grants.slow_down,
        Some(_) => &mut grants.refused,
    } += 1;
}

fn redeem_grant(shared: &Shared, asked: &TokenRequest) -> Result<Tokens, Refusal> {
    let client = find_client(shared, &asked.client_id, &asked.client_secret)?;
    if ![DEVICE_CODE, AUTHORIZATION_CODE, REFRESH_TOKEN].contains(&asked.grant_type.as_str()) {
        return Err(Refusal::GRANT_TYPE);
    }
    if !allows_grant(&client, &asked.grant_type) {
        return Err(Refusal::NOT_GRANTED);
    }
    match asked.grant_type.as_str() {
        DEVICE_CODE => device_token(shared, &client, asked),
        REFRESH_TOKEN => {
            let token = asked.refresh_token.as_deref().ok_or(Refusal::REQUEST)?;
            let now = shared.now();
            shared
                .state()
                .refresh(token, &asked.client_id, &shared.secrets, now)
                .ok_or(Refusal::REFRESH)
        }
        _ => code_token(shared, &client, asked),
    }
}

fn device_token(shared: &Shared, client: &Client, asked: &TokenRequest) -> Result<Tokens, Refusal> {
    let code = asked.device_code.as_deref().ok_or(Refusal::REQUEST)?;
    let now = shared.now();
    let moment = Instant::now();
    let mut state = shared.state();
    let device = state
        .devices
        .get_mut(code)
        .filter(|device| device.client_id == asked.client_id)
        .ok_or(Refusal::GRANT)?;
    match device.decision {
        Decision::Redeemed => return Err(Refusal::GRANT),
        Decision::Denied => return Err(Refusal::DENIED),
        _ if device.expires <= now => return Err(Refusal::EXPIRED),
        Decision::Allowed => {}
        Decision::Pending => {
            let interval = std::time::Duration::from_secs(device.interval);
            // The first poll may come at once, as the AWS CLI's does. A network's jitter is forgiven.
            let forgiven = std::time::Duration::from_millis(100);
            let too_soon = device
                .polled
                .is_some_and(|polled| moment.duration_since(polled) + forgiven < interval);
            device.polled = Some(moment);
            if too_soon {
                device.interval += SLOW_DOWN;
                return Err(Refusal::SLOW_DOWN);
            }
            if !(shared.options.auto_approve && moment.duration_since(device.started) + forgiven >= interval)
            {
                return Err(Refusal::PENDING);
            }
        }
    }
    device.decision = Decision::Redeemed;
    Ok(state.sign_in(&asked.client_id, &client.scopes, &shared.secrets, now))
}

fn code_token(shared: &Shared, client: &Client, asked: &TokenRequest) -> Result<Tokens, Refusal> {
    let code = asked.code.as_deref().ok_or(Refusal::REQUEST)?;
    let verifier = asked.code_verifier.as_deref().ok_or(Refusal::REQUEST)?;
    let now = shared.now();
    let mut state = shared.state();
    let known = state
        .codes
        .get_mut(code)
        .filter(|known| known.client_id == asked.client_id && !known.used && known.expires > now)
        .ok_or(Refusal::GRANT)?;
    // One try: a code that was shown with the wrong verifier is burnt.
    known.used = true;
    if code_challenge(verifier) != known.challenge
        || asked.redirect_uri.as_deref() != Some(known.redirect_uri.as_str())
    {
        return Err(Refusal::GRANT);
    }
    Ok(state.sign_in(&asked.client_id, &client.scopes, &shared.secrets, now))
}
