//! Which pages may be opened: AWS's, the session's own, and this machine's.
//!
//! The address of a sign-in page comes from the network. Anyone who can answer in AWS's place could send a user
//! to a page of theirs, or to a genuine page with the code of another sign-in. So an address is compared with
//! fixed lists of hosts before it is shown, drawn as a QR code or opened. Many names under `amazonaws.com` are
//! given to customers (buckets, load balancers, API stages): only the exact forms of Identity Center's own
//! services count.
//!
//! The host lists are those of the AWS CLI's `sso/resolve.py` and of the services' endpoint rules.

use url::{Host, Url};

use crate::sessions::start_url::{is_loopback, may_open};
use crate::text::clean_text;
use crate::{Partition, Region, StartUrl};

/// Why a page is not opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefusedPage {
    /// No page at all, or one that isn't https.
    #[error("can't open `{0}`: it is neither https nor on this machine")]
    NotAPage(String),
    /// Nothing has checked it.
    #[error("refused to open `{0}`: it was not checked")]
    NotApproved(String),
    #[error("refused to open a page on `{host}`: it belongs neither to AWS nor to your access portal")]
    ForeignHost { host: String },
    #[error(
        "refused to open a page on `{host}`: it is for the code `{in_page}`, not for this sign-in's `{code}`"
    )]
    OtherCode {
        host: String,
        code: String,
        in_page: String,
    },
}

impl RefusedPage {
    /// What to do next.
    #[must_use]
    pub fn hints(&self) -> Vec<String> {
        vec![match self {
            Self::ForeignHost { host } => format!(
                "the response may have been tampered with: check AWS_ENDPOINT_URL*, the proxy settings and the SSO \
                 Region; if `{host}` is your own access portal, set it as sso_start_url"
            ),
            Self::OtherCode { .. } => {
                "someone may be trying to make you approve their sign-in: don't approve it, and check \
                 AWS_ENDPOINT_URL* and the proxy settings"
                    .to_owned()
            }
            Self::NotAPage(_) | Self::NotApproved(_) => {
                "check the start URL and the SSO Region: this response is not from AWS".to_owned()
            }
        }]
    }
}

/// The hosts whose pages may be opened for one purpose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRules {
    partition: Partition,
    /// Hosts that the user's own settings name.
    own: Vec<String>,
    /// Whether pages of this machine are expected, as with a sandbox.
    loopback: bool,
}

impl PageRules {
    /// Pages of a Region's partition.
    #[must_use]
    pub fn of(region: &Region) -> Self {
        Self {
            partition: region.partition(),
            own: Vec::new(),
            loopback: false,
        }
    }

    /// And those on the host of an access portal's start URL.
    #[must_use]
    pub fn with_start_url(mut self, start_url: &StartUrl) -> Self {
        self.own.extend(host_of(start_url.as_str()));
        self
    }

    /// And those on the host of an endpoint that the user's settings name.
    #[must_use]
    pub fn with_own_endpoint(mut self, endpoint: &str) -> Self {
        self.own.extend(host_of(endpoint));
        self.with_loopback_of(endpoint)
    }

    /// And those of this machine, where the service that names them is on it, too.
    #[must_use]
    pub fn with_loopback_of(mut self, endpoint: &str) -> Self {
        self.loopback |= is_local(endpoint);
        self
    }

    /// Lets a page pass that is on one of these hosts.
    ///
    /// # Errors
    /// Where it isn't.
    pub fn check(&self, address: &str) -> Result<(), RefusedPage> {
        let not_a_page = || RefusedPage::NotAPage(clean_text(address));
        if !may_open(address) {
            return Err(not_a_page());
        }
        let url = Url::parse(address).map_err(|_| not_a_page())?;
        let host = host_of(address).ok_or_else(not_a_page)?;
        let passes = if is_local(address) {
            self.loopback
        } else {
            self.own.contains(&host) || (url.port().is_none() && is_aws(&host, self.partition))
        };
        if passes {
            Ok(())
        } else {
            Err(RefusedPage::ForeignHost {
                host: clean_text(&host),
            })
        }
    }

    /// The same for a page that may carry the code of a sign-in: it must be this one.
    ///
    /// # Errors
    /// Where the host or the code is another one.
    pub fn check_code(&self, address: &str, code: &str) -> Result<(), RefusedPage> {
        self.check(address)?;
        match find_codes(address)
            .into_iter()
            .find(|c| normalize_code(c) != normalize_code(code))
        {
            None => Ok(()),
            Some(other) => Err(RefusedPage::OtherCode {
                host: clean_text(&host_of(address).unwrap_or_default()),
                code: clean_text(code),
                in_page: clean_text(&other),
            }),
        }
    }
}

