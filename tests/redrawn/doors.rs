//! Until its batch has come, every door reads a ticket's office through the plan; and no map brings a ticket to an office
//! that may not have it.

use std::io::Cursor;

use ioc::{
    domain::ids::{PhotoId, TicketId},
    flow::{
        develop, look,
        submit::{self, Parcel, Taken},
    },
    identity::Caller,
};
use serde_json::json;

use crate::{
    support::Stage,
    town::{STRIP, Town, center, official},
};

on_every_store!(
    a_photo_is_shown_to_the_office_of_the_plan_alone,
    everybody_reads_the_commune_of_the_plan,
    a_report_about_an_office_never_comes_to_the_office_that_it_is_about,
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
