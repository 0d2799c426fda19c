//! Console links: hosts of each partition, destinations, sign-in URLs. Pure text.
//!
//! Sources: the federation endpoint is described in the IAM user guide ("custom identity broker"),
//! the shortcut link in the Identity Center guide ("create shortcut links").

use url::Url;
use url::form_urlencoded::Serializer;

use super::console_pages::ConsolePage;
use super::{Partition, Region, Secret, StartUrl, Target};

/// The hosts of a partition's console.
struct Hosts {
    /// The Region whose sign-in host carries no Region.
    home: &'static str,
    sign_in: &'static str,
    console: &'static str,
}

/// The hosts of a partition; `None` where they are not public.
fn hosts(partition: Partition) -> Option<Hosts> {
    let (home, sign_in, console) = match partition {
        Partition::Aws => ("us-east-1", "signin.aws.amazon.com", "console.aws.amazon.com"),
        Partition::China => ("cn-north-1", "signin.amazonaws.cn", "console.amazonaws.cn"),
        Partition::UsGov => (
            "us-gov-west-1",
            "signin.amazonaws-us-gov.com",
            "console.amazonaws-us-gov.com",
        ),
        Partition::EuropeanSovereign => ("", "signin.amazonaws-eusc.eu", "console.amazonaws-eusc.eu"),
        Partition::Iso | Partition::IsoB | Partition::IsoE | Partition::IsoF => return None,
    };
    Some(Hosts {
        home,
        sign_in,
        console,
    })
}

/// The federation endpoint of a Region's partition: `getSigninToken` is posted there and `login`
/// is opened there. `AWS_ENDPOINT_URL_SIGNIN` replaces it.
#[must_use]
pub fn federation_endpoint(region: &Region) -> Option<String> {
    let Hosts { home, sign_in, .. } = hosts(region.partition())?;
    Some(if region.as_str() == home {
        format!("https://{sign_in}/federation")
    } else {
        format!("https://{region}.{sign_in}/federation")
    })
}

/// The address of the console itself, at a service's page where one is named.
#[must_use]
pub fn destination(region: &Region, page: Option<&ConsolePage>) -> Option<String> {
    let host = hosts(region.partition())?.console;
    let (path, fragment, global) = page.map_or(("console/home", "", false), |page| {
        (page.path(), page.fragment(), page.global)
    });
    Some(if global {
        format!("https://{host}/{path}{fragment}")
    } else {
        format!("https://{region}.{host}/{path}?region={region}{fragment}")
    })
}

/// The partition whose console an address is a page of; `None` where it is no https page of one.
#[must_use]
pub fn partition_of(address: &str) -> Option<Partition> {
    const HOSTS: [(&str, Partition); 4] = [
        ("aws.amazon.com", Partition::Aws),
        ("amazonaws.cn", Partition::China),
        ("amazonaws-us-gov.com", Partition::UsGov),
        ("amazonaws-eusc.eu", Partition::EuropeanSovereign),
    ];
    let url = Url::parse(address).ok()?;
    let host = url.host_str()?;
    if url.scheme() != "https" || !url.username().is_empty() {
        return None;
    }
    let of = |name: &str| host == name || host.strip_suffix(name).is_some_and(|rest| rest.ends_with('.'));
    HOSTS
        .into_iter()
        .find(|(name, _)| of(name))
        .map(|(_, partition)| partition)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::PermissionSetName;
    use crate::domain::console_pages::page;
    use crate::domain::region::known;

    fn at(code: &str, service: &str) -> Option<String> {
        let page = page(service).unwrap_or_else(|e| panic!("{e}"));
        destination(&region(code), Some(&page))
    }

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
                Some(format!("https://{federation}/federation"))
            );
            assert_eq!(
                at(code, "s3"),
                Some(format!("https://{console}/s3/home?region={code}"))
            );
            assert_eq!(
                at(code, "r53"),
                Some(format!(
                    "https://{}/route53/v2/home",
                    console.trim_start_matches(&format!("{code}."))
                ))
            );
        }
    }

    #[test]
    fn a_page_within_a_service_keeps_its_fragment_behind_the_region() {
        assert_eq!(
            at("eu-west-1", "logs").as_deref(),
            Some(
                "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#logsV2:log-groups"
            )
        );
        assert_eq!(
            destination(&region("eu-west-1"), None).as_deref(),
            Some("https://eu-west-1.console.aws.amazon.com/console/home?region=eu-west-1")
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
    fn only_console_pages_are_destinations_each_of_its_partition() {
        for (address, partition) in [
            (
                "https://eu-west-1.console.aws.amazon.com/s3/home",
                Some(Partition::Aws),
            ),
            ("https://console.amazonaws-us-gov.com/s3", Some(Partition::UsGov)),
            ("https://cn-north-1.console.amazonaws.cn/", Some(Partition::China)),
            ("http://console.aws.amazon.com/", None),
            ("https://aws.amazon.com.evil.com/", None),
            ("https://evilaws.amazon.com.x/", None),
            ("javascript:1", None),
        ] {
            assert_eq!(partition_of(address), partition, "{address}");
        }
        for (_, code) in known() {
            let region = region(code);
            if let Some(address) = destination(&region, None) {
                assert_eq!(partition_of(&address), Some(region.partition()), "{code}");
            }
        }
    }
}
