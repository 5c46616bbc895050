//! Rule packs: those that ship, with the carrier's own over them.

use std::path::{Path, PathBuf};

use simrecall_core::law::PackSet;

use crate::config::LawConfig;
use crate::problem::{self, Problem, Result};

/// Every pack there is in a home with this configuration; a bad file names its line.
pub fn load(home: &Path, config: &LawConfig) -> Result<PackSet> {
    let mut packs = PackSet::builtin();
    if let Some(folder) = &config.packs {
        for file in files(&home.join(folder))? {
            let text =
                std::fs::read_to_string(&file).map_err(|error| problem::file(&file, error))?;
            packs = packs.with(&file.display().to_string(), &text).map_err(|error| {
                Problem::configuration("pack", "a rule pack cannot be used")
                    .caused_by(error)
                    .hint("mend the line, then: simrecall config check")
            })?;
        }
    }
    check(&packs, &config.statutes).map_err(|what| {
        Problem::configuration("statute", format!("[law] statutes: {what}"))
            .hint("simrecall law show lists every statute there is a pack for")
    })?;
    Ok(packs)
}

/// Which of these statutes has no pack.
pub(crate) fn check(packs: &PackSet, statutes: &[String]) -> std::result::Result<(), String> {
    let known = packs.statutes();
    match statutes.iter().find(|statute| !known.contains(statute.as_str())) {
        None => Ok(()),
        Some(unknown) => {
            let known = known.into_iter().collect::<Vec<_>>().join(", ");
            Err(format!("{unknown} has no rule pack; there are {known}"))
        }
    }
}

/// The files of a folder of packs, in the order of their names.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let unread = |error| {
        problem::file(folder, error).hint("[law] packs names a folder with one TOML file a pack")
    };
    let entries = std::fs::read_dir(folder).map_err(unread)?;
    let mut files = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<std::io::Result<Vec<_>>>()
        .map_err(unread)?;
    files.retain(|file| file.extension().is_some_and(|end| end == "toml"));
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use crate::clock::Clock;
    use crate::home::Home;

    const OWN: &str = include_str!("../../../core/src/law/packs/us-ca.toml");

    #[test]
    fn packs_are_read_once() {
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::still(chrono::DateTime::from_timestamp(1_757_600_000, 0).unwrap());
        Home::init(folder.path(), "sqlite:simrecall.db", clock.clone()).unwrap();
        let config = folder.path().join("simrecall.toml");
        let text = std::fs::read_to_string(&config).unwrap();
        std::fs::write(&config, text.replace("[law]", "[law]\npacks = \"packs\"")).unwrap();
        let own = folder.path().join("packs");
        let home = Home::open(folder.path(), clock).unwrap();
        assert_eq!(home.packs().unwrap_err().code, "file");
        std::fs::create_dir(&own).unwrap();
        std::fs::write(own.join("own.toml"), OWN.replace("us-ca", "own")).unwrap();
        assert!(home.packs().unwrap().statutes().contains("own"));
        std::fs::remove_dir_all(&own).unwrap();
        assert!(home.packs().unwrap().statutes().contains("own"));
        assert!(std::ptr::eq(home.packs().unwrap(), home.clone().packs().unwrap()));
    }
}
