//! Every reader, on what people send and on what nobody should.

use proptest::prelude::*;

use super::*;
use crate::roster::template;

fn limits() -> Requests {
    Requests::default()
}

const TEMPLATE: &str = "Multiple Provider/Facility Registration Request Template\n\
    Portal User Contact Name:,Ana Ruiz,,Portal User Contact Phone Number:,217-555-0100\n\
    Portal User Contact Email Address:,ana@x.test\n\n\
    Contact Email*,Contact Phone*,Provider/Facility Name*,Provider/Facility Type*,Provider Medicaid ID*,NPI Number*\n\
    a@x.test,217-555-0101,\"Elm, Home\",Nursing facility,070000001001,2000000002\n\
    \n\
    b@x.test,217-555-0102,Oak,SNF,070000001002,\n\
    Please call us if anything is unclear.\n";

#[test]
fn the_agency_s_template_is_read_with_its_row_numbers() {
    let sheet = read(TEMPLATE.as_bytes(), &limits()).unwrap();
    assert_eq!(
        (sheet.contact_name.as_str(), sheet.contact_phone.as_str(), sheet.contact_email.as_str()),
        ("Ana Ruiz", "217-555-0100", "ana@x.test")
    );
    assert_eq!(sheet.rows.iter().map(|row| row.number).collect::<Vec<_>>(), [6, 8]);
    assert_eq!(sheet.rows[0].cells[2], "Elm, Home");
    assert_eq!(sheet.rows[1].cells[5], "");
}

