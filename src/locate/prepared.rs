//! An atlas as a file, so that a start need not read and rule every polygon again.
//!
//! The file begins with eight bytes of its form and version, four of the machine's byte order, and the xxh3 of all that
//! follows: what the map is, its communes, the grid and the polygons as they lie in memory. A file of another version,
//! byte order or map, or one that is torn, is said to be so; it never becomes an atlas.

use std::{
    fs::{self, File},
    hash::Hasher as _,
    io::{self, BufWriter, Read, Seek, Write},
    path::Path,
};

use rstar::RTree;
use tempfile::NamedTempFile;
use twox_hash::xxhash3_64::Hasher;

use super::{Atlas, border, grid::Grid};
use crate::domain::{boundary::Commune, ids::GenerationId};

/// The last byte is the version: raised whenever anything in the file, or what it means, changes.
const FORM: [u8; 8] = *b"ioc-map\x02";
const ORDER: u32 = 0x0102_0304;
/// Form, byte order, xxh3.
const HEAD: usize = 20;

/// Why a prepared file is not used. It can be made again from the polygons.
#[derive(Debug, thiserror::Error)]
pub enum NotPrepared {
    /// There is none, or it cannot be read.
    #[error("it cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    /// Another program's, another version's, another machine's.
    #[error("it is of another version or byte order")]
    Foreign,
    /// Of another map, or of the same name with other polygons.
    #[error("it is of another map")]
    OtherMap,
    /// Cut off, or changed.
    #[error("it is torn: its checksum does not fit")]
    Torn,
}

impl Atlas {
    /// Writes the file under another name first, so that whoever looks sees all of it or none. `checksum` is the
    /// polygons' own.
    pub fn prepare(&self, checksum: &str, path: &Path) -> io::Result<()> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let mut file = NamedTempFile::new_in(folder)?;
        file.write_all(&[0; HEAD])?;
        let hash = self.write(checksum, BufWriter::with_capacity(1 << 20, &mut file))?;
        file.rewind()?;
        file.write_all(&FORM)?;
        file.write_all(&ORDER.to_ne_bytes())?;
        file.write_all(&hash.to_ne_bytes())?;
        file.persist(path)?;
        Ok(())
    }

    /// Everything behind the head; its hash.
    fn write(&self, checksum: &str, out: impl Write) -> io::Result<u64> {
        let mut out = Hashed::new(out);
        put(&mut out, identity(&self.generation, checksum).as_bytes())?;
        put(&mut out, &serde_json::to_vec(&self.communes)?)?;
        self.grid.pack(|bytes| put(&mut out, bytes))?;
        put(&mut out, bytemuck::cast_slice(&self.ends))?;
        put(&mut out, &self.shapes)?;
        out.inner.flush()?;
        Ok(out.hash.finish())
    }

    /// Reads the file of this map, if it is whole and its own.
    pub fn prepared(generation: &GenerationId, checksum: &str, path: &Path) -> Result<Self, NotPrepared> {
        let mut file = File::open(path)?;
        let left = file.metadata()?.len().checked_sub(HEAD as u64).ok_or(NotPrepared::Torn)?;
        let (mut form, mut order, mut stated) = ([0; 8], [0; 4], [0; 8]);
        file.read_exact(&mut form)?;
        file.read_exact(&mut order)?;
        file.read_exact(&mut stated)?;
        if form != FORM || u32::from_ne_bytes(order) != ORDER {
            return Err(NotPrepared::Foreign);
        }
        let mut from = Hashed { left, ..Hashed::new(file) };
        if from.take::<u8>()? != identity(generation, checksum).as_bytes() {
            return Err(NotPrepared::OtherMap);
        }
        let communes: Vec<u8> = from.take()?;
        let grid = Grid::unpack(&mut from)?;
        let (ends, shapes) = (from.take()?, from.take()?);
        if from.hash.finish() != u64::from_ne_bytes(stated) || from.left > 0 {
            return Err(NotPrepared::Torn);
        }
        let communes: Vec<Commune> = serde_json::from_slice(&communes).map_err(|_| NotPrepared::Torn)?;
        let blocks = RTree::bulk_load(border::blocks(&grid));
        Ok(Self { generation: generation.clone(), communes, shapes, ends, grid, blocks })
    }
}

fn identity(generation: &GenerationId, checksum: &str) -> String {
    format!("{generation} {checksum}")
}

/// What goes through is hashed.
pub(super) struct Hashed<T> {
    inner: T,
    hash: Hasher,
    /// Bytes that are still to be read.
    left: u64,
}

impl<T> Hashed<T> {
    fn new(inner: T) -> Self {
        Self { inner, hash: Hasher::new(), left: 0 }
    }
}

