//! Clusters whose test run and reaper were both killed.

use std::path::Path;
use std::{fs, io, process};

use super::{PREFIX, Tools, data_folder, short_temp};

/// The file that names the process a cluster belongs to.
const OWNER: &str = "owner";

/// Notes that the cluster in `folder` belongs to this process.
pub(super) fn mark_owner(folder: &Path) -> io::Result<()> {
    let pid = process::id();
    fs::write(folder.join(OWNER), format!("{pid} {}", birth(pid).unwrap_or_default()))
}

/// Stops and removes every cluster whose process is gone. What cannot be removed now stays for the next run.
pub(super) fn sweep(tools: &Tools) {
    let Ok(entries) = fs::read_dir(short_temp()) else { return };
    for folder in entries.flatten().map(|entry| entry.path()) {
        let ours =
            folder.file_name().is_some_and(|name| name.to_string_lossy().starts_with(PREFIX));
        if ours && is_orphan(&folder) {
            let mut stop = tools.as_server_user("pg_ctl");
            stop.arg("--pgdata").arg(data_folder(&folder)).args([
                "--mode",
                "immediate",
                "--wait",
                "stop",
            ]);
            // Fails when the server is not running either, which is just as good.
            let _stopped = stop.output();
            let _removed = fs::remove_dir_all(&folder);
        }
    }
}

/// A folder without a readable owner may be one that another process is making this very moment.
fn is_orphan(folder: &Path) -> bool {
    let Ok(owner) = fs::read_to_string(folder.join(OWNER)) else { return false };
    let Some((pid, born)) = owner.split_once(' ') else { return false };
    let Ok(pid) = pid.parse() else { return false };
    birth(pid).as_deref() != Some(born)
}

/// When a process started, in ticks since boot: a number is used again, a number with its birth is not.
fn birth(pid: u32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in parentheses may hold spaces; field 22 is the 20th after it.
    let (_, after_name) = stat.rsplit_once(')')?;
    after_name.split_whitespace().nth(19).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_living_owner_keeps_its_cluster() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!is_orphan(folder.path()), "no owner yet");
        mark_owner(folder.path()).unwrap();
        assert!(!is_orphan(folder.path()), "we are alive");
        fs::write(folder.path().join(OWNER), format!("{} 1", process::id())).unwrap();
        assert!(is_orphan(folder.path()), "same number, another process");
        fs::write(folder.path().join(OWNER), "4194305 77").unwrap();
        assert!(is_orphan(folder.path()), "no such process");
    }
}