/// The codes in an address, in its query or in that of its fragment (`#/device?user_code=…`).
fn find_codes(address: &str) -> Vec<String> {
    let Ok(url) = Url::parse(address) else {
        return Vec::new();
    };
    let fragment = url.fragment().unwrap_or_default();
    let behind = fragment.split_once('?').map_or(fragment, |(_, query)| query);
    [url.query().unwrap_or_default(), behind]
        .into_iter()
        .flat_map(|query| url::form_urlencoded::parse(query.as_bytes()))
        .filter(|(name, _)| matches!(normalize_code(name).as_str(), "USER_CODE" | "USERCODE"))
        .map(|(_, code)| code.into_owned())
        .collect()
}

/// A code as it is compared: letters in either case, with or without its hyphen.
fn normalize_code(code: &str) -> String {
    code.chars()
        .filter(|c| *c != '-' && !c.is_whitespace())
        .map(|c| c.to_ascii_uppercase())
        .collect()
}

fn host_of(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    url.host_str().map(str::to_ascii_lowercase)
}

/// Whether an address is on this machine.
fn is_local(address: &str) -> bool {
    let url = Url::parse(address).ok();
    url.as_ref()
        .and_then(Url::host)
        .is_some_and(|host: Host<&str>| is_loopback(&host))
}

/// Names that AWS gives to its own pages alone.
struct Names {
    /// Access portals: a name of the organisation before one of these.
    portals: &'static [&'static str],
    /// Hosts by their full name.
    exact: &'static [&'static str],
    /// What follows the Region in the names of services.
    services: &'static [&'static str],
    /// The console and its sign-in, with or without a Region in front.
    consoles: &'static [&'static str],
}

const AWS: Names = Names {
    portals: &["awsapps.com", "app.aws", "portal.amazonaws.com"],
    exact: &[
        "identitycenter.amazonaws.com",
        "identitycenter.us-gov.amazonaws.com",
    ],
    services: &["amazonaws.com", "api.aws"],
    consoles: &[
        "signin.aws",
        "sso.signin.aws",
        "signin.aws.amazon.com",
        "console.aws.amazon.com",
        "signin.amazonaws-us-gov.com",
        "console.amazonaws-us-gov.com",
    ],
};

const CHINA: Names = Names {
    portals: &[
        "awsapps.cn",
        "portal.amazonaws.com.cn",
        "app.amazonwebservices.com.cn",
    ],
    exact: &["identitycenter.amazonaws.com.cn"],
    services: &["amazonaws.com.cn", "api.amazonwebservices.com.cn"],
    consoles: &["signin.amazonaws.cn", "console.amazonaws.cn"],
};

const EUROPEAN_SOVEREIGN: Names = Names {
    portals: &["portal.amazonaws.eu", "app.amazonwebservices.eu"],
    exact: &["identitycenter.amazonaws.eu"],
    services: &["amazonaws.eu", "api.amazonwebservices.eu"],
    consoles: &["signin.amazonaws-eusc.eu", "console.amazonaws-eusc.eu"],
};

/// An isolated partition has the names of its services and its console; its portals stand in the start URLs.
const fn isolated_names(services: &'static [&'static str], consoles: &'static [&'static str]) -> Names {
    Names {
        portals: &[],
        exact: &[],
        services,
        consoles,
    }
}

const ISO: Names = isolated_names(
    &["c2s.ic.gov"],
    &["signin.c2shome.ic.gov", "console.c2shome.ic.gov"],
);
const ISO_B: Names = isolated_names(
    &["sc2s.sgov.gov"],
    &["signin.sc2shome.sgov.gov", "console.sc2shome.sgov.gov"],
);
const ISO_E: Names = isolated_names(
    &["cloud.adc-e.uk"],
    &["signin.csphome.adc-e.uk", "console.csphome.adc-e.uk"],
);
const ISO_F: Names = isolated_names(
    &["csp.hci.ic.gov"],
    &["signin.csphome.hci.ic.gov", "console.csphome.hci.ic.gov"],
);

/// The services whose pages and endpoints a sign-in leads to.
const SERVICES: [&str; 6] = [
    "device.sso",
    "device.sso-fips",
    "oidc",
    "oidc-fips",
    "portal.sso",
    "portal.sso-fips",
];

