//! A PostgreSQL cluster that belongs to one test run.
//!
//! The cluster listens on a unix socket only, in a folder below the temporary directory. A small shell, the *reaper*, waits on a
//! pipe from the test run: when the run ends, in whatever way, the pipe closes and the reaper stops the server and removes the folder.
//! What even the reaper could not remove (both were killed) is taken away by the next run.

mod leftovers;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, Result, anyhow};

use crate::account::Unprivileged;
use crate::parts::run;

/// The folder names of all clusters start with this.
const PREFIX: &str = "simrecall-pg-";
/// The one role of the cluster.
const ROLE: &str = "simrecall";
/// Fixed, since the socket lives in a folder of its own; said aloud so that `PGPORT` cannot change it.
const PORT: u16 = 5432;

/// Whether a commit waits for the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Quick: safe against a killed client, not against power loss. Right for everything but measurements.
    Relaxed,
    /// As in production.
    Full,
}

/// A running cluster; dropping it stops the server and removes its files.
#[derive(Debug)]
pub struct Cluster {
    folder: PathBuf,
    reaper: Child,
    databases: AtomicU32,
    tools: Tools,
}

impl Cluster {
    /// The cluster of this test binary, started by the first test that asks.
    ///
    /// # Errors
    /// When PostgreSQL is not installed (the message holds the install line) or does not start.
    pub fn shared() -> Result<&'static Self> {
        static SHARED: OnceLock<Result<Cluster, String>> = OnceLock::new();
        SHARED
            .get_or_init(|| Self::start(Durability::Relaxed).map_err(|error| format!("{error:#}")))
            .as_ref()
            .map_err(|error| anyhow!("{error}"))
    }

    /// Makes and starts a cluster of its own, for tests that stop it or measure it.
    ///
    /// # Errors
    /// When PostgreSQL is not installed (the message holds the install line) or does not start.
    pub fn start(durability: Durability) -> Result<Self> {
        let tools = Tools::find()?;
        leftovers::sweep(&tools);
        let folder = make_folder(&tools.user)?;
        // From here on the folder is the reaper's: whatever fails below, it is removed.
        let reaper = spawn_reaper(&tools, &folder)?;
        let cluster = Self { folder, reaper, databases: AtomicU32::new(0), tools };
        cluster.initialise(durability)?;
        cluster.start_server()?;
        Ok(cluster)
    }

    /// Creates an empty database and returns its `postgres://` URL.
    ///
    /// # Errors
    /// When the server refuses.
    pub fn fresh_database(&self) -> Result<String> {
        self.create_database("template0")
    }

    /// Copies the database at one of this cluster's URLs, which nobody may be using, and returns the copy's URL.
    ///
    /// # Errors
    /// When the server refuses, as it does while somebody is connected.
    pub fn copy_database(&self, url: &str) -> Result<String> {
        let (_, name) = url.rsplit_once('/').context("a URL without a database")?;
        self.create_database(name)
    }

    /// Carries out statements, and `psql`'s own commands, one after another; each is a transaction.
    ///
    /// # Errors
    /// When the server refuses one.
    pub fn run_sql(&self, url: &str, statements: &[String]) -> Result<()> {
        let mut psql = self.tools.plain("psql");
        psql.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", url]);
        psql.args(statements.iter().flat_map(|statement| ["-c", statement]));
        run(&mut psql).map(drop)
    }

    /// The URL of the database `name`; it need not exist.
    pub fn url(&self, name: &str) -> String {
        let host = percent_encode(&self.socket_folder().to_string_lossy());
        format!("postgres://{ROLE}@{host}:{PORT}/{name}")
    }

    /// Where the server keeps its files: for tests that look for clear text in them.
    pub fn data_folder(&self) -> PathBuf {
        data_folder(&self.folder)
    }

    /// The server's own log.
    pub fn log_file(&self) -> PathBuf {
        self.folder.join("server.log")
    }

    /// Writes everything to the data folder, as a reader of the files expects.
    ///
    /// # Errors
    /// When the server refuses.
    pub fn checkpoint(&self) -> Result<()> {
        run(self.tools.plain("psql").args([
            "-X",
            "-q",
            "-d",
            &self.url("postgres"),
            "-c",
            "checkpoint",
        ]))?;
        Ok(())
    }

    /// Process id of the server, for tests that watch its memory.
    ///
    /// # Errors
    /// When the server is not running.
    pub fn server_pid(&self) -> Result<u32> {
        let text = fs::read_to_string(self.data_folder().join("postmaster.pid"))?;
        let first = text.lines().next().context("postmaster.pid is empty")?;
        Ok(first.trim().parse()?)
    }

    fn create_database(&self, template: &str) -> Result<String> {
        let name = format!("t{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let statement = format!("create database {name} template {template}");
        run(self.tools.plain("psql").args([
            "-X",
            "-q",
            "-d",
            &self.url("postgres"),
            "-c",
            &statement,
        ]))
        .context("creating a test database")?;
        Ok(self.url(&name))
    }

    fn socket_folder(&self) -> PathBuf {
        self.folder.join("socket")
    }

    fn initialise(&self, durability: Durability) -> Result<()> {
        let data = self.data_folder();
        let mut initdb = self.tools.as_server_user("initdb");
        initdb.arg("--pgdata").arg(&data).args(["--username", ROLE, "--auth", "trust"]);
        initdb.args(["--encoding", "UTF8", "--locale", "C", "--no-sync", "--no-instructions"]);
        run(&mut initdb).context("initdb")?;
        let settings = settings(durability, &self.socket_folder());
        let file = data.join("postgresql.auto.conf");
        fs::write(&file, settings).with_context(|| format!("writing {}", file.display()))
    }

    fn start_server(&self) -> Result<()> {
        let mut start = self.tools.as_server_user("pg_ctl");
        start.arg("--pgdata").arg(self.data_folder()).arg("--log").arg(self.log_file());
        start.args(["--wait", "--timeout", "60", "start"]);
        // The server would hold the pipes of `output()` open for ever.
        let status =
            start.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status()?;
        if status.success() {
            return Ok(());
        }
        let log = fs::read_to_string(self.log_file()).unwrap_or_default();
        Err(anyhow!("the test cluster did not start: {}", log.trim()))
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.reaper.stdin.take());
        // The reaper's status says nothing a finished test could use.
        let _status = self.reaper.wait();
    }
}

