//! The workbooks that go out: the empty template, and the rows to correct.

use rust_xlsxwriter::{DataValidation, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError};

use super::sheet::{SheetRow, TITLES};
use crate::db::Fault;

/// How many rows of the template are prepared.
const PREPARED: u32 = 500;

fn broken(error: XlsxError) -> Fault {
    Fault::broken(format!("a workbook: {error}"))
}

fn heading() -> Format {
    Format::new().set_bold().set_background_color("#14508C").set_font_color("#FFFFFF").set_text_wrap().set_border(FormatBorder::Thin)
}

/// Text, so that no spreadsheet takes an identifier for a number.
fn as_text() -> Format {
    Format::new().set_num_format("@")
}

/// The agency's template: contact, six columns with identifiers as text, and tabs with instructions and types.
pub fn blank(types: &[String]) -> Result<Vec<u8>, Fault> {
    make_blank(types).map_err(broken)
}

fn make_blank(types: &[String]) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet().set_name("Facilities")?;
    let bold = Format::new().set_bold();
    sheet.write_with_format(0, 0, "Multiple Provider/Facility Registration Request Template", &bold)?;
    sheet.write(1, 0, "Portal User Contact Name:")?.write(1, 3, "Portal User Contact Phone Number:")?;
    sheet.write(2, 0, "Portal User Contact Email Address:")?;
    sheet.write(
        3,
        0,
        "Important: Enter all information required below for each provider/facility you are requesting to register on behalf of.",
    )?;
    columns(sheet, 4, 0)?;
    let choices = DataValidation::new().allow_list_formula(format!("=Types!$A$2:$A${}", types.len() + 1).as_str().into());
    sheet.add_data_validation(5, 3, 4 + PREPARED, 3, &choices)?;
    sheet.set_freeze_panes(5, 0)?;
    let notes = book.add_worksheet().set_name("Instructions")?;
    notes.set_column_width(0, 110)?;
    for (n, line) in INSTRUCTIONS.iter().enumerate() {
        notes.write_with_format(n as u32, 0, *line, &Format::new().set_text_wrap())?;
    }
    let list = book.add_worksheet().set_name("Types")?;
    list.set_column_width(0, 40)?.write_with_format(0, 0, "Provider/Facility Type", &heading())?;
    for (n, kind) in types.iter().enumerate() {
        list.write(n as u32 + 1, 0, kind.as_str())?;
    }
    book.save_to_buffer()
}

const INSTRUCTIONS: &[&str] = &[
    "Enter one provider or facility on each line of the tab “Facilities”.",
    "Contact Email: who is to register for this facility. The invitation goes there. One address in each cell.",
    "Contact Phone: ten digits with area code, for example 217-555-0100.",
    "Provider/Facility Type: one of the tab “Types”.",
    "Provider Medicaid ID: usually 9 or 12 digits, with all leading zeros. The column is formatted as text so that none is lost.",
    "NPI Number: ten digits. Atypical providers (for example transportation) without an NPI leave it empty.",
    "Save the file as .xlsx or .csv and upload it in the portal under Facilities → Add facilities. You can also paste the table there.",
];

/// Header row and text columns of the six cells, from column `first` on.
fn columns(sheet: &mut Worksheet, row: u32, first: u16) -> Result<(), XlsxError> {
    for (n, title) in TITLES.iter().enumerate() {
        let column = first + n as u16;
        sheet.set_column_width(column, if n == 2 { 40 } else { 26 })?;
        if n >= 4 || n == 1 {
            sheet.set_column_format(column, &as_text())?;
        }
        sheet.write_with_format(row, column, *title, &heading())?;
    }
    Ok(())
}

/// Only the rows to correct, in their order, with their numbers and what is wrong.
pub fn corrections(rows: &[SheetRow], reasons: &[String]) -> Result<Vec<u8>, Fault> {
    make_corrections(rows, reasons).map_err(broken)
}

fn make_corrections(rows: &[SheetRow], reasons: &[String]) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet().set_name("Facilities")?;
    sheet.write_with_format(0, 0, "Row", &heading())?;
    columns(sheet, 0, 1)?;
    sheet.set_column_width(7, 80)?.write_with_format(0, 7, "What is to be corrected", &heading())?;
    let marked = as_text().set_background_color("#FFF7E6");
    let wrapped = Format::new().set_text_wrap().set_align(FormatAlign::Top);
    for (n, (row, reason)) in rows.iter().zip(reasons).enumerate() {
        let line = n as u32 + 1;
        sheet.write(line, 0, row.number as f64)?;
        for (column, cell) in row.cells.iter().enumerate() {
            // As text: a cell that looks like a formula stays what was typed.
            sheet.write_string_with_format(line, column as u16 + 1, cell.as_str(), &marked)?;
        }
        sheet.write_string_with_format(line, 7, reason.as_str(), &wrapped)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    book.save_to_buffer()
}
