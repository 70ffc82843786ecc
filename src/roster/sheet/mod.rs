//! A sheet of facilities is read, from whatever people send: .xlsx, .csv, .tsv, or a table pasted from a spreadsheet.
//!
//! One door ([`read`]), one result: the contact, and rows of six cells with the row number the sender sees.

mod header;
mod text;
mod workbook;

use crate::config::Requests;

pub use header::TITLES;
pub use text::{pasted, read_html_table};

/// The columns of the template, in its order.
pub const COLUMNS: [&str; 6] = ["contact_email", "contact_phone", "facility_name", "facility_type", "medicaid_id", "npi"];

/// What is read before the header has to be found.
const HEADER_WITHIN: usize = 25;
/// More columns than this are looked past.
const MOST_COLUMNS: usize = 50;

/// A row as it was sent: six cells of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetRow {
    /// The row's number in the sheet, or the one its `Row` column names.
    pub number: i64,
    pub cells: [String; 6],
}

/// A sheet that could be read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sheet {
    pub contact_name: String,
    pub contact_phone: String,
    pub contact_email: String,
    pub rows: Vec<SheetRow>,
    /// Whether a `Row` column gave the numbers: a correction.
    pub is_correction: bool,
}

/// Why a file or a pasted table was refused, always with what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SheetRefusal {
    NoHeader,
    NoRows,
    TooManyRows,
    Encrypted,
    Macros,
    /// An old .xls, a PDF, or anything else that is no table.
    Format,
    TooLarge,
    /// It unpacks to far more than it weighs.
    Inflated,
    /// Damaged.
    Unreadable,
}

impl SheetRefusal {
    /// The code of the report (FL01…), which is the key of its message too.
    pub fn code(self) -> &'static str {
        match self {
            Self::NoHeader => "FL01",
            Self::NoRows => "FL02",
            Self::TooManyRows => "FL03",
            Self::Encrypted => "FL04",
            Self::Macros => "FL05",
            Self::Format => "FL06",
            Self::TooLarge => "FL07",
            Self::Inflated => "FL08",
            Self::Unreadable => "FL09",
        }
    }

    pub fn key(self) -> &'static str {
        match self {
            Self::NoHeader => "sheet-no-header",
            Self::NoRows => "sheet-no-rows",
            Self::TooManyRows => "sheet-too-many-rows",
            Self::Encrypted => "sheet-encrypted",
            Self::Macros => "sheet-macros",
            Self::Format => "sheet-format",
            Self::TooLarge => "sheet-too-large",
            Self::Inflated => "sheet-inflated",
            Self::Unreadable => "sheet-unreadable",
        }
    }
}

/// The sheet in a file, whatever its name says it is: the bytes decide.
pub fn read(bytes: &[u8], limits: &Requests) -> Result<Sheet, SheetRefusal> {
    if bytes.len() > limits.largest_file_kib * 1024 {
        return Err(SheetRefusal::TooLarge);
    }
    let grid = match bytes {
        [b'P', b'K', ..] => workbook::grid(bytes, limits.most_rows)?,
        [0xd0, 0xcf, 0x11, 0xe0, ..] => return Err(workbook::old_container(bytes)),
        _ => text::grid(bytes, limits.most_rows)?,
    };
    header::sheet(grid, limits.most_rows)
}

/// A line of cells, with its number in the file.
type Line = (i64, Vec<String>);

#[cfg(test)]
mod tests;
