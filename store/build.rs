//! Migrations are compiled in; a new folder must rebuild the crate.

fn main() {
    println!("cargo:rerun-if-changed=../migrations");
}
