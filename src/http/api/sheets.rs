//! `/api/v1/offices/{office}/tickets.xlsx`: an office's queue as a spreadsheet, for printing and for those who count by
//! hand.

use axum::{
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};
use serde::Deserialize;
use utoipa::IntoParams;

use super::offices::states_in;
use crate::{
    app::App,
    domain::clock::{HOUR, Timestamp},
    flow::{Centre, look, view::TicketView, words},
    http::{
        Problem,
        extract::{Asked, Named, OfficeInPath, Who},
    },
};

/// The most rows of one file.
const MOST: usize = 5_000;
/// Letters that a cell takes; longer texts are cut.
const LETTERS: usize = 16_000;
const KIND: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
/// Columns by the names of their heads, with their widths in letters.
const COLUMNS: [(&str, f64); 14] = [
    ("code", 13.0),
    ("category", 24.0),
    ("text", 60.0),
    ("place", 24.0),
    ("status", 20.0),
    ("urgent", 8.0),
    ("received", 17.0),
    ("accept_by", 17.0),
    ("resolve_by", 17.0),
    ("overdue", 9.0),
    ("assignee", 20.0),
    ("me_too", 10.0),
    ("lat", 11.0),
    ("lon", 11.0),
];

/// Which tickets, and in which language.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SheetAsked {
    /// States, separated by commas, or `all`; the open ones when left out.
    status: Option<String>,
    /// `vi` or `en`; Vietnamese when left out.
    lang: Option<String>,
}

/// An office's tickets as a spreadsheet, what is due first first; at most 5,000.
#[utoipa::path(get, path = "/api/v1/offices/{office}/tickets.xlsx", tag = "offices", operation_id = "queue_as_a_sheet",
    params(("office" = String, Path), SheetAsked),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>),
        (status = 401, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn queue(
    State(app): State<App>,
    Who(caller): Who,
    Named(office): OfficeInPath,
    Asked(asked): Asked<SheetAsked>,
) -> Result<Response, Problem> {
    let states = states_in(asked.status.as_deref())?;
    let (mut tickets, mut cursor) = (vec![], None::<String>);
    loop {
        let page = look::queue(&app.flow, &caller, &office, &states, cursor.as_deref(), 200).await?;
        tickets.extend(page.items);
        cursor = page.next;
        if cursor.is_none() || tickets.len() >= MOST {
            break;
        }
    }
    let centre = app.flow.centre();
    let sheet = Sheet { centre: &centre, english: asked.lang.as_deref() == Some("en"), now: app.flow.clock.now() };
    let bytes = sheet.written(&tickets).map_err(|why| {
        tracing::error!(%why, "a sheet could not be written");
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Không lập được bảng", "try again")
    })?;
    let mut response = ([(header::CONTENT_TYPE, HeaderValue::from_static(KIND))], bytes).into_response();
    let name = format!("attachment; filename=\"{office}-{}.xlsx\"", sheet.now.day());
    response.headers_mut().extend(HeaderValue::from_str(&name).ok().map(|name| (header::CONTENT_DISPOSITION, name)));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

struct Sheet<'a> {
    centre: &'a Centre,
    english: bool,
    now: Timestamp,
}

/// Vietnam's clock, which is what the reader's wall says; spreadsheets know no zones.
fn local(at: Timestamp) -> Result<ExcelDateTime, XlsxError> {
    ExcelDateTime::from_timestamp(at.plus(7 * HOUR).0.div_euclid(1_000_000))
}

impl Sheet<'_> {
    fn word(&self, names: crate::domain::names::Names) -> String {
        if self.english { names.en } else { names.vi }
    }

    /// Texts are written as texts: nothing in them is ever a formula.
    fn written(&self, tickets: &[TicketView]) -> Result<Vec<u8>, XlsxError> {
        let mut book = Workbook::new();
        book.set_properties(&DocProperties::new().set_creation_datetime(&local(self.now)?));
        let head = Format::new().set_bold().set_text_wrap();
        let sheet = book.add_worksheet();
        sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0).set_repeat_rows(0, 0)?;
        sheet.set_freeze_panes(1, 0)?;
        for (column, (name, width)) in (0..).zip(COLUMNS) {
            sheet.write_string_with_format(0, column, self.word(words::of_sheet(name)), &head)?;
            sheet.set_column_width(column, width)?;
        }
        for (row, ticket) in (1..).zip(tickets) {
            self.write(sheet, row, ticket)?;
        }
        let last = u32::try_from(tickets.len()).unwrap_or(u32::MAX);
        sheet.autofilter(0, 0, last, 13)?;
        book.save_to_buffer()
    }

    fn write(&self, sheet: &mut Worksheet, row: u32, ticket: &TicketView) -> Result<(), XlsxError> {
        let top = Format::new().set_align(rust_xlsxwriter::FormatAlign::Top).set_text_wrap();
        let time = top.clone().set_num_format("dd/mm/yyyy hh:mm");
        let category = self.centre.category(&ticket.category).map(|category| self.word(category.name.clone()));
        let place = ticket.commune_name.clone().map(|name| self.word(name)).or_else(|| ticket.place_hint.clone());
        let yes = |is: bool| if is { self.word(words::of_sheet("yes")) } else { String::new() };
        let texts = [
            (0, ticket.code.to_string()),
            (1, category.unwrap_or_else(|| ticket.category.to_string())),
            (2, ticket.description.chars().take(LETTERS).collect()),
            (3, place.unwrap_or_default()),
            (4, self.word(words::of_state(ticket.status))),
            (5, yes(ticket.urgent)),
            (9, yes(ticket.overdue)),
            (10, ticket.assignee.clone().unwrap_or_default()),
        ];
        for (column, text) in texts {
            sheet.write_string_with_format(row, column, text, &top)?;
        }
        let deadline = &ticket.deadline;
        for (column, at) in [(6, ticket.received_at), (7, deadline.accept_by), (8, deadline.resolve_by)] {
            sheet.write_datetime_with_format(row, column, local(at)?, &time)?;
        }
        #[expect(clippy::cast_precision_loss, reason = "people who said \"me too\" are no 2^52")]
        sheet.write_number_with_format(row, 11, ticket.me_too as f64, &top)?;
        if let Some(position) = &ticket.position {
            sheet.write_number_with_format(row, 12, position.lat, &top)?;
            sheet.write_number_with_format(row, 13, position.lon, &top)?;
        }
        Ok(())
    }
}
