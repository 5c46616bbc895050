//! Rules about the members of the workspace and what they may lean on.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

use serde_json::Value;

use super::tree::{assert_none, root};

/// Who may lean on whom; arrows point down only.
const ARROWS: [(&str, &[&str]); 8] = [
    ("core", &[]),
    ("store", &["core"]),
    ("gateway", &["core"]),
    ("engine", &["core", "store", "gateway"]),
    ("portal", &["core", "engine"]),
    ("cli", &["core", "engine", "portal"]),
    ("wasm", &["core"]),
    ("wasm-bindgen", &[]),
];

/// What must not be reachable from core: databases, networks, clocks of their own, crypto in C.
const NOT_IN_CORE: [&str; 12] = [
    "diesel",
    "libsqlite3-sys",
    "pq-sys",
    "tokio",
    "mio",
    "axum",
    "hyper",
    "lettre",
    "rustls",
    "aws-lc-sys",
    "getrandom",
    "tracing",
];

struct Graph {
    /// Package id → name.
    names: BTreeMap<String, String>,
    /// Package id → what it needs to run, by id.
    needs: BTreeMap<String, Vec<String>>,
    members: BTreeSet<String>,
}

impl Graph {
    fn read() -> Self {
        let mut cargo = Command::new(env!("CARGO"));
        cargo
            .args(["metadata", "--format-version=1", "--locked", "--filter-platform", &host()])
            .current_dir(root());
        let output = cargo.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let all: Value = serde_json::from_slice(&output.stdout).unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let packages = all["packages"].as_array().unwrap();
        let nodes = all["resolve"]["nodes"].as_array().unwrap();
        Self {
            names: packages
                .iter()
                .map(|package| (text(&package["id"]), text(&package["name"])))
                .collect(),
            needs: nodes.iter().map(|node| (text(&node["id"]), run_needs(&node["deps"]))).collect(),
            members: all["workspace_members"].as_array().unwrap().iter().map(text).collect(),
        }
    }

    /// The short name of a member, none for a stranger.
    fn short(&self, id: &str) -> Option<&str> {
        self.members.contains(id).then(|| self.names[id].strip_prefix("simrecall-")).flatten()
    }
}

/// The platform the compiler runs on.
fn host() -> String {
    let version = Command::new("rustc").arg("-vV").output().unwrap();
    let text = String::from_utf8(version.stdout).unwrap();
    text.lines().find_map(|line| line.strip_prefix("host: ")).unwrap().to_owned()
}

/// Ids of dependencies that are linked; those of tests and build scripts are not.
fn run_needs(deps: &Value) -> Vec<String> {
    let linked = |dep: &&Value| {
        dep["dep_kinds"].as_array().unwrap().iter().any(|kind| kind["kind"].is_null())
    };
    deps.as_array()
        .unwrap()
        .iter()
        .filter(linked)
        .map(|dep| dep["pkg"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn arrows_point_down() {
    let graph = Graph::read();
    let arrows = BTreeMap::from(ARROWS);
    assert_none(graph.members.iter().flat_map(|id| {
        let member = graph.short(id).unwrap();
        let needed = graph.needs[id].iter().filter_map(|need| graph.short(need));
        let wrong = needed.filter(|need| {
            // The tests stand above everything.
            member != "tests" && !arrows.get(member).is_some_and(|allowed| allowed.contains(need))
        });
        wrong.map(|need| format!("{member} must not lean on {need}")).collect::<Vec<_>>()
    }));
}

/// With all it offers the crates above, but for what only tests turn on.
#[test]
fn core_is_pure() {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args([
        "tree",
        "--locked",
        "--package=simrecall-core",
        "--features=render",
        "--edges=normal",
    ]);
    let output =
        cargo.args(["--prefix=none", "--format={p}"]).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8(output.stdout).unwrap();
    let reached: BTreeSet<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    assert!(reached.contains("chrono"), "this is not core's tree: {tree}");
    assert_none(
        NOT_IN_CORE
            .iter()
            .filter(|name| reached.contains(**name))
            .map(|name| format!("core reaches {name}")),
    );
}

#[test]
fn every_member_takes_the_workspace_lints() {
    let graph = Graph::read();
    let manifests = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let members = manifests.split_once("members = [").unwrap().1.split_once(']').unwrap().0;
    let folders: Vec<&str> = members.split(',').map(|word| word.trim().trim_matches('"')).collect();
    assert_eq!(folders.len(), graph.members.len());
    assert_none(folders.iter().filter_map(|folder| {
        let manifest = fs::read_to_string(root().join(folder).join("Cargo.toml")).unwrap();
        (!manifest.contains("\n[lints]\nworkspace = true\n"))
            .then(|| format!("{folder}: [lints] workspace = true"))
    }));
}

#[test]
fn the_npm_packages_have_the_workspace_version() {
    for name in ["check", "matcher"] {
        let path = root().join("wasm/npm").join(name).join("package.json");
        let package: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        assert_eq!(package["version"], env!("CARGO_PKG_VERSION"), "{name}");
        assert_eq!(package["name"], format!("@simrecall/{name}"));
    }
}
