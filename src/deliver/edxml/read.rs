//! XML becomes messages. What is not needed may be missing; what is needed is named where it is.

use super::{Agency, Attachment, Business, Document, Element, Message, ResponseFor, Status};

/// Why a text is no message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// No XML of the namespace.
    #[error("not an edXML document: {0}")]
    Xml(String),
    /// Something is missing.
    #[error("the edXML document has no {0}")]
    Missing(&'static str),
    /// An attachment cannot be unpacked.
    #[error("an attachment cannot be unpacked: {0}")]
    Attachment(String),
}

/// Reads a message.
pub fn read(bytes: &[u8]) -> Result<Message, Unreadable> {
    let root = Element::read(bytes).map_err(Unreadable::Xml)?;
    let header = root.find("MessageHeader").ok_or(Unreadable::Missing("MessageHeader"))?;
    if header.child("StatusCode").is_some() {
        return status(header).map(|status| Message::Status(Box::new(status)));
    }
    document(&root, header).map(|document| Message::Document(Box::new(document)))
}

fn agency(element: Option<&Element>) -> Agency {
    let said = |name: &str| element.map(|element| element.said(name)).unwrap_or_default();
    Agency { organ_id: said("OrganId"), name: said("OrganName"), email: said("Email"), telephone: said("Telephone") }
}

fn response(element: &Element) -> ResponseFor {
    ResponseFor {
        organ_id: element.said("OrganId"),
        code: element.said("Code"),
        day: element.said("PromulgationDate"),
        document_id: element.said("DocumentId"),
    }
}

fn status(header: &Element) -> Result<Status, Unreadable> {
    let response_for = header.child("ResponseFor").ok_or(Unreadable::Missing("ResponseFor"))?;
    let code = header.said("StatusCode");
    Ok(Status {
        from: agency(header.child("From")),
        response_for: response(response_for),
        staff: header.child("StaffInfo").map(|staff| staff.said("Staff")).unwrap_or_default(),
        // Some systems drop the leading zero.
        code: if code.len() == 1 { format!("0{code}") } else { code },
        description: header.said("Description"),
        at: header.said("Timestamp"),
    })
}

fn document(root: &Element, header: &Element) -> Result<Document, Unreadable> {
    let id = header.said("DocumentId");
    if id.is_empty() {
        return Err(Unreadable::Missing("DocumentId"));
    }
    let inside = |outer: &str, inner: &str| header.child(outer).map(|it| it.said(inner)).unwrap_or_default();
    let trace = root.find("TraceHeaderList");
    let business = trace.and_then(|trace| trace.child("Bussiness"));
    let said = |name: &str| business.map(|business| business.said(name)).unwrap_or_default();
    let mut attachments = vec![];
    for one in root.find("AttachmentEncoded").into_iter().flat_map(|all| all.all("Attachment")) {
        let text = one.said("ContentTransferEncoded");
        let files = Attachment::decoded(&one.said("AttachmentName"), &one.said("ContentType"), &text);
        attachments.extend(files.map_err(Unreadable::Attachment)?);
    }
    Ok(Document {
        from: agency(header.child("From")),
        to: header.all("To").map(|to| agency(Some(to))).collect(),
        number: inside("Code", "CodeNumber"),
        notation: inside("Code", "CodeNotation"),
        type_name: inside("DocumentType", "TypeName"),
        place: inside("PromulgationInfo", "Place"),
        day: inside("PromulgationInfo", "PromulgationDate"),
        subject: header.said("Subject"),
        content: header.said("Content"),
        signer: inside("SignerInfo", "FullName"),
        due: Some(header.said("DueDate")).filter(|due| !due.is_empty()),
        urgent: inside("OtherInfo", "Priority") == "1",
        responses: header.all("ResponseFor").map(response).collect(),
        sent: trace.and_then(|trace| trace.child("TraceHeader")).map(|it| it.said("Timestamp")).unwrap_or_default(),
        business: Business::parse(&said("BussinessDocType")).unwrap_or(Business::New),
        business_of: Some(said("DocumentId")).filter(|of| !of.is_empty() && *of != id),
        reason: said("BussinessDocReason"),
        attachments,
        id,
    })
}
