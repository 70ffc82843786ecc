//! Two hundred messages as they reach the mailbox for requests, each with what must become of it.
//!
//! Every message is put together byte by byte, so that it has the oddities of the programs people write mail with.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::synthetic::{HEADER, Random, Set, Size, generate};

pub struct Sample {
    pub name: String,
    pub raw: Vec<u8>,
    pub expected: Expected,
}

/// A draft with that many facilities; an answer that asks to upload the list, for that reason; an answer that asks to
/// register first; or nothing at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    Draft { rows: usize },
    PleaseUpload(&'static str),
    NotRegistered,
    Ignored,
}

/// The messages that belong to this seed, from the registered address unless the point is that they are not.
pub fn corpus(seed: u64, registered: &str) -> Vec<Sample> {
    let mut desk = Desk { random: Random(seed), registered: registered.to_owned(), messages: 0, boundaries: 0 };
    let mut samples = Vec::new();
    for (name, times, write) in KINDS {
        for variant in 0..times {
            let (mail, expected) = write(&mut desk, variant);
            samples.push(Sample { name: format!("{name}-{}", variant + 1), raw: desk.post(mail), expected });
        }
    }
    samples
}

type Write = fn(&mut Desk, usize) -> (Mail, Expected);

/// What there is, and how often.
const KINDS: [(&str, usize, Write); 36] = [
    ("xlsx", 12, xlsx_attached),
    ("csv", 10, csv_attached),
    ("tsv", 6, tsv_attached),
    ("html-table", 10, html_table_pasted),
    ("plain-table", 10, rows_pasted),
    ("forwarded-as-attachment", 8, forwarded_as_attachment),
    ("forwarded-inline", 8, forwarded_inline),
    ("encoded-file-name", 11, file_name_encoded),
    ("utf-16", 5, utf_16_csv),
    ("windows-1252", 5, windows_1252_csv),
    ("signature-images", 8, signature_images),
    ("upper-case-name", 4, upper_case_name),
    ("generic-type", 5, generic_type),
    ("two-lists", 8, two_lists),
    ("winmail", 6, winmail),
    ("rpmsg", 5, rpmsg),
    ("smime", 5, smime),
    ("pgp", 4, pgp),
    ("secure-message-page", 5, secure_message_page),
    ("xls", 4, old_workbook),
    ("pdf", 4, pdf),
    ("numbers", 3, numbers),
    ("docx", 3, docx),
    ("xlsm", 3, macro_workbook),
    ("zip", 3, zipped),
    ("nothing", 5, nothing),
    ("prose", 7, prose),
    ("prose-with-images", 2, prose_with_images),
    ("empty-workbook", 4, empty_workbook),
    ("empty-csv", 3, empty_csv),
    ("stranger", 8, stranger),
    ("out-of-office", 5, out_of_office),
    ("bulk", 4, bulk),
    ("bounce", 4, bounce),
    ("no-sender", 2, no_sender),
    ("no-return-path", 1, no_return_path),
];

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const GENERIC: &str = "application/octet-stream";
const INBOX: &str = "portal.inquiries@agency.example";

const GREETINGS: [&str; 4] = [
    "Hello,\r\n\r\nPlease find our facilities attached.\r\n\r\nThank you\r\nFront office\r\n",
    "Good morning, here is the completed template. Call us with any questions: 217-555-0142.\r\n",
    "Hi team,\r\n\r\nthe list you asked for.\r\n\r\n-- \r\nRegistration desk\r\n618-555-0117\r\n",
    "See attached. Merci, José Núñez\r\n",
];

// Lists that arrive.

fn xlsx_attached(desk: &mut Desk, variant: usize) -> (Mail, Expected) {
    let list = desk.list();
    let name = way(&["Request.xlsx", "Multiple Provider Registration Request Template.xlsx", "facilities (2) final.xlsx"], variant);
    let greeting = desk.greeting();
    let content = desk.mixed(vec![greeting, Part::attachment(XLSX, name, &list.xlsx())]);
    (desk.mail("Registration request", content), draft(&list))
}

/// A computer with Excel on it calls a CSV file a workbook.
fn csv_attached(desk: &mut Desk, variant: usize) -> (Mail, Expected) {
    let list = desk.list();
    let mut text = list.template_csv();
    if variant % 4 == 1 {
        text.insert(0, '\u{feff}');
    }
    let kind = way(
        &["text/csv; charset=utf-8", "text/csv", "application/vnd.ms-excel", "application/csv", "text/comma-separated-values"],
        variant,
    );
    let mut file = Part::attachment(kind, "facilities.csv", text.as_bytes());
    if variant % 2 == 1 {
        file.encode_quoted_printable(text.as_bytes());
    }
    let greeting = desk.greeting();
    let content = desk.mixed(vec![greeting, file]);
    (desk.mail("Our facilities", content), draft(&list))
}

fn tsv_attached(desk: &mut Desk, variant: usize) -> (Mail, Expected) {
    let list = desk.list();
    let kind = way(&["text/tab-separated-values", "text/plain; charset=utf-8", GENERIC], variant);
    let file = Part::attachment(kind, "facilities.tsv", list.pasted().as_bytes());
    let greeting = desk.greeting();
    let content = desk.mixed(vec![greeting, file]);
    (desk.mail("Facility list", content), draft(&list))
}

