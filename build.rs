//! Lists the folders of `locales/` in a generated file, so that a further language is a folder and no code.

use std::path::Path;
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=locales");
    println!("cargo::rerun-if-changed=migrations");
    println!("cargo::rerun-if-changed=templates");
    let root = env::var("CARGO_MANIFEST_DIR").expect("cargo names the package's folder");
    let mut languages = String::from("[\n");
    let mut folders: Vec<_> = entries(&Path::new(&root).join("locales"));
    folders.sort_by_key(|folder| (folder != "en", folder.clone()));
    for folder in folders {
        let mut files = entries(&Path::new(&root).join("locales").join(&folder));
        files.sort();
        languages += &format!("    ({folder:?}, &[\n");
        for file in files.iter().filter(|file| file.ends_with(".ftl")) {
            languages += &format!("        include_str!({:?}),\n", format!("{root}/locales/{folder}/{file}"));
        }
        languages += "    ]),\n";
    }
    languages += "]\n";
    let out = env::var("OUT_DIR").expect("cargo names the output folder");
    fs::write(Path::new(&out).join("languages.rs"), languages).expect("the output folder is writable");
}

fn entries(folder: &Path) -> Vec<String> {
    let listing = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    listing.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect()
}
