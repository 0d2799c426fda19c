//! `services` sections: a profile's endpoints, service by service.

use super::file::ConfigFile;
use super::sections::{Kind, View};

impl ConfigFile {
    /// The endpoint that a `services` section gives a service, by whichever of its names comes first.
    #[must_use]
    pub fn services_endpoint(&self, section: &str, service: &[&str]) -> Option<String> {
        let sections = self.views(Kind::Services);
        let services = sections.iter().find(|view| view.name == section)?;
        service.iter().find_map(|name| find_endpoint(services, name))
    }
}

fn find_endpoint(services: &View<'_>, service: &str) -> Option<String> {
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
    fn services_sections_are_read() {
        let file = ConfigFile::parse(
            b"[services 'x y']\nsso =\n  endpoint_url = http://one\n\
              SSO_OIDC =\n  # a comment\n  endpoint_url=http://two\nsts = x\n  endpoint_url = http://three\n\
              [services z]\nsso_oidc =\nendpoint_url = http://four\nsso =\n  endpoint_url =\n",
        );
        let endpoint = |section, service| file.services_endpoint(section, &[service]);
        assert_eq!(endpoint("x y", "sso_oidc").as_deref(), Some("http://two"));
        assert_eq!(endpoint("x y", "sso").as_deref(), Some("http://one"));
        assert_eq!((endpoint("x y", "sts"), endpoint("z", "sso_oidc")), (None, None));
        assert_eq!((endpoint("z", "sso"), endpoint("d", "sso")), (None, None));
        let both = file.services_endpoint("x y", &["sso-oidc", "sso_oidc"]);
        assert_eq!(both.as_deref(), Some("http://two"));
    }
}
