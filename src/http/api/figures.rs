//! `/api/v1/stats`: figures of the whole and of each office; what a heatmap shares with them.

use std::collections::BTreeMap;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    analytics::{
        TallyQuery,
        categories::{self, CategoryFigures},
        figures::{self, Audience, Figures, Summary},
        trend::{self, Trend},
    },
    app::App,
    domain::{
        clock::Day,
        ids::{CategoryCode, GenerationId, OfficeId},
        month::Span,
        names::Names,
        office::Office,
    },
    flow::{Centre, Rejection, receipt::OfficeRef, view::office_ref},
    http::{
        Problem,
        extract::{Asked, Who},
        table::{AsTable, Field, Table},
    },
    identity::{Caller, Scope},
};

/// Which reports are counted; the cohort is the day received, in Vietnam.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Cohort {
    /// First day, `2026-07-01`.
    pub(in crate::http) from: Option<String>,
    /// Last day, included.
    pub(in crate::http) to: Option<String>,
    /// Only this category.
    pub(in crate::http) category: Option<String>,
    /// Only this office.
    pub(in crate::http) office: Option<String>,
    /// Only communes of this map; the one in force when left out.
    pub(in crate::http) generation: Option<String>,
}

/// A parameter that parses; an empty one was not given.
pub(in crate::http) fn read<T: std::str::FromStr>(
    path: &str,
    code: &str,
    text: Option<&String>,
) -> Result<Option<T>, Rejection>
where
    T::Err: std::fmt::Display,
{
    text.filter(|text| !text.is_empty())
        .map(|text| text.parse().map_err(|why: T::Err| Rejection::field(path, code, why.to_string())))
        .transpose()
}

impl Cohort {
    /// The question, where every name in it is known.
    pub(in crate::http) fn query(&self, centre: &Centre) -> Result<TallyQuery, Rejection> {
        let query = TallyQuery {
            from: read("from", "bad_query", self.from.as_ref())?,
            to: read("to", "bad_query", self.to.as_ref())?,
            category: read("category", "unknown_category", self.category.as_ref())?,
            office: read("office", "unknown_office", self.office.as_ref())?,
            generation: read("generation", "unknown_generation", self.generation.as_ref())?,
        };
        if matches!((query.from, query.to), (Some(Day(from)), Some(Day(to))) if from > to) {
            return Err(Rejection::field("from", "bad_query", "`from` lies after `to`"));
        }
        if query.category.as_ref().is_some_and(|code| centre.category(code).is_none()) {
            return Err(Rejection::field("category", "unknown_category", "see GET /api/v1/categories"));
        }
        if query.generation.as_ref().is_some_and(|map| !centre.knows(map)) {
            let why = "no map of this name is in force or ever was: see GET /api/v1/boundaries";
            return Err(Rejection::field("generation", "unknown_generation", why));
        }
        if query.office.as_ref().is_some_and(|id| office(centre, query.generation.as_ref(), id).is_none()) {
            return Err(Rejection::field("office", "unknown_office", "there is no such office on that map"));
        }
        Ok(query)
    }
}

/// An office of the map that is asked for; of the one in force or, where none is asked for, of an earlier one.
fn office<'a>(centre: &'a Centre, map: Option<&GenerationId>, id: &OfficeId) -> Option<&'a Office> {
    map.map_or_else(|| centre.office(id), |map| centre.office_on(map, id))
}

/// For whom the figures are.
pub(in crate::http) fn audience(caller: &Caller) -> Audience {
    if caller.may(&Scope::DashboardRead) { Audience::Internal } else { Audience::Public }
}

/// The whole centre.
#[derive(Debug, Serialize, ToSchema)]
pub struct SummaryAnswer {
    #[serde(flatten)]
    summary: Summary,
    /// The map whose communes are counted; the one in force where all are.
    generation: GenerationId,
    /// Its boundaries are approximate.
    approximate: bool,
}

