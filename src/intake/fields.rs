//! One JSON object at the door: reads its fields by name and notes everything that is wrong with them.

use std::fmt::Display;

use serde_json::{Map, Value};

use super::{FieldError, Warning};
use crate::domain::text::{BadText, Line};

/// Named one by one; the rest is only counted, so that an answer stays short whatever was sent.
const UNKNOWN_NAMED: usize = 20;

/// What the sender will be told.
#[derive(Debug, Default)]
pub(super) struct Notes {
    /// Any of these, and the report is refused.
    pub errors: Vec<FieldError>,
    /// The report stands.
    pub warnings: Vec<Warning>,
}

impl Notes {
    /// Notes a wrong field.
    pub fn wrong(&mut self, path: impl Into<String>, code: &str, detail: impl Display) {
        self.errors.push(FieldError { path: path.into(), code: code.to_owned(), detail: detail.to_string() });
    }

    /// Notes something that the sender should know.
    pub fn warn(&mut self, path: impl Into<String>, code: &str, detail: impl Display) {
        self.warnings.push(Warning { path: path.into(), code: code.to_owned(), detail: detail.to_string() });
    }

    fn wrong_type(&mut self, path: impl Into<String>, expected: &str, got: &Value) {
        self.wrong(path, "wrong_type", format_args!("must be {expected}, not {}", kind(got)));
    }
}

/// The fields of one object. `null` counts as absent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Object<'a> {
    path: &'static str,
    fields: &'a Map<String, Value>,
}

impl<'a> Object<'a> {
    /// The object at `path` ("" for the whole body); fields that are not in `known` become warnings.
    pub fn read(value: &'a Value, path: &'static str, known: &[&str], notes: &mut Notes) -> Option<Self> {
        let Value::Object(fields) = value else {
            notes.wrong_type(path, "an object", value);
            return None;
        };
        let object = Self { path, fields };
        let mut unknown = fields.keys().filter(|name| !known.contains(&name.as_str()));
        for name in unknown.by_ref().take(UNKNOWN_NAMED) {
            notes.warn(object.path(&shown(name)), "unknown_field", "this field is not known here and was ignored");
        }
        let more = unknown.count();
        if more > 0 {
            notes.warn(path, "unknown_field", format_args!("{more} more fields are not known here and were ignored"));
        }
        Some(object)
    }

    /// Dotted path of a field.
    pub fn path(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    /// The field's value, whatever it is.
    pub fn given(&self, name: &str) -> Option<&'a Value> {
        self.fields.get(name).filter(|value| !value.is_null())
    }

    /// Notes the field as missing where it is absent.
    pub fn require(&self, name: &str, notes: &mut Notes) {
        if self.given(name).is_none() {
            notes.wrong(self.path(name), "missing", "this field is required");
        }
    }

    /// An object inside this one, at the top level.
    pub fn object(&self, name: &'static str, known: &[&str], notes: &mut Notes) -> Option<Self> {
        Self::read(self.given(name)?, name, known, notes)
    }

    /// A text.
    pub fn text(&self, name: &str, notes: &mut Notes) -> Option<&'a str> {
        let value = self.given(name)?;
        value.as_str().or_else(|| {
            notes.wrong_type(self.path(name), "a text", value);
            None
        })
    }

    /// A number; a text that looks like one is none.
    pub fn number(&self, name: &str, notes: &mut Notes) -> Option<f64> {
        let value = self.given(name)?;
        value.as_f64().or_else(|| {
            notes.wrong_type(self.path(name), "a number", value);
            None
        })
    }

    /// true or false; false where absent.
    pub fn flag(&self, name: &str, notes: &mut Notes) -> bool {
        let Some(value) = self.given(name) else { return false };
        value.as_bool().unwrap_or_else(|| {
            notes.wrong_type(self.path(name), "true or false", value);
            false
        })
    }

    /// A text that `read` understands; otherwise noted under the code that `code` gives to the error.
    pub fn parsed<T, E: Display>(
        &self,
        name: &str,
        notes: &mut Notes,
        read: impl FnOnce(&str) -> Result<T, E>,
        code: impl FnOnce(&E) -> &'static str,
    ) -> Option<T> {
        match read(self.text(name, notes)?) {
            Ok(value) => Some(value),
            Err(error) => {
                notes.wrong(self.path(name), code(&error), &error);
                None
            }
        }
    }

    /// One short line: white space of any kind becomes one space, so that a name can never break a log line or a
    /// letter. An empty one counts as absent, because forms send what was left blank.
    pub fn line(&self, name: &str, notes: &mut Notes) -> Option<Line> {
        let read = |text: &str| match Line::parse(&text.split_whitespace().collect::<Vec<_>>().join(" ")) {
            Err(BadText::Empty) => Ok(None),
            other => other.map(Some),
        };
        self.parsed(name, notes, read, |error| error.code()).flatten()
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// A field's name as it may be repeated to its sender: without control characters, 60 characters at most.
fn shown(name: &str) -> String {
    name.chars().filter(|letter| !letter.is_control()).take(60).collect()
}
