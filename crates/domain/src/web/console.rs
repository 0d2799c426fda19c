//! Console links: hosts of each partition, destinations, sign-in and sign-out URLs. Pure text.
//!
//! Sources: the federation endpoint is described in the IAM user guide ("custom identity broker"),
//! the shortcut link in the Identity Center guide ("create shortcut links").

use url::Url;
use url::form_urlencoded::Serializer;

use super::console_pages::ConsolePage;
use crate::{AccountId, Partition, PermissionSetName, Region, Secret, StartUrl, Target};

/// How to get into the console.
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

impl Via {
    pub const NAMES: &[(&str, Self)] = &[
        ("auto", Self::Auto),
        ("federation", Self::Federation),
        ("portal", Self::Portal),
    ];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        let name = Self::NAMES.iter().find(|(_, via)| *via == self);
        name.map_or("", |(name, _)| name)
    }
}

/// The hosts of a partition's console.
struct Hosts {
    /// The Region whose sign-in host carries no Region.
    home: &'static str,
    /// The Region of the sign-in host that signs out and leads on: those without a Region ignore where to.
    sign_out: &'static str,
    sign_in: &'static str,
    console: &'static str,
    /// What all pages of the partition's console end with.
    pages: &'static str,
}

/// Sign-in hosts are those of the `signin` endpoint rules; those of the console stand beside them.
const fn console_hosts(partition: Partition) -> Hosts {
    match partition {
        Partition::Aws => Hosts {
            home: "us-east-1",
            sign_out: "us-east-1",
            sign_in: "signin.aws.amazon.com",
            console: "console.aws.amazon.com",
            pages: "aws.amazon.com",
        },
        Partition::China => Hosts {
            home: "cn-north-1",
            sign_out: "cn-north-1",
            sign_in: "signin.amazonaws.cn",
            console: "console.amazonaws.cn",
            pages: "amazonaws.cn",
        },
        Partition::UsGov => Hosts {
            home: "us-gov-west-1",
            sign_out: "us-gov-east-1",
            sign_in: "signin.amazonaws-us-gov.com",
            console: "console.amazonaws-us-gov.com",
            pages: "amazonaws-us-gov.com",
        },
        Partition::EuropeanSovereign => Hosts {
            home: "",
            sign_out: "eusc-de-east-1",
            sign_in: "signin.amazonaws-eusc.eu",
            console: "console.amazonaws-eusc.eu",
            pages: "amazonaws-eusc.eu",
        },
        Partition::Iso => Hosts {
            home: "",
            sign_out: "us-iso-east-1",
            sign_in: "signin.c2shome.ic.gov",
            console: "console.c2shome.ic.gov",
            pages: "c2shome.ic.gov",
        },
        Partition::IsoB => Hosts {
            home: "",
            sign_out: "us-isob-east-1",
            sign_in: "signin.sc2shome.sgov.gov",
            console: "console.sc2shome.sgov.gov",
            pages: "sc2shome.sgov.gov",
        },
        Partition::IsoE => Hosts {
            home: "",
            sign_out: "eu-isoe-west-1",
            sign_in: "signin.csphome.adc-e.uk",
            console: "console.csphome.adc-e.uk",
            pages: "csphome.adc-e.uk",
        },
        Partition::IsoF => Hosts {
            home: "",
            sign_out: "us-isof-south-1",
            sign_in: "signin.csphome.hci.ic.gov",
            console: "console.csphome.hci.ic.gov",
            pages: "csphome.hci.ic.gov",
        },
    }
}

/// The federation endpoint of a Region's partition: `getSigninToken` is posted there and `login`
/// is opened there. `AWS_ENDPOINT_URL_SIGNIN` replaces it.
#[must_use]
pub fn federation_endpoint(region: &Region) -> String {
    let Hosts { home, sign_in, .. } = console_hosts(region.partition());
    if region.as_str() == home {
        format!("https://{sign_in}/federation")
    } else {
        format!("https://{region}.{sign_in}/federation")
    }
}

