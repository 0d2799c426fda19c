//! The start URL of an access portal: kept to the letter, compared with forgiveness.
//!
//! The letter matters because the AWS CLI names its token file after it; the forgiveness because
//! people paste it with `/`, `#` or `#/` at the end. Forms that carry the Region are listed in the
//! AWS CLI's `sso/resolve.py`.

use std::fmt;
use std::str::FromStr;

use url::{Host, Url};

use crate::Region;
use crate::text::is_unchanged_by_cleaning;

/// An access portal URL, exactly as it was configured.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StartUrl(String);

/// Why a text can't be a start URL.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAStartUrl {
    #[error("the start URL is empty")]
    Empty,
    #[error("`{0}` is not a valid URL; example: https://d-1234567890.awsapps.com/start")]
    NoUrl(String),
    #[error("a start URL must start with https://")]
    NotHttps,
    #[error("a start URL can't contain a user name or password")]
    Credentials,
}

impl StartUrl {
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same URL without what makes no difference: endings, a fragment, the default port, the case of the host.
    #[must_use]
    pub fn normalized(&self) -> String {
        if is_plain(&self.0) {
            return self.0.clone();
        }
        self.normalized_by_parser()
    }

    fn normalized_by_parser(&self) -> String {
        let Ok(mut url) = Url::parse(&self.0) else {
            return self.0.trim_end_matches(['/', '#']).to_owned();
        };
        url.set_fragment(None);
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        url.as_str().trim_end_matches('/').to_owned()
    }

    /// One name for all spellings of a portal, for what is kept of it.
    #[must_use]
    pub fn portal(&self) -> String {
        self.normalized().to_ascii_lowercase()
    }

    /// Whether both lead to the same portal.
    #[must_use]
    pub fn same_portal(&self, other: &Self) -> bool {
        self == other || self.portal() == other.portal()
    }

    /// How people, the console and other tools spell the same URL: with an ending, or without. The AWS CLI names a
    /// token file after the very letters.
    pub fn spellings(&self) -> impl Iterator<Item = String> {
        let base = self.normalized();
        let endings = ["", "/", "#", "#/", "/#", "/#/"].into_iter();
        let own = self.0.clone();
        std::iter::once(own.clone()).chain(
            endings
                .map(move |ending| format!("{base}{ending}"))
                .filter(move |spelling| *spelling != own),
        )
    }

    /// The Region that the host name carries, in the forms that carry one:
    /// `<instance>.portal.<region>.app.aws` and `<instance>.<region>.portal.amazonaws.com` with
    /// its analogues of other partitions.
    #[must_use]
    pub fn region(&self) -> Option<Region> {
        let url = Url::parse(&self.0).ok()?;
        let host = url.host_str()?.to_ascii_lowercase();
        for suffix in [
            ".app.aws",
            ".app.amazonwebservices.com.cn",
            ".api.amazonwebservices.eu",
        ] {
            if let Some(rest) = host.strip_suffix(suffix) {
                let (_, region) = rest.split_once(".portal.")?;
                return region.parse().ok();
            }
        }
        for suffix in [
            ".portal.amazonaws.com",
            ".portal.amazonaws.com.cn",
            ".portal.amazonaws.eu",
        ] {
            if let Some(rest) = host.strip_suffix(suffix) {
                let (_, region) = rest.split_once('.')?;
                return region.parse().ok();
            }
        }
        None
    }

    /// A name for the SSO session of this portal, made of the host's first label: letters, digits
    /// and hyphens only, so that it is safe in a section header and a file name.
    #[must_use]
    pub fn suggested_session_name(&self) -> String {
        let host = Url::parse(&self.0)
            .ok()
            .and_then(|u| u.host_str().map(str::to_owned))
            .unwrap_or_default();
        let label = host.split('.').next().unwrap_or_default().to_ascii_lowercase();
        let name: String = label
            .chars()
            .filter(|c| c.is_ascii_alphanumeric() || *c == '-')
            .collect();
        if name.is_empty() || name.bytes().all(|b| b.is_ascii_digit()) {
            "sso".to_owned()
        } else {
            name
        }
    }
}

impl FromStr for StartUrl {
    type Err = NotAStartUrl;

