//! Which host name is asked: each surface answers on its own, and to no other.

use http::header::HOST;
use http::request::Parts;

/// The name the public surface answers on, and what follows from how it is reached.
#[derive(Debug, Clone)]
pub(crate) struct Site {
    /// The name alone, in small letters.
    name: String,
    /// The port that may stand behind it.
    port: Option<u16>,
    /// Whether browsers reach it over TLS.
    secure: bool,
}

impl Site {
    pub(crate) fn new(host: &str, port: Option<u16>, secure: bool) -> Self {
        Self { name: host.to_ascii_lowercase(), port, secure }
    }

    /// Whether browsers reach it over TLS.
    pub(crate) const fn is_secure(&self) -> bool {
        self.secure
    }

    /// The origin a browser names for a page of ours; none if the request is for another host, or for none.
    pub(crate) fn origin(&self, parts: &Parts) -> Option<String> {
        let mut named = parts.headers.get_all(HOST).iter();
        let (host, more) = (named.next()?.to_str().ok()?, named.next());
        // A request may name a whole URL; then both must say the same.
        let same = parts.uri.authority().is_none_or(|authority| authority.as_str() == host);
        if more.is_some() || !same {
            return None;
        }
        let (name, port) = match host.split_once(':') {
            Some((name, port)) => (name, Some(port.parse::<u16>().ok()?)),
            None => (host, None),
        };
        let ours = name.eq_ignore_ascii_case(&self.name) && self.has_port(port);
        ours.then(|| {
            let scheme = if self.secure { "https" } else { "http" };
            let port = port.filter(|port| *port != self.usual_port());
            let port = port.map(|port| format!(":{port}")).unwrap_or_default();
            format!("{scheme}://{}{port}", self.name)
        })
    }

    const fn usual_port(&self) -> u16 {
        if self.secure { 443 } else { 80 }
    }

    fn has_port(&self, port: Option<u16>) -> bool {
        port.is_none_or(|port| port == self.usual_port() || Some(port) == self.port)
    }
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn origin(site: &Site, uri: &str, hosts: &[&str]) -> Option<String> {
        let mut request = Request::builder().uri(uri);
        for host in hosts {
            request = request.header(HOST, *host);
        }
        site.origin(&request.body(()).unwrap().into_parts().0)
    }

    #[test]
    fn it_answers_to_its_own_name_alone() {
        let site = Site::new("public.localhost", Some(8443), false);
        let from = |hosts: &[&str]| origin(&site, "/ko/", hosts);
        assert_eq!(from(&["public.localhost"]).unwrap(), "http://public.localhost");
        assert_eq!(from(&["PUBLIC.localhost:8443"]).unwrap(), "http://public.localhost:8443");
        assert_eq!(from(&["public.localhost:80"]).unwrap(), "http://public.localhost");
        let strange: [&[&str]; 8] = [
            &[],
            &["localhost"],
            &["agency.localhost"],
            &["public.localhost.example"],
            &["public.localhost:9"],
            &["public.localhost:"],
            &["public.localhost", "public.localhost"],
            &["public.localhost@example"],
        ];
        for hosts in strange {
            assert_eq!(from(hosts), None, "{hosts:?}");
        }
    }

    #[test]
    fn a_whole_url_must_name_the_same_host() {
        let site = Site::new("check.example", None, true);
        let hosts = ["check.example"];
        assert_eq!(
            origin(&site, "https://check.example/ko/", &hosts).unwrap(),
            "https://check.example"
        );
        assert_eq!(origin(&site, "https://evil.example/ko/", &hosts), None);
    }
}
