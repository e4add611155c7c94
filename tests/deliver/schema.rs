//! The order and number of elements in edXML documents and status messages, from the standard's description; written
//! apart from the writer, so that neither can be wrong alone.

use ioc::deliver::edxml::Element;

/// Children in their order: name, at least, at most (0: without end). `Of` names the rule of a child where it differs.
type Rule = &'static [(&'static str, usize, usize)];

const AGENCY: Rule = &[
    ("OrganId", 1, 1),
    ("OrganizationInCharge", 0, 1),
    ("OrganName", 1, 1),
    ("OrganAdd", 0, 1),
    ("Email", 0, 1),
    ("Telephone", 0, 1),
    ("Fax", 0, 1),
    ("Website", 0, 1),
];
const RESPONSE: Rule = &[("OrganId", 1, 1), ("Code", 1, 1), ("PromulgationDate", 1, 1), ("DocumentId", 1, 1)];
const STAFF: Rule = &[("Department", 0, 1), ("Staff", 0, 1), ("Mobile", 0, 1), ("Email", 0, 1)];
const DOCUMENT_HEADER: Rule = &[
    ("From", 1, 1),
    ("To", 1, 0),
    ("DocumentId", 1, 1),
    ("Code", 1, 1),
    ("PromulgationInfo", 1, 1),
    ("DocumentType", 1, 1),
    ("Subject", 1, 1),
    ("Content", 1, 1),
    ("SignerInfo", 1, 1),
    ("DueDate", 0, 1),
    ("ToPlaces", 0, 1),
    ("OtherInfo", 0, 1),
    ("ResponseFor", 0, 0),
    ("SteeringType", 0, 1),
];
const STATUS_HEADER: Rule = &[
    ("From", 1, 1),
    ("ResponseFor", 1, 1),
    ("StaffInfo", 0, 1),
    ("StatusCode", 1, 1),
    ("Description", 0, 1),
    ("Timestamp", 1, 1),
];
const OTHER_INFO: Rule = &[
    ("Priority", 0, 1),
    ("SphereOfPromulgation", 0, 1),
    ("TyperNotation", 0, 1),
    ("PromulgationAmount", 0, 1),
    ("PageAmount", 0, 1),
    ("Direction", 0, 1),
    ("Appendixes", 0, 1),
];
const BUSINESS: Rule = &[
    ("DocumentId", 1, 1),
    ("BussinessDocType", 1, 1),
    ("BussinessDocReason", 0, 1),
    ("Paper", 0, 1),
    ("StaffInfo", 0, 1),
];
const REFERENCE: Rule = &[("ContentId", 1, 1), ("ContentType", 1, 1), ("Description", 0, 1), ("AttachmentName", 1, 1)];
const ATTACHMENT: Rule = &[
    ("ContentId", 1, 1),
    ("AttachmentName", 1, 1),
    ("Description", 0, 1),
    ("ContentType", 1, 1),
    ("ContentTransferEncoded", 1, 1),
];

