//! Who runs the server: PostgreSQL refuses to run as root.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

#[derive(Debug)]
pub(super) enum ServerUser {
    /// We are nobody special: the server runs as ourselves.
    Ourselves,
    /// We are root: the server runs as this account.
    Account { name: String, uid: u32, gid: u32 },
}

impl ServerUser {
    pub(super) fn choose() -> Result<Self> {
        if fs::metadata("/proc/self")?.uid() != 0 {
            return Ok(Self::Ourselves);
        }
        let accounts = fs::read_to_string("/etc/passwd")?;
        ["postgres", "nobody"]
            .iter()
            .find_map(|name| find_account(&accounts, name))
            .context("neither postgres nor nobody is an account here, and the server refuses root")
    }

    pub(super) fn ids(&self) -> Option<(u32, u32)> {
        match self {
            Self::Ourselves => None,
            Self::Account { uid, gid, .. } => Some((*uid, *gid)),
        }
    }

    pub(super) fn command(&self, program: &Path) -> Command {
        match self {
            Self::Ourselves => Command::new(program),
            Self::Account { name, .. } => {
                let mut command = Command::new("runuser");
                command.args(["-u", name, "--"]).arg(program);
                command
            }
        }
    }
}

fn find_account(accounts: &str, wanted: &str) -> Option<ServerUser> {
    accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next().filter(|name| *name == wanted)?;
        let uid = fields.nth(1)?.parse().ok()?;
        let gid = fields.next()?.parse().ok()?;
        Some(ServerUser::Account { name: name.to_owned(), uid, gid })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_read_from_its_line() {
        let accounts = "root:x:0:0::/root:/bin/sh\nnobody:x:65534:65533::/:/bin/false\n";
        let found = find_account(accounts, "nobody").unwrap();
        assert_eq!(found.ids(), Some((65_534, 65_533)));
        assert!(find_account(accounts, "postgres").is_none());
    }
}
