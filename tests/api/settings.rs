//! Edited offices and rules: what would leave a ticket without an office or a category is refused, with the way out.

use serde_json::json;

use crate::{
    desk::{Desk, EVERYDAY, report, sent},
    support::{TestServer, map},
};

on_both_engines! {
    an_office_with_open_tickets_cannot_be_dropped,
    an_office_that_left_still_reads_what_it_had,
    offices_of_another_map_or_centre_are_refused,
    a_category_cannot_be_dropped_but_retired,
}

/// Writes the edited text beside the database and brings it in; what was said where it was refused.
fn import(server: &TestServer, what: &str, text: &str) -> Result<(), String> {
    let file = server.folder().join(format!("{what}.toml"));
    std::fs::write(&file, text).expect("the file can be written");
    let output = server.output(&[what, "import", file.to_str().expect("a path in UTF-8")]);
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}

/// The offices in force, the middle commune's under another id.
fn renamed(server: &TestServer) -> String {
    let id = map::office(map::CENTRE);
    server.run(&["offices", "generate"]).replace(&format!("\"{id}\""), "\"xa-moi\"")
}

async fn an_office_with_open_tickets_cannot_be_dropped(server: TestServer) {
    let citizen = sent(&server, &report()).await;
    let said = import(&server, "offices", &renamed(&server)).expect_err("an open ticket would be orphaned");
    assert!(said.contains(&format!("{} (1)", map::office(map::CENTRE))) && said.contains("transfer"), "{said}");
    citizen.look(&server).await;
    citizen.act(&server, "withdraw", &json!({})).await.is(200);
    import(&server, "offices", &renamed(&server)).expect("nothing open is left there");
}

async fn an_office_that_left_still_reads_what_it_had(mut server: TestServer) {
    let citizen = sent(&server, &report()).await;
    citizen.act(&server, "withdraw", &json!({})).await.is(200);
    let (office, key) = {
        let desk = Desk::of_commune(&server, map::CENTRE);
        (desk.office, desk.key)
    };
    import(&server, "offices", &renamed(&server)).expect("nothing open is left there");
    server.kill();
    server.serve();
    assert_eq!(citizen.look(&server).await.json["office"]["id"], office);
    let tickets = server.get_as(&key, &format!("/api/v1/offices/{office}/tickets?status=all")).await.is(200);
    assert_eq!(tickets.json["items"][0]["code"], citizen.code);
    let admin = server.key(&["admin"]);
    server.get_as(&admin, &format!("/api/v1/offices/{office}/tickets?status=all")).await.is(200);
    server.get_as(&admin, "/api/v1/offices/xa-nao/tickets").await.is(404);
}

async fn offices_of_another_map_or_centre_are_refused(server: TestServer) {
    let offices = server.run(&["offices", "generate"]);
    let other_map = offices.replace(&format!("generation = \"{}\"", map::GENERATION), "generation = \"2030-01\"");
    let said = import(&server, "offices", &other_map).expect_err("codes of another map");
    assert!(said.contains("2030-01") && said.contains(map::GENERATION), "{said}");
    let other_centre = offices.replacen("center = \"", "center = \"khac-", 1);
    let said = import(&server, "offices", &other_centre).expect_err("another centre's offices");
    assert!(said.contains("khac-"), "{said}");
    import(&server, "offices", &offices).expect("what was written comes in again");
}

async fn a_category_cannot_be_dropped_but_retired(server: TestServer) {
    let rules = server.run(&["routing", "export"]);
    let head = format!("[[categories]]\ncode = \"{EVERYDAY}\"\n");
    let start = rules.find(&head).expect("the category is there");
    let end = start + head.len() + rules[start + head.len()..].find("[[").expect("another block follows");
    let said = import(&server, "routing", &format!("{}{}", &rules[..start], &rules[end..]));
    let said = said.expect_err("its tickets could not be acted on");
    assert!(said.contains(EVERYDAY) && said.contains("retired = true"), "{said}");
    let block = &rules[start..end];
    let guided = "guidance = { vi = \"Nơi khác\", en = \"Elsewhere\" }\nretired";
    let elsewhere = block.replace("level = \"commune\"", "level = \"elsewhere\"").replace("retired", guided);
    let said = import(&server, "routing", &rules.replace(block, &elsewhere)).expect_err("its tickets have offices");
    assert!(said.contains(EVERYDAY) && said.contains("elsewhere"), "{said}");
    let retired = block.replace("retired = false", "retired = true");
    import(&server, "routing", &rules.replace(block, &retired)).expect("retiring is the way");
    sent(&server, &report()).await;
}
