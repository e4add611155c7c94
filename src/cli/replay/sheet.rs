//! edXML as the stand-in document systems of the day read and write it, apart from the product's own reader and writer.

use std::io::{Cursor, Read};

use anyhow::{Context, ensure};
use base64::{Engine, engine::general_purpose::STANDARD};
use quick_xml::{
    Reader,
    escape::{escape, resolve_predefined_entity},
    events::Event,
};
use zip::ZipArchive;

const NAMESPACE: &str = "http://www.mic.gov.vn/TBT/QCVN_102_2016";

/// A message: every text with the path of elements that leads to it.
#[derive(Debug, Clone, Default)]
pub struct Sheet {
    texts: Vec<(String, String)>,
}

impl Sheet {
    /// Reads one.
    pub fn read(xml: &str) -> anyhow::Result<Self> {
        let (mut reader, mut path, mut text) = (Reader::from_str(xml), vec![], String::new());
        let mut texts = vec![];
        loop {
            match reader.read_event().context("a document system was sent no XML")? {
                Event::Start(start) => {
                    path.push(start.local_name().as_ref().to_owned());
                    text.clear();
                }
                Event::Text(more) => text.push_str(&more.xml10_content()),
                Event::GeneralRef(entity) => {
                    let letter = resolve_predefined_entity(&entity.xml10_content());
                    text.push_str(letter.context("a document system was sent an entity that nobody knows")?);
                }
                Event::End(_) => {
                    if !text.trim().is_empty() {
                        texts.push((path.join("/"), text.trim().to_owned()));
                    }
                    text.clear();
                    path.pop();
                }
                Event::Eof => {
                    ensure!(path.is_empty(), "a document system was sent half a document");
                    return Ok(Self { texts });
                }
                _ => {}
            }
        }
    }

    /// The first text at the end of such a path, `Bussiness/DocumentId`; empty where there is none.
    pub fn said(&self, end: &str) -> &str {
        self.all(end).next().unwrap_or_default()
    }

    /// All texts at the end of such a path.
    pub fn all<'a>(&'a self, end: &str) -> impl Iterator<Item = &'a str> {
        let fits = move |path: &str| path.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'));
        self.texts.iter().filter(move |(path, _)| fits(path)).map(|(_, text)| text.as_str())
    }

    /// How many pictures are attached, each in a zip of its own.
    pub fn pictures(&self) -> usize {
        self.all("Attachment/ContentTransferEncoded").filter(|text| is_picture(text)).count()
    }
}

fn is_picture(text: &str) -> bool {
    let inside = || {
        let bytes = STANDARD.decode(text).ok()?;
        let mut zip = ZipArchive::new(Cursor::new(bytes)).ok()?;
        let mut start = [0; 2];
        zip.by_index(0).ok()?.read_exact(&mut start).ok()?;
        Some(start == [0xff, 0xd8])
    };
    inside().unwrap_or(false)
}

/// What a document system says.
#[derive(Debug, Clone, Copy, Default)]
pub struct Words<'a> {
    /// In whose name.
    pub office: &'a str,
    /// The id of the document that is answered.
    pub of: &'a str,
    /// Its number.
    pub number: &'a str,
    /// Which official.
    pub staff: &'a str,
    /// In words.
    pub text: &'a str,
}

impl Words<'_> {
    /// As a status message.
    pub fn status(&self, code: &str) -> String {
        let header = [
            self.from(),
            self.answers(),
            tag("StaffInfo", &leaf("Staff", self.staff)),
            leaf("StatusCode", code),
            leaf("Description", self.text),
            leaf("Timestamp", "2026/07/21 08:00:00"),
        ];
        envelope(&tag("edXMLHeader", &tag("MessageHeader", &header.concat())), "")
    }

    /// As a document of a kind, to be done by a day (`YYYY/MM/DD`) where there is one, with a picture where there is one.
    pub fn document(&self, id: &str, kind: &str, due: &str, picture: Option<&[u8]>) -> String {
        let header = [
            self.from(),
            tag("To", &[leaf("OrganId", "centre"), leaf("OrganName", "Trung tâm")].concat()),
            leaf("DocumentId", id),
            tag("Code", &[leaf("CodeNumber", "1"), leaf("CodeNotation", "UBND")].concat()),
            tag("PromulgationInfo", &[leaf("Place", "Xã"), leaf("PromulgationDate", "2026/07/21")].concat()),
            tag("DocumentType", &[leaf("Type", "1"), leaf("TypeName", kind)].concat()),
            leaf("Subject", kind),
            leaf("Content", self.text),
            tag("SignerInfo", &leaf("FullName", self.staff)),
            leaf("DueDate", due),
            self.answers(),
        ];
        let trace = [
            tag("TraceHeader", &[leaf("OrganId", self.office), leaf("Timestamp", "2026/07/21 08:00:00")].concat()),
            tag("Bussiness", &[leaf("DocumentId", id), leaf("BussinessDocType", "0")].concat()),
        ];
        let head = [tag("MessageHeader", &header.concat()), tag("TraceHeaderList", &trace.concat())];
        let name =
            [leaf("ContentId", "cid:1"), leaf("ContentType", "image/jpeg"), leaf("AttachmentName", "ket-qua.jpg")];
        let reference = picture.map(|_| tag("Reference", &name.concat())).unwrap_or_default();
        let attached = picture.map(|bytes| {
            let encoded = leaf("ContentTransferEncoded", &STANDARD.encode(bytes));
            let [id, kind, name] = &name;
            tag("AttachmentEncoded", &tag("Attachment", &[id, name, kind, &encoded].map(String::as_str).concat()))
        });
        let body = tag("edXMLBody", &tag("edXMLManifest", &reference));
        envelope(&[tag("edXMLHeader", &head.concat()), body].concat(), &attached.unwrap_or_default())
    }

    fn from(&self) -> String {
        tag("From", &[leaf("OrganId", self.office), leaf("OrganName", "UBND")].concat())
    }

    fn answers(&self) -> String {
        let inside = [
            leaf("OrganId", "centre"),
            leaf("Code", self.number),
            leaf("PromulgationDate", "2026/07/21"),
            leaf("DocumentId", self.of),
        ];
        tag("ResponseFor", &inside.concat())
    }
}

fn envelope(inside: &str, attached: &str) -> String {
    let envelope = tag("edXMLEnvelope", inside);
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<e:edXML xmlns:e=\"{NAMESPACE}\">{envelope}{attached}</e:edXML>\n"
    )
}

fn leaf(name: &str, text: &str) -> String {
    tag(name, &escape(text))
}

fn tag(name: &str, inside: &str) -> String {
    format!("<e:{name}>{inside}</e:{name}>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back_by_its_path() {
        let words = Words { office: "xa-03127", of: "d1", number: "K7QM", staff: "Lò A", text: "xong <b> & \"sâu\"" };
        let status = Sheet::read(&words.status("06")).unwrap();
        assert_eq!((status.said("StatusCode"), status.said("Description")), ("06", words.text));
        assert_eq!(status.said("ResponseFor/DocumentId"), "d1");
        let document = Sheet::read(&words.document("a1", "Phiếu gia hạn", "2026/07/24", Some(&[1]))).unwrap();
        assert_eq!((document.said("DocumentType/TypeName"), document.said("DueDate")), ("Phiếu gia hạn", "2026/07/24"));
        assert_eq!((document.said("MessageHeader/DocumentId"), document.pictures()), ("a1", 0));
        assert!(Sheet::read("<a>").is_err());
    }
}
