//! People who work with the system: who may do what, and the keys they sign with.

use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use ed25519_dalek::{Signer, SigningKey};
use serde::Serialize;
use simrecall_core::access::{Act, StaffRole};
use simrecall_core::id::StaffId;
use simrecall_store::staff::StaffMember as Staff;
use zeroize::Zeroizing;

use crate::home::{Home, random};
use crate::problem::{self, Problem, Result};

/// A person as the answer of a command shows them.
#[derive(Debug, Clone, Serialize)]
pub struct StaffAnswer {
    /// Their name in the system.
    pub name: String,
    /// What they may do.
    pub roles: Vec<&'static str>,
    /// The public half of their signing key, in hex.
    pub public_key: String,
}

/// Adds a person and writes the private half of a new signing key to `key_out`, which must not exist yet.
pub fn add(home: &Home, name: &str, roles: &[StaffRole], key_out: &Path) -> Result<StaffAnswer> {
    if roles.is_empty() || name.trim().is_empty() {
        return Err(Problem::input("staff", "a staff member needs a name and a role"));
    }
    let key = new_key()?;
    let public_key = key.verifying_key().to_bytes();
    let staff = Staff {
        id: StaffId::from_bytes(random()?),
        name: name.to_owned(),
        roles: roles.iter().copied().collect(),
        public_key,
        added_at: home.now(),
        retired_at: None,
    };
    let answer = answer(&staff);
    let actor = staff.id.to_string();
    let body = serde_json::json!({ "roles": answer.roles, "public_key": answer.public_key });
    let entry = home.entry("staff.added", &actor, None, body)?;
    write_key(key_out, &key)?;
    let added = home.store.write(|tx| {
        tx.add_staff(&staff)?;
        tx.journal(&entry).map(|_| ())
    });
    added.map_err(|error| {
        // The key belongs to nobody then.
        drop(std::fs::remove_file(key_out));
        if error.is_conflict() {
            Problem::state("exists", format!("{name} exists already"))
        } else {
            problem::store(error)
        }
    })?;
    Ok(answer)
}

/// Everyone added so far.
pub fn list(home: &Home) -> Result<Vec<StaffAnswer>> {
    let staff = home.store.read(|tx| tx.all_staff()).map_err(problem::store)?;
    Ok(staff.iter().map(answer).collect())
}

/// A person by name, if they may do `act`.
pub(crate) fn may(home: &Home, name: &str, act: Act) -> Result<Staff> {
    let staff = home.store.read(|tx| tx.staff_by_name(name)).map_err(problem::store)?;
    let staff = staff.filter(|staff| staff.retired_at.is_none()).ok_or_else(|| {
        Problem::input("staff", format!("no staff member is called {name}"))
            .hint("see: simrecall staff list")
    })?;
    if staff.roles.iter().any(|role| role.may(act)) {
        return Ok(staff);
    }
    let roles = staff.roles.iter().map(|role| role.name()).collect::<Vec<_>>().join(", ");
    Err(Problem::state("not_allowed", format!("{name} ({roles}) may not do this"))
        .hint("ask somebody whose role allows it; see docs/OPERATIONS.md, roles"))
}

/// A private key from its file.
pub(crate) fn read_key(path: &Path) -> Result<SigningKey> {
    let text =
        Zeroizing::new(std::fs::read_to_string(path).map_err(|error| problem::file(path, error))?);
    let seed = unhex(text.trim()).ok_or_else(|| {
        Problem::input("key", format!("{} holds no signing key", path.display()))
            .hint("it is the file that simrecall staff add wrote with --key-out")
    })?;
    Ok(SigningKey::from_bytes(&seed))
}

/// Signs, so that no other module handles the key.
pub(crate) fn sign(key: &SigningKey, message: &[u8]) -> [u8; 64] {
    key.sign(message).to_bytes()
}

fn new_key() -> Result<SigningKey> {
    let mut seed = Zeroizing::new([0; 32]);
    let (first, second) = seed.split_at_mut(16);
    first.copy_from_slice(&random()?);
    second.copy_from_slice(&random()?);
    Ok(SigningKey::from_bytes(&seed))
}

fn write_key(path: &Path, key: &SigningKey) -> Result<()> {
    let text = Zeroizing::new(format!("{}\n", hex(key.as_bytes())));
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    file.and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    })
    .map_err(|error| problem::file(path, error))
}

fn answer(staff: &Staff) -> StaffAnswer {
    StaffAnswer {
        name: staff.name.clone(),
        roles: staff.roles.iter().map(|role| role.name()).collect(),
        public_key: hex(&staff.public_key),
    }
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn unhex(text: &str) -> Option<Zeroizing<[u8; 32]>> {
    let mut seed = Zeroizing::new([0; 32]);
    if text.len() != 64 {
        return None;
    }
    for (place, byte) in seed.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(place * 2..place * 2 + 2)?, 16).ok()?;
    }
    Some(seed)
}
