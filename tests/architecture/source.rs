//! Reading Rust just closely enough: comments and texts cut out, paths found, doors named.

use std::{collections::BTreeSet, fs, path::Path};

/// One source file.
#[derive(Debug)]
pub struct Source {
    /// Below `src/`, with forward slashes.
    pub path: String,
    /// How many lines it has, comments included.
    pub lines: usize,
    /// Its text without comments and string contents.
    code: String,
}

/// Every Rust file below a folder.
pub fn sources(folder: &Path) -> Vec<Source> {
    let mut found = vec![];
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).expect("src can be read").filter_map(Result::ok) {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|kind| kind == "rs") {
                let below = path.strip_prefix(folder).expect("below src").to_str().expect("a path in UTF-8");
                let text = fs::read_to_string(&path).expect("a source file can be read");
                found.push(Source::new(&below.replace('\\', "/"), &text));
            }
        }
    }
    found
}

impl Source {
    /// A file with this path below `src/` and this text.
    pub fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), lines: text.lines().count(), code: bare(text) }
    }

    /// The room it belongs to: the first folder, or the file's own name.
    pub fn room(&self) -> &str {
        let first = self.path.split('/').next().unwrap_or_default();
        first.trim_end_matches(".rs")
    }

    /// Whether it is the root of one of the two crates.
    pub fn is_root(&self) -> bool {
        matches!(self.path.as_str(), "lib.rs" | "main.rs")
    }

    /// Whether the code names this, as a whole word at its start and end.
    pub fn names(&self, what: &str) -> bool {
        let ends_in_word = what.ends_with(word);
        self.code.match_indices(what).any(|(at, _)| {
            let before = self.code[..at].chars().next_back();
            let after = self.code[at + what.len()..].chars().next();
            !(before.is_some_and(word) || ends_in_word && after.is_some_and(word))
        })
    }

    /// The rooms that its paths enter from the crate's root.
    pub fn doors(&self) -> BTreeSet<String> {
        let mut doors = BTreeSet::new();
        for (at, start) in self.code.match_indices("crate::") {
            if !self.code[..at].ends_with(word) {
                doors.extend(heads(&self.code[at + start.len()..]));
            }
        }
        let climb = "super::".repeat(self.depth());
        for (at, _) in self.code.match_indices(&climb).filter(|_| !self.is_root()) {
            let rest = &self.code[at + climb.len()..];
            if !self.code[..at].ends_with("super::") && !rest.starts_with("super::") {
                doors.extend(heads(rest));
            }
        }
        doors
    }

    /// How many steps up the crate's root lies.
    fn depth(&self) -> usize {
        let steps = self.path.split('/').count();
        if self.path.ends_with("/mod.rs") { steps - 1 } else { steps }
    }
}

fn word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

fn identifier(text: &str) -> Option<String> {
    let name: String = text.trim_start().chars().take_while(|letter| word(*letter)).collect();
    (!name.is_empty()).then_some(name)
}

/// The first names of a path or of a group of paths: `a::b` gives `a`, `{a::{b, c}, d}` gives `a` and `d`.
fn heads(path: &str) -> Vec<String> {
    let Some(group) = path.strip_prefix('{') else { return identifier(path).into_iter().collect() };
    let (mut depth, mut piece, mut found) = (0_usize, String::new(), vec![]);
    for letter in group.chars() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => found.extend(identifier(&std::mem::take(&mut piece))),
            _ => {}
        }
        if depth == 0 && letter != ',' {
            piece.push(letter);
        }
    }
    found.extend(identifier(&piece));
    found
}

/// The text without comments and without what stands between quotes.
fn bare(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let skip = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some(hashes) = raw_text(rest, &code) {
            let end = format!("\"{hashes}");
            let start = hashes.len() + 2;
            rest[start..].find(&end).map_or(rest.len(), |at| start + at + end.len())
        } else if letter == '"' {
            quoted(rest)
        } else if rest.starts_with("'\"'") || rest.starts_with("'\\\"'") {
            rest[1..].find('\'').map_or(1, |at| at + 2)
        } else {
            code.push(letter);
            letter.len_utf8()
        };
        rest = &rest[skip..];
    }
    code
}

/// The hashes of a raw string that begins here.
fn raw_text<'a>(rest: &'a str, before: &str) -> Option<&'a str> {
    let after = rest.strip_prefix('r')?;
    if before.ends_with(|letter| word(letter) && letter != 'b') {
        return None;
    }
    let hashes = &after[..after.len() - after.trim_start_matches('#').len()];
    after[hashes.len()..].starts_with('"').then_some(hashes)
}

/// How many bytes an ordinary string takes, quotes included.
fn quoted(rest: &str) -> usize {
    let mut escaped = false;
    for (at, letter) in rest.char_indices().skip(1) {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}
