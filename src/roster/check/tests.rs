//! Single cells, each with the code it earns. Whole sets with a truth file are checked in `tests/it/roster.rs`.

use std::collections::BTreeMap;

use super::*;

fn config() -> Config {
    let text = "issuer = \"http://localhost:1\"\nlisten = \"127.0.0.1:1\"\ndatabase_url = \"sqlite:x\"\nmail_url = \"file:///x\"\n\
        master_key = \"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\"\n";
    crate::config::read(text, &BTreeMap::new()).unwrap()
}

const GOOD: [&str; 6] = ["office@x.test", "217-555-0100", "Elm Home", "Nursing facility", "070000001001", "2000000002"];

fn codes(place: usize, cell: &str) -> String {
    let mut cells = GOOD.map(String::from);
    cell.clone_into(&mut cells[place]);
    let facts = Facts { requester_email: "office@x.test".into(), today: "2026-03-03".into(), ..Facts::default() };
    let checked = check(&config(), vec![SheetRow { number: 2, cells }], &facts);
    checked[0].findings.iter().map(|finding| finding.code.as_str()).collect::<Vec<_>>().join(" ")
}

#[test]
fn every_cell_is_checked_by_itself() {
    let cases = [
        (0, "", "EM01"),
        (0, "office", "EM02"),
        (0, "office@gmial.com", "EM03"),
        (0, "a@x.test; b@x.test", "EM04"),
        (0, "mailto:OFFICE@x.test", "EM06"),
        (0, "Ann <ann@x.test>", "EM05 EM06"),
        (1, "", "PH01"),
        (1, "555-0100", "PH02"),
        (1, "000-000-0000", "PH03"),
        (1, "+1 (217) 555-0100 ext 4", ""),
        (2, "", "NM01"),
        (2, "=Elm", "NM04"),
        (3, "", "TY01"),
        (3, "Nursing facilty", "TY02"),
        (3, "snf", ""),
        (4, "", "MI01"),
        (4, "12345", "MI02"),
        (4, "ABC", "MI02"),
        (4, "7.0E+10", "MI05"),
        (5, "", "NP01"),
        (5, "123", "NP02"),
        (5, "2000000003", "NP03"),
        (5, "3000000000", "NP04"),
        (5, "pending", "NP08"),
        (5, "２０００００００００２", "NP02"),
    ];
    for (place, cell, expected) in cases {
        assert_eq!(codes(place, cell), expected, "{cell:?}");
    }
}
