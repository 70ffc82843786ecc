//! The house is held to its plan: the order of `lib.rs`, who says `diesel`, who says `axum`, and names in the documents.

use std::collections::BTreeMap;
use std::path::Path;

use crate::catalogue::files;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The modules in the order `lib.rs` declares them.
fn order() -> Vec<String> {
    let text = std::fs::read_to_string(root().join("src/lib.rs")).unwrap();
    text.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).map(str::to_owned).collect()
}

/// The top-level module a file belongs to.
fn module_of(path: &Path) -> String {
    let inside = path.strip_prefix(root().join("src")).unwrap();
    inside.components().next().unwrap().as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned()
}

/// Names right after `crate::`, also within `use crate::{…}`.
fn used_modules(text: &str) -> Vec<String> {
    let mut used = Vec::new();
    for part in text.split("crate::").skip(1) {
        match part.strip_prefix('{') {
            Some(group) => {
                let mut depth = 0;
                let mut name = String::new();
                for c in group.chars() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => used.push(std::mem::take(&mut name)),
                        c if depth == 0 => name.push(c),
                        _ => {}
                    }
                }
                used.push(name);
            }
            None => used.push(part.to_owned()),
        }
    }
    let first = |name: &String| name.trim().chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect::<String>();
    used.iter().map(first).filter(|name| !name.is_empty()).collect()
}