/// The figures of the whole centre, as everybody may see them.
pub async fn public_summary(app: &App) -> Result<SummaryAnswer, Problem> {
    let centre = app.flow.centre();
    let summary = figures::summary(&app.flow.store, &centre.id, &TallyQuery::default(), Audience::Public).await?;
    let (generation, approximate) = (centre.generation.id.clone(), centre.generation.approximate);
    Ok(SummaryAnswer { summary, generation, approximate })
}

/// The figures of the whole centre.
#[utoipa::path(get, path = "/api/v1/stats/summary", tag = "figures", params(Cohort),
    responses((status = 200, body = SummaryAnswer), (status = 401, body = Problem), (status = 422, body = Problem)))]
pub async fn summary(
    State(app): State<App>,
    Who(caller): Who,
    AsTable(table): AsTable,
    Asked(cohort): Asked<Cohort>,
) -> Result<Response, Problem> {
    let centre = app.flow.centre();
    let query = cohort.query(&centre)?;
    let summary = figures::summary(&app.flow.store, &centre.id, &query, audience(&caller)).await?;
    if table {
        let rows = vec![figures_in(&summary.figures)];
        return Ok(Table { head: FIGURES.to_vec(), rows }.into_response());
    }
    let generation = query.generation.unwrap_or_else(|| centre.generation.id.clone());
    let approximate = centre.is_approximate(&generation);
    Ok(Json(SummaryAnswer { summary, generation, approximate }).into_response())
}

/// What an office has of one category.
#[derive(Debug, Serialize, ToSchema)]
pub struct CategoryLine {
    category: CategoryCode,
    /// Its name in the rules in force; left out where they have it no more.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<Names>,
    /// Received.
    reports: i64,
    /// Resolved or refused; null where fewer than five are, in public.
    settled: Option<i64>,
    /// Open and past the deadline, now.
    overdue: i64,
}

/// One line of the scoreboard.
#[derive(Debug, Serialize, ToSchema)]
pub struct OfficeLine {
    office: OfficeRef,
    #[serde(flatten)]
    figures: Figures,
    /// With `trend=true`: received in each of the board's `steps`; null where fewer than five were, in public.
    #[serde(skip_serializing_if = "Option::is_none")]
    trend: Option<Vec<Option<i64>>>,
    /// With `categories=true`: what it has of each. In public those of fewer than five reports are left out, and so many
    /// more that no such few can be computed from the others.
    #[serde(skip_serializing_if = "Option::is_none")]
    categories: Option<Vec<CategoryLine>>,
}

/// The scoreboard.
#[derive(Debug, Serialize, ToSchema)]
pub struct Scoreboard {
    items: Vec<OfficeLine>,
    next: Option<String>,
    /// With `trend=true`: the first day of each step, of a day or a month.
    #[serde(skip_serializing_if = "Option::is_none")]
    steps: Option<Vec<Day>>,
}

/// What else the scoreboard is to tell.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct BoardAsked {
    /// `true`: what each office received over time, day by day up to 31 days, else month by month.
    trend: Option<String>,
    /// `true`: what each office has of each category, counts alone, of whole months: `from` is the first day of one, `to` the last.
    categories: Option<String>,
}

/// The offices, comparable: on time by the first promise, extensions counted apart.
#[utoipa::path(get, path = "/api/v1/stats/offices", tag = "figures", params(Cohort, BoardAsked),
    responses((status = 200, body = Scoreboard), (status = 401, body = Problem), (status = 422, body = Problem)))]
