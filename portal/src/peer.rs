//! Whose request it is, as far as addresses say: never what a client writes itself.

use std::net::{IpAddr, Ipv6Addr};

use http::{HeaderMap, HeaderName};
use simrecall_engine::network::Block;
use simrecall_engine::{Problem, Result};

/// Who spoke to us on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer(pub IpAddr);

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// Proxies in a row at most; a longer list is somebody's invention.
const HOPS: usize = 32;

/// Proxies that are ours: what they say of who came is believed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Proxies(Vec<Block>);

impl Proxies {
    /// Reads addresses (`10.0.0.7`) and blocks (`10.0.0.0/24`).
    pub(crate) fn parse<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Self> {
        let block = |text| {
            Block::parse(text).ok_or_else(|| {
                Problem::configuration("config", format!("portal.proxies: {text:?} is no address"))
                    .hint("write 10.0.0.7 or 10.0.0.0/24")
            })
        };
        texts.into_iter().map(block).collect::<Result<_>>().map(Self)
    }

    /// Whether none is declared.
    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether an address is one of them.
    pub(crate) fn has(&self, address: IpAddr) -> bool {
        self.0.iter().any(|block| block.has(address))
    }

    /// Who came: the last in the list that is no proxy of ours. A list that cannot be read says nothing, and nobody is
    /// believed who is no proxy.
    pub(crate) fn origin(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let peer = peer.to_canonical();
        if !self.has(peer) {
            return peer;
        }
        let lines = headers.get_all(FORWARDED_FOR).iter().map(|line| line.to_str().ok());
        let Some(lines) = lines.collect::<Option<Vec<&str>>>() else { return peer };
        let entries: Vec<&str> =
            lines.iter().flat_map(|line| line.split(',')).map(str::trim).collect();
        if entries.len() > HOPS {
            return peer;
        }
        let read: Option<Vec<IpAddr>> =
            entries.iter().map(|entry| entry.parse::<IpAddr>().ok()).collect();
        let Some(read) = read else { return peer };
        let stranger = read.iter().rev().map(IpAddr::to_canonical).find(|one| !self.has(*one));
        stranger.unwrap_or(peer)
    }
}

/// The network of an address, as budgets count it: an IPv4 address, the first half of an IPv6 one.
pub(crate) fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(four) => four.to_string(),
        IpAddr::V6(six) => {
            let half = u128::from(six) >> 64 << 64;
            format!("{}/64", Ipv6Addr::from(half))
        }
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn origin(proxies: &[&str], peer: &str, lists: &[&[u8]]) -> String {
        let proxies = Proxies::parse(proxies.iter().copied()).unwrap();
        let mut headers = HeaderMap::new();
        for list in lists {
            headers.append(FORWARDED_FOR, HeaderValue::from_bytes(list).unwrap());
        }
        proxies.origin(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn a_stranger_is_not_believed() {
        assert_eq!(origin(&[], "198.51.100.1", &[b"203.0.113.9"]), "198.51.100.1");
        assert_eq!(origin(&["10.0.0.1"], "198.51.100.1", &[b"203.0.113.9"]), "198.51.100.1");
    }

    #[test]
    fn the_last_that_is_no_proxy_came() {
        let proxies = ["10.0.0.0/24", "2001:db8::/32"];
        let from = |lists: &[&[u8]]| origin(&proxies, "10.0.0.1", lists);
        assert_eq!(from(&[b"203.0.113.9"]), "203.0.113.9");
        // What the client wrote itself stands left of what the proxy adds.
        assert_eq!(from(&[b"127.0.0.1, 203.0.113.9"]), "203.0.113.9");
        assert_eq!(from(&[b"127.0.0.1", b"203.0.113.9, 10.0.0.7"]), "203.0.113.9");
        assert_eq!(from(&[b"203.0.113.9, 2001:db8::5"]), "203.0.113.9");
        assert_eq!(from(&[b"::ffff:203.0.113.9"]), "203.0.113.9");
        assert_eq!(origin(&proxies, "::ffff:10.0.0.1", &[b"203.0.113.9"]), "203.0.113.9");
        assert_eq!(from(&[b"10.0.0.2, 10.0.0.3"]), "10.0.0.1");
        assert_eq!(from(&[]), "10.0.0.1");
    }

    #[test]
    fn a_list_that_cannot_be_read_says_nothing() {
        for list in ["unknown", "203.0.113.9,", "203.0.113.9:80", "1.2.3", "\u{e9}", ""] {
            assert_eq!(origin(&["10.0.0.1"], "10.0.0.1", &[list.as_bytes()]), "10.0.0.1", "{list}");
        }
        let long = vec!["203.0.113.9"; HOPS + 1].join(",");
        assert_eq!(origin(&["10.0.0.1"], "10.0.0.1", &[long.as_bytes()]), "10.0.0.1");
    }

    #[test]
    fn blocks_are_read_strictly() {
        for text in ["10.0.0.0/33", "10.0.0/8", "::1/129", "proxy", "10.0.0.1/", "/8"] {
            assert!(Block::parse(text).is_none(), "{text}");
        }
        let all = Block::parse("0.0.0.0/0").unwrap();
        assert!(all.has("203.0.113.9".parse().unwrap()) && !all.has("::1".parse().unwrap()));
    }

    #[test]
    fn an_ipv6_network_is_half_an_address() {
        assert_eq!(network("2001:db8:1:2:3:4:5:6".parse().unwrap()), "2001:db8:1:2::/64");
        assert_eq!(network("::ffff:203.0.113.9".parse().unwrap()), "203.0.113.9");
    }
}