/// Beside the HTML stands what Outlook makes of a table in plain text, a cell to a line, or nothing.
fn html_table_pasted(desk: &mut Desk, variant: usize) -> (Mail, Expected) {
    let list = desk.list();
    let html = Part::text("html", &outlook_page(&html_table(&list), variant % 3 == 2), variant);
    let content = match variant % 3 {
        0 => html,
        _ => {
            let plain = Part::text("plain", &cells_on_lines(&list), 0);
            desk.multipart("alternative", vec![plain, html])
        }
    };
    (desk.mail("New sites to register", content), draft(&list))
}

fn rows_pasted(desk: &mut Desk, variant: usize) -> (Mail, Expected) {
    let list = desk.list();
    let before = way(&["Hello,\r\n\r\nplease register these:\r\n\r\n", "", "Our list, copied from the sheet.\r\n\r\n"], variant);
    let after = way(&["\r\nThanks\r\nFront office\r\n", "", "\r\n-- \r\nRegistration desk\r\n"], variant / 2);
    let content = Part::text("plain", &format!("{before}{}{after}", list.pasted()), variant);
    (desk.mail("Facilities", content), draft(&list))
}

/// One in four was forwarded twice.
fn forwarded_as_attachment(desk: &mut Desk, variant: usize) -> (Mail, Expected) {
    let list = desk.list();
    let mut forwarded = desk.colleagues_mail(&list);
    if variant % 4 == 3 {
        forwarded = desk.mail_around(forwarded, "Fwd: Facility list");
    }
    (desk.mail_around(forwarded, "FW: Facility list"), draft(&list))
}

fn forwarded_inline(desk: &mut Desk, variant: usize) -> (Mail, Expected) {
    let list = desk.list();
    let before = way(
        &[
            "---------- Forwarded message ---------\r\nFrom: Ann Okonkwo <ann@chain.example>\r\nDate: Mon, Mar 2, 2026 at 4:12 PM\r\n",
            "-----Original Message-----\r\nFrom: Ann Okonkwo <ann@chain.example>\r\nSent: Monday, March 2, 2026 4:12 PM\r\n",
            "Begin forwarded message:\r\n\r\n> From: Ann Okonkwo <ann@chain.example>\r\n> Date: March 2, 2026\r\n",
        ],
        variant,
    );
    let body = format!("FYI\r\n\r\n{before}Subject: Facility list\r\nTo: office\r\n\r\nHere you go.\r\n");
    let file = match variant % 2 {
        0 => Part::attachment(XLSX, "Facility list.xlsx", &list.xlsx()),
        _ => Part::attachment("text/csv", "Facility list.csv", list.template_csv().as_bytes()),
    };
    let content = desk.mixed(vec![Part::text("plain", &body, variant), file]);
    (desk.mail(way(&["Fwd: Facility list", "FW: Facility list", "Fwd: Facility list"], variant), content), draft(&list))
}

/// `Solicitud Núñez.xlsx` where only ASCII may stand; the last does without the marks.
const ENCODED_NAMES: [&str; 6] = [
    "filename*=UTF-8''Solicitud%20N%C3%BA%C3%B1ez.xlsx",
    "filename=\"=?UTF-8?B?U29saWNpdHVkIE7DusOxZXoueGxzeA==?=\"",
    "filename*0*=UTF-8''Solicitud%20;\r\n filename*1*=N%C3%BA%C3%B1ez;\r\n filename*2=\".xlsx\"",
    "filename=\"=?iso-8859-1?Q?Solicitud_N=FA=F1ez=2Exlsx?=\"",
    "filename*=iso-8859-1'es'Solicitud%20N%FA%F1ez.xlsx",
    "filename*0=\"Solicitud Nunez\";\r\n filename*1=\".xlsx\"",
];

fn file_name_encoded(desk: &mut Desk, variant: usize) -> (Mail, Expected) {
    let list = desk.list();
    let headers =
        vec![format!("Content-Type: {GENERIC}"), format!("Content-Disposition: attachment;\r\n {}", way(&ENCODED_NAMES, variant))];
    let mut file = Part { headers, body: Vec::new() };
    file.encode_base64(&list.xlsx());
    let greeting = desk.greeting();
    let content = desk.mixed(vec![greeting, file]);
    (desk.mail("=?UTF-8?Q?Solicitud_N=C3=BA=C3=B1ez?=", content), draft(&list))
}

