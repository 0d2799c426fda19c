//! AWS's own STS client for Rust, and botocore's clients of any service, with keys that a test holds.

use std::process::Command;

use aws_credential_types::Credentials;
use aws_sdk_sts::Client;
use aws_sdk_sts::config::retry::RetryConfig;
use aws_sdk_sts::config::{BehaviorVersion, Region};
use aws_sdk_sts::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use genkan::sandbox::IamAccessKey;
use serde_json::{Value, json};

use crate::support::env::TestEnv;
use crate::support::http::get_with_token;
use crate::support::input::Dialogue;
use crate::support::peers;

/// An access key, with a token where it is one of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys {
    pub id: String,
    pub secret: String,
    pub token: Option<String>,
}

/// The code and the message of a refusal.
pub type Refused = (String, String);

pub fn refused<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> Refused {
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    match error.as_service_error() {
        Some(error) => (text(error.meta().code()), text(error.meta().message())),
        None => (String::new(), "no answer of STS".to_owned()),
    }
}

pub fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

/// A client of the sandbox's STS.
pub fn client(env: &TestEnv, keys: &Keys) -> Client {
    let http = aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https();
    let config = aws_sdk_sts::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("ap-northeast-1"))
        .credentials_provider(Credentials::new(
            &keys.id,
            &keys.secret,
            keys.token.clone(),
            None,
            "test",
        ))
        .endpoint_url(env.sandbox.url())
        .retry_config(RetryConfig::disabled())
        .http_client(http);
    Client::from_conf(config.build())
}

pub fn keys_of(credentials: &aws_sdk_sts::types::Credentials) -> Keys {
    Keys {
        id: credentials.access_key_id().to_owned(),
        secret: credentials.secret_access_key().to_owned(),
        token: Some(credentials.session_token().to_owned()),
    }
}

/// Credentials of a permission set, from the portal.
pub fn portal_keys(env: &TestEnv, token: &str, account: &str, permission_set: &str) -> Keys {
    let path = format!("/federation/credentials?account_id={account}&role_name={permission_set}");
    let given = get_with_token(&env.sandbox.url(), &path, token).json()["roleCredentials"].clone();
    let text = |name: &str| given[name].as_str().unwrap().to_owned();
    Keys {
        id: text("accessKeyId"),
        secret: text("secretAccessKey"),
        token: Some(text("sessionToken")),
    }
}

/// The first key of an IAM user.
pub fn user(env: &TestEnv, name: &str) -> IamAccessKey {
    let mut keys = env.sandbox.iam_access_keys().into_iter();
    keys.find(|key| key.user_name == name).unwrap()
}

impl From<&IamAccessKey> for Keys {
    fn from(key: &IamAccessKey) -> Self {
        Self {
            id: key.access_key_id.clone(),
            secret: key.secret_access_key.clone(),
            token: None,
        }
    }
}

/// botocore in a process of its own, which makes one call after another.
pub struct Botocore(Dialogue);

impl Botocore {
    pub fn start(env: &TestEnv) -> Option<Self> {
        Self::with(env, &[])
    }

    /// The same with other variables.
    pub fn with(env: &TestEnv, variables: &[(&str, String)]) -> Option<Self> {
        let python = peers::python()?.join("bin/python");
        let script = peers::script("calls.py", include_str!("../../peers/calls.py"));
        let mut command = Command::new(python);
        command
            .arg(script)
            .env_clear()
            .envs(&env.environment)
            .envs(variables.iter().map(|(name, value)| (name, value)));
        Some(Self(Dialogue::start(&mut command)))
    }

    /// The answer: `given`, or `code` and `message`. It fits the model.
    pub fn call(&mut self, service: &str, operation: &str, keys: &Keys, parameters: &Value) -> Value {
        let answer = self.ask(service, operation, keys, parameters);
        assert_eq!(answer["wrong"], json!([]), "{operation} {parameters}: {answer}");
        answer
    }

    /// The same of a server whose answers need not fit.
    pub fn ask(&mut self, service: &str, operation: &str, keys: &Keys, parameters: &Value) -> Value {
        let keys = json!([keys.id, keys.secret, keys.token]);
        let asked =
            json!({"service": service, "operation": operation, "keys": keys, "parameters": parameters});
        let line = self.0.ask(&asked.to_string());
        serde_json::from_str(&line).unwrap_or_else(|e| panic!("{operation}: {e}: {line}"))
    }

    /// What a call gives that must work.
    pub fn give(&mut self, service: &str, operation: &str, keys: &Keys, parameters: &Value) -> Value {
        let answer = self.call(service, operation, keys, parameters);
        assert!(answer["given"].is_object(), "{operation} {parameters}: {answer}");
        answer["given"].clone()
    }

    /// The code and the message of a call that must fail.
    pub fn refuse(
        &mut self,
        service: &str,
        operation: &str,
        keys: &Keys,
        parameters: &Value,
    ) -> (String, String) {
        let answer = self.call(service, operation, keys, parameters);
        let text = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
        assert!(!text("code").is_empty(), "{operation} {parameters}: {answer}");
        (text("code"), text("message"))
    }
}

/// The keys in an answer's `Credentials`.
pub fn keys_in(given: &Value) -> Keys {
    let text = |name: &str| given["Credentials"][name].as_str().unwrap().to_owned();
    Keys {
        id: text("AccessKeyId"),
        secret: text("SecretAccessKey"),
        token: Some(text("SessionToken")),
    }
}
