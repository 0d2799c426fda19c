//! The sandbox's IAM and STS, asked by botocore, which signs by itself and whose models each answer is held against.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::env::TestEnv;
use crate::support::oidc_wire::{test_env, token};
use crate::support::sts::{Botocore, Keys, keys_in, portal_keys, user};

const JUMP: &str = "598204417736";
const NONE: &Value = &Value::Null;

/// A call without parameters, or with these.
fn with(parameters: &Value) -> Value {
    if parameters.is_null() {
        json!({})
    } else {
        parameters.clone()
    }
}

struct Iam {
    env: TestEnv,
    botocore: Botocore,
}

impl Iam {
    fn start(change: impl FnOnce(&mut genkan::sandbox::Options)) -> Option<Self> {
        let env = TestEnv::with(|options| {
            options.auto_approve = false;
            change(options);
        });
        let botocore = Botocore::start(&env)?;
        Some(Self { env, botocore })
    }

    fn keys(&self, name: &str) -> Keys {
        Keys::from(&user(&self.env, name))
    }

    fn give(&mut self, operation: &str, keys: &Keys, parameters: &Value) -> Value {
        self.botocore.give("iam", operation, keys, &with(parameters))
    }

    fn refuse(&mut self, operation: &str, keys: &Keys, parameters: &Value) -> (String, String) {
        self.botocore.refuse("iam", operation, keys, &with(parameters))
    }

    /// IDs and states of a user's keys.
    fn list(&mut self, keys: &Keys) -> Vec<(String, String)> {
        let listed = self.give("ListAccessKeys", keys, NONE);
        let text = |key: &Value, name: &str| key[name].as_str().unwrap().to_owned();
        let members = listed["AccessKeyMetadata"].as_array().unwrap().iter();
        members
            .map(|key| (text(key, "AccessKeyId"), text(key, "Status")))
            .collect()
    }
}

/// The whole of a rotation, as `aws-vault rotate` does it.
#[test]
fn a_key_is_rotated() {
    let Some(mut iam) = Iam::start(|_| {}) else { return };
    let old = iam.keys("ayumi.mori");
    assert_eq!(iam.list(&old), [(old.id.clone(), "Active".to_owned())]);
    let made = iam.give("CreateAccessKey", &old, NONE)["AccessKey"].clone();
    assert_eq!(
        (&made["UserName"], &made["Status"]),
        (&json!("ayumi.mori"), &json!("Active"))
    );
    let new = Keys {
        id: made["AccessKeyId"].as_str().unwrap().to_owned(),
        secret: made["SecretAccessKey"].as_str().unwrap().to_owned(),
        token: None,
    };
    let (code, message) = iam.refuse("CreateAccessKey", &old, NONE);
    assert_eq!(
        (code.as_str(), message.as_str()),
        ("LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2")
    );
    let who = iam.botocore.give("sts", "GetCallerIdentity", &new, &json!({}));
    assert_eq!(who["Arn"], format!("arn:aws:iam::{JUMP}:user/people/ayumi.mori"));
    let one = |status: &str| json!({"AccessKeyId": old.id, "Status": status});
    iam.give("UpdateAccessKey", &new, &one("Inactive"));
    assert_eq!(iam.list(&new)[0].1, "Inactive");
    let (code, _) = iam.botocore.refuse("sts", "GetCallerIdentity", &old, &json!({}));
    assert_eq!(code, "InvalidClientTokenId");
    iam.give("UpdateAccessKey", &new, &one("Active"));
    iam.botocore.give("sts", "GetCallerIdentity", &old, &json!({}));
    iam.give("DeleteAccessKey", &new, &json!({"AccessKeyId": old.id}));
    assert_eq!(iam.list(&new), [(new.id.clone(), "Active".to_owned())]);
    for (operation, parameters) in [
        ("DeleteAccessKey", json!({"AccessKeyId": old.id})),
        ("UpdateAccessKey", one("Active")),
    ] {
        let (code, message) = iam.refuse(operation, &new, &parameters);
        assert_eq!(code, "NoSuchEntity", "{operation}: {message}");
    }
    let counts = iam.env.sandbox.counts();
    assert_eq!((counts.create_access_key, counts.delete_access_key), (2, 2));
}

