//! Finds the header by its labels, then the contact above it and the rows below.

use super::{HEADER_WITHIN, Line, Sheet, SheetRefusal, SheetRow};

/// What each column may be called, in letters and digits alone.
const LABELS: [&[&str]; 6] = [
    &["contactemail", "email", "emailaddress", "contactemailaddress", "contactemailaddr", "inviteeemail"],
    &["contactphone", "phone", "phonenumber", "telephone", "contactphonenumber", "contacttelephone"],
    &["providerfacilityname", "facilityname", "providername", "name", "facility", "providerorfacilityname"],
    &["providerfacilitytype", "facilitytype", "providertype", "type", "providerorfacilitytype"],
    &["providermedicaidid", "medicaidid", "medicaid", "providerid", "medicaidnumber", "providermedicaidnumber", "medicaidproviderid"],
    &["npinumber", "npi", "facilitynpi", "npino", "providernpi"],
];

/// So many of the six labels make a header.
const ENOUGH: usize = 4;

struct Header {
    at: usize,
    places: [Option<usize>; 6],
    row: Option<usize>,
}

fn label(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn header_in(cells: &[String], at: usize) -> Option<Header> {
    let labels: Vec<String> = cells.iter().map(|cell| label(cell)).collect();
    let places = LABELS.map(|names| labels.iter().position(|text| names.contains(&text.as_str())));
    let row = labels.iter().position(|text| matches!(text.as_str(), "row" | "rownumber" | "rowno"));
    (places.iter().flatten().count() >= ENOUGH).then_some(Header { at, places, row })
}

/// Whether one of the first lines is a header.
pub(super) fn has_header(grid: &[Line]) -> bool {
    grid.iter().take(HEADER_WITHIN).enumerate().any(|(at, (_, cells))| header_in(cells, at).is_some())
}

/// The sheet that a grid of cells holds.
pub(super) fn sheet(grid: Vec<Line>, most_rows: usize) -> Result<Sheet, SheetRefusal> {
    let within = grid.iter().take_while(|(number, _)| *number <= HEADER_WITHIN as i64).enumerate();
    let header = within.into_iter().find_map(|(at, (_, cells))| header_in(cells, at)).ok_or(SheetRefusal::NoHeader)?;
    let mut sheet = contact(&grid[..header.at]);
    sheet.is_correction = header.row.is_some();
    for (number, cells) in &grid[header.at + 1..] {
        let cell = |place: Option<usize>| place.and_then(|place| cells.get(place)).map_or("", |text| text.trim()).to_owned();
        let row = SheetRow { number: *number, cells: header.places.map(cell) };
        if row.cells.iter().all(String::is_empty) || is_note(&row, cells) || is_header_again(cells) {
            continue;
        }
        let named = header.row.and_then(|_| cell(header.row).trim_end_matches(".0").parse::<i64>().ok());
        sheet.rows.push(SheetRow { number: named.unwrap_or(*number), ..row });
        if sheet.rows.len() > most_rows {
            return Err(SheetRefusal::TooManyRows);
        }
    }
    if sheet.rows.is_empty() { Err(SheetRefusal::NoRows) } else { Ok(sheet) }
}

fn is_header_again(cells: &[String]) -> bool {
    header_in(cells, 0).is_some()
}

/// A remark below the table: one cell alone, and it reads like a sentence.
fn is_note(row: &SheetRow, cells: &[String]) -> bool {
    let filled: Vec<&String> = cells.iter().filter(|cell| !cell.trim().is_empty()).collect();
    let [only] = filled.as_slice() else { return false };
    let text = only.trim();
    let is_sentence = text.split_whitespace().count() >= 4 && !text.contains('@');
    is_sentence && row.cells[0] == text
}

/// The contact that the template names above its table.
fn contact(lines: &[Line]) -> Sheet {
    let mut sheet = Sheet::default();
    for (_, cells) in lines {
        for (n, cell) in cells.iter().enumerate() {
            let (name, inside) = cell.split_once(':').unwrap_or((cell, ""));
            let beside = || cells[n + 1..].iter().map(|text| text.trim()).find(|text| !text.is_empty() && !text.ends_with(':'));
            let value = || if inside.trim().is_empty() { beside().unwrap_or("").to_owned() } else { inside.trim().to_owned() };
            match label(name).as_str() {
                "portalusercontactname" | "contactname" => sheet.contact_name = value(),
                "portalusercontactphonenumber" | "contactphonenumber" => sheet.contact_phone = value(),
                "portalusercontactemailaddress" | "contactemailaddress" => sheet.contact_email = value(),
                _ => {}
            }
        }
    }
    sheet
}

/// The template's labels, as a header shows them.
pub const TITLES: [&str; 6] =
    ["Contact Email*", "Contact Phone*", "Provider/Facility Name*", "Provider/Facility Type*", "Provider Medicaid ID*", "NPI Number*"];

#[cfg(test)]
mod tests {
    use super::super::COLUMNS;
    use super::*;

    #[test]
    fn the_template_s_own_titles_are_found() {
        let titles = TITLES.map(String::from).to_vec();
        let header = header_in(&titles, 0).unwrap();
        assert_eq!(header.places, [0, 1, 2, 3, 4, 5].map(Some));
        assert_eq!(COLUMNS.len(), TITLES.len());
    }
}