fn rule(element: &Element, parent: &str, status: bool) -> Option<Rule> {
    Some(match (element.name.as_str(), parent) {
        ("edXML", "") => &[("edXMLEnvelope", 1, 1), ("AttachmentEncoded", 0, 1)],
        ("edXMLEnvelope", _) if status => &[("edXMLHeader", 1, 1)],
        ("edXMLEnvelope", _) => &[("edXMLHeader", 1, 1), ("edXMLBody", 1, 1)],
        ("edXMLHeader", _) if status => &[("MessageHeader", 1, 1)],
        ("edXMLHeader", _) => &[("MessageHeader", 1, 1), ("TraceHeaderList", 1, 1), ("Signature", 0, 1)],
        ("MessageHeader", _) => {
            if status {
                STATUS_HEADER
            } else {
                DOCUMENT_HEADER
            }
        }
        ("From" | "To", _) => AGENCY,
        ("ResponseFor", _) => RESPONSE,
        ("StaffInfo", _) => STAFF,
        ("Code", "MessageHeader") => &[("CodeNumber", 1, 1), ("CodeNotation", 1, 1)],
        ("PromulgationInfo", _) => &[("Place", 1, 1), ("PromulgationDate", 1, 1)],
        ("DocumentType", _) => &[("Type", 1, 1), ("TypeDetail", 0, 1), ("TypeName", 1, 1)],
        ("SignerInfo", _) => &[("Competence", 0, 1), ("Position", 0, 1), ("FullName", 1, 1)],
        ("ToPlaces", _) => &[("Place", 1, 0)],
        ("OtherInfo", _) => OTHER_INFO,
        ("Appendixes", _) => &[("Appendix", 0, 0)],
        ("TraceHeaderList", _) => &[("TraceHeader", 1, 0), ("Bussiness", 1, 1)],
        ("TraceHeader", _) => &[("OrganId", 1, 1), ("Timestamp", 1, 1)],
        ("Bussiness", _) => BUSINESS,
        ("edXMLBody", _) => &[("edXMLManifest", 1, 1)],
        ("edXMLManifest", _) => &[("Reference", 0, 0)],
        ("Reference", _) => REFERENCE,
        ("AttachmentEncoded", _) => &[("Attachment", 0, 0)],
        ("Attachment", _) => ATTACHMENT,
        _ => return None,
    })
}

/// What is wrong with a document; empty: nothing.
pub fn faults(xml: &str) -> Vec<String> {
    let root = match Element::read(xml.as_bytes()) {
        Ok(root) => root,
        Err(why) => return vec![why],
    };
    let status = root.find("StatusCode").is_some();
    let mut faults = vec![];
    check(&root, "", status, &mut faults);
    let shape = |name: &str, like: &str, faults: &mut Vec<String>| {
        if let Some(found) = root.find(name).map(|found| found.text.clone()).filter(|text| !text.is_empty()) {
            let same = found.len() == like.len()
                && found.chars().zip(like.chars()).all(|(a, b)| if b == '9' { a.is_ascii_digit() } else { a == b });
            if !same {
                faults.push(format!("{name} is {found:?}, not like {like}"));
            }
        }
    };
    shape("PromulgationDate", "9999/99/99", &mut faults);
    shape("DueDate", "9999/99/99", &mut faults);
    shape("Timestamp", "9999/99/99 99:99:99", &mut faults);
    shape("BussinessDocType", "9", &mut faults);
    shape("StatusCode", "99", &mut faults);
    let ids = |outer: &str, inner: &str| -> Vec<String> {
        root.find(outer).into_iter().flat_map(|all| all.all(inner)).map(|one| one.said("ContentId")).collect()
    };
    let (named, there) = (ids("edXMLManifest", "Reference"), ids("AttachmentEncoded", "Attachment"));
    if named != there || named.iter().any(|id| !id.starts_with("cid:")) {
        faults.push(format!("the manifest names {named:?}, attached are {there:?}"));
    }
    faults
}

fn check(element: &Element, parent: &str, status: bool, faults: &mut Vec<String>) {
    let Some(rule) = rule(element, parent, status) else {
        if !element.children.is_empty() {
            faults.push(format!("{} has elements in it", element.name));
        }
        return;
    };
    if !element.text.trim().is_empty() {
        faults.push(format!("{} has a text in it", element.name));
    }
    let mut rest = element.children.as_slice();
    for (name, least, most) in rule {
        let count = rest.iter().take_while(|child| child.name == *name).count();
        if count < *least || (*most > 0 && count > *most) {
            faults.push(format!("{} has {name} {count} times", element.name));
        }
        rest = &rest[count..];
    }
    if let Some(stranger) = rest.first() {
        faults.push(format!("{} has {} where it does not belong", element.name, stranger.name));
    }
    for child in &element.children {
        check(child, &element.name, status, faults);
    }
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