#[test]
fn a_new_key_is_unknown_for_as_long_as_told() {
    let Some(mut iam) = Iam::start(|options| options.key_propagation = Duration::from_hours(1)) else {
        return;
    };
    let old = iam.keys("ayumi.mori");
    let make = |iam: &mut Iam| {
        let made = iam.give("CreateAccessKey", &old, NONE)["AccessKey"].clone();
        Keys {
            id: made["AccessKeyId"].as_str().unwrap().to_owned(),
            secret: made["SecretAccessKey"].as_str().unwrap().to_owned(),
            token: None,
        }
    };
    let new = make(&mut iam);
    let (code, _) = iam.botocore.refuse("sts", "GetCallerIdentity", &new, &json!({}));
    assert_eq!(code, "InvalidClientTokenId");
    assert_eq!(iam.list(&old).len(), 2, "listed at once");
    iam.give("DeleteAccessKey", &old, &json!({"AccessKeyId": new.id}));
    iam.env.sandbox.control().set_key_propagation(Duration::ZERO);
    let new = make(&mut iam);
    iam.botocore.give("sts", "GetCallerIdentity", &new, &json!({}));
}

#[test]
fn users_and_devices_are_described() {
    let Some(mut iam) = Iam::start(|_| {}) else { return };
    let [ayumi, ren] = ["ayumi.mori", "ren.sato"].map(|name| iam.keys(name));
    let user = iam.give("GetUser", &ayumi, NONE)["User"].clone();
    assert_eq!(user["Arn"], format!("arn:aws:iam::{JUMP}:user/people/ayumi.mori"));
    assert_eq!(
        (&user["Path"], &user["UserName"]),
        (&json!("/people/"), &json!("ayumi.mori"))
    );
    let devices = iam.give("ListMFADevices", &ayumi, NONE)["MFADevices"].clone();
    assert_eq!(
        devices[0]["SerialNumber"],
        format!("arn:aws:iam::{JUMP}:mfa/ayumi-phone")
    );
    assert_eq!(iam.give("ListMFADevices", &ren, NONE)["MFADevices"], json!([]));
    // One page after another.
    let first = iam.give("ListAccessKeys", &ren, &json!({"MaxItems": 1}));
    assert_eq!(first["IsTruncated"], true);
    let next = json!({"MaxItems": 1, "Marker": first["Marker"]});
    let second = iam.give("ListAccessKeys", &ren, &next);
    assert_eq!(second["IsTruncated"], false);
    assert_ne!(first["AccessKeyMetadata"], second["AccessKeyMetadata"]);
    assert_eq!(
        iam.refuse("ListAccessKeys", &ren, &json!({"Marker": "1.x"})).0,
        "ValidationError"
    );
    // When a key was last used, and of one that never was.
    let ids: Vec<String> = iam.list(&ren).into_iter().map(|(id, _)| id).collect();
    let signed = iam.give("GetAccessKeyLastUsed", &ren, &json!({"AccessKeyId": ids[0]}));
    assert_eq!(signed["UserName"], "ren.sato");
    assert_eq!(signed["AccessKeyLastUsed"]["ServiceName"], "iam");
    assert_eq!(signed["AccessKeyLastUsed"]["Region"], "ap-northeast-1");
    let never = iam.give("GetAccessKeyLastUsed", &ren, &json!({"AccessKeyId": ids[1]}));
    assert_eq!(
        never["AccessKeyLastUsed"],
        json!({"ServiceName": "N/A", "Region": "N/A"})
    );
}

#[test]
fn users_look_after_themselves_and_administrators_after_all() {
    let Some(mut iam) = Iam::start(|options| {
        // The jump account is one of Identity Center's, too.
        let accounts = &mut options.organisation.accounts;
        let mut jump = accounts[0].clone();
        jump.id = JUMP.to_owned();
        jump.permission_sets = vec!["AdministratorAccess".to_owned(), "ReadOnlyAccess".to_owned()];
        accounts.push(jump);
    }) else {
        return;
    };
    let portal = token(&iam.env);
    let [administrator, reader] =
        ["AdministratorAccess", "ReadOnlyAccess"].map(|set| portal_keys(&iam.env, &portal, JUMP, set));
    let [ayumi, ren, deploy] = ["ayumi.mori", "ren.sato", "deploy"].map(|name| iam.keys(name));
    let of_ren = json!({"UserName": "ren.sato"});
    iam.give("ListAccessKeys", &administrator, &of_ren);
    for keys in [&reader, &ayumi] {
        let (code, message) = iam.refuse("ListAccessKeys", keys, &of_ren);
        assert_eq!(code, "AccessDenied");
        assert!(message.contains("iam:ListAccessKeys"), "{message}");
    }
    assert_eq!(
        iam.refuse("GetUser", &administrator, &json!({"UserName": "unknown"}))
            .0,
        "NoSuchEntity"
    );
    // Without a name only a long-term key says whom a call is about.
    let (code, message) = iam.refuse("ListAccessKeys", &administrator, NONE);
    assert_eq!(
        (code.as_str(), message.contains("userName")),
        ("ValidationError", true)
    );
    // A user's session opens IAM only if a code opened the session; some users can't do without.
    let session = |iam: &mut Iam, keys: &Keys, mfa: &Value| {
        keys_in(&iam.botocore.give("sts", "GetSessionToken", keys, &with(mfa)))
    };
    let without = session(&mut iam, &ren, NONE);
    assert_eq!(
        iam.refuse("ListAccessKeys", &without, &of_ren).0,
        "InvalidClientTokenId"
    );
    assert_eq!(iam.refuse("CreateAccessKey", &deploy, NONE).0, "AccessDenied");
    let serial = format!("arn:aws:iam::{JUMP}:mfa/deploy-token");
    let code = iam.env.sandbox.control().mfa_code(&serial).unwrap();
    let mfa = json!({"SerialNumber": serial, "TokenCode": code});
    let with_code = session(&mut iam, &deploy, &mfa);
    iam.give("CreateAccessKey", &with_code, &json!({"UserName": "deploy"}));
}