/// With a byte order mark; the third is what Excel calls Unicode text, with tabs.
fn utf_16_csv(desk: &mut Desk, variant: usize) -> (Mail, Expected) {
    let list = desk.list();
    let text = if variant % 3 == 2 { list.pasted() } else { list.template_csv() };
    let units = std::iter::once(0xFEFF).chain(text.encode_utf16());
    let data: Vec<u8> = units.flat_map(|unit| if variant % 3 == 1 { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect();
    let greeting = desk.greeting();
    let content = desk.mixed(vec![greeting, Part::attachment("text/csv", "facilities.csv", &data)]);
    (desk.mail("Facilities (Unicode)", content), draft(&list))
}

fn windows_1252_csv(desk: &mut Desk, variant: usize) -> (Mail, Expected) {
    let mut list = desk.list();
    list.requester_name = "Zoë Núñez".into();
    for (number, row) in list.rows.iter_mut().enumerate() {
        if number == 0 || !row.cells[2].chars().all(|c| u32::from(c) < 256) {
            row.cells[2] = format!("Clínica García-López – Señora Núñez’s {:04}", number + 1);
        }
    }
    let data = windows_1252(&list.template_csv());
    let mut file = Part::attachment(way(&["text/csv; charset=windows-1252", "text/csv"], variant), "facilities.csv", &data);
    if variant % 2 == 1 {
        file.encode_quoted_printable(&data);
    }
    let greeting = desk.greeting();
    let content = desk.mixed(vec![greeting, file]);
    (desk.mail("Facilities from the old computer", content), draft(&list))
}

/// A logo within the page, a second one and a business card beside the list.
fn signature_images(desk: &mut Desk, variant: usize) -> (Mail, Expected) {
    let list = desk.list();
    let page = desk.page_with_logo();
    let mut parts = vec![page, Part::attachment("image/jpeg", "banner.jpg", &JPEG)];
    let file = Part::attachment(XLSX, "Template.xlsx", &list.xlsx());
    parts.insert(1 + variant % 2, file);
    if variant % 4 > 1 {
        parts.push(Part::attachment("image/gif", "image003.gif", GIF));
    }
    let content = desk.mixed(parts);
    (desk.mail("Completed template", content), draft(&list))
}

fn upper_case_name(desk: &mut Desk, variant: usize) -> (Mail, Expected) {
    let list = desk.list();
    let file = match variant {
        0 => Part::attachment(XLSX, "TEMPLATE.XLSX", &list.xlsx()),
        1 => Part::attachment(GENERIC, "FACILI~1.XLSX", &list.xlsx()),
        2 => Part::attachment("text/csv", "FACILITIES.CSV", list.template_csv().as_bytes()),
        _ => Part::attachment("APPLICATION/OCTET-STREAM", "Facilities.Xlsx", &list.xlsx()),
    };
    let greeting = desk.greeting();
    let content = desk.mixed(vec![greeting, file]);
    (desk.mail("TEMPLATE", content), draft(&list))
}

/// The last has no text beside it: the file is all there is.
fn generic_type(desk: &mut Desk, variant: usize) -> (Mail, Expected) {
    let list = desk.list();
    let file = match variant {
        3 => Part::attachment(GENERIC, "facilities.csv", list.template_csv().as_bytes()),
        _ => Part::attachment(way(&[GENERIC, "application/x-msexcel", "application/zip"], variant), "facilities.xlsx", &list.xlsx()),
    };
    if variant == 4 {
        return (desk.mail("", file), draft(&list));
    }
    let greeting = desk.greeting();
    let content = desk.mixed(vec![greeting, file]);
    (desk.mail("List", content), draft(&list))
}

// Lists that cannot be taken from the message.

fn two_lists(desk: &mut Desk, variant: usize) -> (Mail, Expected) {
    let (one, other) = (desk.list(), desk.list());
    let first = Part::attachment(XLSX, "North.xlsx", &one.xlsx());
    let second = match variant % 2 {
        0 => Part::attachment(XLSX, "South.xlsx", &other.xlsx()),
        _ => Part::attachment("text/csv", "South.csv", other.template_csv().as_bytes()),
    };
    let greeting = desk.greeting();
    let content = desk.mixed(vec![greeting, first, second]);
    (desk.mail("Two regions", content), Expected::PleaseUpload("two"))
}

/// A TNEF stream: signature, key, version and code page.
const TNEF: &[u8] = b"\x78\x9f\x3e\x22\x01\x00\x01\x06\x90\x08\x00\x04\x00\x00\x00\x00\x00\x01\x00\x01\x00\
    \x01\x07\x90\x06\x00\x08\x00\x00\x00\xe4\x04\x00\x00\x00\x00\x00\x00\xe8\x00";

fn winmail(desk: &mut Desk, variant: usize) -> (Mail, Expected) {
    let kind = way(&["application/ms-tnef", "application/vnd.ms-tnef", GENERIC], variant);
    let name = if variant == 4 { "WINMAIL.DAT" } else { "winmail.dat" };
    let greeting = desk.greeting();
    let content = desk.mixed(vec![greeting, Part::attachment(kind, name, TNEF)]);
    (desk.mail("Registration request", content), Expected::PleaseUpload("winmail"))
}

fn rpmsg(desk: &mut Desk, variant: usize) -> (Mail, Expected) {
    let notice = "You've received a protected message. Sign in with Microsoft to read it.\r\n";
    let data = desk.scrambled(b"\x76\xe8\x04\x60\xc4\x11\xe3\x86", 900);
    let name = way(&["message_v2.rpmsg", "message.rpmsg"], variant);
    let kind = if variant == 3 { GENERIC } else { "application/x-microsoft-rpmsg-message" };
    let content = desk.mixed(vec![Part::text("plain", notice, 0), Part::attachment(kind, name, &data)]);
    (desk.mail("Facilities [encrypted]", content), encrypted())
}

/// The whole message is the envelope.
fn smime(desk: &mut Desk, variant: usize) -> (Mail, Expected) {
    let data = desk.scrambled(b"\x30\x82\x04\x10\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03\xa0\x82\x04\x01", 1037);
    let kind = way(&["application/pkcs7-mime; smime-type=enveloped-data", "application/x-pkcs7-mime; smime-type=enveloped-data"], variant);
    let content = Part::attachment(kind, "smime.p7m", &data);
    (desk.mail("Facilities", content), encrypted())
}

fn pgp(desk: &mut Desk, _: usize) -> (Mail, Expected) {
    let version = Part { headers: vec!["Content-Type: application/pgp-encrypted".into()], body: b"Version: 1\r\n".into() };
    let data = lines_of(&STANDARD.encode(desk.scrambled(b"\x85\x01\x0c\x03", 400)), 64);
    let armour = format!("-----BEGIN PGP MESSAGE-----\r\n\r\n{data}=q7Zx\r\n-----END PGP MESSAGE-----\r\n");
    let headers =
        vec![format!("Content-Type: {GENERIC}; name=\"encrypted.asc\""), "Content-Disposition: inline; filename=\"encrypted.asc\"".into()];
    let message = Part { headers, body: armour.into() };
    let content = desk.multipart("encrypted; protocol=\"application/pgp-encrypted\"", vec![version, message]);
    (desk.mail("...", content), encrypted())
}

/// The page of a secure mail service that fetches the message in a browser.
fn secure_message_page(desk: &mut Desk, variant: usize) -> (Mail, Expected) {
    let notice = way(
        &[
            "This is a secure, encrypted message.\r\n\r\nOpen the attachment (SecureMessageAtt.html) and follow the instructions.\r\n",
            "You have received a ZixCorp secure e-mail message. Open the attached file to read it.\r\n",
        ],
        variant,
    );
    let payload = STANDARD.encode(desk.scrambled(b"", 600));
    let page = format!(
        "<html><head><title>Secure Message</title></head><body>\
         <form method=\"post\" action=\"https://secure.mail.example/formpostdir/safeformpost.aspx\">\
         <input type=\"hidden\" name=\"msg\" value=\"{payload}\"><input type=\"submit\" value=\"Click to read message\">\
         </form></body></html>"
    );
    let kind = if variant == 2 { GENERIC } else { "text/html; charset=utf-8" };
    let file = Part::attachment(kind, "SecureMessageAtt.html", page.as_bytes());
    let content = desk.mixed(vec![Part::text("plain", notice, 0), file]);
    (desk.mail("[Secure] Facilities", content), encrypted())
}

fn old_workbook(desk: &mut Desk, variant: usize) -> (Mail, Expected) {
    let data = desk.scrambled(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 1500);
    desk.other_format(way(&["application/vnd.ms-excel", GENERIC], variant), way(&["facilities.xls", "FACILITIES.XLS"], variant / 2), &data)
}

fn pdf(desk: &mut Desk, variant: usize) -> (Mail, Expected) {
    let data = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\nstartxref\n0\n%%EOF\n";
    desk.other_format(way(&["application/pdf", GENERIC], variant), way(&["Scan_0001.pdf", "Template.PDF"], variant / 2), data)
}

fn numbers(desk: &mut Desk, variant: usize) -> (Mail, Expected) {
    let data = stored_zip("Index/Document.iwa", &desk.scrambled(b"\x00", 300));
    desk.other_format(
        way(&["application/vnd.apple.numbers", "application/x-iwork-numbers-sffnumbers", GENERIC], variant),
        "Facilities.numbers",
        &data,
    )
}

fn docx(desk: &mut Desk, _: usize) -> (Mail, Expected) {
    let data = stored_zip("word/document.xml", b"<?xml version=\"1.0\"?><w:document/>");
    desk.other_format("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "Facilities.docx", &data)
}

/// It would open, and is refused for what its name says.
fn macro_workbook(desk: &mut Desk, variant: usize) -> (Mail, Expected) {
    let data = desk.list().xlsx();
    let kind = way(&["application/vnd.ms-excel.sheet.macroEnabled.12", GENERIC, XLSX], variant);
    desk.other_format(kind, "Template with buttons.xlsm", &data)
}

fn zipped(desk: &mut Desk, variant: usize) -> (Mail, Expected) {
    let data = stored_zip("facilities.xlsx", &desk.list().xlsx());
    desk.other_format(way(&["application/zip", "application/x-zip-compressed", GENERIC], variant), "facilities.zip", &data)
}

fn nothing(desk: &mut Desk, variant: usize) -> (Mail, Expected) {
    let content = match variant {
        0 => Part { headers: Vec::new(), body: Vec::new() },
        1 => Part::text("html", "<html><body><p class=MsoNormal><o:p>&nbsp;</o:p></p></body></html>", 0),
        2 => desk.mixed(vec![Part::text("plain", "", 0)]),
        _ => Part::text("plain", "\r\n\r\n", variant),
    };
    (desk.mail(way(&["", "Registration request", "Facilities"], variant), content), none())
}

/// Questions, a forgotten attachment, a table that only lays out a signature, and one that names a patient.
fn prose(desk: &mut Desk, variant: usize) -> (Mail, Expected) {
    let content = match variant {
        0 => Part::text("plain", "Hello, how do we register twelve facilities at once? Thank you.\r\n", 0),
        1 => Part::text("plain", "Please find the template attached.\r\n\r\nAnn\r\n", 1),
        2 => Part::text("html", &outlook_page("<p class=MsoNormal>Any news about our request?</p>", true), 0),
        3 => Part::text("plain", "Member Jane Sample, born 01/02/1950, member number 000000000, was refused a ride.\r\n", 2),
        4 => Part::text("plain", "Our Medicaid ID is 070000101001 and the NPI 2000000002. Can you add us?\r\n", 0),
        5 => {
            let (plain, html) = ("When does the portal open?\r\n", "<p>When does the portal open?</p>");
            desk.multipart("alternative", vec![Part::text("plain", plain, 0), Part::text("html", html, 1)])
        }
        _ => Part::text("plain", "> Please send us the completed template.\r\n\r\nWe will, next week.\r\n", 0),
    };
    (desk.mail(way(&["Question", "Re: Registration request"], variant), content), none())
}

fn prose_with_images(desk: &mut Desk, variant: usize) -> (Mail, Expected) {
    let page = desk.page_with_logo();
    let content = if variant == 0 { page } else { desk.mixed(vec![page, Part::attachment("image/jpeg", "banner.jpg", &JPEG)]) };
    (desk.mail("Re: Registration request", content), none())
}

fn empty_workbook(desk: &mut Desk, variant: usize) -> (Mail, Expected) {
    let data = desk.empty_list().xlsx();
    let greeting = desk.greeting();
    let content = desk.mixed(vec![greeting, Part::attachment(way(&[XLSX, GENERIC], variant), "Template.xlsx", &data)]);
    (desk.mail("Template", content), Expected::PleaseUpload("empty"))
}

/// A spreadsheet writes emptied rows out as commas.
fn empty_csv(desk: &mut Desk, variant: usize) -> (Mail, Expected) {
    let text = desk.empty_list().template_csv() + &",,,,,\r\n".repeat(variant * 3);
    let greeting = desk.greeting();
    let content = desk.mixed(vec![greeting, Part::attachment("text/csv", "Template.csv", text.as_bytes())]);
    (desk.mail("Template", content), Expected::PleaseUpload("empty"))
}

// People nobody knows, and machines.

/// The last has the registered address for a name.
fn stranger(desk: &mut Desk, variant: usize) -> (Mail, Expected) {
    let (mail, _) = if variant.is_multiple_of(2) { xlsx_attached(desk, variant) } else { csv_attached(desk, variant) };
    let from = match variant {
        7 => format!("\"{}\" <someone@elsewhere.example>", desk.registered),
        _ => format!("Somebody New <somebody{variant}@unknown.example>"),
    };
    (Mail { from, ..mail }, Expected::NotRegistered)
}

fn out_of_office(desk: &mut Desk, variant: usize) -> (Mail, Expected) {
    let content = Part::text("plain", "I am out of the office until March 16.\r\n", variant);
    let mut mail = desk.mail("Automatic reply: Your request", content);
    mail.extra.push(
        way(&["Auto-Submitted: auto-replied", "Auto-Submitted: auto-generated", "auto-submitted: Auto-Replied (vacation)"], variant).into(),
    );
    if variant.is_multiple_of(2) {
        mail.extra.push("X-Auto-Response-Suppress: All".into());
    }
    (mail, Expected::Ignored)
}

/// One of them brings a list all the same.
fn bulk(desk: &mut Desk, variant: usize) -> (Mail, Expected) {
    let mut mail = match variant {
        3 => csv_attached(desk, 0).0,
        _ => {
            let content = Part::text("plain", "Our newsletter for March.\r\n", 0);
            desk.mail("News from the billing office", content)
        }
    };
    mail.extra.push("Precedence: bulk".into());
    if variant > 0 {
        mail.extra.push("List-Unsubscribe: <mailto:leave@list.example>".into());
    }
    (mail, Expected::Ignored)
}

/// What could not be delivered comes back with all its attachments.
fn bounce(desk: &mut Desk, variant: usize) -> (Mail, Expected) {
    let list = desk.list();
    let returned = desk.colleagues_mail(&list);
    let notice = Part::text("plain", "Your message could not be delivered.\r\n", 0);
    let status =
        "Reporting-MTA: dns; mail.example\r\n\r\nFinal-Recipient: rfc822; nobody@agency.example\r\nAction: failed\r\nStatus: 5.1.1\r\n";
    let status = Part { headers: vec!["Content-Type: message/delivery-status".into()], body: status.into() };
    let returned = desk.enclosed(returned);
    let content = desk.multipart("report; report-type=delivery-status", vec![notice, status, returned]);
    let mut mail = desk.mail("Undelivered Mail Returned to Sender", content);
    mail.from = way(&["Mail Delivery System <MAILER-DAEMON@mail.example>", "<postmaster@mail.example>"], variant).into();
    mail.first = vec!["Return-Path: <>".into()];
    if variant > 1 {
        mail.extra.push("Auto-Submitted: auto-replied".into());
    }
    (mail, Expected::Ignored)
}

fn no_sender(desk: &mut Desk, variant: usize) -> (Mail, Expected) {
    let (mail, _) = xlsx_attached(desk, variant);
    (Mail { from: way(&["<>", "Mailer <>"], variant).into(), first: vec!["Return-Path: <>".into()], ..mail }, Expected::Ignored)
}

fn no_return_path(desk: &mut Desk, variant: usize) -> (Mail, Expected) {
    let (mail, _) = xlsx_attached(desk, variant);
    (Mail { first: vec!["Return-Path: <>".into()], ..mail }, Expected::Ignored)
}

fn draft(list: &Set) -> Expected {
    Expected::Draft { rows: list.rows.len() }
}

fn encrypted() -> Expected {
    Expected::PleaseUpload("encrypted")
}

fn none() -> Expected {
    Expected::PleaseUpload("none")
}

/// A message before it is posted. `first` stands above all other headers, `extra` below them.
struct Mail {
    first: Vec<String>,
    from: String,
    subject: String,
    extra: Vec<String>,
    content: Part,
}

/// Where the messages are written.
struct Desk {
    random: Random,
    registered: String,
    messages: usize,
    boundaries: usize,
}

impl Desk {
    /// A list of 1 to 20 facilities that names the registered person.
    fn list(&mut self) -> Set {
        let mut list = generate(self.random.number(), Size::Fifty);
        let rows = 1 + self.random.below(20);
        list.rows.rotate_left(self.random.below(30));
        list.rows.truncate(rows);
        for row in &mut list.rows {
            row.cells[0] = row.cells[0].replace(&list.requester_email, &self.registered);
        }
        list.requester_email = self.registered.clone();
        list
    }

    fn empty_list(&mut self) -> Set {
        let mut list = self.list();
        list.rows.clear();
        list
    }

    fn greeting(&mut self) -> Part {
        let (greeting, encoding) = (self.random.pick(&GREETINGS), self.random.below(3));
        Part::text("plain", greeting, encoding)
    }

    /// A message from the registered person, whose address stands there in one of the usual ways.
    fn mail(&mut self, subject: &str, content: Part) -> Mail {
        let registered = &self.registered;
        let from = match self.random.below(5) {
            0 => registered.clone(),
            1 => format!("<{registered}>"),
            2 => format!("\"Nunez, Jose (Front Office)\" <{registered}>"),
            3 => format!("=?UTF-8?B?Sm9zw6kgTsO6w7Fleg==?= <{registered}>"),
            _ => format!("Front Office\r\n <{registered}>"),
        };
        Mail { first: Vec::new(), from, subject: subject.to_owned(), extra: Vec::new(), content }
    }

    /// What a colleague sent, list and all.
    fn colleagues_mail(&mut self, list: &Set) -> Mail {
        let greeting = self.greeting();
        let content = self.mixed(vec![greeting, Part::attachment(XLSX, "Facility list.xlsx", &list.xlsx())]);
        Mail { from: "Ann Okonkwo <ann@chain.example>".into(), ..self.mail("Facility list", content) }
    }

    /// A message that says little and encloses another.
    fn mail_around(&mut self, enclosed: Mail, subject: &str) -> Mail {
        let note = Part::text("plain", "See the message below.\r\n", 0);
        let enclosed = self.enclosed(enclosed);
        let content = self.mixed(vec![note, enclosed]);
        self.mail(subject, content)
    }

    fn enclosed(&mut self, mail: Mail) -> Part {
        let headers = vec!["Content-Type: message/rfc822".into(), "Content-Disposition: attachment; filename=\"Facility list.eml\"".into()];
        Part { headers, body: self.post(mail) }
    }

    fn other_format(&mut self, kind: &str, name: &str, data: &[u8]) -> (Mail, Expected) {
        let greeting = self.greeting();
        let content = self.mixed(vec![greeting, Part::attachment(kind, name, data)]);
        (self.mail("Registration request", content), Expected::PleaseUpload("format"))
    }

    /// Text and HTML, with a logo in the HTML.
    fn page_with_logo(&mut self) -> Part {
        let plain = Part::text("plain", "As discussed.\r\n\r\n[cid:image001.png@01DAAB12]\r\nRegistration desk\r\n", 0);
        let html = outlook_page("<p class=MsoNormal>As discussed.<o:p></o:p></p>", true);
        let words = self.multipart("alternative", vec![plain, Part::text("html", &html, 1)]);
        let mut logo = Part::attachment("image/png", "image001.png", &PNG);
        logo.headers[1] = "Content-Disposition: inline; filename=\"image001.png\"".into();
        logo.headers.push("Content-ID: <image001.png@01DAAB12>".into());
        self.multipart("related; type=\"multipart/alternative\"", vec![words, logo])
    }

    fn mixed(&mut self, parts: Vec<Part>) -> Part {
        self.multipart("mixed", parts)
    }

    fn multipart(&mut self, subtype: &str, parts: Vec<Part>) -> Part {
        self.boundaries += 1;
        let boundary = format!("----=_NextPart_{:03}_{:08X}", self.boundaries, self.random.number() as u32);
        let mut body = b"This is a multi-part message in MIME format.\r\n".to_vec();
        for part in parts {
            body.extend(format!("\r\n--{boundary}\r\n").into_bytes());
            body.extend(part.bytes());
        }
        body.extend(format!("\r\n--{boundary}--\r\n").into_bytes());
        Part { headers: vec![format!("Content-Type: multipart/{subtype};\r\n boundary=\"{boundary}\"")], body }
    }

    /// The message as it goes over the wire. No two have the same Message-ID.
    fn post(&mut self, mail: Mail) -> Vec<u8> {
        self.messages += 1;
        let (hour, minute) = (8 + self.messages / 60, self.messages % 60);
        let mut head = mail.first;
        head.push(format!("From: {}", mail.from));
        head.push(format!("To: {INBOX}"));
        head.push(format!("Subject: {}", mail.subject));
        head.push(format!("Date: Tue, 03 Mar 2026 {hour:02}:{minute:02}:00 -0600"));
        head.push(format!("Message-ID: <{:016x}.{}@mail.chain.example>", self.random.number(), self.messages));
        head.push("MIME-Version: 1.0".into());
        head.extend(mail.extra);
        let headers = head.into_iter().chain(mail.content.headers).collect();
        Part { headers, body: mail.content.body }.bytes()
    }

    /// Bytes that mean nothing, after those that say what the file claims to be.
    fn scrambled(&mut self, start: &[u8], length: usize) -> Vec<u8> {
        start.iter().copied().chain((0..length).map(|_| self.random.below(256) as u8)).collect()
    }
}

/// A piece of a message: headers without their line ends, and the body as it is on the wire.
struct Part {
    headers: Vec<String>,
    body: Vec<u8>,
}

impl Part {
    /// Text in UTF-8: quoted-printable, base64 or as it is.
    fn text(subtype: &str, text: &str, encoding: usize) -> Self {
        let mut part = Self { headers: vec![format!("Content-Type: text/{subtype}; charset=\"utf-8\"")], body: Vec::new() };
        match encoding % 3 {
            0 => part.encode_quoted_printable(text.as_bytes()),
            1 => part.encode_base64(text.as_bytes()),
            _ => {
                part.headers.push("Content-Transfer-Encoding: 8bit".into());
                part.body = text.into();
            }
        }
        part
    }

    fn attachment(kind: &str, name: &str, data: &[u8]) -> Self {
        let headers =
            vec![format!("Content-Type: {kind};\r\n name=\"{name}\""), format!("Content-Disposition: attachment; filename=\"{name}\"")];
        let mut part = Self { headers, body: Vec::new() };
        part.encode_base64(data);
        part
    }

    fn encode_base64(&mut self, data: &[u8]) {
        self.set_encoding("base64");
        self.body = lines_of(&STANDARD.encode(data), 76).into();
    }

    fn encode_quoted_printable(&mut self, data: &[u8]) {
        self.set_encoding("quoted-printable");
        self.body = quoted_printable(data).into();
    }

    fn set_encoding(&mut self, name: &str) {
        self.headers.retain(|header| !header.starts_with("Content-Transfer-Encoding"));
        self.headers.push(format!("Content-Transfer-Encoding: {name}"));
    }

    fn bytes(self) -> Vec<u8> {
        let head: String = self.headers.iter().map(|header| format!("{header}\r\n")).collect();
        [head.as_bytes(), b"\r\n", &self.body].concat()
    }
}

/// ASCII text cut into lines.
fn lines_of(text: &str, width: usize) -> String {
    let mut lines = String::new();
    for (place, letter) in text.chars().enumerate() {
        if place > 0 && place.is_multiple_of(width) {
            lines.push_str("\r\n");
        }
        lines.push(letter);
    }
    lines + "\r\n"
}

/// Line ends stay line ends; lines are no longer than 76.
fn quoted_printable(data: &[u8]) -> String {
    let mut text = String::new();
    let mut width = 0;
    for (place, byte) in data.iter().enumerate() {
        let at_line_end = data.get(place + 1).is_none_or(|next| matches!(next, b'\r' | b'\n'));
        let letter = match byte {
            b'\r' | b'\n' => {
                text.push(char::from(*byte));
                width = 0;
                continue;
            }
            b' ' | b'\t' if at_line_end => format!("={byte:02X}"),
            b' '..=b'<' | b'>'..=b'~' | b'\t' => char::from(*byte).to_string(),
            _ => format!("={byte:02X}"),
        };
        if width + letter.len() > 75 {
            text.push_str("=\r\n");
            width = 0;
        }
        width += letter.len();
        text.push_str(&letter);
    }
    text
}

fn windows_1252(text: &str) -> Vec<u8> {
    let byte = |c| match c {
        '’' => 0x92,
        '–' => 0x96,
        _ => u8::try_from(u32::from(c)).unwrap(),
    };
    text.chars().map(byte).collect()
}

/// Header and rows as Outlook writes a range that was pasted from a spreadsheet.
fn html_table(list: &Set) -> String {
    let header = HEADER.map(|label| format!("<b><span style='font-size:11.0pt;color:black'>{label}<o:p></o:p></span></b>"));
    let mut table = "<table class=MsoNormalTable border=0 cellspacing=0 cellpadding=0 style='border-collapse:collapse'>\r\n".to_owned();
    table += &table_row(&header);
    for row in &list.rows {
        let mut cells = row.cells.each_ref().map(|cell| html_cell(cell));
        cells[0] = format!("<u><span style='color:#0563C1'><a href=\"mailto:{}\">{}</a></span></u>", row.cells[0], cells[0]);
        table += &table_row(&cells);
    }
    table + "</table>\r\n"
}

fn table_row(cells: &[String; 6]) -> String {
    let cells = cells.each_ref().map(|cell| {
        format!(
            "  <td width=140 nowrap valign=bottom style='padding:0in 5.4pt 0in 5.4pt'>\r\n  <p class=MsoNormal><span\r\n  \
             style='font-family:\"Calibri\",sans-serif'>{cell}</span></p>\r\n  </td>\r\n"
        )
    });
    format!(" <tr style='height:15.0pt'>\r\n{} </tr>\r\n", cells.concat())
}

/// An empty cell holds a no-break space; the last two words of a name stay on a line; ñ and é are written as entities.
fn html_cell(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('ñ', "&ntilde;").replace('é', "&#233;");
    match text.rsplit_once(' ') {
        _ if text.is_empty() => "<o:p>&nbsp;</o:p>".into(),
        Some((before, last)) => format!("<span lang=EN-US>{before}&nbsp;<span class=SpellE>{last}</span></span><o:p></o:p>"),
        None => format!("<span lang=EN-US>{text}</span><o:p></o:p>"),
    }
}

/// A page around that, with a signature laid out in a table of its own if it has one.
fn outlook_page(content: &str, signature: bool) -> String {
    let signature = if signature {
        "<table border=0><tr><td><img width=96 src=\"cid:image001.png@01DAAB12\"></td>\
         <td><b>Registration desk</b><br>217-555-0142</td></tr></table>\r\n"
    } else {
        "<p class=MsoNormal>Thanks<o:p></o:p></p>\r\n"
    };
    format!(
        "<html xmlns:o=\"urn:schemas-microsoft-com:office:office\" xmlns=\"http://www.w3.org/TR/REC-html40\">\r\n<head>\r\n\
         <meta http-equiv=Content-Type content=\"text/html; charset=utf-8\">\r\n<style><!--\r\np.MsoNormal {{margin:0in;}}\r\n\
         table.MsoNormalTable {{mso-style-name:\"Table Normal\";}}\r\n--></style>\r\n</head>\r\n<body lang=EN-US link=\"#0563C1\">\r\n\
         <div class=WordSection1>\r\n<p class=MsoNormal>Hello,<o:p></o:p></p>\r\n<p class=MsoNormal><o:p>&nbsp;</o:p></p>\r\n\
         {content}<p class=MsoNormal><o:p>&nbsp;</o:p></p>\r\n{signature}</div>\r\n</body>\r\n</html>\r\n"
    )
}

/// A table in the plain text beside HTML: a cell, an empty line, a cell.
fn cells_on_lines(list: &Set) -> String {
    let header = HEADER.map(String::from);
    let rows = std::iter::once(&header).chain(list.rows.iter().map(|row| &row.cells));
    let cells: Vec<&str> = rows.flatten().map(String::as_str).collect();
    format!("Hello,\r\n\r\n{}\r\n\r\nThanks\r\n", cells.join("\r\n\r\n"))
}

const PNG: [u8; 33] = *b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89";
const JPEG: [u8; 20] = *b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00";
const GIF: &[u8] = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;";

/// A ZIP archive with one file, stored as it is.
fn stored_zip(name: &str, data: &[u8]) -> Vec<u8> {
    let size = (data.len() as u32).to_le_bytes();
    let common =
        [&[0x14, 0, 0, 0, 0, 0, 0, 0, 0x63, 0x5c], &crc_32(data).to_le_bytes()[..], &size, &size, &[name.len() as u8, 0, 0, 0]].concat();
    let local = [b"PK\x03\x04", &common[..], name.as_bytes(), data].concat();
    let central = [b"PK\x01\x02\x14\x00", &common[..], &[0; 14], name.as_bytes()].concat();
    let places = [(central.len() as u32).to_le_bytes(), (local.len() as u32).to_le_bytes()].concat();
    [&local[..], &central, b"PK\x05\x06\x00\x00\x00\x00\x01\x00\x01\x00", &places, &[0, 0]].concat()
}

fn crc_32(data: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in data {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 };
        }
    }
    !crc
}

/// One of several ways, in turn.
fn way(ways: &[&'static str], variant: usize) -> &'static str {
    ways[variant % ways.len()]
}
