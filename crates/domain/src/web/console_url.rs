//! A page of the console as people paste it: which partition and Region it is in, and of which account.
//!
//! Nothing here is opened: where a page may be opened for a target, `app::console` decides.

use url::Url;

use super::console::{is_console_host, partition_of};
use crate::text::clean_text;
use crate::{AccountId, Partition, Region};

/// A page of the console.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsoleUrl {
    address: String,
    partition: Partition,
    region: Option<Region>,
    account: Option<AccountId>,
    of_console: bool,
}

/// The text is no page of the console.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAConsolePage {
    #[error("`{0}` is not an AWS console page")]
    Foreign(String),
    #[error("`{page}` names Region {region}, which is not in partition {partition}")]
    OtherRegion {
        page: String,
        region: Region,
        partition: Partition,
    },
}

impl ConsoleUrl {
    /// Reads the address of a page, or a link of the access portal that leads to one. The session of a browser that
    /// is signed in to several accounts is left out: it is of use to that browser only.
    ///
    /// # Errors
    /// Where it is no https page of AWS, or its Region is of another partition than its host.
    pub fn parse(text: &str) -> Result<Self, NotAConsolePage> {
        let text = text.trim();
        match of_portal_link(text) {
            Some((account, destination)) => Ok(Self {
                account: account.or_else(|| Self::of_page(&destination).ok()?.account),
                ..Self::of_page(&destination)?
            }),
            None => Self::of_page(text),
        }
    }

    fn of_page(text: &str) -> Result<Self, NotAConsolePage> {
        let foreign = || NotAConsolePage::Foreign(clean_text(text));
        let partition = partition_of(text).ok_or_else(foreign)?;
        let mut url = Url::parse(text).map_err(|_| foreign())?;
        let host = url.host_str().ok_or_else(foreign)?.to_owned();
        let (account, host) = match of_session(&host) {
            Some((account, rest)) if is_console_host(rest, partition) => (Some(account), rest.to_owned()),
            _ => (None, host),
        };
        url.set_host(Some(&host)).map_err(|_| foreign())?;
        let region = region_of(&url, &host);
        if let Some(region) = region.as_ref().filter(|region| region.partition() != partition) {
            return Err(NotAConsolePage::OtherRegion {
                page: clean_text(text),
                region: region.clone(),
                partition,
            });
        }
        Ok(Self {
            of_console: is_console_host(&host, partition),
            address: url.to_string(),
            partition,
            region,
            account,
        })
    }

    /// The address, without a session in it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.address
    }

    #[must_use]
    pub fn partition(&self) -> Partition {
        self.partition
    }

    /// The Region that it names.
    #[must_use]
    pub fn region(&self) -> Option<&Region> {
        self.region.as_ref()
    }

    /// The account that it is a page of, where it says so.
    #[must_use]
    pub fn account(&self) -> Option<&AccountId> {
        self.account.as_ref()
    }

    /// Whether it is on the console's own host, and not on another one of AWS.
    #[must_use]
    pub fn is_of_console(&self) -> bool {
        self.of_console
    }
}

impl std::str::FromStr for ConsoleUrl {
    type Err = NotAConsolePage;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

/// The account and the destination of a link of the access portal, `…/#/console?account_id=…&destination=…`.
fn of_portal_link(text: &str) -> Option<(Option<AccountId>, String)> {
    let url = Url::parse(text).ok().filter(|url| url.scheme() == "https")?;
    let (path, query) = url.fragment()?.split_once('?')?;
    if path.trim_matches('/') != "console" {
        return None;
    }
    let value = |name: &str| {
        let mut pairs = url::form_urlencoded::parse(query.as_bytes());
        pairs
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    };
    let account = value("account_id").and_then(|id| id.parse().ok());
    Some((account, value("destination")?))
}

/// The account of a browser's session, and the host without it: `ACCOUNT-xxxxxxxx.REGION.console.aws.amazon.com`.
fn of_session(host: &str) -> Option<(AccountId, &str)> {
    let (first, rest) = host.split_once('.')?;
    let (id, session) = first.split_once('-')?;
    let is_session = session.len() == 8 && session.bytes().all(|b| b.is_ascii_alphanumeric());
    Some((id.parse().ok().filter(|_| is_session)?, rest))
}

/// The Region in the host's name, or else in the query.
fn region_of(url: &Url, host: &str) -> Option<Region> {
    let in_host = host.split('.').find_map(|label| label.parse().ok());
    in_host.or_else(|| {
        let mut pairs = url.query_pairs();
        let (_, region) = pairs.find(|(name, _)| name == "region")?;
        region.parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        match ConsoleUrl::parse(text) {
            Ok(url) => format!(
                "{} {} {} {}",
                url.as_str(),
                url.partition(),
                url.region().map_or("-", Region::as_str),
                url.account().map_or("-", AccountId::as_str)
            ),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn pasted_pages_say_partition_region_and_account() {
        for (text, expected) in [
            (
                "https://eu-west-1.console.aws.amazon.com/ec2/home?region=eu-west-1#Instances:",
                "https://eu-west-1.console.aws.amazon.com/ec2/home?region=eu-west-1#Instances: aws eu-west-1 -",
            ),
            (
                " https://310448120938-k3v9x2ab.eu-west-1.console.aws.amazon.com/s3/home\n",
                "https://eu-west-1.console.aws.amazon.com/s3/home aws eu-west-1 310448120938",
            ),
            (
                "https://console.aws.amazon.com/cloudwatch/home?region=ap-south-1",
                "https://console.aws.amazon.com/cloudwatch/home?region=ap-south-1 aws ap-south-1 -",
            ),
            (
                "https://console.amazonaws-us-gov.com/s3",
                "https://console.amazonaws-us-gov.com/s3 aws-us-gov - -",
            ),
            (
                "https://tanuki.awsapps.com/start/#/console?account_id=310448120938&role_name=A&destination=\
                 https%3A%2F%2Feu-west-1.console.aws.amazon.com%2Fs3%2Fhome",
                "https://eu-west-1.console.aws.amazon.com/s3/home aws eu-west-1 310448120938",
            ),
            (
                "https://console.aws.amazon.com/s3/home?region=cn-north-1",
                "`https://console.aws.amazon.com/s3/home?region=cn-north-1` names Region cn-north-1, which is not in \
                 partition aws",
            ),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_page_of_the_console_is_refused() {
        for text in [
            "",
            "s3",
            "http://console.aws.amazon.com/",
            "https://console.aws.amazon.com:8443/",
            "https://user@console.aws.amazon.com/",
            "https://console.aws.amazon.com.evil.example/",
            "https://evil.example/?https://console.aws.amazon.com/",
            "https://evil.example/#/console?destination=https%3A%2F%2Fevil.example%2F",
            "https://evil.example/#/other?destination=https%3A%2F%2Fconsole.aws.amazon.com%2F",
            "javascript:alert(1)",
        ] {
            let error = ConsoleUrl::parse(text).expect_err(text).to_string();
            assert!(error.ends_with("is not an AWS console page"), "{text}: {error}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in "(https://)?\\PC{0,60}") {
            let _ = ConsoleUrl::parse(&text);
        }
    }
}
