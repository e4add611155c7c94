//! edXML documents and status messages are held against schemas written from the standard's description, by a program of
//! others: neither the writer nor the schema can be wrong alone.

use std::{
    io::Write,
    process::{Command, Stdio},
};

/// What is wrong with a document; empty: nothing.
pub fn faults(xml: &str) -> Vec<String> {
    let which = if xml.contains("StatusCode>") { "status" } else { "document" };
    let schema = format!("{}/tests/deliver/edxml/{which}.xsd", env!("CARGO_MANIFEST_DIR"));
    let mut lint = Command::new("xmllint");
    lint.args(["--noout", "--nonet", "--schema", &schema, "-"]);
    let lint = lint.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut lint = lint.expect("xmllint is missing: apt-get install libxml2-utils");
    lint.stdin.take().unwrap().write_all(xml.as_bytes()).unwrap();
    let done = lint.wait_with_output().unwrap();
    if done.status.success() {
        return vec![];
    }
    String::from_utf8_lossy(&done.stderr).lines().map(str::to_owned).collect()
}

#[test]
fn the_schema_notices_what_is_missing_twice_or_out_of_order() {
    let status = |inside: &str| {
        format!(
            "<edXML:edXML xmlns:edXML=\"{}\"><edXML:edXMLEnvelope><edXML:edXMLHeader><edXML:MessageHeader>{inside}\
             </edXML:MessageHeader></edXML:edXMLHeader></edXML:edXMLEnvelope></edXML:edXML>",
            ioc::deliver::edxml::NAMESPACE
        )
    };
    let from = "<edXML:From><edXML:OrganId>1</edXML:OrganId><edXML:OrganName>x</edXML:OrganName></edXML:From>";
    let of = "<edXML:ResponseFor><edXML:OrganId>1</edXML:OrganId><edXML:Code>1</edXML:Code>\
              <edXML:PromulgationDate>2026/07/14</edXML:PromulgationDate><edXML:DocumentId>1</edXML:DocumentId></edXML:ResponseFor>";
    let (code, at) =
        ("<edXML:StatusCode>03</edXML:StatusCode>", "<edXML:Timestamp>2026/07/14 09:00:00</edXML:Timestamp>");
    assert_eq!(faults(&status(&format!("{from}{of}{code}{at}"))), Vec::<String>::new());
    for wrong in [
        format!("{of}{from}{code}{at}"),
        format!("{from}{code}{at}"),
        format!("{from}{of}{code}{code}{at}"),
        format!("{from}{of}{code}<edXML:Timestamp>14.7.2026</edXML:Timestamp>"),
        format!("{from}{of}{code}{at}<edXML:More/>"),
    ] {
        assert!(!faults(&status(&wrong)).is_empty(), "{wrong}");
    }
}

#[test]
fn the_schema_notices_what_is_attached_and_not_named() {
    use ioc::deliver::edxml::{Agency, Attachment, Business, Document, Message};
    let agency = Agency { organ_id: "H18".into(), name: "UBND".into(), ..Agency::default() };
    let text = || "x".to_owned();
    let document = Message::Document(Box::new(Document {
        from: agency.clone(),
        to: vec![agency],
        id: text(),
        number: text(),
        notation: text(),
        type_name: text(),
        place: text(),
        day: "2026/07/14".into(),
        subject: text(),
        content: text(),
        signer: text(),
        due: None,
        urgent: false,
        responses: vec![],
        sent: "2026/07/14 09:00:00".into(),
        business: Business::New,
        business_of: None,
        reason: String::new(),
        attachments: vec![Attachment { name: "a.jpg".into(), media_type: "image/jpeg".into(), bytes: vec![7] }],
    }));
    let xml = document.write();
    assert_eq!(faults(&xml), Vec::<String>::new());
    for (right, wrong) in [
        ("cid:attachment-1", "cid:attachment-2"),
        ("2026/07/14", "2026/14/07"),
        ("DocType>0<", "DocType>7<"),
        ("edXML:To>", "edXML:Fro>"),
    ] {
        assert!(!faults(&xml.replacen(right, wrong, 1)).is_empty(), "{wrong}");
    }
}
