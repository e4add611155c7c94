use super::*;

#[test]
fn the_starter_set_is_total_over_the_province() {
    let routes = starter();
    for commune in communes() {
        for category in &starter_rules().categories {
            let office = routes.office_for(&category.code, &commune.code);
            assert_eq!(office.is_none(), category.level == Level::Elsewhere, "{}", category.code);
        }
    }
}

#[test]
fn without_any_one_office_that_answers_the_table_is_not_total() {
    let all = directory();
    // These answer no category by themselves; they are there to be passed to.
    let spare =
        ["so-nong-nghiep-moi-truong", "so-y-te", "so-giao-duc-dao-tao", "so-noi-vu", "cong-an-tinh", "thanh-tra-tinh"];
    for place in 0..all.offices.len() {
        let mut less = all.clone();
        let gone = less.offices.remove(place);
        let answer = compile(starter_rules(), less);
        let above = gone.id.as_str() == "so-nong-nghiep-moi-truong";
        assert_eq!(answer.is_err(), above || !spare.contains(&gone.id.as_str()), "{}", gone.id);
    }
}

#[test]
fn without_any_one_rule_the_table_is_not_total() {
    for place in 0..starter_rules().rules.len() {
        let mut less = starter_rules();
        let gone = less.rules.remove(place);
        let said = problems(less, directory());
        assert!(said.iter().all(|line| line.contains("no rule for 45 communes")), "{}: {said:?}", gone.name);
    }
}

#[test]
fn a_new_category_without_a_rule_is_refused_unless_communes_answer_it() {
    for (level, total) in [(Level::Commune, true), (Level::Province, false), (Level::Above, false)] {
        let mut more = starter_rules();
        let mut new = more.categories[0].clone();
        new.code = category("moi");
        new.level = level;
        new.retired = true;
        more.categories.push(new);
        assert_eq!(compile(more, directory()).is_ok(), total, "{level:?}");
    }
}

#[test]
fn equally_specific_rules_are_refused_and_both_named() {
    for (about, place) in [(None, None), (Some("dien"), None), (None, Some("11001")), (Some("rac_thai"), Some("11001"))]
    {
        let mut book = starter_rules();
        book.rules.push(rule("thứ nhất", about, place, "so-y-te"));
        book.rules.push(rule("thứ hai", about, place, "so-noi-vu"));
        let said = problems(book, directory()).join("\n");
        assert!(said.contains("\"thứ nhất\" and \"thứ hai\": both speak for"), "{said}");
    }
}

#[test]
fn all_problems_are_said_and_at_most_a_hundred_of_them() {
    let mut less = directory();
    less.offices.retain(|office| office.kind != OfficeKind::Commune);
    assert_eq!(problems(starter_rules(), less.clone()).len(), 45);
    less.offices
        .extend((0..200).map(|number| Office { id: id(&format!("xa-{number}")), ..directory().offices[20].clone() }));
    let said = problems(starter_rules(), less);
    assert_eq!(said.len(), 101);
    assert_eq!(said[100], "and 143 more");
}

#[test]
fn every_slip_in_the_directory_is_named() {
    let slip = |change: fn(&mut Directory)| {
        let mut edited = directory();
        change(&mut edited);
        problems(starter_rules(), edited).join("\n")
    };
    assert!(slip(|d| d.offices.push(d.offices[3].clone())).contains("written down twice"));
    assert!(slip(|d| d.offices[1].kind = OfficeKind::Department).contains("no office of kind province_desk"));
    assert!(slip(|d| d.offices[2].kind = OfficeKind::ProvinceDesk).contains("only one can be the province desk"));
    assert!(slip(|d| d.offices[1].above = None).contains("its last resort"));
    assert!(slip(|d| d.offices[0].above = Some(id("so-y-te"))).contains("in a circle"));
    assert!(slip(|d| d.offices[2].above = Some(id("so-la"))).contains("there is no office so-la above it"));
    assert!(slip(|d| d.offices[13].commune = None).contains("name the commune it answers for"));
    assert!(slip(|d| d.offices[13].commune = Some(code("99999"))).contains("no commune 99999"));
    assert!(slip(|d| d.offices[13].commune = Some(code("11002"))).contains("both answer for commune 11002"));
    assert!(slip(|d| d.offices[13].above = None).contains("needs an office above it"));
    assert!(slip(|d| d.offices[2].commune = Some(code("11001"))).contains("only an office of kind commune"));
    assert!(slip(|d| d.province = "12".parse().unwrap()).contains("no commune of province 12"));
}

#[test]
fn every_slip_in_the_rule_book_is_named() {
    let slip = |change: fn(&mut RuleBook)| {
        let mut edited = starter_rules();
        change(&mut edited);
        problems(edited, directory()).join("\n")
    };
    assert!(slip(|b| b.categories.push(b.categories[0].clone())).contains("category sat_lo: written down twice"));
    assert!(slip(|b| b.categories[0].accept_hours = 0).contains("accept_hours must be"));
    assert!(slip(|b| b.categories[0].accept_hours = 25).contains("accept_hours must be"));
    assert!(slip(|b| b.categories[0].level = Level::Elsewhere).contains("guidance belong together"));
    assert!(slip(|b| b.rules.push(b.rules[0].clone())).contains("two rules have this name"));
    assert!(slip(|b| b.rules.push(rule("r", Some("la"), None, "so-y-te"))).contains("there is no category la"));
    assert!(slip(|b| b.rules.push(rule("r", Some("to_cao"), None, "thanh-tra-tinh"))).contains("by law no office"));
    assert!(slip(|b| b.rules.push(rule("r", None, Some("99999"), "so-y-te"))).contains("there is no commune 99999"));
    assert!(slip(|b| b.rules.push(rule("r", None, Some("11001"), "so-la"))).contains("there is no office so-la"));
    assert!(slip(|b| b.rules.push(rule("r", None, Some("11001"), "ban-tinh"))).contains("nobody sits"));
}

#[test]
fn no_rule_can_send_a_report_to_the_office_that_it_is_about() {
    let mut book = starter_rules();
    book.rules.push(rule("sai", Some("can_bo"), Some("11001"), "xa-11001"));
    assert!(problems(book, directory())[0].contains("the office that it is about"));
    let mut book = starter_rules();
    for rule in &mut book.rules {
        rule.to = Target::CommuneOffice;
    }
    assert!(problems(book, directory())[0].contains("the office that it is about"));
}
