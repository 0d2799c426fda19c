//! The sandbox's STS and IAM beside moto's, where moto is faithful: the same calls of botocore, the same members in the
//! answers, the same errors.

use std::collections::BTreeSet;

use genkan::sandbox::{IamUser, Role, Trust};
use serde_json::{Value, json};

use crate::support::env::TestEnv;
use crate::support::peers;
use crate::support::sts::{Botocore, Keys, keys_in, user};

/// moto's account.
const ACCOUNT: &str = "123456789012";

/// Members that one of the two leaves out, and AWS's model has as optional.
const OPTIONAL: [&str; 6] = [
    "AssumeRole.PackedPolicySize",
    "AssumeRole.SessionTokenSize",
    "GetSessionToken.SessionTokenSize",
    "GetUser.User.Tags",
    "ListAccessKeys.IsTruncated",
    "ListMFADevices.IsTruncated",
];

/// The names of all members of an answer, with their place.
fn members(value: &Value, place: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            for (name, value) in map {
                let place = format!("{place}.{name}");
                found.insert(place.clone());
                members(value, &place, found);
            }
        }
        Value::Array(list) => list.iter().for_each(|value| members(value, place, found)),
        _ => {}
    }
}

/// What is compared of an answer: the members that it has, or the error's code and status.
fn outline(operation: &str, answer: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    match answer["code"].as_str() {
        Some(code) => {
            found.insert(format!("{operation}: {code} {}", answer["status"]));
        }
        None => members(&answer["given"], operation, &mut found),
    }
    found
        .into_iter()
        .filter(|place| !OPTIONAL.contains(&place.as_str()))
        .collect()
}

/// The sandbox with a user and roles as moto has them without being told.
fn sandbox() -> TestEnv {
    TestEnv::with(|options| {
        let role = |name: &str| Role {
            account_id: ACCOUNT.to_owned(),
            name: name.to_owned(),
            path: "/".to_owned(),
            max_session_seconds: 3_600,
            trust: vec![Trust {
                account_id: ACCOUNT.to_owned(),
                ..Trust::default()
            }],
            external_id: None,
            requires_mfa: false,
        };
        options.organisation.roles = vec![role("deploy"), role("second")];
        options.organisation.iam_users = vec![IamUser {
            account_id: ACCOUNT.to_owned(),
            name: "ren".to_owned(),
            path: "/".to_owned(),
            access_keys: 1,
            mfa_device: None,
            requires_mfa: false,
        }];
    })
}

struct Both {
    ours: (Botocore, Keys),
    theirs: (Botocore, Keys),
}

impl Both {
    /// One call to both, with keys of each; the answers, which are alike.
    fn call(&mut self, service: &str, operation: &str, parameters: [&Value; 2]) -> [Value; 2] {
        let (ours, keys) = &mut self.ours;
        let ours = ours.call(service, operation, keys, parameters[0]);
        let (theirs, keys) = &mut self.theirs;
        let theirs = theirs.ask(service, operation, keys, parameters[1]);
        assert_eq!(
            outline(operation, &ours),
            outline(operation, &theirs),
            "{ours}\n{theirs}"
        );
        [ours, theirs]
    }

    fn same(&mut self, service: &str, operation: &str, parameters: &Value) -> [Value; 2] {
        self.call(service, operation, [parameters, parameters])
    }

    /// Both go on with the credentials of an answer.
    fn become_who_was_given(&mut self, answers: &[Value; 2]) {
        self.ours.1 = keys_in(&answers[0]["given"]);
        self.theirs.1 = keys_in(&answers[1]["given"]);
    }
}

#[test]
fn sts_and_iam_answer_as_moto_does() {
    let env = sandbox();
    let Some(moto) = peers::Moto::start() else { return };
    let at_moto = ["AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL_IAM"].map(|name| (name, moto.url()));
    let (Some(ours), Some(mut theirs)) = (Botocore::start(&env), Botocore::with(&env, &at_moto)) else {
        return;
    };
    let own = Keys::from(&user(&env, "ren"));
    let anyone = Keys {
        id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
        secret: "x".to_owned(),
        token: None,
    };
    theirs.ask("iam", "CreateUser", &anyone, &json!({"UserName": "ren"}));
    let made = theirs.ask("iam", "CreateAccessKey", &anyone, &json!({"UserName": "ren"}));
    let text = |name: &str| made["given"]["AccessKey"][name].as_str().unwrap().to_owned();
    let at_moto = Keys {
        id: text("AccessKeyId"),
        secret: text("SecretAccessKey"),
        token: None,
    };
    let mut both = Both {
        ours: (ours, own.clone()),
        theirs: (theirs, at_moto.clone()),
    };
    // The user, and keys until there are too many.
    let named = json!({"UserName": "ren"});
    both.same("iam", "GetUser", &named);
    both.same("iam", "ListAccessKeys", &named);
    let second = both.same("iam", "CreateAccessKey", &named);
    let refused = both.same("iam", "CreateAccessKey", &named);
    assert_eq!(refused[0]["code"], "LimitExceeded");
    let of = |id: &Value| json!({"UserName": "ren", "AccessKeyId": id});
    let ids = second.map(|answer| answer["given"]["AccessKey"]["AccessKeyId"].clone());
    let inactive = |id: &Value| json!({"UserName": "ren", "AccessKeyId": id, "Status": "Inactive"});
    both.call("iam", "UpdateAccessKey", [&inactive(&ids[0]), &inactive(&ids[1])]);
    let one = |id: &Value| json!({"AccessKeyId": id});
    both.call("iam", "GetAccessKeyLastUsed", [&one(&ids[0]), &one(&ids[1])]);
    both.call("iam", "DeleteAccessKey", [&of(&ids[0]), &of(&ids[1])]);
    let gone = both.call("iam", "DeleteAccessKey", [&of(&ids[0]), &of(&ids[1])]);
    assert_eq!(gone[0]["code"], "NoSuchEntity");
    both.same("iam", "ListMFADevices", &named);
    // A session, a role, and a role from there: who someone is at each hop.
    both.same("sts", "GetSessionToken", &json!({}));
    for role in ["deploy", "second"] {
        let arn = format!("arn:aws:iam::{ACCOUNT}:role/{role}");
        let asked = json!({"RoleArn": arn, "RoleSessionName": "me"});
        let answers = both.same("sts", "AssumeRole", &asked);
        both.become_who_was_given(&answers);
        let [ours, theirs] = both.same("sts", "GetCallerIdentity", &json!({}));
        assert_eq!(ours["given"]["Arn"], theirs["given"]["Arn"]);
        assert_eq!(ours["given"]["Account"], theirs["given"]["Account"]);
    }
}