#[test]
fn what_iam_refuses_is_named_as_by_aws() {
    let Some(mut iam) = Iam::start(|_| {}) else { return };
    let ren = iam.keys("ren.sato");
    for (operation, parameters, code) in [
        (
            "UpdateAccessKey",
            json!({"AccessKeyId": ren.id, "Status": "Expired"}),
            "ValidationError",
        ),
        (
            "UpdateAccessKey",
            json!({"AccessKeyId": ren.id}),
            "ValidationError",
        ),
        (
            "DeleteAccessKey",
            json!({"AccessKeyId": "short"}),
            "ValidationError",
        ),
        ("ListAccessKeys", json!({"MaxItems": 0}), "ValidationError"),
        ("GetUser", json!({"UserName": "a b"}), "ValidationError"),
        (
            "GetAccessKeyLastUsed",
            json!({"AccessKeyId": "AKIAAAAAAAAAAAAAAAAA"}),
            "AccessDenied",
        ),
    ] {
        let refusal = iam.refuse(operation, &ren, &parameters);
        assert_eq!(refusal.0, code, "{operation}: {}", refusal.1);
    }
    let wrong = Keys {
        secret: "x".to_owned(),
        ..ren.clone()
    };
    assert_eq!(iam.refuse("GetUser", &wrong, NONE).0, "SignatureDoesNotMatch");
    let unknown = Keys {
        id: "AKIAAAAAAAAAAAAAAAAA".to_owned(),
        ..ren
    };
    assert_eq!(iam.refuse("GetUser", &unknown, NONE).0, "InvalidClientTokenId");
}

/// Every operation of STS by botocore, whose model each answer fits.
#[test]
fn answers_of_sts_fit_the_model() {
    let env = test_env();
    let Some(mut botocore) = Botocore::start(&env) else {
        return;
    };
    let ren = Keys::from(&user(&env, "ren.sato"));
    let role = json!({
        "RoleArn": "arn:aws:iam::390178853927:role/JumpReadOnly", "RoleSessionName": "me", "SourceIdentity": "ren",
        "Tags": [{"Key": "team", "Value": "blue"}], "TransitiveTagKeys": ["team"], "DurationSeconds": 900,
    });
    let given = botocore.give("sts", "AssumeRole", &ren, &role);
    assert_eq!(
        given["AssumedRoleUser"]["Arn"],
        "arn:aws:sts::390178853927:assumed-role/JumpReadOnly/me"
    );
    assert_eq!(given["SourceIdentity"], "ren");
    assert!(given.get("PackedPolicySize").is_none(), "deprecated");
    let who = botocore.give("sts", "GetCallerIdentity", &keys_in(&given), &json!({}));
    assert_eq!(who["Arn"], given["AssumedRoleUser"]["Arn"]);
    botocore.give("sts", "GetSessionToken", &ren, &json!({}));
    let of_key = botocore.give("sts", "GetAccessKeyInfo", &ren, &json!({"AccessKeyId": ren.id}));
    assert_eq!(of_key["Account"], JUMP);
    for (operation, parameters, code) in [
        ("AssumeRole", json!({}), "ValidationError"),
        (
            "GetSessionToken",
            json!({"DurationSeconds": 1}),
            "ValidationError",
        ),
        ("GetAccessKeyInfo", json!({"AccessKeyId": "a"}), "ValidationError"),
    ] {
        assert_eq!(
            botocore.refuse("sts", operation, &ren, &parameters).0,
            code,
            "{operation}"
        );
    }
}
