//! Locating on the shipped map beside the usual ways in Rust, on the same points in one run. Figures only: no test is
//! decided by them. `ioc bench locate --input FILE` measures any other map.
#![expect(clippy::print_stdout, reason = "a benchmark answers on standard output")]

use ioc::flow::locate;

fn main() {
    let territories = locate::boundaries(None).expect("the shipped map can be read");
    let measured = locate::measure(&territories, 100_000, 1);
    println!("nanoseconds a lookup on {} communes: uniform / inside / within 30 m of a border", measured.communes);
    for row in &measured.rows {
        let times = [row.single.uniform, row.single.inside, row.single.beside];
        println!("{:40} {:8.0} {:8.0} {:8.0}", row.engine, times[0], times[1], times[2]);
    }
}