#[test]
fn separators_and_encodings_are_found_out() {
    for separator in ["\t", ";", "|", ","] {
        let text = TEMPLATE.replace("\"Elm, Home\"", "Elm Home").replace(',', separator);
        assert_eq!(read(text.as_bytes(), &limits()).unwrap().rows.len(), 2, "{separator:?}");
    }
    let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain(TEMPLATE.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    assert_eq!(read(&utf16, &limits()).unwrap().rows.len(), 2);
    let latin: Vec<u8> = TEMPLATE.replace("Oak", "Pe\u{f1}a").chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    assert_eq!(read(&latin, &limits()).unwrap().rows[1].cells[2], "Peña");
}

#[test]
fn our_own_workbook_comes_back_as_it_was_written() {
    let rows = vec![SheetRow {
        number: 7,
        cells: ["a@x.test", "217-555-0100", "=Elm", "Pharmacy", "070000001001", "2000000002"].map(String::from),
    }];
    let bytes = template::corrections(&rows, &["Reason".to_owned()]).unwrap();
    let sheet = read(&bytes, &limits()).unwrap();
    assert!(sheet.is_correction);
    assert_eq!(sheet.rows, rows);
    let blank = template::blank(&["Hospital".to_owned()]).unwrap();
    assert_eq!(read(&blank, &limits()), Err(SheetRefusal::NoRows));
}

#[test]
fn what_cannot_be_read_is_refused_by_name() {
    let refusals = [
        (&b"%PDF-1.7 ..."[..], SheetRefusal::Format),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old", SheetRefusal::Format),
        (b"PK\x03\x04 broken", SheetRefusal::Unreadable),
        (b"hello, world", SheetRefusal::NoHeader),
        (b"Email,Phone,Name,Type,Medicaid ID,NPI\n", SheetRefusal::NoRows),
        (b"", SheetRefusal::NoHeader),
    ];
    for (bytes, expected) in refusals {
        assert_eq!(read(bytes, &limits()), Err(expected), "{:?}", String::from_utf8_lossy(bytes));
    }
    let mut locked = b"\xd0\xcf\x11\xe0".to_vec();
    locked.extend("EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes));
    assert_eq!(read(&locked, &limits()), Err(SheetRefusal::Encrypted));
    let many = format!("Email,Phone,Name,Type,Medicaid ID,NPI\n{}", "a,b,c,d,e,f\n".repeat(11));
    assert_eq!(read(many.as_bytes(), &Requests { most_rows: 10, ..limits() }), Err(SheetRefusal::TooManyRows));
    assert_eq!(read(&[b'x'; 2048], &Requests { largest_file_kib: 1, ..limits() }), Err(SheetRefusal::TooLarge));
}

/// A zip of parts, all deflated.
fn zipped(parts: &[(&str, &[u8])]) -> Vec<u8> {
    use std::io::Write;
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        writer.start_file(*name, zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated)).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn bombs_and_macros_are_refused_before_they_are_opened() {
    let zeros = vec![0_u8; 30 << 20];
    assert_eq!(read(&zipped(&[("xl/workbook.xml", &zeros)]), &limits()), Err(SheetRefusal::Inflated));
    assert_eq!(read(&zipped(&[("xl/workbook.xml", b"<x/>"), ("xl/vbaProject.bin", b"x")]), &limits()), Err(SheetRefusal::Macros));
    assert_eq!(read(&zipped(&[("word/document.xml", b"<x/>")]), &limits()), Err(SheetRefusal::Format));
}

/// One long string in every cell: small as a file, and never copied out.
#[test]
fn a_string_shared_by_every_cell_does_not_grow() {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    let long = "x".repeat(5_000);
    for (n, title) in TITLES.iter().enumerate() {
        sheet.write(0, n as u16, *title).unwrap();
    }
    for row in 1..300 {
        for column in 0..40 {
            sheet.write(row, column, long.as_str()).unwrap();
        }
    }
    let bytes = book.save_to_buffer().unwrap();
    assert!(bytes.len() < 1 << 20);
    assert_eq!(read(&bytes, &limits()), Err(SheetRefusal::Inflated));
}

#[test]
fn a_table_in_a_mail_is_read() {
    let html = "<html><body><p>Hi</p><TABLE border=1><tr><th>Contact&nbsp;Email*</th><th>Contact Phone*</th><th><b>Provider/Facility Name*</b></th>\
        <th>Provider/Facility Type*</th><th>Provider Medicaid ID*</th><th>NPI Number*</th></tr>\
        <tr><td><span style='x'>a@x.test</span></td><td>217-555-0101</td><td>Elm &amp; Oak</td><td>SNF</td><td>070000001001</td><td></td></tr></TABLE></body></html>";
    let text = read_html_table(html).unwrap();
    let sheet = pasted(&text, &limits()).unwrap();
    assert_eq!(sheet.rows[0].cells[2], "Elm & Oak");
    assert!(read_html_table("<table><tr><td>signature</td></tr></table>").is_none());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(200)))]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        let _ = read(&bytes, &limits());
    }

    #[test]
    fn a_damaged_workbook_is_read_or_refused(places in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20)) {
        let rows = vec![SheetRow { number: 7, cells: ["a", "b", "c", "d", "e", "f"].map(String::from) }];
        let mut bytes = template::corrections(&rows, &[String::new()]).unwrap();
        for (place, byte) in places {
            let at = place.index(bytes.len());
            bytes[at] = byte;
        }
        let _ = read(&bytes, &limits());
    }

    #[test]
    fn any_xml_in_a_workbook_is_read_or_refused(xml in "<worksheet><sheetData>(<row r=\"[0-9]{1,8}\"><c r=\"[A-Z]{1,3}[0-9]{1,8}\" t=\"(s|n|str|inlineStr|b|e)\"><v>[0-9.E+]{0,12}</v></c></row>){0,8}</sheetData></worksheet>") {
        let workbook = br#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="a" sheetId="1" r:id="rId1"/></sheets></workbook>"#;
        let relations = br#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#;
        let _ = read(&zipped(&[("xl/workbook.xml", workbook), ("xl/_rels/workbook.xml.rels", relations), ("xl/worksheets/sheet1.xml", xml.as_bytes())]), &limits());
    }

    #[test]
    fn any_text_is_pasted_or_refused(text in "[ -~\t\n,;|]{0,600}") {
        let _ = pasted(&text, &limits());
        let _ = read_html_table(&text);
    }

    #[test]
    fn any_html_is_read_or_refused(html in "(<table>|<tr>|<td>|</table>|<th|é|&nbsp;|Email|NPI|<|>){0,60}") {
        let _ = read_html_table(&html);
    }
}
