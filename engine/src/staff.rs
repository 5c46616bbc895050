//! People who work with the system: who may do what, and the keys they sign with.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use chrono::TimeDelta;
use ed25519_dalek::{Signer, SigningKey};
use serde::Serialize;
use simrecall_core::access::{Act, Quorum, StaffRole, quorum_met};
use simrecall_core::id::{CredentialId, StaffId};
use simrecall_store::StoreError;
use simrecall_store::credential::{Credential, CredentialKey};
use simrecall_store::lease::LeaseToken;
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
    /// The public half of their signing key, in hex; none of somebody who has no such key.
    pub public_key: Option<String>,
    /// The code of the agency they are posted to; none for the customer centre.
    pub agency: Option<String>,
    /// How many passkeys they have.
    pub passkeys: usize,
    /// Whether they are kept from signing in.
    pub paused: bool,
}

/// Adds a person and writes the private half of a new signing key to `key_out`, which must not exist yet.
///
/// The first person needs nobody; everyone after them is added `by` somebody who may.
pub fn add(
    home: &Home,
    name: &str,
    roles: &[StaffRole],
    key_out: &Path,
    by: Option<&str>,
) -> Result<StaffAnswer> {
    let key = new_key()?;
    let new = newcomer(home, (name, roles), by, Some(&key))?;
    write_key(key_out, &key)?;
    let added = enter(home, &new);
    if added.is_err() {
        // The key belongs to nobody then.
        drop(std::fs::remove_file(key_out));
    }
    added
}

/// Adds a person who signs with passkeys alone: somebody who types no commands.
pub fn add_without_key(
    home: &Home,
    name: &str,
    roles: &[StaffRole],
    by: &str,
) -> Result<StaffAnswer> {
    enter(home, &newcomer(home, (name, roles), Some(by), None)?)
}

/// Somebody who is about to be written down.
struct Newcomer {
    staff: Staff,
    key: Option<Credential>,
    actor: String,
    is_first: bool,
}

fn newcomer(
    home: &Home,
    (name, roles): (&str, &[StaffRole]),
    by: Option<&str>,
    key: Option<&SigningKey>,
) -> Result<Newcomer> {
    if roles.is_empty() || name.trim().is_empty() {
        return Err(Problem::input("staff", "a staff member needs a name and a role"));
    }
    let roles: BTreeSet<StaffRole> = roles.iter().copied().collect();
    if roles.len() > 1 && roles.iter().any(|role| role.is_at_counter()) {
        return Err(Problem::input("staff", "a clerk or supervisor has no other role")
            .hint("add another person for the other role"));
    }
    let by = by.map(|by| may(home, by, Act::AddStaff)).transpose()?;
    let staff = Staff {
        id: StaffId::from_bytes(random()?),
        name: name.to_owned(),
        roles,
        added_at: home.now(),
        retired_at: None,
        agency: None,
        paused_at: None,
    };
    let key = key.map(|key| ed25519_of(&staff, key)).transpose()?;
    let actor = by.as_ref().unwrap_or(&staff).id.to_string();
    Ok(Newcomer { staff, key, actor, is_first: by.is_none() })
}

fn ed25519_of(staff: &Staff, key: &SigningKey) -> Result<Credential> {
    Ok(Credential {
        id: CredentialId::from_bytes(random()?),
        staff: staff.id,
        key: CredentialKey::Ed25519(key.verifying_key().to_bytes()),
        counter: 0,
        added_at: staff.added_at,
        ended_at: None,
    })
}

/// Writes a person down; the first one only if nobody is there.
fn enter(home: &Home, new: &Newcomer) -> Result<StaffAnswer> {
    let Newcomer { staff, key, actor, is_first } = new;
    let answer = answer(staff, key.as_slice(), None);
    let body = serde_json::json!({
        "staff": staff.id, "roles": answer.roles, "public_key": answer.public_key, "first": is_first,
    });
    let entry = home.entry("staff.added", actor, None, body)?;
    let (token, now) = (LeaseToken(random()?), home.now());
    let entered = home.store.write(|tx| {
        // Two who are both first wait for each other here, and the second sees that it is not.
        if !tx.take_lease("staff", token, now, now + TimeDelta::minutes(1))? {
            return Err(StoreError::State("somebody else is being added"));
        }
        let is_free = !is_first || tx.all_staff()?.is_empty();
        if is_free {
            tx.add_staff(staff)?;
            key.iter().try_for_each(|key| tx.add_credential(key))?;
            tx.journal(&entry)?;
        }
        tx.release_lease("staff", token)?;
        Ok(is_free)
    });
    match entered {
        Ok(true) => Ok(answer),
        Ok(false) => Err(Problem::input(
            "staff",
            "only the first person adds themselves; say who adds this one",
        )
        .hint("somebody of the security role adds people: simrecall staff add … --by NAME")),
        Err(error) if error.is_conflict() => {
            Err(Problem::state("exists", format!("{} exists already", staff.name)))
        }
        Err(StoreError::State(why)) => {
            Err(Problem::state("staff", why).hint("run the same command again"))
        }
        Err(error) => Err(problem::store(error)),
    }
}

