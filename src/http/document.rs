//! What holds for every call in the OpenAPI document: who may ask, and the answers that any call of its kind can get.

use axum::http::StatusCode;
use utoipa::{
    Modify,
    openapi::{
        Content, OpenApi, Ref, RefOr, Response,
        path::{Operation, Parameter, ParameterIn},
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
    },
};

const KEY: &str = "key";
const SECRET: &str = "secret";

/// Writes into the document what the front door does around every handler.
pub struct Everywhere;

impl Modify for Everywhere {
    fn modify(&self, document: &mut OpenApi) {
        let key = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("`ioc keys create`")).build();
        let secret = ApiKeyValue::with_description("X-Report-Secret", "the `secret` of the receipt");
        let components = document.components.get_or_insert_default();
        components.add_security_scheme(KEY, SecurityScheme::Http(key));
        components.add_security_scheme(SECRET, SecurityScheme::ApiKey(ApiKey::Header(secret)));
        for (path, item) in &mut document.paths.paths {
            let calls = [&mut item.get, &mut item.post, &mut item.put, &mut item.delete, &mut item.patch];
            for call in calls.into_iter().flatten() {
                describe(path, call);
                call.responses.responses.iter_mut().for_each(|(status, response)| name(status, response));
            }
        }
    }
}

fn describe(path: &str, call: &mut Operation) {
    let Some(rest) = path.strip_prefix("/api/v1/") else { return };
    let who = Who::of(rest, call.request_body.is_some());
    call.security = who.requirements();
    let mut statuses = vec![("503", "busy: try again in a few seconds")];
    if who.asks_for_key() {
        statuses.push(("401", "the key is nobody's, or none was sent where one is needed"));
    }
    if call.request_body.is_some() {
        statuses.extend([
            ("400", "the body cannot be read"),
            ("413", "the body is too large"),
            ("415", "another media type than those above"),
            ("422", "fields to be corrected"),
        ]);
    }
    if call.parameters.iter().flatten().any(is_asked) {
        statuses.push(("422", "a parameter that cannot be read, or a name in one that is not known"));
    }
    for (status, why) in statuses {
        call.responses.responses.entry(status.to_owned()).or_insert_with(|| problem(why));
    }
    for response in
        call.responses.responses.iter_mut().filter_map(|(status, it)| status.starts_with(['4', '5']).then_some(it))
    {
        as_problem(response);
    }
}

fn is_asked(parameter: &RefOr<Parameter>) -> bool {
    matches!(parameter, RefOr::T(parameter) if matches!(parameter.parameter_in, ParameterIn::Query))
}

/// Whom a call is for.
enum Who {
    Anyone,
    /// A key is needed.
    Key,
    /// A key shows more.
    KeyIfAny,
    /// The sender.
    Sender,
    /// The secret shows more.
    SecretIfAny,
    /// The sender or the office.
    Either,
}

impl Who {
    fn of(path: &str, changes: bool) -> Self {
        match path {
            "reports" | "reports/batch" | "heatmap" | "stats/summary" | "stats/offices" | "stats/timeline" => {
                Self::KeyIfAny
            }
            "reports/{code}" => Self::SecretIfAny,
            path if path.starts_with("tickets/") || path.starts_with("offices/") => Self::Key,
            path if path.starts_with("photos/") => Self::Either,
            path if path.starts_with("reports/{code}/") && changes => Self::Sender,
            _ => Self::Anyone,
        }
    }

    fn asks_for_key(&self) -> bool {
        matches!(self, Self::Key | Self::KeyIfAny | Self::Either)
    }

    fn requirements(&self) -> Option<Vec<SecurityRequirement>> {
        let needs = |name: &str| SecurityRequirement::new(name, Vec::<String>::new());
        Some(match self {
            Self::Anyone => return None,
            Self::Key => vec![needs(KEY)],
            Self::KeyIfAny => vec![SecurityRequirement::default(), needs(KEY)],
            Self::Sender => vec![needs(SECRET)],
            Self::SecretIfAny => vec![SecurityRequirement::default(), needs(SECRET)],
            Self::Either => vec![needs(KEY), needs(SECRET)],
        })
    }
}

const PROBLEM: &str = "application/problem+json";

fn problem(why: &str) -> RefOr<Response> {
    let mut response = Response::new(why);
    response
        .content
        .insert(PROBLEM.to_owned(), RefOr::T(Content::new(Some(RefOr::Ref(Ref::from_schema_name("Problem"))))));
    RefOr::T(response)
}

/// A response must say what it is; one that says nothing of its own gets the name of its status.
fn name(status: &str, response: &mut RefOr<Response>) {
    let reason =
        status.parse().ok().and_then(|code| StatusCode::from_u16(code).ok()).and_then(|code| code.canonical_reason());
    if let RefOr::T(response) = response
        && response.description.is_empty()
    {
        reason.unwrap_or(status).clone_into(&mut response.description);
    }
}

/// Errors are problem documents, and are called so.
fn as_problem(response: &mut RefOr<Response>) {
    if let RefOr::T(response) = response
        && let Some(content) = response.content.shift_remove("application/json")
    {
        response.content.insert(PROBLEM.to_owned(), content);
    }
}
