use proptest::prelude::*;

use super::*;

/// Looks at a message as `receive` does, as far as no database is asked.
fn look_at(raw: &[u8]) -> Option<Found> {
    let message = MessageParser::default().parse(raw)?;
    let _ = (automatic(&message), sender(&message));
    Some(find_sheet(&message, &Requests::default(), 0))
}

#[test]
fn a_table_in_the_text_is_found() {
    let raw = "From: a@x.test\r\n\r\nContact Email\tContact Phone\tFacility Name\tFacility Type\tMedicaid ID\tNPI\n\
        b@x.test\t217-555-0101\tElm Home\tNursing facility\t070000201001\t2000000002\n";
    assert_eq!(look_at(raw.as_bytes()).unwrap().unwrap().rows.len(), 1);
}

#[test]
fn messages_in_messages_end() {
    let mut raw = "From: a@x.test\r\n\r\nhello\r\n".to_owned();
    for _ in 0..40 {
        raw = format!("From: a@x.test\r\nContent-Type: message/rfc822\r\n\r\n{raw}");
    }
    assert!(look_at(raw.as_bytes()).unwrap().is_err());
}

proptest! {
    #[test]
    fn any_bytes_are_looked_at(raw in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        let _ = look_at(&raw);
    }

    #[test]
    fn any_attachment_is_looked_at(
        kind in "(text/csv|text/html|application/octet-stream|application/ms-tnef|message/rfc822|multipart/mixed; boundary=b|application/zip)",
        encoding in "(base64|quoted-printable|7bit|8bit|nonsense)",
        name in "[a-z.]{0,12}(xlsx|xlsm|csv|dat|eml)?",
        body in proptest::collection::vec(any::<u8>(), 0..1_000),
    ) {
        let head = format!(
            "From: a@x.test\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: {kind}\r\n\
             Content-Transfer-Encoding: {encoding}\r\nContent-Disposition: attachment; filename=\"{name}\"\r\n\r\n"
        );
        let _ = look_at(&[head.as_bytes(), &body, b"\r\n--b--\r\n"].concat());
    }
}
