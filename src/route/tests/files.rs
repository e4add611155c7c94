use super::{
    super::file::{read_directory, read_rules, write_directory, write_rules},
    *,
};

#[test]
fn what_is_written_reads_back_the_same() {
    let mut offices = directory();
    offices.offices[0].name.vi = "a \"b\" 'c' \\ = # \t\n\"\"\" ''' [[offices]] ệ".into();
    assert_eq!(read_directory(&write_directory(&offices)), Ok(offices));
    let mut book = starter_rules();
    book.rules.push(rule("cả \"hai\"", Some("rac_thai"), Some("11001"), "so-y-te"));
    assert_eq!(read_rules(&write_rules(&book)), Ok(book));
}

#[test]
fn an_office_is_one_block_with_fields_to_fill() {
    let text = write_directory(&directory());
    let block = text.split("\n\n").find(|block| block.contains("xa-11010")).unwrap();
    assert_eq!(
        block,
        "[[offices]]\n\
         id = \"xa-11010\"\n\
         name = { vi = \"UBND phường Bản 11010\", en = \"People's Committee of Ban 11010 Ward\" }\n\
         kind = \"commune\"\n\
         commune = \"11010\"\n\
         above = \"ubnd-tinh\"\n\
         organ_id = \"\"\n\
         email = \"\"\n\
         phone = \"\""
    );
}

#[test]
fn an_error_names_the_line() {
    let text = write_directory(&directory()).replacen("kind = \"commune\"", "kind = \"communes\"", 1);
    let line = text.lines().position(|line| line == "kind = \"communes\"").unwrap() + 1;
    let said = read_directory(&text).unwrap_err().to_string();
    assert!(said.contains(&format!("line {line}")), "{said}");
    let unknown = write_rules(&starter_rules()).replacen("urgent", "urgnt", 2);
    assert!(read_rules(&unknown).unwrap_err().to_string().contains("urgnt"));
}

#[test]
fn the_starter_set_is_what_a_mountain_province_needs() {
    let book = starter_rules();
    assert_eq!(book.categories.iter().filter(|category| category.featured).count(), 6);
    for category in &book.categories {
        let names = [&category.name.vi, &category.name.en];
        assert!(names.iter().all(|name| !name.is_empty()), "{}", category.code);
        assert!(!category.urgent || category.accept_hours <= 4, "{}", category.code);
    }
    for law in ["02/2011/QH13", "25/2018/QH14", "42/2013/QH13"] {
        let named = |text: &Names| text.vi.contains(law) && text.en.contains(law);
        assert!(book.categories.iter().any(|category| category.guidance.as_ref().is_some_and(named)), "{law}");
    }
}

#[test]
fn a_commune_office_is_named_as_people_write_it() {
    for (vi, en, office) in [
        ("Phường Điện Biên Phủ", "Dien Bien Phu Ward", "UBND phường Điện Biên Phủ"),
        ("Xã Mường Nhé", "Muong Nhe Commune", "UBND xã Mường Nhé"),
        ("Đặc khu Phú Quốc", "Phu Quoc Special Administrative Region", "UBND đặc khu Phú Quốc"),
        ("Mường Phăng", "Muong Phang", "UBND Mường Phăng"),
    ] {
        let unit = Commune { name: Names::new(vi, en), ..commune(11_001, "11") };
        let made = starter_directory(&"11".parse().unwrap(), &"2026-07-25".parse().unwrap(), std::iter::once(&unit));
        let name = &made.offices.last().unwrap().name;
        assert_eq!((name.vi.as_str(), name.en.clone()), (office, format!("People's Committee of {en}")));
    }
}

#[test]
fn guidance_reads_as_one_paragraph() {
    for category in starter_rules().categories {
        for text in category.guidance.iter().flat_map(|names| [&names.vi, &names.en]) {
            assert!(!text.contains('\n') && !text.contains("  ") && text.ends_with('.'), "{text}");
        }
    }
}