#[test]
fn a_module_uses_only_modules_above_it() {
    let order = order();
    let place: BTreeMap<&str, usize> = order.iter().enumerate().map(|(n, name)| (name.as_str(), n)).collect();
    let mut wrong = Vec::new();
    for file in files("src", "rs") {
        let module = module_of(&file);
        if ["lib", "main"].contains(&module.as_str()) {
            continue;
        }
        let own = *place.get(module.as_str()).unwrap_or_else(|| panic!("{module} is not in lib.rs"));
        let text = std::fs::read_to_string(&file).unwrap();
        for used in used_modules(&text) {
            match place.get(used.as_str()) {
                Some(other) if *other > own => wrong.push(format!("{}: {module} uses {used}, which stands below it", file.display())),
                _ => {}
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// In the domain, `diesel` is said in a store (or where a row type is declared) and `axum` in pages and endpoints.
#[test]
fn each_file_says_only_what_its_name_allows() {
    let domain = ["facility", "account", "authentication", "profile", "registration", "approval", "lifecycle"];
    let mut wrong = Vec::new();
    for file in files("src", "rs") {
        let module = module_of(&file);
        let text = std::fs::read_to_string(&file).unwrap();
        let code: String = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        let in_pages = file.components().any(|c| c.as_os_str() == "pages") || name == "pages";
        if domain.contains(&module.as_str()) {
            let queries = code.contains("diesel::insert_into")
                || code.contains("diesel::update")
                || code.contains("diesel::delete")
                || code.contains(".load(tx)");
            if queries && name != "store" {
                wrong.push(format!("{} queries outside its store", file.display()));
            }
            if code.contains("axum::") && !in_pages {
                wrong.push(format!("{} says axum outside pages", file.display()));
            }
        }
        if ["audit", "outbox", "mail", "revocation"].contains(&module.as_str()) && code.contains("axum::") {
            wrong.push(format!("{} says axum", file.display()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// A table is written from one folder; reading it from others is free.
#[test]
fn each_table_is_written_from_one_folder() {
    let mut writers: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for file in files("src", "rs") {
        let text = std::fs::read_to_string(&file).unwrap();
        for verb in ["diesel::insert_into(", "diesel::update(", "diesel::delete("] {
            for part in text.split(verb).skip(1) {
                let table = part.trim_start().split("::table").next().unwrap_or("").trim().to_owned();
                let folders = writers.entry(table).or_default();
                let module = module_of(&file);
                if !folders.contains(&module) {
                    folders.push(module);
                }
            }
        }
    }
    let shared: Vec<_> = writers.iter().filter(|(_, folders)| folders.len() > 1).collect();
    assert!(shared.is_empty(), "{shared:#?}");
}

#[test]
fn the_documents_name_what_there_is() {
    let sources: Vec<(String, String)> = files("src", "rs")
        .into_iter()
        .map(|f| (f.strip_prefix(root().join("src")).unwrap().display().to_string(), std::fs::read_to_string(&f).unwrap()))
        .collect();
    let order = order();
    let mut wrong = Vec::new();
    for document in files("docs", "md").into_iter().chain([root().join("README.md")]) {
        let text = std::fs::read_to_string(&document).unwrap();
        let name = document.strip_prefix(root()).unwrap().display().to_string();
        for (n, quoted) in text.split('`').enumerate().filter(|(n, _)| n % 2 == 1) {
            let _ = n;
            let parts: Vec<&str> = quoted.split("::").collect();
            let is_symbol = parts.len() > 1 && quoted.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == ':');
            if is_symbol && order.iter().any(|module| module == parts[0]) {
                let last = parts.last().unwrap();
                let folder = parts[0];
                let there = sources.iter().filter(|(path, _)| path.starts_with(&format!("{folder}/")) || *path == format!("{folder}.rs"));
                if !there.into_iter().any(|(path, text)| {
                    declares(text, last) || path.ends_with(&format!("{last}.rs")) || path.contains(&format!("/{last}/"))
                }) {
                    wrong.push(format!("{name}: {quoted} is not there"));
                }
            }
            let like_path = quoted.starts_with("src/")
                || quoted.starts_with("tests/")
                || quoted.starts_with("migrations/")
                || quoted.starts_with("docs/")
                || quoted.starts_with("templates/")
                || quoted.starts_with("locales/");
            if like_path && !quoted.contains(['*', '<', ' ', '{']) && !root().join(quoted).exists() {
                wrong.push(format!("{name}: {quoted} does not exist"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Whether `text` declares an item, variant or field of this name.
fn declares(text: &str, name: &str) -> bool {
    let keywords = ["macro_rules!", "fn", "struct", "enum", "trait", "type", "const", "static", "mod"];
    keywords.iter().any(|keyword| {
        text.split(&format!("{keyword} {name}")).skip(1).any(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_'))
    }) || text.lines().any(|line| {
        let line = line.trim();
        line == format!("{name},")
            || line.starts_with(&format!("{name}("))
            || line.starts_with(&format!("{name} {{"))
            || line.starts_with(&format!("{name} ="))
    }) || text.contains(&format!("    {name}\n"))
}

/// A file over 300 lines wants a reason, and has it here.
#[test]
fn long_files_have_a_reason() {
    let reasons: &[(&str, &str)] = &[
        ("src/outbox/store.rs", "every transition of a letter and of a notice, side by side"),
        ("src/cli/doctor.rs", "one finding after another"),
        ("src/authentication/store.rs", "sessions, their places and second factors: what a sign-in reads and writes together"),
        ("src/account/store.rs", "three small tables: accounts, persons, mailed codes"),
        ("src/roster/store.rs", "every transition of a request and its rows, side by side"),
        ("src/roster/pages/request.rs", "one page with every way to correct a row"),
        ("src/registration/store.rs", "every transition of a case, side by side"),
        ("src/oidc/grant/store.rs", "grants, codes, refresh tokens and consents end together"),
        ("src/oidc/authorize/request.rs", "every rule of an authorization request, in one visible order"),
        ("src/web/page.rs", "the one frame, the one form, the one list of errors"),
        ("src/db/schema.rs", "one table after another"),
        ("src/staff/case.rs", "one page with everything a reviewer needs"),
        ("src/config/source.rs", "every key, every variable and every check of the configuration, side by side"),
        ("src/cli/mod.rs", "one line for each command, its arguments and its help"),
        ("src/demo/complaints.rs", "a whole application, kept in one file as its reader would"),
    ];
    let mut wrong = Vec::new();
    for file in files("src", "rs") {
        let lines = std::fs::read_to_string(&file).unwrap().lines().count();
        let name = file.strip_prefix(root()).unwrap().display().to_string();
        if lines > 300 && !reasons.iter().any(|(known, _)| *known == name) {
            wrong.push(format!("{name}: {lines} lines"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
