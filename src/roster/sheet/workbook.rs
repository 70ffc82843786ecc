//! Excel workbooks: bounded before they are opened, read cell by cell, and never calculated.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use calamine::{DataRef, Reader, Xlsx};
use zip::ZipArchive;

use super::header::has_header;
use super::{HEADER_WITHIN, Line, MOST_COLUMNS, SheetRefusal};

/// All that a workbook may unpack to, and how many times its own weight.
const LARGEST_INFLATED: u64 = 100 << 20;
const LARGEST_RATIO: u64 = 100;
/// All cells together, in characters, and one of them: what is longer is no facility.
const LARGEST_GRID: usize = 32 << 20;
const LONGEST_CELL: usize = 4_000;
/// Below this the ratio says nothing: small files compress well.
const RATIO_FROM: u64 = 4 << 20;
const MOST_PARTS: usize = 2_000;
const MOST_SHEETS: usize = 32;

/// The grid of the first sheet that has the template's header.
pub(super) fn grid(bytes: &[u8], most_rows: usize) -> Result<Vec<Line>, SheetRefusal> {
    bounded(bytes)?;
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|_| SheetRefusal::Unreadable)?;
    let names = workbook.sheet_names();
    let mut first = None;
    for name in names.iter().take(MOST_SHEETS) {
        let grid = cells(&mut workbook, name, most_rows)?;
        if has_header(&grid) {
            return Ok(grid);
        }
        first.get_or_insert(grid);
    }
    first.ok_or(SheetRefusal::NoRows)
}

/// Whether the file may be opened: really unpacked once into nothing, whatever its directory claims.
fn bounded(bytes: &[u8]) -> Result<(), SheetRefusal> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| SheetRefusal::Unreadable)?;
    if archive.len() > MOST_PARTS {
        return Err(SheetRefusal::Inflated);
    }
    let names: Vec<String> = archive.file_names().filter_map(Result::ok).map(|name| name.into_owned()).collect();
    if names.iter().any(|name| name.to_ascii_lowercase().ends_with("vbaproject.bin")) {
        return Err(SheetRefusal::Macros);
    }
    if !names.iter().any(|name| name.eq_ignore_ascii_case("xl/workbook.xml")) {
        return Err(SheetRefusal::Format);
    }
    let mut total = 0;
    let most = LARGEST_INFLATED.min(RATIO_FROM.max(bytes.len() as u64 * LARGEST_RATIO));
    for n in 0..archive.len() {
        let part = archive.by_index(n).map_err(|_| SheetRefusal::Unreadable)?;
        if part.encrypted() {
            return Err(SheetRefusal::Encrypted);
        }
        let mut part = part.take(most - total + 1);
        total += std::io::copy(&mut part, &mut std::io::sink()).map_err(|_| SheetRefusal::Unreadable)?;
        if total > most {
            return Err(SheetRefusal::Inflated);
        }
    }
    Ok(())
}

/// The filled cells of a sheet, line by line. A cell far away costs nothing: no grid is laid out in between.
fn cells(workbook: &mut Xlsx<Cursor<&[u8]>>, name: &str, most_rows: usize) -> Result<Vec<Line>, SheetRefusal> {
    let mut reader = workbook.worksheet_cells_reader(name).map_err(|_| SheetRefusal::Unreadable)?;
    let mut lines: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    let mut kept = 0;
    while let Some(cell) = reader.next_cell().map_err(|_| SheetRefusal::Unreadable)? {
        let (row, column) = cell.get_position();
        let text = text(cell.get_value());
        kept += text.len();
        if kept > LARGEST_GRID {
            return Err(SheetRefusal::Inflated);
        }
        let Ok(column) = usize::try_from(column) else { continue };
        if column >= MOST_COLUMNS || text.is_empty() {
            continue;
        }
        let line = lines.entry(row).or_default();
        if line.len() <= column {
            line.resize(column + 1, String::new());
        }
        line[column] = text;
        if lines.len() > most_rows + HEADER_WITHIN + 1 {
            return Err(SheetRefusal::TooManyRows);
        }
    }
    Ok(lines.into_iter().map(|(row, cells)| (i64::from(row) + 1, cells)).collect())
}

/// A cell as text: the stored value, not what a format shows; of a formula, the value it had last.
fn text(value: &DataRef<'_>) -> String {
    let plain = match value {
        DataRef::Empty | DataRef::Error(_) => String::new(),
        // Cut before it is copied: one long string may stand in every cell.
        DataRef::String(text) => text.chars().take(LONGEST_CELL).collect(),
        DataRef::SharedString(text) => text.chars().take(LONGEST_CELL).collect(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) if number.fract() == 0.0 && number.abs() < 1e15 => format!("{number:.0}"),
        DataRef::Float(number) => format!("{number:E}"),
        DataRef::Bool(truth) => truth.to_string(),
        // A date or time where none belongs: its serial number is as wrong as anything else.
        other => format!("{other:?}"),
    };
    plain.trim().to_owned()
}

/// What an OLE container is: a workbook with a password on it, or an old .xls.
pub(super) fn old_container(bytes: &[u8]) -> SheetRefusal {
    let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    if bytes.windows(name.len()).any(|window| window == name) { SheetRefusal::Encrypted } else { SheetRefusal::Format }
}
