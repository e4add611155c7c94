//! Until its batch has come, every door reads a ticket's office through the plan; and no map brings a ticket to an office
//! that may not have it.

use std::io::Cursor;

use ioc::{
    domain::ids::{PhotoId, TicketId},
    flow::{
        develop,
        handle::Act,
        look,
        submit::{self, Parcel, Taken},
    },
    http::{live::Live, router},
    identity::Caller,
};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::{
    support::Stage,
    town::{EAST, STRIP, Town, center, official, words},
};

on_every_store!(
    a_photo_is_shown_to_the_office_of_the_plan_alone,
    everybody_reads_the_commune_of_the_plan,
    a_report_about_an_office_never_comes_to_the_office_that_it_is_about,
    an_office_is_asked_for_on_the_map_that_has_it,
);

async fn a_photo_is_shown_to_the_office_of_the_plan_alone(stage: Stage) {
    let town = Town::new(&stage).await;
    let mut png = Cursor::new(vec![]);
    image::RgbImage::new(16, 16).write_to(&mut png, image::ImageFormat::Png).unwrap();
    let body = json!({
        "category": "duong_hong",
        "description": "Đường hỏng",
        "position": {"lon": STRIP.0, "lat": STRIP.1},
    });
    let flow = &town.app.flow;
    let id = PhotoId(flow.entropy.uuid(flow.clock.now()));
    let photos = vec![flow.darkroom.originals().take(id, png.get_ref()).await];
    let parcel = Parcel { body, photos, idempotency_key: None, device: None };
    let Taken::New(receipt) = submit::submit(&town.app.flow, parcel, &Caller::Anyone).await.unwrap() else {
        panic!("it is new")
    };
    let photo = receipt.photos[0].id.unwrap();
    develop::develop(flow).await.unwrap();
    let (east, west) = (official("xa-03102"), official("xa-03101"));
    assert!(look::photo(&town.app.flow, &east, None, photo, false).await.is_ok());
    town.activate("b").await;
    town.app.flow.refresh().await.unwrap();
    assert!(look::photo(&town.app.flow, &east, None, photo, false).await.is_err());
    assert!(look::photo(&town.app.flow, &west, None, photo, false).await.is_ok());
    assert_eq!(town.office(TicketId(receipt.id.0)).await, "xa-03101");
    town.audit().await;
}

async fn everybody_reads_the_commune_of_the_plan(stage: Stage) {
    let town = Town::new(&stage).await;
    let id = town.report_at(STRIP).await;
    let code = town.ticket(id).await.code;
    town.activate("b").await;
    town.app.flow.refresh().await.unwrap();
    let seen = look::public_report(&town.app.flow, &code).await.unwrap();
    assert_eq!(seen.commune.unwrap().as_str(), "03101");
    town.audit().await;
}

async fn a_report_about_an_office_never_comes_to_the_office_that_it_is_about(stage: Stage) {
    let town = Town::new(&stage).await;
    let place = json!({"category": "can_bo", "position": {"lon": STRIP.0, "lat": STRIP.1}});
    let id = town.report(place).await;
    for (map, about) in [("a", "xa-03102"), ("b", "xa-03101")] {
        let ticket = town.ticket(id).await;
        assert_eq!((ticket.generation.as_str(), ticket.office.as_str()), (map, "ubnd-tinh"));
        assert_eq!(ticket.about.unwrap().as_str(), about);
        town.activate("b").await;
        town.app.tick().await.unwrap();
    }
    for office in ["xa-03101", "xa-03102"] {
        assert!(look::ticket(&town.app.flow, &official(office), id).await.is_err(), "{office} is told nothing");
        assert!(!town.ground.store.was_with(&center(), id, &office.parse().unwrap()).await.unwrap());
    }
    town.audit().await;
}

/// The east has its office on the first map only: the last one is a single commune.
async fn an_office_is_asked_for_on_the_map_that_has_it(stage: Stage) {
    let town = Town::new(&stage).await;
    let settled = town.report_at(STRIP).await;
    town.act("xa-03102", settled, Act::Accept(None)).await.unwrap();
    town.act("xa-03102", settled, Act::Resolve(words("Đã vá"), vec![])).await.unwrap();
    let open = town.report_at(EAST).await;
    town.activate("c").await;
    town.app.tick().await.unwrap();
    let key = town.ground.create_key("lãnh đạo", &["dashboard:read".to_owned()]).await.unwrap();
    let app = town.instance(9).await;
    let door = router::router(app.clone(), Live::new(app, CancellationToken::new()));
    let ask = async |query: &str| {
        let asked = axum::http::Request::get(format!("/api/v1/stats/offices?{query}"));
        let asked = asked.header("authorization", format!("Bearer {key}")).body(axum::body::Body::empty()).unwrap();
        let answer = door.clone().oneshot(asked).await.unwrap();
        let status = answer.status().as_u16();
        let body = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        (status, serde_json::from_slice::<Value>(&body).unwrap())
    };
    let large = format!("generation=c&office={}", town.office(open).await);
    for (query, name) in
        [("generation=a&office=xa-03102", "Đông"), (large.as_str(), "Lớn"), ("office=xa-03102", "Đông")]
    {
        let (status, board) = ask(query).await;
        assert_eq!((status, &board["items"][0]["reports"]), (200, &json!(1)), "{query}: {board}");
        assert_eq!(board["items"].as_array().unwrap().len(), 1, "{query}: {board}");
        assert!(board["items"][0]["office"]["name"]["vi"].as_str().unwrap().ends_with(name), "{query}: {board}");
    }
    let (status, problem) = ask("generation=c&office=xa-03102").await;
    assert_eq!((status, &problem["fields"][0]["code"]), (422, &json!("unknown_office")), "{problem}");
}
