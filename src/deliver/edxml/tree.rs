//! XML as a tree of names and texts, within limits: no document type, no entities of anybody's own, no depth without end.

use quick_xml::{Reader, escape::escape, events::Event};

use super::NAMESPACE;

const MOST_DEPTH: usize = 32;
const MOST_ELEMENTS: usize = 10_000;

/// An element: a name without its prefix, the text directly in it, and what is inside.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Element {
    /// Without the prefix.
    pub name: String,
    /// Attributes to be written; reading leaves them out.
    pub attributes: Vec<(&'static str, &'static str)>,
    /// Directly in it.
    pub text: String,
    /// Inside.
    pub children: Vec<Element>,
}

impl Element {
    /// An empty one.
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// With a text.
    pub fn text(name: &str, text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::new(name) }
    }

    /// With these inside, in this order.
    pub fn of(name: &str, children: Vec<Self>) -> Self {
        Self { children, ..Self::new(name) }
    }

    /// The first one of that name directly inside.
    pub fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// All of that name directly inside.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The first one of that name at any depth.
    pub fn find(&self, name: &str) -> Option<&Self> {
        if self.name == name { Some(self) } else { self.children.iter().find_map(|child| child.find(name)) }
    }

    /// The text of the first one of that name directly inside, trimmed; empty where there is none.
    pub fn said(&self, name: &str) -> String {
        self.child(name).map(|child| child.text.trim().to_owned()).unwrap_or_default()
    }

    /// As a document in UTF-8, every name with the prefix `edXML`.
    pub fn write(&self) -> String {
        let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        self.write_into(&mut out, Some(NAMESPACE));
        out.push('\n');
        out
    }

    fn write_into(&self, out: &mut String, namespace: Option<&str>) {
        out.push_str("<edXML:");
        out.push_str(&self.name);
        if let Some(namespace) = namespace {
            out.extend([" xmlns:edXML=\"", namespace, "\""]);
        }
        for (name, value) in &self.attributes {
            out.extend([" ", name, "=\"", &*escape(*value), "\""]);
        }
        out.push('>');
        out.push_str(&escape(self.text.as_str()));
        for child in &self.children {
            child.write_into(out, None);
        }
        out.extend(["</edXML:", &self.name, ">"]);
    }

    /// Reads a document of the namespace; the reason where it is none.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(bytes).map_err(|_| "not in UTF-8".to_owned())?;
        if !text.contains(NAMESPACE) {
            return Err(format!("not of the namespace {NAMESPACE}"));
        }
        let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
        let (mut open, mut count) = (vec![Self::new("")], 0);
        loop {
            match reader.read_event().map_err(|why| why.to_string())? {
                Event::Start(start) => {
                    count += 1;
                    if open.len() > MOST_DEPTH || count > MOST_ELEMENTS {
                        return Err("too deep or too long".to_owned());
                    }
                    open.push(Self::new(start.local_name().as_ref()));
                }
                Event::Empty(start) => {
                    count += 1;
                    if count > MOST_ELEMENTS {
                        return Err("too deep or too long".to_owned());
                    }
                    let child = Self::new(start.local_name().as_ref());
                    parent(&mut open)?.children.push(child);
                }
                Event::End(_) => {
                    let child = open.pop().ok_or("an end without a start")?;
                    parent(&mut open)?.children.push(child);
                }
                Event::Text(text) => parent(&mut open)?.text.push_str(&text.xml10_content()),
                Event::CData(text) => parent(&mut open)?.text.push_str(&text.xml10_content()),
                Event::GeneralRef(entity) => {
                    let letter = entity.resolve_char_ref().map_err(|why| why.to_string())?;
                    let letter = letter.or_else(|| predefined(&entity.xml10_content()));
                    parent(&mut open)?.text.push(letter.ok_or("an entity that nobody knows")?);
                }
                Event::DocType(_) => return Err("a document type is not taken".to_owned()),
                Event::Eof => break,
                _ => {}
            }
        }
        match (open.len(), open.pop().and_then(|root| root.children.into_iter().next())) {
            (1, Some(root)) => Ok(root),
            _ => Err("it is cut off or empty".to_owned()),
        }
    }
}

fn parent(open: &mut [Element]) -> Result<&mut Element, String> {
    open.last_mut().ok_or_else(|| "an end without a start".to_owned())
}

fn predefined(entity: &str) -> Option<char> {
    Some(match entity {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrapped(inside: &str) -> String {
        format!("<x:edXML xmlns:x=\"{NAMESPACE}\">{inside}</x:edXML>")
    }

    #[test]
    fn every_prefix_and_every_way_to_write_a_letter_is_read() {
        let root = Element::read(wrapped("<x:A>&lt;b&#x1EC7;&#65;<![CDATA[<c>&]]></x:A><x:B/>").as_bytes()).unwrap();
        assert_eq!(root.said("A"), "<bệA<c>&");
        assert!(root.child("B").is_some());
    }

    #[test]
    fn what_is_dangerous_or_cut_off_is_refused_with_a_reason() {
        let deep = wrapped(&format!("{}{}", "<x:a>".repeat(100), "</x:a>".repeat(100)));
        let long = wrapped(&"<x:a/>".repeat(20_000));
        let bomb = format!("<!DOCTYPE l [<!ENTITY l \"{}\">]>{}", "l".repeat(100), wrapped("&l;"));
        let whole = wrapped("<x:a>1</x:a>");
        for bad in
            [&deep, &long, &bomb, &wrapped("&unknown;"), &whole[..whole.len() - 3], "", "<a/>", &wrapped("<x:a>")]
        {
            assert!(Element::read(bad.as_bytes()).is_err(), "{}", &bad[..bad.len().min(80)]);
        }
        assert!(Element::read(&[0xff, 0xfe]).is_err());
    }
}
