//! Firefox containers: which extensions open pages in them, and how they are asked.
//!
//! Both extensions read what stands behind the scheme as a query, decoded once by Firefox and once by themselves, so
//! each value is percent-encoded exactly once. The one ignores a colour that it doesn't know, the other refuses it.

use crate::rules::AccountColor;

/// An extension that opens pages in containers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContainerExtension {
    /// "Granted Containers".
    Granted,
    /// "Open external links in a container".
    OpenUrl,
}

impl ContainerExtension {
    pub const ALL: [Self; 2] = [Self::Granted, Self::OpenUrl];

    /// Its ID among Firefox's add-ons.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Granted => "{b5e0e8de-ebfe-4306-9528-bcc18241a490}",
            Self::OpenUrl => "{f069aec0-43c5-4bbf-b6b4-df95c4326b98}",
        }
    }

    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Granted => "Granted Containers",
            Self::OpenUrl => "Open external links in a container",
        }
    }

    /// The address that opens another one in a container of this name and colour. Firefox has to be given it: no other
    /// program knows the scheme.
    #[must_use]
    pub fn address(self, container: &str, color: ContainerColor, address: &str) -> String {
        let scheme = match self {
            Self::Granted => "ext+granted-containers",
            Self::OpenUrl => "ext+container",
        };
        format!(
            "{scheme}:name={}&url={}&color={}&icon=fingerprint",
            percent_encode(container),
            percent_encode(address),
            color.as_str()
        )
    }
}

/// A colour of a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContainerColor {
    Blue,
    Turquoise,
    Green,
    Yellow,
    Orange,
    Red,
    Pink,
    Purple,
}

impl ContainerColor {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Blue => "blue",
            Self::Turquoise => "turquoise",
            Self::Green => "green",
            Self::Yellow => "yellow",
            Self::Orange => "orange",
            Self::Red => "red",
            Self::Pink => "pink",
            Self::Purple => "purple",
        }
    }

    /// The nearest to an account's colour; production without one is red, anything else blue.
    #[must_use]
    pub fn of_account(color: Option<AccountColor>, production: bool) -> Self {
        match color {
            Some(AccountColor::Pink) => Self::Pink,
            Some(AccountColor::Purple) => Self::Purple,
            Some(AccountColor::LightBlue | AccountColor::Teal) => Self::Turquoise,
            Some(AccountColor::Green) => Self::Green,
            Some(AccountColor::Yellow) => Self::Yellow,
            Some(AccountColor::Orange) => Self::Orange,
            Some(AccountColor::Red) => Self::Red,
            None if production => Self::Red,
            Some(AccountColor::DarkBlue) | None => Self::Blue,
        }
    }
}

/// Percent-encodes everything but letters, digits and what never needs it.
fn percent_encode(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string can't fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_arrive_as_they_were() {
        let (name, page) = ("決済 & co=1+1", "http://127.0.0.1:4000/a?b=c&d=%20#e");
        for extension in ContainerExtension::ALL {
            let color = ContainerColor::of_account(Some(AccountColor::Teal), true);
            let address = extension.address(name, color, page);
            let (_, query) = address.split_once(':').expect("a scheme");
            let pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes())
                .map(|(key, value)| (key.into_owned(), value.into_owned()))
                .collect();
            let expected = [
                ("name", name),
                ("url", page),
                ("color", "turquoise"),
                ("icon", "fingerprint"),
            ];
            assert_eq!(
                pairs,
                expected.map(|(key, value)| (key.to_owned(), value.to_owned()))
            );
        }
        assert_eq!(ContainerColor::of_account(None, true).as_str(), "red");
        assert_eq!(ContainerColor::of_account(None, false).as_str(), "blue");
    }
}
