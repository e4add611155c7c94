//! Figures as a table: CSV behind every one of them, for people with a spreadsheet.

use axum::{
    extract::FromRequestParts,
    http::{HeaderValue, header, request::Parts},
    response::{IntoResponse, Response},
};

use super::extract::text_of;

/// Whether a table is asked for: `format=csv`, a path that ends in `.csv`, or `Accept: text/csv`.
pub struct AsTable(pub bool);

impl<S: Sync> FromRequestParts<S> for AsTable {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let asked = parts.uri.query().is_some_and(|query| query.split('&').any(|pair| pair == "format=csv"));
        let accepted = text_of(&parts.headers, "accept").is_some_and(|kinds| kinds.contains("text/csv"));
        Ok(Self(asked || accepted || parts.uri.path().rsplit('.').next() == Some("csv")))
    }
}

/// One field of a table.
pub enum Field {
    /// Words.
    Text(String),
    /// A number, written as JSON writes it.
    Number(f64),
    /// A whole number.
    Count(i64),
    /// Not told, or nothing there.
    Nothing,
}

impl Field {
    /// A number that may be missing.
    pub fn number(value: Option<f64>) -> Self {
        value.map_or(Self::Nothing, Self::Number)
    }

    /// A whole number that may be missing.
    pub fn count(value: Option<i64>) -> Self {
        value.map_or(Self::Nothing, Self::Count)
    }

    fn written(self) -> String {
        match self {
            Self::Text(text) => guarded(text),
            Self::Number(number) => number.to_string(),
            Self::Count(count) => count.to_string(),
            Self::Nothing => String::new(),
        }
    }
}

/// Spreadsheets take what begins like this for a formula.
fn guarded(text: String) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text }
}

/// A table with a head.
pub struct Table {
    /// Names of the columns.
    pub head: Vec<&'static str>,
    /// The rows.
    pub rows: Vec<Vec<Field>>,
}

impl IntoResponse for Table {
    fn into_response(self) -> Response {
        // Without this mark a spreadsheet takes Vietnamese letters for something else.
        let mut bytes = "\u{feff}".as_bytes().to_vec();
        let mut csv = csv::Writer::from_writer(&mut bytes);
        // Writing into memory, rows as long as their head, cannot fail.
        let _ = csv.write_record(&self.head);
        for row in self.rows {
            let _ = csv.write_record(row.into_iter().map(Field::written));
        }
        let _ = csv.flush();
        drop(csv);
        let kind = HeaderValue::from_static("text/csv; charset=utf-8; header=present");
        ([(header::CONTENT_TYPE, kind), (header::VARY, HeaderValue::from_static("accept"))], bytes).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_formula_is_a_text() {
        for text in ["=1+1", "+1", "-1", "@a", "\t=1"] {
            assert_eq!(Field::Text(text.into()).written(), format!("'{text}"));
        }
        assert_eq!(Field::Text("xã Mường Nhé".into()).written(), "xã Mường Nhé");
        assert_eq!(Field::Number(-0.5).written(), "-0.5");
    }
}