fn is_aws(host: &str, partition: Partition) -> bool {
    let names = match partition {
        Partition::Aws | Partition::UsGov => &AWS,
        Partition::China => &CHINA,
        Partition::EuropeanSovereign => &EUROPEAN_SOVEREIGN,
        Partition::Iso => &ISO,
        Partition::IsoB => &ISO_B,
        Partition::IsoE => &ISO_E,
        Partition::IsoF => &ISO_F,
    };
    names.exact.contains(&host)
        || names.portals.iter().any(|end| strip_domain(host, end).is_some())
        || names.services.iter().any(|end| is_service(host, end))
        || names
            .consoles
            .iter()
            .any(|name| host == *name || strip_domain(host, name).is_some_and(is_region))
}

/// `oidc.eu-west-1.amazonaws.com`: a service, a Region and nothing else before the end.
fn is_service(host: &str, end: &str) -> bool {
    strip_domain(host, end)
        .and_then(|front| front.rsplit_once('.'))
        .is_some_and(|(service, region)| SERVICES.contains(&service) && is_region(region))
}

fn is_region(text: &str) -> bool {
    text.parse::<Region>().is_ok()
}

/// What stands before an end and its dot, where that is something.
fn strip_domain<'a>(host: &'a str, end: &str) -> Option<&'a str> {
    host.strip_suffix(end)?
        .strip_suffix('.')
        .filter(|front| !front.is_empty() && front.split('.').all(|label| !label.is_empty()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rules(region: &str) -> PageRules {
        PageRules::of(&region.parse().expect("a Region"))
            .with_start_url(&"https://sso.tanuki.example/start".parse().expect("a URL"))
    }

    /// Pages of AWS, each with a Region of its partition.
    const PAGES: [(&str, &str); 18] = [
        (
            "eu-west-1",
            "https://device.sso.eu-west-1.amazonaws.com/?user_code=ABCD-EFGH",
        ),
        (
            "eu-west-1",
            "https://d-1234567890.awsapps.com/start/#/device?user_code=ABCD-EFGH",
        ),
        ("eu-west-1", "https://tanuki.awsapps.com/start/#/device"),
        ("eu-west-1", "https://ssoins-12.portal.eu-west-1.app.aws/#/device"),
        ("eu-west-1", "https://ssoins-12.eu-west-1.portal.amazonaws.com/"),
        (
            "us-east-1",
            "https://oidc-fips.us-east-1.amazonaws.com/authorize?x=1",
        ),
        ("eu-west-1", "https://oidc.eu-west-1.api.aws/authorize"),
        (
            "us-gov-west-1",
            "https://start.us-gov-home.awsapps.com/directory/tanuki",
        ),
        ("us-gov-west-1", "https://device.sso.us-gov-west-1.amazonaws.com/"),
        (
            "us-gov-west-1",
            "https://us-gov-east-1.signin.amazonaws-us-gov.com/federation?Action=login",
        ),
        ("eu-west-1", "https://eu-west-1.signin.aws.amazon.com/federation"),
        ("us-east-1", "https://signin.aws.amazon.com/federation"),
        ("cn-north-1", "https://device.sso.cn-north-1.amazonaws.com.cn/"),
        ("cn-north-1", "https://start.home.awsapps.cn/directory/tanuki"),
        ("cn-north-1", "https://signin.amazonaws.cn/federation"),
        (
            "eusc-de-east-1",
            "https://oidc.eusc-de-east-1.amazonaws.eu/authorize",
        ),
        (
            "eusc-de-east-1",
            "https://eusc-de-east-1.signin.amazonaws-eusc.eu/federation",
        ),
        (
            "us-isof-south-1",
            "https://us-isof-south-1.signin.csphome.hci.ic.gov/federation",
        ),
    ];

    #[test]
    fn pages_of_aws_and_of_the_access_portal_pass() {
        for (region, page) in PAGES {
            assert_eq!(rules(region).check(page), Ok(()), "{page}");
        }
        assert_eq!(
            rules("eu-west-1").check("https://SSO.tanuki.example/device"),
            Ok(())
        );
    }

    #[test]
    fn hosts_of_customers_and_of_other_partitions_are_refused_by_name() {
        for page in [
            "https://evil.example/device?user_code=ABCD-EFGH",
            "https://tanuki.s3.eu-west-1.amazonaws.com/device.html",
            "https://x.execute-api.eu-west-1.amazonaws.com/",
            "https://lb-1.eu-west-1.elb.amazonaws.com/",
            "https://ec2-1-2-3-4.eu-west-1.compute.amazonaws.com/",
            "https://amazonaws.com/",
            "https://awsapps.com/",
            "https://awsapps.com.evil.example/",
            "https://evilawsapps.com/start",
            "https://d-1.awsapps.com.evil.example/",
            "https://d-1.awsapps.com:8443/start",
            "https://d-1.awsapps.com./start",
            "https://device.sso.amazonaws.com/",
            "https://device.sso.evil.eu-west-1.amazonaws.com/",
            "https://x.signin.aws.amazon.com/",
            "https://device.sso.cn-north-1.amazonaws.com.cn/",
            "https://192.0.2.1/",
            "http://127.0.0.1:4000/device",
            "http://localhost:4000/device",
            "https://xn--awsapps-9fh.com/",
        ] {
            let host = host_of(page).expect("a host");
            assert_eq!(
                rules("eu-west-1").check(page),
                Err(RefusedPage::ForeignHost { host }),
                "{page}"
            );
        }
        assert!(
            rules("cn-north-1")
                .check("https://d-1.awsapps.com/start")
                .is_err()
        );
    }

    #[test]
    fn this_machine_is_a_host_only_beside_a_service_on_it() {
        let page = "http://127.0.0.1:4000/device";
        let local = |endpoint| rules("eu-west-1").with_loopback_of(endpoint).check(page);
        for endpoint in ["http://127.0.0.1:4000", "http://[::1]:9", "http://localhost:1"] {
            assert_eq!(local(endpoint), Ok(()), "{endpoint}");
        }
        for endpoint in [
            "https://oidc.eu-west-1.amazonaws.com",
            "https://127.0.0.1.example",
            "",
        ] {
            assert!(local(endpoint).is_err(), "{endpoint}");
        }
        let elsewhere = rules("eu-west-1").with_own_endpoint("https://oidc.internal.example");
        assert_eq!(elsewhere.check("https://oidc.internal.example/authorize"), Ok(()));
    }

    #[test]
    fn the_code_in_a_page_is_the_one_that_is_shown() {
        let rules = rules("eu-west-1");
        for (page, fine) in [
            ("https://d-1.awsapps.com/start/#/device", true),
            ("https://d-1.awsapps.com/start/#/device?user_code=ABCD-EFGH", true),
            ("https://d-1.awsapps.com/start/?user_code=abcdefgh#/device", true),
            (
                "https://d-1.awsapps.com/start/?user_code=ABCD-EFGH&user_code=EVIL-CODE",
                false,
            ),
            (
                "https://d-1.awsapps.com/start/?user_code=ABCD-EFGH#/device?user_code=EVIL-CODE",
                false,
            ),
            (
                "https://d-1.awsapps.com/start/#/device?user%5Fcode=EVIL-CODE",
                false,
            ),
            ("https://d-1.awsapps.com/start/#user_code=EVIL-CODE", false),
            ("https://d-1.awsapps.com/start/?user_code=", false),
        ] {
            let found = rules.check_code(page, "ABCD-EFGH");
            assert_eq!(found.is_ok(), fine, "{page}: {found:?}");
        }
    }

    proptest! {
        /// A page of AWS with something put before, within or behind its host is one of AWS only where a name
        /// of the organisation may stand.
        #[test]
        fn no_neighbour_of_an_aws_host_passes(
            at in 0..PAGES.len(),
            label in "[a-z0-9]{1,8}",
            cut in 0_usize..40,
        ) {
            let (region, page) = PAGES[at];
            let host = host_of(page).expect("a host");
            let end = format!("https://{host}.{label}.example/");
            prop_assert!(rules(region).check(&end).is_err(), "{end}");
            let user = format!("https://{host}@{label}.example/");
            prop_assert!(rules(region).check(&user).is_err(), "{user}");
            let (front, back) = host.split_at(cut % host.len());
            let spliced = format!("https://{front}{label}.example/{back}");
            prop_assert!(rules(region).check(&spliced).is_err(), "{spliced}");
            // A letter more in the registered name is another owner's.
            let (front, last) = host.rsplit_once('.').expect("a dot");
            let longer = format!("https://{front}{label}.{last}/");
            prop_assert!(rules(region).check(&longer).is_err(), "{longer}");
        }
    }
}
