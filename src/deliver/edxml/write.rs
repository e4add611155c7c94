//! Messages become XML, every element in the order of the standard.

use super::{Agency, Attachment, Document, Element, Message, ResponseFor, Status};

impl Message {
    /// The document, in UTF-8.
    pub fn write(&self) -> String {
        match self {
            Self::Document(document) => document_tree(document).write(),
            Self::Status(status) => status_tree(status).write(),
        }
    }

    /// The word for the transport's header `messagetype`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Document(_) => "edoc",
            Self::Status(_) => "status",
        }
    }
}

fn text(name: &str, text: &str) -> Element {
    Element::text(name, text)
}

fn agency(name: &str, agency: &Agency) -> Element {
    Element::of(
        name,
        vec![
            text("OrganId", &agency.organ_id),
            text("OrganizationInCharge", ""),
            text("OrganName", &agency.name),
            text("OrganAdd", ""),
            text("Email", &agency.email),
            text("Telephone", &agency.telephone),
            text("Fax", ""),
            text("Website", ""),
        ],
    )
}

fn response(of: &ResponseFor) -> Element {
    Element::of(
        "ResponseFor",
        vec![
            text("OrganId", &of.organ_id),
            text("Code", &of.code),
            text("PromulgationDate", &of.day),
            text("DocumentId", &of.document_id),
        ],
    )
}

fn staff(name: &str) -> Element {
    Element::of("StaffInfo", vec![text("Department", ""), text("Staff", name), text("Mobile", ""), text("Email", "")])
}

fn envelope(header: Vec<Element>, body: Option<Element>) -> Element {
    let inside = [Element::of("edXMLHeader", header)].into_iter().chain(body).collect();
    Element::of("edXMLEnvelope", inside)
}

fn status_tree(status: &Status) -> Element {
    let header = Element::of(
        "MessageHeader",
        vec![
            agency("From", &status.from),
            response(&status.response_for),
            staff(&status.staff),
            text("StatusCode", &status.code),
            text("Description", &status.description),
            text("Timestamp", &status.at),
        ],
    );
    Element::of("edXML", vec![envelope(vec![header], None)])
}

fn document_tree(document: &Document) -> Element {
    let header = vec![message_header(document), trace(document)];
    let manifest =
        Element { attributes: vec![("version", "1.0")], ..Element::of("edXMLManifest", numbered(document, reference)) };
    let body = Element::of("edXMLBody", vec![manifest]);
    let encoded = Element::of("AttachmentEncoded", numbered(document, attachment));
    Element::of("edXML", vec![envelope(header, Some(body)), encoded])
}

fn numbered(document: &Document, write: fn(usize, &Attachment) -> Element) -> Vec<Element> {
    document.attachments.iter().enumerate().map(|(place, one)| write(place, one)).collect()
}

fn message_header(document: &Document) -> Element {
    let mut inside = vec![agency("From", &document.from)];
    inside.extend(document.to.iter().map(|to| agency("To", to)));
    inside.extend([
        text("DocumentId", &document.id),
        Element::of("Code", vec![text("CodeNumber", &document.number), text("CodeNotation", &document.notation)]),
        Element::of("PromulgationInfo", vec![text("Place", &document.place), text("PromulgationDate", &document.day)]),
        Element::of(
            "DocumentType",
            vec![text("Type", "1"), text("TypeDetail", ""), text("TypeName", &document.type_name)],
        ),
        text("Subject", &document.subject),
        text("Content", &document.content),
        Element::of(
            "SignerInfo",
            vec![text("Competence", ""), text("Position", ""), text("FullName", &document.signer)],
        ),
        text("DueDate", document.due.as_deref().unwrap_or_default()),
        Element::of("ToPlaces", document.to.iter().map(|to| text("Place", &to.name)).collect()),
        other_info(document),
    ]);
    inside.extend(document.responses.iter().map(response));
    inside.push(text("SteeringType", "0"));
    Element::of("MessageHeader", inside)
}

fn other_info(document: &Document) -> Element {
    Element::of(
        "OtherInfo",
        vec![
            text("Priority", if document.urgent { "1" } else { "0" }),
            text("SphereOfPromulgation", ""),
            text("TyperNotation", ""),
            text("PromulgationAmount", "1"),
            text("PageAmount", "1"),
            text("Direction", ""),
            Element::of("Appendixes", document.attachments.iter().map(|one| text("Appendix", &one.name)).collect()),
        ],
    )
}

fn trace(document: &Document) -> Element {
    let sent = vec![text("OrganId", &document.from.organ_id), text("Timestamp", &document.sent)];
    let business = vec![
        text("DocumentId", document.business_of.as_deref().unwrap_or(&document.id)),
        text("BussinessDocType", document.business.number()),
        text("BussinessDocReason", &document.reason),
        text("Paper", "0"),
        staff(&document.signer),
    ];
    Element::of("TraceHeaderList", vec![Element::of("TraceHeader", sent), Element::of("Bussiness", business)])
}

fn content_id(place: usize) -> String {
    format!("cid:attachment-{}", place + 1)
}

fn reference(place: usize, one: &Attachment) -> Element {
    Element::of(
        "Reference",
        vec![
            text("ContentId", &content_id(place)),
            text("ContentType", &one.media_type),
            text("Description", ""),
            text("AttachmentName", &one.name),
        ],
    )
}

fn attachment(place: usize, one: &Attachment) -> Element {
    Element::of(
        "Attachment",
        vec![
            text("ContentId", &content_id(place)),
            text("AttachmentName", &one.name),
            text("Description", ""),
            text("ContentType", &one.media_type),
            Element::text("ContentTransferEncoded", one.encoded()),
        ],
    )
}