    /// Takes https URLs, and http ones on loopback (a sandbox). A bare host such as
    /// `example.awsapps.com` is read as `https://example.awsapps.com/start`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if text.is_empty() {
            return Err(NotAStartUrl::Empty);
        }
        let full = if text.contains("://") {
            text.to_owned()
        } else if text.contains('/') {
            format!("https://{text}")
        } else {
            format!("https://{text}/start")
        };
        if is_plain(&full) {
            return Ok(Self(full));
        }
        Self::parse(text, full)
    }
}

impl StartUrl {
    fn parse(text: &str, full: String) -> Result<Self, NotAStartUrl> {
        let no_url = || NotAStartUrl::NoUrl(crate::text::clean_text(text));
        if !is_unchanged_by_cleaning(&full)
            || full.chars().any(|c| c.is_whitespace() || c == '"' || c == '\\')
        {
            return Err(no_url());
        }
        let url = Url::parse(&full).map_err(|_| no_url())?;
        let Some(host) = url.host() else {
            return Err(no_url());
        };
        match url.scheme() {
            "https" if is_dotted(&host) || is_loopback(&host) => {}
            "https" => return Err(no_url()),
            "http" if is_loopback(&host) => {}
            _ => return Err(NotAStartUrl::NotHttps),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(NotAStartUrl::Credentials);
        }
        Ok(Self(full))
    }
}

impl fmt::Display for StartUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Whether a URI may be handed to a browser: https anywhere, or http on this machine.
/// A verification URI comes from the network, so `file:`, `javascript:` and friends are refused, and
/// so is what had to be cleaned: it is no longer the address that was meant.
#[must_use]
pub fn may_open(uri: &str) -> bool {
    if !is_unchanged_by_cleaning(uri) || uri.chars().any(char::is_whitespace) {
        return false;
    }
    Url::parse(uri).is_ok_and(|url| match (url.scheme(), url.host()) {
        ("https", Some(_)) => url.username().is_empty() && url.password().is_none(),
        ("http", Some(host)) => is_loopback(&host),
        _ => false,
    })
}

/// Whether a URL is of the usual form, in which parsing it changes nothing: `https://`, a name of lower-case labels, a path
/// without an ending that makes no difference. A parser of all URLs takes longer than the rest of a cached command.
fn is_plain(text: &str) -> bool {
    let Some((host, path)) = text
        .strip_prefix("https://")
        .and_then(|rest| rest.split_once('/'))
    else {
        return false;
    };
    let is_label = |label: &str| {
        let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let is_edged =
            label.bytes().next().is_some_and(is_letter) && label.bytes().last().is_some_and(is_letter);
        // `xn--` begins a name that isn't ASCII.
        is_edged
            && label.len() < 64
            && !label.contains("--")
            && label.bytes().all(|b| is_letter(b) || b == b'-')
    };
    let is_name = host.len() < 250
        && host.split('.').all(is_label)
        // With a digit in its last label it may be an IP address.
        && host.rsplit_once('.').is_some_and(|(_, last)| last.bytes().all(|b| b.is_ascii_lowercase()));
    let is_of_path = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'/');
    is_name && !path.is_empty() && !path.ends_with('/') && path.bytes().all(is_of_path)
}

fn is_dotted(host: &Host<&str>) -> bool {
    matches!(host, Host::Domain(name) if name.contains('.'))
}

