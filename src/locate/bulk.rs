//! A whole table of positions, answered row by row.

use std::{
    io::{Read, Write},
    thread,
};

use super::{Atlas, Covers, Policy};
use crate::domain::{
    boundary::Commune,
    ids::CommuneCode,
    position::{BadPosition, Position},
};

/// Rows that are read, answered and written together.
const TOGETHER: usize = 8_192;
/// No thread is started for fewer rows.
const SHARE: usize = 1_024;

/// The columns that are added, in this order.
const ADDED: [&str; 5] = ["commune", "communes", "nearest_commune", "nearest_m", "error"];

/// How a table went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Bulk {
    /// Rows answered with a commune.
    pub placed: u64,
    /// Rows outside every commune.
    pub outside: u64,
    /// Rows whose position was refused; they stand in the output with the reason.
    pub refused: u64,
}

/// Why a table could not be answered to its end.
#[derive(Debug, thiserror::Error)]
pub enum BulkError {
    /// The header lacks a column.
    #[error("the table has no column `{0}`: the first line must name at least `lon` and `lat`, in degrees")]
    NoColumn(&'static str),
    /// The table is broken, or cannot be read or written.
    #[error("the table cannot be read or written: {0}")]
    Csv(#[from] csv::Error),
    /// The output cannot be written.
    #[error("the output cannot be written: {0}")]
    Output(#[from] std::io::Error),
}

/// Why a row was refused.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error("{column} is not a number")]
    NotANumber { column: &'static str },
    #[error(transparent)]
    Position(#[from] BadPosition),
}

/// Reads a CSV table with a header and at least the columns `lon` and `lat`; writes every row in the same order with
/// all its columns and five more:
///
/// `commune` — the chosen one by the default [`Policy`]; `communes` — all that cover the point, ascending, with `;`
/// between; `nearest_commune` and `nearest_m` (metres) — only where none covers, all within 0.01 m of the minimum;
/// `error` — why the position was refused. Columns of these names that the table already has stay beside the new ones.
pub fn locate_csv(atlas: &Atlas, input: impl Read, output: impl Write) -> Result<Bulk, BulkError> {
    let mut reader = csv::Reader::from_reader(input);
    let mut writer = csv::Writer::from_writer(output);
    let mut header = reader.byte_headers()?.clone();
    let column = |name: &'static str| {
        let is_it = |field: &[u8]| field.trim_ascii().eq_ignore_ascii_case(name.as_bytes());
        header.iter().position(is_it).ok_or(BulkError::NoColumn(name))
    };
    let (lon, lat) = (column("lon")?, column("lat")?);
    header.extend(ADDED);
    writer.write_byte_record(&header)?;
    let mut rows = vec![csv::ByteRecord::new(); TOGETHER];
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let mut tables: Vec<Table<'_>> = (0..threads).map(|_| Table::new(atlas, lon, lat)).collect();
    loop {
        let mut read = 0;
        while read < TOGETHER && reader.read_byte_record(&mut rows[read])? {
            read += 1;
        }
        answer(&mut tables, &mut rows[..read]);
        for row in &rows[..read] {
            writer.write_byte_record(row)?;
        }
        if read < TOGETHER {
            writer.flush()?;
            return Ok(tables.iter().map(|table| table.count).fold(Bulk::default(), Bulk::and));
        }
    }
}

impl Bulk {
    fn and(self, other: Self) -> Self {
        Self {
            placed: self.placed + other.placed,
            outside: self.outside + other.outside,
            refused: self.refused + other.refused,
        }
    }
}

/// Every table answers a share of the rows.
fn answer(tables: &mut [Table<'_>], rows: &mut [csv::ByteRecord]) {
    let share = rows.len().div_ceil(tables.len()).max(SHARE);
    thread::scope(|threads| {
        let mut shares = rows.chunks_mut(share).zip(tables);
        let own = shares.next();
        for (rows, table) in shares {
            threads.spawn(|| table.answer(rows));
        }
        if let Some((rows, table)) = own {
            table.answer(rows);
        }
    });
}

/// How rows are answered, and the memory they are answered in.
struct Table<'a> {
    atlas: &'a Atlas,
    /// Places of the columns.
    lon: usize,
    lat: usize,
    positions: Vec<Position>,
    /// Of every row, why it has no position.
    refused: Vec<Option<Refused>>,
    covers: Covers,
    count: Bulk,
}

impl<'a> Table<'a> {
    fn new(atlas: &'a Atlas, lon: usize, lat: usize) -> Self {
        let (positions, refused) = (vec![], vec![]);
        Self { atlas, lon, lat, positions, refused, covers: Covers::default(), count: Bulk::default() }
    }

    /// Adds the answers to the rows.
    fn answer(&mut self, rows: &mut [csv::ByteRecord]) {
        let Self { atlas, lon, lat, positions, refused, covers, count } = self;
        positions.clear();
        refused.clear();
        for row in &*rows {
            let position = number(row, *lon, "lon").and_then(|lon| Ok(Position::new(lon, number(row, *lat, "lat")?)?));
            match position {
                Ok(position) => {
                    positions.push(position);
                    refused.push(None);
                }
                Err(why) => refused.push(Some(why)),
            }
        }
        atlas.cover_batch(positions, covers);
        let mut answers = positions.iter().zip(covers.iter());
        for (row, refused) in rows.iter_mut().zip(refused) {
            if let Some(why) = refused {
                count.refused += 1;
                row.extend(["", "", "", "", why.to_string().as_str()]);
            } else if let Some((position, covering)) = answers.next() {
                let is_placed = extend(row, atlas, *position, covering);
                count.placed += u64::from(is_placed);
                count.outside += u64::from(!is_placed);
            }
        }
    }
}

/// Adds the answer of a position that these communes cover; was it placed?
fn extend(row: &mut csv::ByteRecord, atlas: &Atlas, position: Position, covering: &[u32]) -> bool {
    if let [only] = covering {
        let code = atlas.numbered(*only).map_or("", |commune: &Commune| commune.code.as_str());
        row.extend([code, code, "", "", ""]);
        return true;
    }
    let (commune, cover) = atlas.plainly(position, Policy::default());
    let metres = cover.nearest_m.map(|metres| format!("{metres:.3}")).unwrap_or_default();
    let chosen = commune.as_ref().map_or("", CommuneCode::as_str);
    row.extend([chosen, &joined(&cover.covering), &joined(&cover.nearest), &metres, ""]);
    commune.is_some()
}

fn number(row: &csv::ByteRecord, place: usize, column: &'static str) -> Result<f64, Refused> {
    let text = row.get(place).and_then(|field| std::str::from_utf8(field.trim_ascii()).ok());
    text.and_then(|text| text.parse().ok()).ok_or(Refused::NotANumber { column })
}

fn joined(codes: &[CommuneCode]) -> String {
    codes.iter().map(CommuneCode::as_str).collect::<Vec<_>>().join(";")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locate::fixtures;

    fn run(table: &str) -> (String, Bulk) {
        let mut output = Vec::new();
        let count = locate_csv(&fixtures::squares(), table.as_bytes(), &mut output).unwrap();
        (String::from_utf8(output).unwrap(), count)
    }

    #[test]
    fn every_row_keeps_its_columns_and_its_place() {
        let (output, count) = run("note,lat,lon\n\"a, \"\"quoted\"\"\nnote\",21.5,103.5\nborder,21.5,104\n");
        insta::assert_snapshot!(output, @r#"
        note,lat,lon,commune,communes,nearest_commune,nearest_m,error
        "a, ""quoted""
        note",21.5,103.5,00001,00001,,,
        border,21.5,104,00001,00001;00002,,,
        "#);
        assert_eq!(count, Bulk { placed: 2, outside: 0, refused: 0 });
    }

    #[test]
    fn a_refused_row_stays_with_its_reason() {
        let (output, count) = run("lon,lat,error\n21.5,103.5,mine\nx,21,\n,,\n0,0,\nNaN,1,\n103.5,21.5,\n");
        insta::assert_snapshot!(output, @r#"
        lon,lat,error,commune,communes,nearest_commune,nearest_m,error
        21.5,103.5,mine,,,,,longitude and latitude are swapped: send lon (about 102-110 in Vietnam) and lat (about 8-24)
        x,21,,,,,,lon is not a number
        ,,,,,,,lon is not a number
        0,0,,,,,,"(0, 0) is what a phone without a fix sends: wait for a position, or send `place` instead"
        NaN,1,,,,,,not a finite position on Earth: lon must lie in -180..180 and lat in -90..90
        103.5,21.5,,00001,00001,,,
        "#);
        assert_eq!(count, Bulk { placed: 1, outside: 0, refused: 5 });
    }

    #[test]
    fn a_long_table_keeps_its_order() {
        let row = |nth: u32| format!("{nth},{},21.5\n", 102.5 + f64::from(nth % 3));
        let table: String = (0..20_000).map(row).collect();
        let (output, count) = run(&format!("nth,lon,lat\n{table}"));
        for (nth, line) in output.lines().skip(1).enumerate() {
            let commune = ["", "00001", "00002"][nth % 3];
            let fields: Vec<&str> = line.split(',').collect();
            assert_eq!((fields[0], fields[3]), (nth.to_string().as_str(), commune), "{line}");
        }
        assert_eq!(count, Bulk { placed: 13_333, outside: 6_667, refused: 0 });
    }

    #[test]
    fn a_table_without_positions_is_refused() {
        let refused = locate_csv(&fixtures::squares(), "x,lat\n1,2\n".as_bytes(), Vec::new());
        assert!(matches!(refused, Err(BulkError::NoColumn("lon"))));
    }
}
