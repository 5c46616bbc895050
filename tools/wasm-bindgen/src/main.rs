//! Makes the JavaScript side of the browser build: `simrecall-wasm-bindgen MODULE.wasm web|node FOLDER NAME`.
//!
//! A member of the workspace, so that the glue fits the library: both come from one lock file.

use std::env;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<()> {
    let mut words = env::args().skip(1);
    let mut next = |what| words.next().with_context(|| format!("missing argument: {what}"));
    let module = PathBuf::from(next("module")?);
    let target = next("web or node")?;
    let folder = PathBuf::from(next("folder")?);
    let name = next("name")?;

    let mut glue = Bindgen::new();
    match target.as_str() {
        "web" => glue.web(true)?,
        "node" => glue.nodejs(true)?,
        other => bail!("the target is web or node, not {other}"),
    };
    glue.input_path(&module).out_name(&name).typescript(true);
    // The page says where the module is: its name there holds a hash.
    glue.omit_default_module_path(true);
    // Names of functions and tools are for debuggers; a customer's phone loads neither.
    glue.remove_name_section(true).remove_producers_section(true);
    glue.generate(&folder).with_context(|| format!("making the glue for {}", module.display()))
}
