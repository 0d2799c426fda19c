//! `services` sections: a profile's endpoints, service by service.

use super::ConfigFile;
use super::sections::{Kind, View};

impl ConfigFile {
    /// The endpoint that a profile's `services` section gives a service, by whichever of its names comes first.
    #[must_use]
    pub fn service_endpoint(&self, profile: &str, service: &[&str]) -> Option<String> {
        let of = |kind, name: &str| self.views(kind).into_iter().find(|view| view.name == name);
        let profile = of(Kind::Profile, profile)?;
        let services = of(Kind::Services, profile.get("services")?)?;
        service.iter().find_map(|name| endpoint(&services, name))
    }
}

fn endpoint(services: &View<'_>, service: &str) -> Option<String> {
    let mut settings: Vec<_> = services.setting(service)?.nested().collect();
    settings.reverse();
    let (_, value) = settings.into_iter().find(|(key, _)| *key == "endpoint_url")?;
    let value = super::faults::without_comment(value);
    (!value.is_empty()).then(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profiles_services_are_read() {
        let file = ConfigFile::parse(
            b"[profile a]\nservices = x y\n[profile b]\nservices = z\n[services 'x y']\nsso =\n  endpoint_url = http://one\n\
              SSO_OIDC =\n  # a comment\n  endpoint_url=http://two\nsts = x\n  endpoint_url = http://three\n\
              [services z]\nsso_oidc =\nendpoint_url = http://four\nsso =\n  endpoint_url =\n",
        );
        let endpoint = |profile, service| file.service_endpoint(profile, &[service]);
        assert_eq!(endpoint("a", "sso_oidc").as_deref(), Some("http://two"));
        assert_eq!(endpoint("a", "sso").as_deref(), Some("http://one"));
        assert_eq!((endpoint("a", "sts"), endpoint("b", "sso_oidc")), (None, None));
        assert_eq!((endpoint("b", "sso"), endpoint("d", "sso")), (None, None));
    }
}