/// Everyone added so far.
pub fn list(home: &Home) -> Result<Vec<StaffAnswer>> {
    let listed = home.store.read(|tx| {
        let all = tx.all_staff()?.into_iter();
        all.map(|staff| {
            let keys = tx.credentials(staff.id)?;
            let agency = staff.agency.map(|id| tx.agency(id)).transpose()?.flatten();
            Ok(answer(&staff, &keys, agency.map(|agency| agency.code)))
        })
        .collect()
    });
    listed.map_err(problem::store)
}

/// A person by name, if they may do `act`.
pub(crate) fn may(home: &Home, name: &str, act: Act) -> Result<Staff> {
    let staff = home.store.read(|tx| tx.staff_by_name(name)).map_err(problem::store)?;
    let staff = staff.filter(|staff| staff.retired_at.is_none()).ok_or_else(|| {
        Problem::input("staff", format!("no staff member is called {name}"))
            .hint("see: simrecall staff list")
    })?;
    if staff.paused_at.is_some() {
        return Err(Problem::state("paused", format!("{name} is paused by an alarm"))
            .hint("somebody else looks, and closes it: simrecall alarm list"));
    }
    if home.config.agency.is_some() && staff.is_at_counter() {
        return Err(Problem::state("at_counter", format!("{name} works at a terminal")).hint(
            "with [agency] configured, clerks and supervisors act on the agency's page alone",
        ));
    }
    if staff.roles.iter().any(|role| role.may(act)) {
        return Ok(staff);
    }
    let roles = role_words(&staff);
    Err(Problem::state("not_allowed", format!("{name} ({roles}) may not do this"))
        .hint("ask somebody whose role allows it; see docs/OPERATIONS.md, roles"))
}

/// Two people who may do `act` together: not one of them twice, and of two different roles that may.
pub(crate) fn two(home: &Home, names: [&str; 2], act: Act) -> Result<[Staff; 2]> {
    let [first, second] = names;
    let both = [may(home, first, act)?, may(home, second, act)?];
    let roles = both.iter().flat_map(|one| one.roles.iter().map(|role| (one.id, *role)));
    let agreed: Vec<_> = roles.filter(|(_, role)| role.may(act)).collect();
    quorum_met(&agreed, Quorum::TWO).map_err(|error| {
        Problem::input("two_persons", "this takes two people of different roles")
            .caused_by(error)
            .hint("name both: --by NAME --by NAME; see docs/OPERATIONS.md, roles")
    })?;
    Ok(both)
}

/// What a person answers for, in words.
pub(crate) fn role_words(staff: &Staff) -> String {
    staff.roles.iter().map(|role| role.name()).collect::<Vec<_>>().join(", ")
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

/// A person's own private key from its file.
pub(crate) fn own_key(home: &Home, path: &Path, member: &Staff) -> Result<SigningKey> {
    let key = read_key(path)?;
    let (public, now) = (key.verifying_key().to_bytes(), home.now());
    let all = home.store.read(|tx| tx.credentials(member.id)).map_err(problem::store)?;
    if all.iter().any(|one| one.ed25519() == Some(&public) && one.signs_at(now)) {
        return Ok(key);
    }
    Err(Problem::input("key", format!("this is not the key of {}", member.name))
        .hint("give the file that simrecall staff add wrote for them"))
}

/// The name of whoever has this id; rows an older schema brought name nobody.
pub(crate) fn name_of(home: &Home, id: StaffId) -> Result<String> {
    let staff = home.store.read(|tx| tx.staff(id)).map_err(problem::store)?;
    Ok(staff.map_or_else(|| "nobody on record".to_owned(), |staff| staff.name))
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

fn answer(staff: &Staff, keys: &[Credential], agency: Option<String>) -> StaffAnswer {
    let live = || keys.iter().filter(|key| key.ended_at.is_none());
    StaffAnswer {
        name: staff.name.clone(),
        roles: staff.roles.iter().map(|role| role.name()).collect(),
        public_key: live().find_map(|key| key.ed25519()).map(|key| hex(key)),
        agency,
        passkeys: live().filter(|key| key.passkey().is_some()).count(),
        paused: staff.paused_at.is_some(),
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

/// Reads lower-case or upper-case hexadecimal back; none if it is something else.
pub(crate) fn unhex_any(text: &str) -> Option<Vec<u8>> {
    let pair = |at: usize| u8::from_str_radix(text.get(at..at + 2)?, 16).ok();
    (0..text.len()).step_by(2).map(pair).collect()
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
