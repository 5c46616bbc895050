//! A loopback address that no other HLR of this machine has.

use std::fs::{File, OpenOptions, TryLockError};
use std::net::{IpAddr, Ipv4Addr, TcpListener};
use std::{env, io, process};

/// The ports an OsmoHLR needs: GSUP, VTY, CTRL.
const PORTS: [u16; 3] = [4222, 4258, 4259];
/// How many addresses there are to choose from.
const CHOICES: u32 = 250 * 250;

/// An address, ours until dropped.
#[derive(Debug)]
pub(super) struct Address {
    ip: IpAddr,
    /// Locked as long as it is open, and not longer than the program lives.
    _lock: File,
}

impl Address {
    /// Takes one that nobody holds and where nobody listens.
    pub(super) fn hold() -> io::Result<Self> {
        // Where to begin does not matter, as long as programs begin at different places.
        let start = process::id().wrapping_mul(97);
        for step in 0..CHOICES {
            let number = start.wrapping_add(step) % CHOICES;
            let [_, _, high, low] = (number / 250 * 256 + number % 250 + 257).to_be_bytes();
            let ip = IpAddr::V4(Ipv4Addr::new(127, 77, high, low));
            if let Some(lock) = lock(ip)? {
                let is_free = PORTS.iter().all(|port| TcpListener::bind((ip, *port)).is_ok());
                if is_free {
                    return Ok(Self { ip, _lock: lock });
                }
            }
        }
        Err(io::Error::other("every loopback address for an HLR is taken"))
    }

    pub(super) const fn ip(&self) -> IpAddr {
        self.ip
    }
}

/// The lock file stays: one that is removed could be held by two at once.
fn lock(ip: IpAddr) -> io::Result<Option<File>> {
    let path = env::temp_dir().join(format!("simrecall-hlr-{ip}.lock"));
    let file = match OpenOptions::new().create(true).append(true).open(path) {
        Ok(file) => file,
        // Another user's.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return Ok(None),
        Err(error) => return Err(error),
    };
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_hold_different_addresses() {
        let held: Vec<Address> = (0..4).map(|_| Address::hold().unwrap()).collect();
        let mut ips: Vec<IpAddr> = held.iter().map(Address::ip).collect();
        ips.sort();
        ips.dedup();
        assert_eq!(ips.len(), 4);
        assert!(ips.iter().all(IpAddr::is_loopback));
    }
}
