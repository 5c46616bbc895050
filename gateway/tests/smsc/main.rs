//! The SMSC route against the sandbox: every fault by name, and no tag without exactly one result.

#[cfg(test)]
mod faults;
#[cfg(test)]
mod links;
#[cfg(test)]
mod support;
#[cfg(test)]
mod volume;