pub async fn offices(
    State(app): State<App>,
    Who(caller): Who,
    AsTable(table): AsTable,
    Asked(cohort): Asked<Cohort>,
    Asked(asked): Asked<BoardAsked>,
) -> Result<Response, Problem> {
    let centre = app.flow.centre();
    let (query, store, audience) = (cohort.query(&centre)?, &app.flow.store, audience(&caller));
    let by_category = read("categories", "bad_query", asked.categories.as_ref())?.unwrap_or(false);
    if by_category && !Span::of(query.from, query.to).is_whole() {
        let why =
            "categories are counted by whole months: let `from` be the first day of a month and `to` the last of one";
        return Err(Rejection::field("categories", "bad_query", why).into());
    }
    let with_trend = read("trend", "bad_query", asked.trend.as_ref())?.unwrap_or(false);
    let today = app.flow.clock.now().day();
    let (lines, trend, categories) = tokio::try_join!(
        figures::by_office(store, &centre.id, &query, audience),
        asked_for(with_trend, trend::trend(store, &centre.id, &query, today, audience)),
        asked_for(by_category, categories::by_office(store, &centre.id, &query, audience)),
    )?;
    let named = |id: &OfficeId| {
        let then = office(&centre, query.generation.as_ref(), id);
        then.map_or_else(|| office_ref(&centre, id), OfficeRef::from)
    };
    let categories = categories.map(|all| {
        let line = |told| CategoryLine::new(&centre, told);
        all.into_iter().map(|(office, told)| (office, told.into_iter().map(line).collect())).collect()
    });
    let board = Scoreboard::new(named, lines, trend, categories);
    Ok(if table { board.table().into_response() } else { Json(board).into_response() })
}

async fn asked_for<T, E>(wanted: bool, figures: impl Future<Output = Result<T, E>>) -> Result<Option<T>, E> {
    if wanted { figures.await.map(Some) } else { Ok(None) }
}

impl CategoryLine {
    fn new(centre: &Centre, CategoryFigures { category, reports, settled, overdue }: CategoryFigures) -> Self {
        let name = centre.category(&category).map(|known| known.name.clone());
        Self { category, name, reports, settled, overdue }
    }
}

impl Scoreboard {
    fn new(
        named: impl Fn(&OfficeId) -> OfficeRef,
        lines: Vec<figures::OfficeFigures>,
        trend: Option<Trend>,
        mut categories: Option<BTreeMap<OfficeId, Vec<CategoryLine>>>,
    ) -> Self {
        let (steps, mut trends) = trend.map(|trend| (trend.steps, trend.offices)).unzip();
        let line = |line: figures::OfficeFigures| {
            // An office that received nothing in these days has a line of nothing.
            let still = || steps.as_ref().map(|steps| vec![Some(0); steps.len()]);
            let trend = trends.as_mut().and_then(|trends| trends.remove(&line.office)).or_else(still);
            let categories = categories.as_mut().map(|all| all.remove(&line.office).unwrap_or_default());
            OfficeLine { office: named(&line.office), figures: line.figures, trend, categories }
        };
        let items = lines.into_iter().map(line).collect();
        Self { items, next: None, steps }
    }

    fn table(self) -> Table {
        let row = |line: OfficeLine| {
            let OfficeRef { id, name, .. } = line.office;
            let who = [Field::Text(id.to_string()), Field::Text(name.vi), Field::Text(name.en)];
            who.into_iter().chain(figures_in(&line.figures)).collect()
        };
        let head = ["id", "name_vi", "name_en"].into_iter().chain(FIGURES).collect();
        Table { head, rows: self.items.into_iter().map(row).collect() }
    }
}

/// The columns of a group's figures.
const FIGURES: [&str; 15] = [
    "reports",
    "ended",
    "open",
    "overdue",
    "settled",
    "on_time",
    "extended",
    "on_time_share",
    "extended_share",
    "reopened_share",
    "rated",
    "satisfaction",
    "median_resolution_hours",
    "p90_resolution_hours",
    "suppressed",
];

fn figures_in(figures: &Figures) -> Vec<Field> {
    vec![
        Field::count(figures.reports),
        Field::count(figures.ended),
        Field::count(figures.open),
        Field::count(figures.overdue),
        Field::count(figures.settled),
        Field::count(figures.on_time),
        Field::count(figures.extended),
        Field::number(figures.on_time_share),
        Field::number(figures.extended_share),
        Field::number(figures.reopened_share),
        Field::count(figures.rated),
        Field::number(figures.satisfaction),
        Field::number(figures.median_resolution_hours),
        Field::number(figures.p90_resolution_hours),
        Field::Text(figures.suppressed.to_string()),
    ]
}