/// The page where the IAM users of an account sign in with a password.
#[must_use]
pub fn user_sign_in_page(account: &AccountId, partition: Partition) -> String {
    format!("https://{account}.{}/console", console_hosts(partition).sign_in)
}

/// The page where users of a partition begin to sign in.
#[must_use]
pub fn sign_in_page(partition: Partition) -> String {
    format!("https://{}/console", console_hosts(partition).sign_in)
}

/// The sign-in host of a partition that signs a browser out and leads on to a page of itself, without a path.
#[must_use]
pub fn sign_out_host(partition: Partition) -> String {
    let Hosts {
        sign_out, sign_in, ..
    } = console_hosts(partition);
    format!("https://{sign_out}.{sign_in}")
}

/// The page that ends the console sessions of a browser and leads on to the next. `base` is [`sign_out_host`], or
/// the user's own endpoint.
#[must_use]
pub fn sign_out_url(base: &str, next: &str) -> String {
    let query = Serializer::new(String::new())
        .append_pair("Action", "logout")
        .append_pair("redirect_uri", next)
        .finish();
    format!("{}/oauth?{query}", base.trim_end_matches('/'))
}

/// The address of the console itself, at a service's page where one is named. A global service is in one Region of
/// each partition.
#[must_use]
pub fn console_address(region: &Region, page: Option<&ConsolePage>) -> String {
    let partition = region.partition();
    let host = console_hosts(partition).console;
    let (path, fragment) = page.map_or(("console/home", ""), |page| (page.path(), page.fragment()));
    let home = page.and_then(|page| page.home_region(partition));
    let region = home.as_ref().unwrap_or(region);
    format!("https://{region}.{host}/{path}?region={region}{fragment}")
}

/// The partition whose console an address is a page of; `None` where it is no https page of one.
#[must_use]
pub fn partition_of(address: &str) -> Option<Partition> {
    let url = Url::parse(address).ok()?;
    let host = url.host_str()?;
    if url.scheme() != "https"
        || !url.username().is_empty()
        || url.password().is_some()
        || url.port().is_some()
    {
        return None;
    }
    let of = |name: &str| host == name || host.strip_suffix(name).is_some_and(|rest| rest.ends_with('.'));
    Partition::ALL
        .into_iter()
        .find(|partition| of(console_hosts(*partition).pages))
}

/// Whether a host is the console's own, perhaps with a Region or a session in front.
pub(crate) fn is_console_host(host: &str, partition: Partition) -> bool {
    let console = console_hosts(partition).console;
    host == console || host.strip_suffix(console).is_some_and(|rest| rest.ends_with('.'))
}

/// The `Session` parameter of `getSigninToken`: the credentials as JSON.
#[must_use]
pub fn federation_session(credentials: &crate::RoleCredentials) -> Secret {
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
    let role = Some(&target.permission_set);
    portal_link(start_url, &target.account_id, role, destination)
}

