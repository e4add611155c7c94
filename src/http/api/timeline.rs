//! `/api/v1/stats/timeline`: what came in and what went out, step by step.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::figures::{Cohort, audience, read};
use crate::{
    analytics::timeline::{self, Moment, Step},
    app::App,
    http::{
        Problem,
        extract::{Asked, Who},
        table::{AsTable, Field, Table},
    },
};

/// How long one step is.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct StepAsked {
    /// `day`, `week` (from Monday) or `month`; what suits the span when left out.
    step: Option<String>,
}

/// The steps in which anything came in or went out, ascending.
#[derive(Debug, Serialize, ToSchema)]
pub struct Timeline {
    items: Vec<Moment>,
    next: Option<String>,
}

/// What came in and went out, day by day, week by week or month by month.
#[utoipa::path(get, path = "/api/v1/stats/timeline", tag = "figures", params(Cohort, StepAsked),
    responses((status = 200, body = Timeline, description = "or `text/csv`, where that is asked for"),
        (status = 401, body = Problem), (status = 422, body = Problem)))]
pub async fn timeline(
    State(app): State<App>,
    Who(caller): Who,
    AsTable(table): AsTable,
    Asked(cohort): Asked<Cohort>,
    Asked(asked): Asked<StepAsked>,
) -> Result<Response, Problem> {
    let centre = app.flow.centre();
    let query = cohort.query(&centre)?;
    let step = read("step", "bad_query", asked.step.as_ref())?.unwrap_or_else(|| Step::for_span(query.from, query.to));
    let items = timeline::timeline(&app.flow.store, &centre.id, &query, step, audience(&caller)).await?;
    if table {
        return Ok(as_table(&items).into_response());
    }
    Ok(Json(Timeline { items, next: None }).into_response())
}

fn as_table(items: &[Moment]) -> Table {
    let row = |it: &Moment| {
        vec![
            Field::Text(it.from.to_string()),
            Field::Text(it.to.to_string()),
            Field::count(it.reports),
            Field::count(it.ended),
            Field::count(it.open),
            Field::count(it.overdue),
            Field::count(it.settled),
            Field::count(it.on_time),
            Field::count(it.extended),
            Field::number(it.on_time_share),
            Field::Text(it.suppressed.to_string()),
        ]
    };
    let head = vec![
        "from",
        "to",
        "reports",
        "ended",
        "open",
        "overdue",
        "settled",
        "on_time",
        "extended",
        "on_time_share",
        "suppressed",
    ];
    Table { head, rows: items.iter().map(row).collect() }
}
