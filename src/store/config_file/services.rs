//! `services` sections: a profile's endpoints, service by service.

use super::ConfigFile;

impl ConfigFile {
    /// The endpoint that a profile's `services` section gives a service.
    #[must_use]
    pub fn service_endpoint(&self, profile: &str, service: &str) -> Option<String> {
        let profile = self.profiles().into_iter().find(|p| p.name == profile)?;
        let ignored = profile.get("ignore_configured_endpoint_urls");
        if ignored.is_some_and(|value| value.eq_ignore_ascii_case("true")) {
            return None;
        }
        let section = profile.get("services")?;
        let (mut in_section, mut in_service) = (false, false);
        let mut found = None;
        for line in &self.lines {
            if let Some(header) = line.header() {
                in_section = header == ("services", section);
                in_service = false;
            } else if let Some((key, _)) = line.key_value() {
                in_service = in_section && key.eq_ignore_ascii_case(service);
            } else if in_service && line.is_indented() {
                let setting = line.trimmed().and_then(|text| text.split_once('='));
                let endpoint = setting.filter(|(key, _)| key.trim().eq_ignore_ascii_case("endpoint_url"));
                found = endpoint.map(|(_, value)| value.trim().to_owned()).or(found);
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profiles_services_are_read() {
        let file = ConfigFile::parse(
            b"[profile a]\nservices = x y\n[profile b]\nservices = z\n[profile c]\nservices = x y\n\
              ignore_configured_endpoint_urls = true\n[services x y]\nsso =\n  endpoint_url = http://one\n\
              sso_oidc =\n  # a comment\n  Endpoint_URL=http://two\nsts = x\n  endpoint_url = http://three\n\
              [services z]\nsso_oidc =\nendpoint_url = http://four\n",
        );
        let endpoint = |profile| file.service_endpoint(profile, "sso_oidc");
        assert_eq!(endpoint("a").as_deref(), Some("http://two"));
        assert_eq!((endpoint("b"), endpoint("c"), endpoint("d")), (None, None, None));
    }
}
