//! Who runs a peer: most servers refuse to run as root.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

/// Somebody without privileges.
#[derive(Debug)]
pub(crate) enum Unprivileged {
    /// We are nobody special: the peer runs as ourselves.
    Ourselves,
    /// We are root: the peer runs as this account.
    Account { name: String, uid: u32, gid: u32 },
}

impl Unprivileged {
    /// Ourselves, or the first of `accounts` that exists when we are root.
    pub(crate) fn choose(accounts: &[&str]) -> Result<Self> {
        if fs::metadata("/proc/self")?.uid() != 0 {
            return Ok(Self::Ourselves);
        }
        let file = fs::read_to_string("/etc/passwd")?;
        accounts
            .iter()
            .find_map(|name| find_account(&file, name))
            .with_context(|| format!("this machine has no account {}", accounts.join(" or ")))
    }

    /// The account's name, when it is not ourselves.
    pub(crate) fn name(&self) -> Option<&str> {
        match self {
            Self::Ourselves => None,
            Self::Account { name, .. } => Some(name),
        }
    }

    /// Gives it a file or folder of ours.
    pub(crate) fn give(&self, path: &Path) -> Result<()> {
        match self {
            Self::Ourselves => Ok(()),
            Self::Account { uid, gid, .. } => chown(path, Some(*uid), Some(*gid))
                .with_context(|| format!("giving away {}", path.display())),
        }
    }

    /// `program`, run by them.
    pub(crate) fn command(&self, program: &Path) -> Command {
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

fn find_account(accounts: &str, wanted: &str) -> Option<Unprivileged> {
    accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next().filter(|name| *name == wanted)?;
        let uid = fields.nth(1)?.parse().ok()?;
        let gid = fields.next()?.parse().ok()?;
        Some(Unprivileged::Account { name: name.to_owned(), uid, gid })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_read_from_its_line() {
        let accounts = "root:x:0:0::/root:/bin/sh\nnobody:x:65534:65533::/:/bin/false\n";
        let found = find_account(accounts, "nobody");
        let Some(Unprivileged::Account { name, uid, gid }) = found else { panic!("not found") };
        assert_eq!((name.as_str(), uid, gid), ("nobody", 65_534, 65_533));
        assert!(find_account(accounts, "postgres").is_none());
    }
}
