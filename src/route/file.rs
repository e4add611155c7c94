//! Rule book and directory as files that people edit: TOML, one block an entry.

use std::fmt::Write;

use serde::Serialize;

use super::RuleBook;
use crate::domain::office::Directory;

const DIRECTORY_HEADER: &str = "\
# Cơ quan xử lý của một trung tâm. Sửa tệp này rồi nạp lại: ioc offices import TỆP
# - organ_id: mã cơ quan trên trục liên thông văn bản (edXML); email, phone: để trống nếu chưa có.
# - kind: commune (UBND xã, phường, đặc khu), department (cơ quan cấp tỉnh), province_desk (bàn tiếp nhận, chỉ một).
# - above: cơ quan cấp trên trực tiếp; phản ánh về một cơ quan do cấp trên của nó trả lời.
# Mỗi xã có một cơ quan; thay đổi làm một xã hay lĩnh vực không có nơi trả lời sẽ bị từ chối, bản cũ giữ nguyên.
";

const RULES_HEADER: &str = "\
# Lĩnh vực và quy tắc chuyển. Quy tắc cụ thể hơn thắng, thứ tự trong tệp không có ý nghĩa:
#   lĩnh vực và xã > xã > lĩnh vực > còn lại.
# - Quy tắc không ghi category chỉ áp dụng cho lĩnh vực có level = \"commune\".
# - to: \"commune_office\" (cơ quan của xã), \"above_commune_office\" (cấp trên của nó), { office = \"mã\" }.
# - accept_hours, resolve_hours: giờ làm việc; giờ đồng hồ nếu urgent = true.
# - Không xóa lĩnh vực đã dùng: ghi retired = true.
";

/// Why a file cannot be read: the line, the column and what was expected there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct FileError(#[from] toml::de::Error);

/// The directory of that text.
pub fn read_directory(text: &str) -> Result<Directory, FileError> {
    Ok(toml::from_str(text)?)
}

/// The rule book of that text.
pub fn read_rules(text: &str) -> Result<RuleBook, FileError> {
    Ok(toml::from_str(text)?)
}

/// The text of that directory; reading it gives the same directory.
pub fn write_directory(directory: &Directory) -> String {
    let mut page = Page::new(DIRECTORY_HEADER);
    page.field("center", &directory.center);
    page.field("province", &directory.province);
    page.field("generation", &directory.generation);
    for office in &directory.offices {
        page.block("offices");
        page.field("id", &office.id);
        page.field("name", &office.name);
        page.field("kind", &office.kind);
        page.optional("commune", office.commune.as_ref());
        page.optional("above", office.above.as_ref());
        page.field("organ_id", &office.organ_id);
        page.field("email", &office.email);
        page.field("phone", &office.phone);
    }
    page.0
}

/// The text of that rule book; reading it gives the same rule book.
pub fn write_rules(book: &RuleBook) -> String {
    let mut page = Page::new(RULES_HEADER);
    for category in &book.categories {
        page.block("categories");
        page.field("code", &category.code);
        page.field("name", &category.name);
        page.field("level", &category.level);
        page.field("urgent", &category.urgent);
        page.field("accept_hours", &category.accept_hours);
        page.field("resolve_hours", &category.resolve_hours);
        page.optional("guidance", category.guidance.as_ref());
        page.field("retired", &category.retired);
        page.field("featured", &category.featured);
    }
    for rule in &book.rules {
        page.block("rules");
        page.field("name", &rule.name);
        page.optional("category", rule.category.as_ref());
        page.optional("commune", rule.commune.as_ref());
        page.field("to", &rule.to);
    }
    page.0
}

/// Written by hand because the serialiser would give every name a table of its own.
struct Page(String);

impl Page {
    fn new(header: &str) -> Self {
        Self(format!("{header}\n"))
    }

    fn block(&mut self, name: &str) {
        self.line(&format!("\n[[{name}]]"));
    }

    fn field(&mut self, name: &str, value: &impl Serialize) {
        write!(self.0, "{name} = ").expect("a string can always grow");
        let inline = toml::ser::ValueSerializer::new(&mut self.0);
        value.serialize(inline).expect("words, numbers, truth values and names all have a TOML form");
        self.line("");
    }

    fn optional(&mut self, name: &str, value: Option<&impl Serialize>) {
        if let Some(value) = value {
            self.field(name, value);
        }
    }

    fn line(&mut self, line: &str) {
        writeln!(self.0, "{line}").expect("a string can always grow");
    }
}
