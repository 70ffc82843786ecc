//! Tables as text: separated by commas, semicolons, tabs or bars, in the encodings that spreadsheets write; and HTML tables.

use super::header::has_header;
use super::{HEADER_WITHIN, Line, MOST_COLUMNS, Sheet, SheetRefusal};
use crate::config::Requests;

/// The grid of a text file.
pub(super) fn grid(bytes: &[u8], most_rows: usize) -> Result<Vec<Line>, SheetRefusal> {
    split(&decode(bytes)?, most_rows)
}

/// The sheet of a table pasted from a spreadsheet.
pub fn pasted(text: &str, limits: &Requests) -> Result<Sheet, SheetRefusal> {
    if text.len() > limits.largest_file_kib * 1024 {
        return Err(SheetRefusal::TooLarge);
    }
    super::header::sheet(split(text, limits.most_rows)?, limits.most_rows)
}

/// UTF-8 and UTF-16 with their marks, UTF-8 without one, and what is left as Windows-1252.
fn decode(bytes: &[u8]) -> Result<String, SheetRefusal> {
    let marked = encoding_rs::Encoding::for_bom(bytes);
    let is_binary = marked.is_none() && (bytes.contains(&0) || bytes.starts_with(b"%PDF") || bytes.starts_with(&[0x1f, 0x8b]));
    if is_binary {
        return Err(SheetRefusal::Format);
    }
    let encoding = match marked {
        Some((encoding, _)) => encoding,
        None if std::str::from_utf8(bytes).is_ok() => encoding_rs::UTF_8,
        None => encoding_rs::WINDOWS_1252,
    };
    Ok(encoding.decode(bytes).0.into_owned())
}

/// Splits text by the separator that makes a header of one of its first lines.
fn split(text: &str, most_rows: usize) -> Result<Vec<Line>, SheetRefusal> {
    for separator in [b'\t', b',', b';', b'|'] {
        let first = records(text, separator, HEADER_WITHIN);
        if has_header(&first) {
            // One more than is allowed, and what may stand above, so that too many are noticed.
            return Ok(records(text, separator, most_rows + HEADER_WITHIN + 1));
        }
    }
    Err(SheetRefusal::NoHeader)
}

/// The filled lines, each with the row number a spreadsheet shows: blank lines count, line breaks inside a cell do not.
fn records(text: &str, separator: u8, most: usize) -> Vec<Line> {
    let text = format!("{}\n", text.replace("\r\n", "\n").replace('\r', "\n"));
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(separator).from_reader(text.as_bytes());
    let mut lines = Vec::new();
    let mut record = csv::StringRecord::new();
    let mut inside = 0;
    while reader.read_record(&mut record).unwrap_or(false) {
        inside += record.iter().map(|cell| cell.matches('\n').count() as u64).sum::<u64>();
        let number = reader.position().line().saturating_sub(1 + inside);
        let cells: Vec<String> = record.iter().take(MOST_COLUMNS).map(|cell| cell.trim().to_owned()).collect();
        if cells.iter().any(|cell| !cell.is_empty()) {
            lines.push((i64::try_from(number).unwrap_or(i64::MAX), cells));
            if lines.len() >= most {
                break;
            }
        }
    }
    lines
}

/// The text of the first HTML table that has the template's header, as tab-separated lines; `None` where there is none.
///
/// Mail programs paste a spreadsheet so. Nothing is interpreted but rows and cells.
pub fn read_html_table(html: &str) -> Option<String> {
    let lower = html.to_ascii_lowercase();
    let mut from = 0;
    for _ in 0..MOST_TABLES {
        let start = lower[from..].find("<table").map(|at| at + from)?;
        // Without an end nothing that follows is a table of its own.
        let end = lower[start..].find("</table").map(|at| at + start)?;
        let text = table_text(&html[start..end], &lower[start..end]);
        if split(&text, 1).is_ok() {
            return Some(text);
        }
        from = start + "<table".len();
    }
    None
}

/// Tables in a message that are looked at.
const MOST_TABLES: usize = 20;

fn table_text(html: &str, lower: &str) -> String {
    let mut lines = Vec::new();
    for row in pieces(html, lower, "<tr") {
        let small = row.to_ascii_lowercase();
        let cells: Vec<String> =
            any_piece(row, &small, &["<td", "<th"]).into_iter().map(|cell| inner_text(cell).replace(['\t', '\n', '\r'], " ")).collect();
        lines.push(cells.iter().map(|cell| cell.trim().replace('"', "")).collect::<Vec<_>>().join("\t"));
    }
    lines.join("\n")
}

/// What stands between each opening tag of this name and the next one.
fn pieces<'a>(html: &'a str, lower: &str, tag: &str) -> Vec<&'a str> {
    any_piece(html, lower, &[tag])
}

fn any_piece<'a>(html: &'a str, lower: &str, tags: &[&str]) -> Vec<&'a str> {
    let mut starts: Vec<usize> = tags.iter().flat_map(|tag| lower.match_indices(tag).map(|(at, _)| at)).collect();
    starts.retain(|at| !lower[*at..].starts_with("<thead"));
    starts.sort_unstable();
    starts.iter().enumerate().map(|(n, at)| &html[*at..starts.get(n + 1).copied().unwrap_or(html.len())]).collect()
}

/// The text of a piece of HTML without its tags, its entities undone.
fn inner_text(html: &str) -> String {
    let mut text = String::new();
    let mut inside = true;
    for c in html.chars().skip(1) {
        match c {
            '<' => inside = true,
            '>' if inside => inside = false,
            c if !inside => text.push(c),
            _ => {}
        }
    }
    let undone = text.replace("&nbsp;", " ").replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'");
    let undone = undone.replace("&apos;", "'").replace("&#160;", " ").replace("&amp;", "&");
    undone.split_whitespace().collect::<Vec<_>>().join(" ")
}
