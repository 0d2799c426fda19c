//! Proxies and the loopback endpoints that genkan hands to children.
//!
//! An SDK that reads `HTTP_PROXY` sends a request for `http://127.0.0.1` to the proxy too, together with the
//! endpoint's token, unless `NO_PROXY` names the address. Some tools read the upper-case variable first and
//! others the lower-case one, so both are set.

use super::{Environment, env};
use crate::platform::proxy::Proxies;

/// The address of every endpoint that genkan listens on.
const LOOPBACK: &str = "127.0.0.1";

/// Variables that name a proxy for `http` addresses.
const HTTP_PROXIES: [&str; 4] = [
    env::HTTP_PROXY,
    env::HTTP_PROXY_LOWER,
    env::ALL_PROXY,
    env::ALL_PROXY_LOWER,
];

const HTTPS: [&str; 2] = [env::HTTPS_PROXY_LOWER, env::HTTPS_PROXY];
const HTTP: [&str; 2] = [env::HTTP_PROXY_LOWER, env::HTTP_PROXY];
const ALL: [&str; 2] = [env::ALL_PROXY_LOWER, env::ALL_PROXY];
const NO: [&str; 2] = [env::NO_PROXY_LOWER, env::NO_PROXY];

/// The proxies of an environment. Where both spellings are set, the lower-case one counts, as for curl, Python and so
/// the AWS CLI.
#[must_use]
pub fn read_proxies(environment: &Environment) -> Proxies {
    let all = || first_set(environment, ALL);
    // In a CGI program HTTP_PROXY is what a client has sent as the header `Proxy`.
    let is_cgi = environment.get(env::REQUEST_METHOD).is_some();
    let http = || {
        let found = first_set(environment, HTTP).or_else(all);
        found.filter(|(name, _)| !(is_cgi && *name == env::HTTP_PROXY))
    };
    Proxies::new(
        proxy_of_https(environment),
        http(),
        first_set(environment, NO).map_or("", |(_, list)| list),
    )
}

/// The variable that names the proxy of `https` addresses, and its value.
pub(super) fn proxy_of_https(environment: &Environment) -> Option<(&'static str, &str)> {
    first_set(environment, HTTPS).or_else(|| first_set(environment, ALL))
}

/// Whether everything is reached without a proxy.
pub(super) fn nothing_is_proxied(environment: &Environment) -> bool {
    first_set(environment, NO).is_some_and(|(_, list)| list == "*")
}

fn first_set<'a>(environment: &'a Environment, names: [&'static str; 2]) -> Option<(&'static str, &'a str)> {
    let mut set = names
        .into_iter()
        .filter_map(|name| Some((name, environment.get(name)?)));
    set.next()
}

/// Both spellings of `NO_PROXY`, extended so that loopback is reached without a proxy. Entries of the
/// environment stay; where only one spelling is set, the other gets the same.
#[must_use]
pub fn no_proxy_for_loopback(environment: &Environment) -> [(&'static str, String); 2] {
    let upper = environment.get(env::NO_PROXY);
    let lower = environment.get(env::NO_PROXY_LOWER);
    [
        (env::NO_PROXY, extend_no_proxy(upper.or(lower))),
        (env::NO_PROXY_LOWER, extend_no_proxy(lower.or(upper))),
    ]
}

/// The variable by whose proxy tools here reach loopback, if one does.
#[must_use]
pub fn proxied_loopback(environment: &Environment) -> Option<&'static str> {
    let name = HTTP_PROXIES
        .into_iter()
        .find(|name| environment.get(name).is_some())?;
    let upper = environment.get(env::NO_PROXY);
    let lower = environment.get(env::NO_PROXY_LOWER);
    let exempt = |list: Option<&str>| list.is_some_and(exempts_loopback);
    (!exempt(upper.or(lower)) || !exempt(lower.or(upper))).then_some(name)
}

/// Only the address itself is understood by all; `*` alone means everything.
fn exempts_loopback(list: &str) -> bool {
    list == "*" || list.split(',').any(|entry| entry.trim() == LOOPBACK)
}

fn extend_no_proxy(list: Option<&str>) -> String {
    match list {
        None => LOOPBACK.to_owned(),
        Some(list) if exempts_loopback(list) => list.to_owned(),
        Some(list) => format!("{},{LOOPBACK}", list.trim_end_matches([',', ' '])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_stay_and_loopback_is_added_once() {
        for (set, upper, lower) in [
            (&[][..], "127.0.0.1", "127.0.0.1"),
            (
                &[("NO_PROXY", ".corp, 10.0.0.0/8")],
                ".corp, 10.0.0.0/8,127.0.0.1",
                ".corp, 10.0.0.0/8,127.0.0.1",
            ),
            (&[("no_proxy", "a,")], "a,127.0.0.1", "a,127.0.0.1"),
            (
                &[("NO_PROXY", "a"), ("no_proxy", "b")],
                "a,127.0.0.1",
                "b,127.0.0.1",
            ),
            (&[("NO_PROXY", "*")], "*", "*"),
            (
                &[("no_proxy", "a, 127.0.0.1 ,b")],
                "a, 127.0.0.1 ,b",
                "a, 127.0.0.1 ,b",
            ),
            (
                &[("no_proxy", "127.0.0.10")],
                "127.0.0.10,127.0.0.1",
                "127.0.0.10,127.0.0.1",
            ),
        ] {
            let before = Environment::from_pairs(set.iter().copied());
            let after = no_proxy_for_loopback(&before);
            assert_eq!(
                after,
                [("NO_PROXY", upper.to_owned()), ("no_proxy", lower.to_owned())]
            );
            let proxied = after.map(|(n, v)| (n.to_owned(), v)).into_iter();
            let proxied = proxied.chain([("http_proxy".to_owned(), "http://p:1".to_owned())]);
            assert_eq!(
                proxied_loopback(&Environment::from_pairs(proxied)),
                None,
                "{set:?}"
            );
        }
    }

    #[test]
    fn a_proxy_that_gets_loopback_is_named() {
        for (set, expected) in [
            (&[("HTTPS_PROXY", "http://p:1")][..], None),
            (&[("HTTP_PROXY", "http://p:1")], Some("HTTP_PROXY")),
            (
                &[("all_proxy", "http://p:1"), ("NO_PROXY", ".corp")],
                Some("all_proxy"),
            ),
            (
                &[
                    ("http_proxy", "http://p:1"),
                    ("NO_PROXY", "127.0.0.1"),
                    ("no_proxy", "x"),
                ],
                Some("http_proxy"),
            ),
            (&[("http_proxy", "http://p:1"), ("no_proxy", "127.0.0.1")], None),
        ] {
            let environment = Environment::from_pairs(set.iter().copied());
            assert_eq!(proxied_loopback(&environment), expected, "{set:?}");
        }
    }
}
