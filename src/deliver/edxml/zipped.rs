//! Attachments: each a zip in base64, within limits when it is read.

use std::io::{Cursor, Read, Write};

use base64::{Engine, engine::general_purpose::STANDARD};
use zip::{CompressionMethod, ZipArchive, ZipWriter, write::SimpleFileOptions};

/// One attachment is not unpacked beyond this.
const MOST_BYTES: u64 = 16 << 20;
/// One zip is not read beyond so many files.
const MOST_FILES: usize = 20;

/// A picture or a paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// With its ending.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// What it is.
    pub bytes: Vec<u8>,
}

impl Attachment {
    /// A zip of one file, in base64. A picture does not get smaller, so it is only stored.
    pub fn encoded(&self) -> String {
        let mut zip = ZipWriter::new(Cursor::new(vec![]));
        let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        let written = zip.start_file(self.name.as_str(), stored).is_ok() && zip.write_all(&self.bytes).is_ok();
        let zipped = zip.finish().ok().filter(|_| written).map(Cursor::into_inner);
        STANDARD.encode(zipped.unwrap_or_default())
    }

    /// The files in such a text; what is no zip is the file itself.
    pub fn decoded(name: &str, media_type: &str, text: &str) -> Result<Vec<Self>, String> {
        let packed: String = text.split_ascii_whitespace().collect();
        let bytes = STANDARD.decode(packed).map_err(|why| format!("{name}: {why}"))?;
        if !bytes.starts_with(b"PK") {
            return Ok(vec![Self { name: name.to_owned(), media_type: media_type.to_owned(), bytes }]);
        }
        let mut zip = ZipArchive::new(Cursor::new(bytes)).map_err(|why| format!("{name}: {why}"))?;
        let mut files = vec![];
        for place in 0..zip.len().min(MOST_FILES) {
            let file = zip.by_index(place).map_err(|why| format!("{name}: {why}"))?;
            let path = file.name().map_err(|why| format!("{name}: {why}"))?.into_owned();
            let inner = path.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
            if inner.is_empty() {
                continue;
            }
            let mut bytes = vec![];
            let read = file.take(MOST_BYTES + 1).read_to_end(&mut bytes);
            read.map_err(|why| format!("{name}: {why}"))?;
            if u64::try_from(bytes.len()).is_ok_and(|size| size > MOST_BYTES) {
                return Err(format!("{name}: more than 16 MB when unpacked"));
            }
            files.push(Self { name: inner, media_type: media_type.to_owned(), bytes });
        }
        Ok(files)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zip_that_unpacks_without_end_is_refused() {
        let mut zip = ZipWriter::new(Cursor::new(vec![]));
        let packed = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        zip.start_file("a.jpg", packed).unwrap();
        for _ in 0..20 {
            zip.write_all(&vec![0; 1 << 20]).unwrap();
        }
        let bomb = STANDARD.encode(zip.finish().unwrap().into_inner());
        assert!(bomb.len() < 100_000);
        assert!(Attachment::decoded("a.zip", "image/jpeg", &bomb).unwrap_err().contains("16 MB"));
    }

    #[test]
    fn a_path_in_a_zip_leads_nowhere() {
        let one = Attachment { name: "../../etc/x.jpg".into(), media_type: "image/jpeg".into(), bytes: vec![1] };
        let read = Attachment::decoded("z", "image/jpeg", &one.encoded()).unwrap();
        assert_eq!((read[0].name.as_str(), read[0].bytes.as_slice()), ("x.jpg", &[1_u8][..]));
    }
}
