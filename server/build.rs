//! Builds the program again when the files that it carries were built again. Cargo knows of the files it has seen, and
//! not of new ones.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if std::env::var_os("CARGO_FEATURE_EMBEDDED").is_none() {
        return;
    }
    println!("cargo:rerun-if-env-changed=SWITCHBOARD_EMBEDDED_SITE");
    match std::env::var("SWITCHBOARD_EMBEDDED_SITE") {
        Ok(site) if std::path::Path::new(&site).join("pkg/switchboard.wasm").exists() => {
            println!("cargo:rerun-if-changed={site}");
        }
        Ok(site) => panic!("there are no browser files in {site}: run `make build`, which makes them first"),
        Err(_) => {
            panic!("SWITCHBOARD_EMBEDDED_SITE does not say where the browser files are: run `make build`")
        }
    }
}