#[must_use]
pub fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(ip) => ip.is_loopback(),
        Host::Ipv6(ip) => ip.is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> StartUrl {
        text.parse().unwrap_or_else(|e| panic!("{text}: {e}"))
    }

    #[test]
    fn endings_make_no_difference_but_are_kept() {
        let plain = url("https://my-org.awsapps.com/start");
        for same in [
            "https://my-org.awsapps.com/start/",
            "https://my-org.awsapps.com/start#",
            "https://MY-ORG.awsapps.com/start/#/",
            "https://my-org.awsapps.com:443/start/",
            "https://my-org.awsapps.com/start#/saml/default",
            "HTTPS://My-Org.AwsApps.com/Start//",
        ] {
            assert!(plain.same_portal(&url(same)), "{same}");
            assert_eq!(url(same).as_str(), same);
            assert_eq!(plain.portal(), url(same).portal(), "{same}");
            assert_eq!(url(same).spellings().next().as_deref(), Some(same));
        }
        assert_eq!(plain.normalized(), plain.as_str());
        assert!(!plain.same_portal(&url("https://my-org.awsapps.com:8443/start")));
        assert!(!plain.same_portal(&url("https://other.awsapps.com/start")));
    }

    #[test]
    fn some_forms_carry_the_region() {
        for (text, region) in [
            (
                "https://ssoins-1234.portal.eu-central-1.app.aws",
                Some("eu-central-1"),
            ),
            (
                "https://ssoins-1234.us-gov-west-1.portal.amazonaws.com/",
                Some("us-gov-west-1"),
            ),
            (
                "https://ssoins-1234.cn-north-1.portal.amazonaws.com.cn/",
                Some("cn-north-1"),
            ),
            ("https://d-1234567890.awsapps.com/start", None),
            ("https://identitycenter.amazonaws.com/ssoins-1234", None),
        ] {
            assert_eq!(url(text).region().as_ref().map(Region::as_str), region, "{text}");
        }
    }

    #[test]
    fn bad_start_urls_are_refused_with_a_reason() {
        for (text, why) in [
            ("", NotAStartUrl::Empty),
            ("http://my-org.awsapps.com/start", NotAStartUrl::NotHttps),
            ("ftp://my-org.awsapps.com", NotAStartUrl::NotHttps),
            (
                "https://me:pw@my-org.awsapps.com/start",
                NotAStartUrl::Credentials,
            ),
            ("nonsense", NotAStartUrl::NoUrl("nonsense".into())),
            ("https://a b.com", NotAStartUrl::NoUrl("https://a b.com".into())),
            (
                "https://a.com/\u{202e}x",
                NotAStartUrl::NoUrl("https://a.com/\u{fffd}x".into()),
            ),
        ] {
            assert_eq!(text.parse::<StartUrl>(), Err(why), "{text}");
        }
        assert_eq!(
            url("my-org.awsapps.com").as_str(),
            "https://my-org.awsapps.com/start"
        );
    }

    #[test]
    fn only_https_and_loopback_are_opened() {
        for fine in [
            "https://device.sso.eu-west-1.amazonaws.com/?user_code=ABCD-EFGH",
            "http://127.0.0.1:4000/device",
            "http://[::1]:1/",
            "http://localhost/x",
        ] {
            assert!(may_open(fine), "{fine}");
        }
        for bad in [
            "http://example.com",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "https://a@b.com",
            "-oops",
            "",
            "https://x.com/\u{1b}[m",
            "https://x.com/\u{fffd}[m",
            "https://x.com/\u{202e}m",
            "http://127.0.0.1.evil.com/",
        ] {
            assert!(!may_open(bad), "{bad}");
        }
    }

    proptest::proptest! {
        #[test]
        fn plain_url_is_what_the_parser_makes_of_it(text in "https://([a-z0-9.-]{1,8}|d-123|1)\\.(awsapps|xn--a|0x1|1)?(\\.com|\\.1)?/?[a-z0-9A-Z_/.-]{0,6}") {
            if is_plain(&text) {
                let parsed = StartUrl::parse(&text, text.clone());
                proptest::prop_assert_eq!(&parsed, &Ok(StartUrl(text.clone())));
                proptest::prop_assert_eq!(StartUrl(text.clone()).normalized_by_parser(), text);
            }
        }
    }

    #[test]
    fn usual_start_urls_are_plain_and_others_are_not() {
        for (url, expected) in [
            ("https://d-1234567890.awsapps.com/start", true),
            ("https://ssoins-12.portal.eu-west-1.app.aws/start", true),
            ("https://d-1234567890.awsapps.com/start/", false),
            ("https://d-1234567890.awsapps.com/start#", false),
            ("https://D-1234567890.awsapps.com/start", false),
            ("https://user@d.awsapps.com/start", false),
            ("https://d.awsapps.com:443/start", false),
            ("https://xn--bcher-kva.example.com/start", false),
            ("https://127.0.0.1/start", false),
            ("https://localhost/start", false),
            ("http://d.awsapps.com/start", false),
            ("https://d.awsapps.com/a/../start", false),
        ] {
            assert_eq!(is_plain(url), expected, "{url}");
        }
    }
}