/// Where PostgreSQL's programs are and who runs them.
#[derive(Debug)]
struct Tools {
    folder: PathBuf,
    user: Unprivileged,
}

impl Tools {
    fn find() -> Result<Self> {
        let initdb = crate::parts::find("initdb", &debian_folders(), "postgresql")?;
        // Debian's own wrappers in /usr/bin look for /etc/postgresql: the programs beside initdb do not.
        let initdb = fs::canonicalize(initdb)?;
        let folder = initdb.parent().context("initdb has no folder")?.to_path_buf();
        Ok(Self { folder, user: Unprivileged::choose(&["postgres", "nobody"])? })
    }

    fn plain(&self, program: &str) -> Command {
        clean(Command::new(self.folder.join(program)))
    }

    fn as_server_user(&self, program: &str) -> Command {
        clean(self.user.command(&self.folder.join(program)))
    }
}

fn clean(mut command: Command) -> Command {
    for name in ["PGDATA", "PGHOST", "PGPORT", "PGUSER", "PGDATABASE", "PGOPTIONS", "PGSERVICE"] {
        command.env_remove(name);
    }
    command.current_dir("/");
    command
}

/// Debian keeps the server's programs off `PATH`, one folder per version; the newest comes first.
fn debian_folders() -> Vec<PathBuf> {
    let Ok(versions) = fs::read_dir("/usr/lib/postgresql") else { return Vec::new() };
    let mut found: Vec<(u32, PathBuf)> = versions
        .flatten()
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .collect();
    found.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    found.into_iter().map(|(_, folder)| folder).collect()
}

fn make_folder(user: &Unprivileged) -> Result<PathBuf> {
    let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(short_temp())?.keep();
    // The server's user must pass through; what is inside is closed to everyone else.
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755))?;
    leftovers::mark_owner(&folder)?;
    let socket = folder.join("socket");
    fs::create_dir(&socket)?;
    fs::set_permissions(&socket, fs::Permissions::from_mode(0o700))?;
    user.give(&folder)?;
    user.give(&socket)?;
    Ok(folder)
}

/// A unix socket's path may have 107 bytes, which a deep `TMPDIR` can use up.
fn short_temp() -> PathBuf {
    let usual = std::env::temp_dir();
    if usual.as_os_str().len() <= 50 { usual } else { PathBuf::from("/tmp") }
}

fn spawn_reaper(tools: &Tools, folder: &Path) -> Result<Child> {
    // `read` returns when the pipe closes; the shell never writes.
    const SCRIPT: &str = r#"read -r _; shift; folder=$1; shift
"$@" --pgdata "$folder/data" --mode immediate --wait stop
rm -rf "$folder""#;
    let stop = tools.as_server_user("pg_ctl");
    Command::new("/bin/sh")
        .args(["-c", SCRIPT, "reaper", "-"])
        .arg(folder)
        .arg(stop.get_program())
        .args(stop.get_args())
        .current_dir("/")
        // Ctrl-C goes to the whole group of the terminal: the reaper must outlive it.
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .context("starting the reaper")
}

fn data_folder(folder: &Path) -> PathBuf {
    folder.join("data")
}

fn settings(durability: Durability, socket: &Path) -> String {
    let disk = match durability {
        Durability::Relaxed => "fsync = off\nfull_page_writes = off\n",
        Durability::Full => "fsync = on\n",
    };
    format!(
        "listen_addresses = ''\nport = {PORT}\nunix_socket_directories = '{}'\nmax_connections = 200\n\
         shared_buffers = '64MB'\nmax_wal_size = '2GB'\nlog_statement = 'none'\n{disk}",
        socket.display()
    )
}

fn percent_encode(text: &str) -> String {
    text.bytes().map(percent_encode_byte).collect()
}

fn percent_encode_byte(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
        char::from(byte).to_string()
    } else {
        format!("%{byte:02X}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_path_is_encoded_as_a_host() {
        assert_eq!(percent_encode("/tmp/a-b_c d"), "%2Ftmp%2Fa-b_c%20d");
    }

    #[test]
    fn every_backend_gives_a_database_of_its_own() {
        for backend in crate::Backend::ALL {
            let (one, _keep) = backend.fresh().unwrap();
            let (two, _keep_too) = backend.fresh().unwrap();
            assert_ne!(one, two, "{backend:?}");
        }
    }

    #[test]
    fn a_dropped_cluster_leaves_nothing() {
        let cluster = Cluster::start(Durability::Relaxed).unwrap();
        let one = cluster.fresh_database().unwrap();
        let two = cluster.fresh_database().unwrap();
        assert_ne!(one, two);
        let answer =
            run(cluster.tools.plain("psql").args(["-XAt", "-d", &two, "-c", "select 40 + 2"]));
        assert_eq!(answer.unwrap().stdout, b"42\n");
        let folder = cluster.folder.clone();
        let mut ask_again = cluster.tools.plain("psql");
        ask_again.args(["-XAt", "-d", &two, "-c", "select 1"]);
        drop(cluster);
        assert!(!folder.exists());
        assert!(run(&mut ask_again).is_err(), "the server is gone");
    }
}
