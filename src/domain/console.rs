//! Console links: hosts of each partition, destinations, sign-in URLs. Pure text.
//!
//! Sources: the federation endpoint is described in the IAM user guide ("custom identity broker"),
//! the shortcut link in the Identity Center guide ("create shortcut links").

use url::Url;
use url::form_urlencoded::Serializer;

use super::{Partition, Region, Secret, StartUrl, Target, console_pages};

/// The federation endpoint of a Region's partition: `getSigninToken` is posted there and `login`
/// is opened there. `AWS_ENDPOINT_URL_SIGNIN` replaces it.
#[must_use]
pub fn federation_endpoint(region: &Region) -> String {
    let default = match region.partition() {
        Partition::Aws => ("us-east-1", "signin.aws.amazon.com"),
        Partition::China => ("cn-north-1", "signin.amazonaws.cn"),
        Partition::UsGov => ("us-gov-west-1", "signin.amazonaws-us-gov.com"),
        Partition::EuropeanSovereign => ("", "signin.amazonaws-eusc.eu"),
    };
    match default {
        (home, host) if region.as_str() == home => format!("https://{host}/federation"),
        (_, host) => format!("https://{region}.{host}/federation"),
    }
}

/// The address of the console itself, at a service's page where one is named.
#[must_use]
pub fn destination(region: &Region, service: Option<&str>) -> String {
    let host = match region.partition() {
        Partition::Aws => "console.aws.amazon.com",
        Partition::China => "console.amazonaws.cn",
        Partition::UsGov => "console.amazonaws-us-gov.com",
        Partition::EuropeanSovereign => "console.amazonaws-eusc.eu",
    };
    let page = console_pages::page(service.unwrap_or("console"));
    let (path, fragment) = (page.path(), page.fragment());
    if page.global {
        format!("https://{host}/{path}{fragment}")
    } else {
        format!("https://{region}.{host}/{path}?region={region}{fragment}")
    }
}

/// The `Session` parameter of `getSigninToken`: the credentials as JSON.
#[must_use]
pub fn federation_session(credentials: &super::RoleCredentials) -> Secret {
    Secret::new(
        serde_json::json!({
            "sessionId": credentials.access_key_id,
            "sessionKey": credentials.secret_access_key.expose(),
            "sessionToken": credentials.session_token.expose(),
        })
        .to_string(),
    )
}

/// The URL that signs a browser in. It works for 15 minutes and is as secret as the credentials.
#[must_use]
pub fn login_url(endpoint: &str, signin_token: &Secret, issuer: &StartUrl, destination: &str) -> Secret {
    let query = Serializer::new(String::new())
        .append_pair("Action", "login")
        .append_pair("Issuer", issuer.as_str())
        .append_pair("Destination", destination)
        .append_pair("SigninToken", signin_token.expose())
        .finish();
    Secret::new(format!("{endpoint}?{query}"))
}

/// The portal's own link to a permission set: no secret in it, and the browser's portal session
/// decides. Works beside other console sessions.
#[must_use]
pub fn shortcut_link(start_url: &StartUrl, target: &Target, destination: Option<&str>) -> String {
    let mut query = Serializer::new(String::new());
    query.append_pair("account_id", target.account_id.as_str());
    query.append_pair("role_name", target.permission_set.as_str());
    if let Some(destination) = destination {
        query.append_pair("destination", destination);
    }
    format!("{}/#/console?{}", start_url.normalized(), query.finish())
}

/// Whether a destination may be asked for: an https page of an AWS console.
#[must_use]
pub fn is_console_destination(text: &str) -> bool {
    const HOSTS: [&str; 4] = [
        "aws.amazon.com",
        "amazonaws.cn",
        "amazonaws-us-gov.com",
        "amazonaws-eusc.eu",
    ];
    Url::parse(text).is_ok_and(|url| {
        url.scheme() == "https"
            && url.username().is_empty()
            && url.host_str().is_some_and(|host| {
                HOSTS
                    .iter()
                    .any(|h| host == *h || host.strip_suffix(*h).is_some_and(|rest| rest.ends_with('.')))
            })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::PermissionSetName;

    fn region(code: &str) -> Region {
        code.parse().unwrap_or_else(|e| panic!("{e}"))
    }

    #[test]
    fn each_partition_has_its_hosts() {
        for (code, federation, console) in [
            (
                "us-east-1",
                "signin.aws.amazon.com",
                "us-east-1.console.aws.amazon.com",
            ),
            (
                "eu-central-1",
                "eu-central-1.signin.aws.amazon.com",
                "eu-central-1.console.aws.amazon.com",
            ),
            (
                "us-gov-west-1",
                "signin.amazonaws-us-gov.com",
                "us-gov-west-1.console.amazonaws-us-gov.com",
            ),
            (
                "us-gov-east-1",
                "us-gov-east-1.signin.amazonaws-us-gov.com",
                "us-gov-east-1.console.amazonaws-us-gov.com",
            ),
            (
                "cn-northwest-1",
                "cn-northwest-1.signin.amazonaws.cn",
                "cn-northwest-1.console.amazonaws.cn",
            ),
            (
                "eusc-de-east-1",
                "eusc-de-east-1.signin.amazonaws-eusc.eu",
                "eusc-de-east-1.console.amazonaws-eusc.eu",
            ),
        ] {
            assert_eq!(
                federation_endpoint(&region(code)),
                format!("https://{federation}/federation")
            );
            assert_eq!(
                destination(&region(code), Some("s3")),
                format!("https://{console}/s3/home?region={code}")
            );
            assert_eq!(
                destination(&region(code), Some("r53")),
                format!(
                    "https://{}/route53/v2/home",
                    console.trim_start_matches(&format!("{code}."))
                )
            );
        }
    }

    #[test]
    fn a_page_within_a_service_keeps_its_fragment_behind_the_region() {
        assert_eq!(
            destination(&region("eu-west-1"), Some("logs")),
            "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#logsV2:log-groups"
        );
        assert_eq!(
            destination(&region("eu-west-1"), None),
            "https://eu-west-1.console.aws.amazon.com/console/home?region=eu-west-1"
        );
    }

    #[test]
    fn links_are_encoded() {
        let start: StartUrl = "https://org.awsapps.com/start/#/"
            .parse()
            .unwrap_or_else(|e| panic!("{e}"));
        let target = Target {
            session: "org".into(),
            account_id: "000000000001".parse().unwrap_or_else(|e| panic!("{e}")),
            account_name: "x".into(),
            permission_set: PermissionSetName::new("A+b@c"),
        };
        assert_eq!(
            shortcut_link(&start, &target, Some("https://console.aws.amazon.com/s3?x=1&y=2")),
            "https://org.awsapps.com/start/#/console?account_id=000000000001&role_name=A%2Bb%40c\
             &destination=https%3A%2F%2Fconsole.aws.amazon.com%2Fs3%3Fx%3D1%26y%3D2"
        );
        let login = login_url("https://s/federation", &Secret::new("t&t"), &start, "https://c/");
        assert!(
            login
                .expose()
                .ends_with("&Destination=https%3A%2F%2Fc%2F&SigninToken=t%26t"),
            "{}",
            login.expose()
        );
    }

    #[test]
    fn only_console_pages_are_destinations() {
        assert!(is_console_destination(
            "https://eu-west-1.console.aws.amazon.com/s3/home"
        ));
        for bad in [
            "http://console.aws.amazon.com/",
            "https://aws.amazon.com.evil.com/",
            "https://evilaws.amazon.com.x/",
            "javascript:1",
        ] {
            assert!(!is_console_destination(bad), "{bad}");
        }
    }
}
