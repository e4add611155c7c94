//! Which files, their bytes, and the limits that hold before anything is parsed.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

use super::error::ImportError;
use crate::domain::ids::ProvinceCode;

/// Largest file, unpacked.
const LARGEST: u64 = 1 << 30;
/// Most opening brackets in one file: one a position, and room for rings and properties.
const MOST_BRACKETS: usize = 22_000_000;
/// Deepest nesting: a collection's positions stand at level 8.
const DEEPEST: usize = 32;
/// Folders within folders.
const DEEPEST_FOLDER: usize = 8;
/// How a file packed with zstd begins (RFC 8878).
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// How a file packed with gzip begins (RFC 1952).
const GZIP: [u8; 2] = [0x1f, 0x8b];
/// The largest window that decoders take by default.
const WINDOW_LOG: u32 = 27;
/// What boundary files are called.
const ENDINGS: [&str; 3] = [".geojson", ".geojsonl", ".json"];

/// The boundary files of a path, in order of name.
pub(super) fn list(path: &Path) -> Result<Vec<PathBuf>, ImportError> {
    let mut files = Vec::new();
    if unreadable(path, fs::metadata(path))?.is_dir() {
        gather(path, DEEPEST_FOLDER, &mut files)?;
        files.sort();
        let in_wards = |file: &PathBuf| file.parent().is_some_and(|folder| folder.ends_with("wards"));
        if files.iter().any(in_wards) {
            files.retain(in_wards);
        }
    } else {
        files.push(path.into());
    }
    Ok(files)
}

fn gather(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<(), ImportError> {
    for entry in unreadable(folder, fs::read_dir(folder))? {
        let path = unreadable(folder, entry)?.path();
        if unreadable(&path, fs::metadata(&path))?.is_dir() {
            if depth > 0 {
                gather(&path, depth - 1, files)?;
            }
        } else if is_boundary_file(&path) {
            files.push(path);
        }
    }
    Ok(())
}

fn is_boundary_file(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let name = name.strip_suffix(".zst").unwrap_or(&name);
    ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// The province that a folder above the file is named after, as in `11_dien_bien`.
pub(super) fn province(file: &Path) -> Option<ProvinceCode> {
    let names = file.ancestors().skip(1).filter_map(|folder| folder.file_name()?.to_str());
    names.filter_map(|name| name.split_once('_')).find_map(|(code, _)| code.parse().ok())
}

/// A file's bytes, unpacked.
pub(super) fn unpacked(path: &Path) -> Result<Vec<u8>, ImportError> {
    let file = unreadable(path, File::open(path))?;
    let mut bytes = Vec::new();
    unreadable(path, file.take(LARGEST + 1).read_to_end(&mut bytes))?;
    let name = path.display().to_string();
    if is_packed(&bytes) { unpack(&name, &bytes) } else { bounded(&name, bytes) }
}

/// Unpacks bytes that are packed.
pub(super) fn unpack(file: &str, bytes: &[u8]) -> Result<Vec<u8>, ImportError> {
    if !is_packed(bytes) {
        return bounded(file, bytes.to_vec());
    }
    let packing = |source| ImportError::Packing { file: file.into(), source };
    let mut decoder = zstd::Decoder::with_buffer(bytes).map_err(packing)?;
    decoder.window_log_max(WINDOW_LOG).map_err(packing)?;
    let mut unpacked = Vec::new();
    decoder.take(LARGEST + 1).read_to_end(&mut unpacked).map_err(packing)?;
    bounded(file, unpacked)
}

fn is_packed(bytes: &[u8]) -> bool {
    bytes.starts_with(&ZSTD)
}

fn bounded(file: &str, bytes: Vec<u8>) -> Result<Vec<u8>, ImportError> {
    if bytes.starts_with(&GZIP) {
        return Err(ImportError::Gzip { file: file.into() });
    }
    if bytes.len() as u64 > LARGEST { Err(ImportError::TooLarge { file: file.into() }) } else { Ok(bytes) }
}

/// Counts brackets and levels outside of texts, so that no file can make the parser fill memory or stack. The record
/// separators of RFC 8142 become spaces on the way.
pub(super) fn within_limits(file: &str, bytes: &mut [u8]) -> Result<(), ImportError> {
    let (mut brackets, mut depth, mut in_text, mut escaped) = (0_usize, 0_usize, false, false);
    for (byte, letter) in bytes.iter_mut().enumerate() {
        if in_text {
            in_text = escaped || *letter != b'"';
            escaped = !escaped && *letter == b'\\';
            continue;
        }
        match *letter {
            b'"' => in_text = true,
            b'[' | b'{' => {
                brackets += 1;
                depth += 1;
                if depth > DEEPEST {
                    return Err(ImportError::TooDeep { file: file.into(), deepest: DEEPEST, byte });
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            0x1e => *letter = b' ',
            _ => {}
        }
    }
    if brackets > MOST_BRACKETS { Err(ImportError::TooMany { file: file.into() }) } else { Ok(()) }
}

fn unreadable<T>(path: &Path, result: io::Result<T>) -> Result<T, ImportError> {
    result.map_err(|source| ImportError::Unreadable { path: path.into(), source })
}
