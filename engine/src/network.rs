//! Blocks of addresses, as people write them.

use std::net::IpAddr;

/// Addresses that begin alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    start: IpAddr,
    bits: u32,
}

impl Block {
    /// Reads an address (`10.0.0.7`) or a block (`10.0.0.0/24`).
    pub fn parse(text: &str) -> Option<Self> {
        let (start, bits) = match text.split_once('/') {
            Some((start, bits)) => (start, Some(bits.parse::<u32>().ok()?)),
            None => (text, None),
        };
        let start: IpAddr = start.parse().ok()?;
        let most = if start.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(most);
        (bits <= most).then_some(Self { start, bits })
    }

    /// Whether an address lies in it.
    pub fn has(self, address: IpAddr) -> bool {
        match (self.start, address) {
            (IpAddr::V4(ours), IpAddr::V4(theirs)) => {
                let apart = u32::from(ours) ^ u32::from(theirs);
                apart.checked_shr(32 - self.bits).unwrap_or(0) == 0
            }
            (IpAddr::V6(ours), IpAddr::V6(theirs)) => {
                let apart = u128::from(ours) ^ u128::from(theirs);
                apart.checked_shr(128 - self.bits).unwrap_or(0) == 0
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_has_what_begins_like_it() {
        let has = |block: &str, address: &str| {
            Block::parse(block).is_some_and(|block| block.has(address.parse().unwrap()))
        };
        assert!(has("10.1.0.0/16", "10.1.200.3") && !has("10.1.0.0/16", "10.2.0.1"));
        assert!(has("10.1.0.7", "10.1.0.7") && !has("10.1.0.7", "10.1.0.8"));
        assert!(has("0.0.0.0/0", "1.2.3.4") && !has("0.0.0.0/0", "::1"));
        assert!(has("2001:db8::/32", "2001:db8:1::1") && !has("2001:db8::/32", "2001:db9::1"));
        for bad in ["", "10.0.0.0/33", "10.0.0/8", "::/129", "a"] {
            assert_eq!(Block::parse(bad), None, "{bad}");
        }
    }
}
