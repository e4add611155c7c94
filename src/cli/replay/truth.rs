//! What is right, known without asking the product: which office a report belongs to, or that it belongs to none.

use std::collections::BTreeMap;

use anyhow::{Context, bail, ensure};
use serde_json::Value;

/// The province's own desk, where nobody sits.
pub const DESK: &str = "ban-tinh";
/// Answers for reports about an office.
pub const ABOVE: &str = "ubnd-tinh";
/// The category of the landslide.
pub const LANDSLIDE: &str = "sat_lo";
/// The category of what fits nowhere else.
pub const OTHER: &str = "khac";
/// The category of reports about an office or its people.
pub const ABOUT_OFFICE: &str = "can_bo";
/// Complaint and denunciation: the law sends them elsewhere.
pub const ELSEWHERE: [&str; 2] = ["to_cao", "khieu_nai"];

/// Who answers for a matter of the province: category, office.
const DEPARTMENTS: [(&str, &str); 5] = [
    ("dien", "so-cong-thuong"),
    ("du_lich_di_tich", "so-van-hoa-the-thao-du-lich"),
    ("pha_rung", "chi-cuc-kiem-lam"),
    ("quoc_lo_tinh_lo", "so-xay-dung"),
    ("vien_thong", "so-khoa-hoc-cong-nghe"),
];

/// Where a report belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Truth {
    /// To any of these offices, from the first moment to the end.
    Office(Vec<String>),
    /// To one of the first, and by rights to one of the others in the end: ground that changes hands, and the word of a
    /// sender whose phone was beyond the border.
    Passing {
        /// Where it has to go when it is sent.
        first: Vec<String>,
        /// Who may settle it.
        finally: Vec<String>,
    },
    /// To no commune of the province: the province desk first, any other office in the end.
    Desk,
    /// Nowhere here: 422 `belongs_elsewhere` with guidance, nothing kept.
    Elsewhere,
    /// It is no report: a 4xx, nothing kept.
    Malformed,
}

impl Truth {
    /// Whether `office` may have it first.
    pub fn first(&self, office: &str) -> bool {
        match self {
            Self::Office(right) | Self::Passing { first: right, .. } => right.iter().any(|one| one == office),
            Self::Desk => office == DESK,
            Self::Elsewhere | Self::Malformed => false,
        }
    }

    /// Whether `office` may have it in the end.
    pub fn finally(&self, office: &str) -> bool {
        match self {
            Self::Office(right) | Self::Passing { finally: right, .. } => right.iter().any(|one| one == office),
            Self::Desk => office != DESK,
            Self::Elsewhere | Self::Malformed => false,
        }
    }

    /// Whether the product has to keep it.
    pub fn kept(&self) -> bool {
        matches!(self, Self::Office(_) | Self::Passing { .. } | Self::Desk)
    }

    /// For people.
    pub fn expected(&self) -> String {
        match self {
            Self::Office(right) => right.join(" or "),
            Self::Passing { first, finally } => {
                format!("{} first, {} in the end", first.join(" or "), finally.join(" or "))
            }
            Self::Desk => format!("{DESK} first, another office in the end"),
            Self::Elsewhere => "422 belongs_elsewhere, nothing kept".into(),
            Self::Malformed => "a 4xx, nothing kept".into(),
        }
    }
}

/// What can be reported, as the product offers it.
#[derive(Debug, Clone, Default)]
pub struct Menu {
    /// Categories of the commune, ascending.
    pub commune: Vec<String>,
    /// Categories of the province with the office that answers, ascending.
    pub province: Vec<(String, String)>,
    /// Vietnamese names by category.
    names: BTreeMap<String, String>,
}

impl Menu {
    /// Reads the answer of `GET /api/v1/categories` (a list, bare or under `items`). Fails where a category that the
    /// day needs is missing, and where a province-level one has no office in this file's table of truth.
    pub fn read(answer: &Value) -> anyhow::Result<Self> {
        let items = answer.get("items").unwrap_or(answer).as_array().context("the categories are no list")?;
        let mut levels = BTreeMap::new();
        let mut menu = Self::default();
        for item in items.iter().filter(|item| item["retired"] != Value::Bool(true)) {
            let code = item["code"].as_str().context("a category without `code`")?;
            levels.insert(code.to_owned(), item["level"].as_str().context("a category without `level`")?.to_owned());
            menu.names.insert(code.to_owned(), item["name"]["vi"].as_str().unwrap_or(code).to_owned());
        }
        for (code, level) in &levels {
            match level.as_str() {
                "commune" => menu.commune.push(code.clone()),
                "province" if code != ABOUT_OFFICE => {
                    let office = DEPARTMENTS.iter().find(|(known, _)| known == code).map(|(_, office)| *office);
                    let office = office.with_context(|| {
                        format!("the replay does not know the right office of the province-level category {code}")
                    })?;
                    menu.province.push((code.clone(), office.to_owned()));
                }
                _ => {}
            }
        }
        ensure!(menu.commune.len() > 3 && !menu.province.is_empty(), "too few categories for a day: {levels:?}");
        for (code, commune) in [(LANDSLIDE, true), (OTHER, true), (ABOUT_OFFICE, false)]
            .into_iter()
            .chain(ELSEWHERE.map(|code| (code, false)))
        {
            match levels.get(code) {
                Some(level) if (level == "commune") == commune => {}
                other => bail!("category {code} has not the level that the day expects: {other:?}"),
            }
        }
        Ok(menu)
    }

    /// What people call the category.
    pub fn name<'a>(&'a self, code: &'a str) -> &'a str {
        self.names.get(code).map_or(code, String::as_str)
    }

    /// A menu as the starter rules have it, for tests of the draw.
    #[cfg(test)]
    pub fn sample() -> Self {
        let commune = ["cay_do", "chieu_sang", "duong_xa", "khac", "ngap_lut", "rac_thai", "sat_lo"];
        let province = DEPARTMENTS.map(|(code, office)| (code.to_owned(), office.to_owned()));
        Self { commune: commune.map(str::to_owned).to_vec(), province: province.to_vec(), names: BTreeMap::new() }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn categories(extra: &str) -> Value {
        let commune = ["cay_do", "ngap_lut", "rac_thai", "sat_lo", "khac"].map(|code| (code, "commune"));
        let rest = [("dien", "province"), ("can_bo", "province"), ("to_cao", "elsewhere"), ("khieu_nai", "elsewhere")];
        let rows = commune.into_iter().chain(rest).chain([(extra, "province")]);
        json!({ "items": rows.map(|(code, level)| json!({"code": code, "level": level})).collect::<Vec<_>>() })
    }

    #[test]
    fn a_department_without_a_known_office_is_refused_loudly() {
        assert_eq!(Menu::read(&categories("pha_rung")).unwrap().province.len(), 2);
        assert!(Menu::read(&categories("ben_cang")).unwrap_err().to_string().contains("ben_cang"));
    }

    #[test]
    fn a_report_from_outside_may_begin_at_the_desk_but_not_end_there() {
        assert!(Truth::Desk.first(DESK) && !Truth::Desk.finally(DESK));
        assert!(!Truth::Desk.first("xa-03127") && Truth::Desk.finally("xa-03127"));
        let two = Truth::Office(vec!["xa-03203".into(), "xa-03358".into()]);
        assert!(two.first("xa-03203") && two.finally("xa-03358") && !two.first("xa-03127"));
    }
}
