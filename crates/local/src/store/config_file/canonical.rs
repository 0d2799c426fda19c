//! A file as every SDK reads it: what our reading found, written in the one form that all parsers agree on.

use zeroize::Zeroizing;

use super::file::ConfigFile;
use super::sections::{Kind, View, plain_value};

impl ConfigFile {
    /// The profiles, SSO sessions and services of a config file.
    #[must_use]
    pub fn canonical_config(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::new());
        for (kind, word) in [
            (Kind::Profile, "profile"),
            (Kind::SsoSession, "sso-session"),
            (Kind::Services, "services"),
        ] {
            for view in self.views(kind) {
                write_section(&mut text, &format!("{word} {}", view.name), &view);
            }
        }
        text
    }

    /// The profiles of a credentials file.
    #[must_use]
    pub fn canonical_credentials(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::new());
        for view in self.credential_views() {
            write_section(&mut text, &view.name, &view);
        }
        text
    }
}

/// What an SDK takes for a name. Another one makes some of them refuse the whole file.
fn is_identifier(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || "_-/.%@:+".contains(c);
    !text.is_empty() && text.chars().all(fits)
}

fn write_section(text: &mut String, header: &str, view: &View<'_>) {
    if !is_identifier(&view.name) {
        return;
    }
    let mut line = |parts: &[&str]| {
        for part in parts {
            text.push_str(part);
        }
        text.push('\n');
    };
    line(&["[", header, "]"]);
    for setting in &view.settings {
        let value = plain_value(setting);
        let nested: Vec<(&str, &str)> = setting.nested().filter(|(_, value)| !value.is_empty()).collect();
        if !is_identifier(&setting.key) || value.contains('\n') || (value.is_empty() && nested.is_empty()) {
            continue;
        }
        line(&[&setting.key, " = ", value]);
        for (key, value) in nested {
            line(&["  ", key, " = ", value]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_empty_or_odd_is_left_out() {
        let file = ConfigFile::parse(
            b"  [default]\n  region : eu-west-1 # mine\n  endpoint_url =\n  odd key = x\n  two =a\n   b\n\
              [profile \"a\"]\ns3 =\n  x = 1\n  y =\n[profile 'b c']\nregion = x\n[services s]\nsso =\n   endpoint_url=http://x\n",
        );
        assert_eq!(
            file.canonical_config().as_str(),
            "[profile default]\nregion = eu-west-1\n[profile a]\ns3 = \n  x = 1\n[services s]\nsso = \n  endpoint_url = http://x\n"
        );
    }
}