/// A section has its length before it.
fn put(out: &mut Hashed<impl Write>, bytes: &[u8]) -> io::Result<()> {
    for bytes in [&(bytes.len() as u64).to_ne_bytes(), bytes] {
        out.hash.write(bytes);
        out.inner.write_all(bytes)?;
    }
    Ok(())
}

impl Hashed<File> {
    /// The bytes of the next section; never more than the file has.
    pub(super) fn length(&mut self) -> Result<usize, NotPrepared> {
        let mut length = [0; 8];
        self.fill(&mut length)?;
        let length = u64::from_ne_bytes(length);
        usize::try_from(length).ok().filter(|_| length <= self.left).ok_or(NotPrepared::Torn)
    }

    /// Piece by piece, so that what is hashed is still near.
    pub(super) fn fill(&mut self, room: &mut [u8]) -> Result<(), NotPrepared> {
        self.left = self.left.checked_sub(room.len() as u64).ok_or(NotPrepared::Torn)?;
        for piece in room.chunks_mut(1 << 18) {
            self.inner.read_exact(piece)?;
            self.hash.write(piece);
        }
        Ok(())
    }

    /// A section of numbers.
    pub(super) fn take<T: bytemuck::Pod>(&mut self) -> Result<Vec<T>, NotPrepared> {
        let count = self.length()? / size_of::<T>();
        let mut numbers = vec![T::zeroed(); count];
        self.fill(bytemuck::cast_slice_mut(&mut numbers))?;
        Ok(numbers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::position::Position,
        locate::fixtures::{self, area, square, territory},
    };

    fn map() -> Atlas {
        fixtures::atlas(vec![
            territory("00001", square(103.0, 21.0, 103.01, 21.01)),
            territory("00002", area(&[(103.01, 21.0), (103.020_000_1, 21.0), (103.01, 21.01)])),
        ])
    }

    fn refusal(path: &Path) -> NotPrepared {
        Atlas::prepared(map().generation(), "sum", path).unwrap_err()
    }

    #[test]
    fn a_map_comes_back_with_every_answer() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("maps/test.map");
        let built = map();
        built.prepare("sum", &path).unwrap();
        built.prepare("sum", &path).unwrap();
        let read = Atlas::prepared(built.generation(), "sum", &path).unwrap();
        assert!(built.communes().eq(read.communes()));
        assert_eq!(built.bytes(), read.bytes());
        assert!(built.shapes().eq(read.shapes()));
        for i in 0..40_000_u32 {
            let at = (102.999 + f64::from(i % 200) * 1.1e-4, 20.999 + f64::from(i / 200) * 6e-5);
            let at = Position::new(at.0, at.1).unwrap();
            assert_eq!(built.cover(at), read.cover(at));
        }
        assert_eq!(fs::read_dir(folder.path().join("maps")).unwrap().count(), 1);
    }

    #[test]
    fn an_empty_map_comes_back_too() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("empty.map");
        let built = fixtures::atlas(vec![]);
        built.prepare("sum", &path).unwrap();
        let read = Atlas::prepared(built.generation(), "sum", &path).unwrap();
        assert!(read.cover(Position::new(103.0, 21.0).unwrap()).covering.is_empty());
    }

    #[test]
    fn a_torn_file_is_noticed_wherever_it_is_torn() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test.map");
        map().prepare("sum", &path).unwrap();
        let whole = fs::read(&path).unwrap();
        for place in (HEAD..whole.len()).step_by(7) {
            let mut changed = whole.clone();
            changed[place] ^= 1 << (place % 8);
            fs::write(&path, &changed).unwrap();
            assert!(matches!(refusal(&path), NotPrepared::Torn | NotPrepared::OtherMap), "changed at {place}");
            fs::write(&path, &whole[..place]).unwrap();
            assert!(matches!(refusal(&path), NotPrepared::Torn | NotPrepared::OtherMap), "cut at {place}");
        }
        fs::write(&path, [whole.as_slice(), &[0]].concat()).unwrap();
        assert!(matches!(refusal(&path), NotPrepared::Torn));
        fs::write(&path, &whole[..9]).unwrap();
        assert!(matches!(refusal(&path), NotPrepared::Torn));
    }

    #[test]
    fn another_version_machine_or_map_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test.map");
        assert!(matches!(refusal(&path), NotPrepared::Unreadable(_)));
        map().prepare("other", &path).unwrap();
        assert!(matches!(refusal(&path), NotPrepared::OtherMap));
        map().prepare("sum", &path).unwrap();
        let whole = fs::read(&path).unwrap();
        for place in 0..12 {
            let mut changed = whole.clone();
            changed[place] ^= 1;
            fs::write(&path, &changed).unwrap();
            assert!(matches!(refusal(&path), NotPrepared::Foreign), "{place}");
        }
    }
}
