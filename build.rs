//! Changed migrations and newly built pages make a new binary: they are embedded, and the compiler does not see them.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
    println!("cargo:rerun-if-changed=web/dist");
}