/// The portal's link to an account. Without a permission set the portal asks the user who opens it for one of their own.
#[must_use]
pub fn portal_link(
    start_url: &StartUrl,
    account: &AccountId,
    role: Option<&PermissionSetName>,
    destination: Option<&str>,
) -> String {
    let mut query = Serializer::new(String::new());
    query.append_pair("account_id", account.as_str());
    if let Some(role) = role {
        query.append_pair("role_name", role.as_str());
    }
    if let Some(destination) = destination {
        query.append_pair("destination", destination);
    }
    format!("{}/#/console?{}", start_url.normalized(), query.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::regions::region::known_regions;
    use crate::web::console_pages::find_page;

    fn at(code: &str, service: &str) -> String {
        let page = find_page(service).unwrap_or_else(|e| panic!("{e}"));
        console_address(&region(code), Some(&page))
    }

    fn region(code: &str) -> Region {
        code.parse().unwrap_or_else(|e| panic!("{e}"))
    }

    #[test]
    fn each_partition_has_its_hosts() {
        for (code, federation, console, global) in [
            (
                "us-east-1",
                "signin.aws.amazon.com",
                "console.aws.amazon.com",
                "us-east-1",
            ),
            (
                "eu-central-1",
                "eu-central-1.signin.aws.amazon.com",
                "console.aws.amazon.com",
                "us-east-1",
            ),
            (
                "us-gov-west-1",
                "signin.amazonaws-us-gov.com",
                "console.amazonaws-us-gov.com",
                "us-gov-west-1",
            ),
            (
                "us-gov-east-1",
                "us-gov-east-1.signin.amazonaws-us-gov.com",
                "console.amazonaws-us-gov.com",
                "us-gov-west-1",
            ),
            (
                "cn-north-1",
                "signin.amazonaws.cn",
                "console.amazonaws.cn",
                "cn-northwest-1",
            ),
            (
                "eusc-de-east-1",
                "eusc-de-east-1.signin.amazonaws-eusc.eu",
                "console.amazonaws-eusc.eu",
                "eusc-de-east-1",
            ),
            (
                "us-iso-west-1",
                "us-iso-west-1.signin.c2shome.ic.gov",
                "console.c2shome.ic.gov",
                "us-iso-east-1",
            ),
            (
                "us-isob-east-1",
                "us-isob-east-1.signin.sc2shome.sgov.gov",
                "console.sc2shome.sgov.gov",
                "us-isob-east-1",
            ),
            (
                "eu-isoe-west-1",
                "eu-isoe-west-1.signin.csphome.adc-e.uk",
                "console.csphome.adc-e.uk",
                "eu-isoe-west-1",
            ),
            (
                "us-isof-east-1",
                "us-isof-east-1.signin.csphome.hci.ic.gov",
                "console.csphome.hci.ic.gov",
                "us-isof-south-1",
            ),
        ] {
            assert_eq!(
                federation_endpoint(&region(code)),
                format!("https://{federation}/federation")
            );
            assert_eq!(
                at(code, "s3"),
                format!("https://{code}.{console}/s3/home?region={code}")
            );
            assert_eq!(
                at(code, "r53"),
                format!("https://{global}.{console}/route53/v2/home?region={global}")
            );
        }
        assert_eq!(
            at("eu-west-1", "globalaccelerator"),
            "https://us-west-2.console.aws.amazon.com/globalaccelerator/home?region=us-west-2"
        );
    }

    #[test]
    fn signing_out_first_leads_on_within_one_host() {
        let host = sign_out_host(Partition::Aws);
        assert_eq!(host, "https://us-east-1.signin.aws.amazon.com");
        assert_eq!(
            sign_out_url(&host, &format!("{host}/federation?a=b&c=d")),
            "https://us-east-1.signin.aws.amazon.com/oauth?Action=logout&redirect_uri=\
             https%3A%2F%2Fus-east-1.signin.aws.amazon.com%2Ffederation%3Fa%3Db%26c%3Dd"
        );
        assert_eq!(
            sign_out_host(Partition::UsGov),
            "https://us-gov-east-1.signin.amazonaws-us-gov.com"
        );
    }

    #[test]
    fn a_page_within_a_service_keeps_its_fragment_behind_the_region() {
        assert_eq!(
            at("eu-west-1", "logs"),
            "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#logsV2:log-groups"
        );
        assert_eq!(
            console_address(&region("eu-west-1"), None),
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
        assert_eq!(
            portal_link(&start, &target.account_id, None, None),
            "https://org.awsapps.com/start/#/console?account_id=000000000001"
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
        for (_, code) in known_regions() {
            let region = region(code);
            let address = console_address(&region, None);
            assert_eq!(partition_of(&address), Some(region.partition()), "{code}");
        }
    }
}
