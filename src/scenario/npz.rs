//! Arrays of .npz files, as numpy.savez writes them (numpy.lib.format, versions 1 to 3).

use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use zip::ZipArchive;

/// Numbers in a row, the last axis running fastest.
#[derive(Debug)]
pub struct Stored {
    pub shape: Vec<usize>,
    pub values: Vec<f64>,
}

/// Bytes of all arrays together, at most.
const MOST_BYTES: u64 = 256 << 20;

/// The arrays of float64 in an archive, by name; others are left out.
///
/// # Errors
/// What was found, and what would be right.
pub fn read(content: &[u8]) -> Result<BTreeMap<String, Stored>, String> {
    let strange = |error: &dyn std::fmt::Display| format!("found {error}; expected a file of numpy.savez");
    let mut archive = ZipArchive::new(Cursor::new(content)).map_err(|error| strange(&error))?;
    let mut arrays = BTreeMap::new();
    let mut left = MOST_BYTES;
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).map_err(|error| strange(&error))?;
        let name = file.name().map_err(|error| strange(&error))?.trim_end_matches(".npy").to_string();
        let mut bytes = Vec::new();
        file.by_ref().take(left).read_to_end(&mut bytes).map_err(|error| strange(&error))?;
        left -= bytes.len() as u64;
        if let Some(array) = array(&bytes).map_err(|text| format!("{name}: {text}"))? {
            arrays.insert(name, array);
        }
    }
    Ok(arrays)
}

/// One .npy file; `None` for an array of something else than float64.
fn array(bytes: &[u8]) -> Result<Option<Stored>, String> {
    let strange = || "found no array of numpy; expected one".to_string();
    let rest = bytes.strip_prefix(b"\x93NUMPY").ok_or_else(strange)?;
    let (length, start) = match rest {
        [1, _, low, high, ..] => (u16::from_le_bytes([*low, *high]) as usize, 4),
        [2 | 3, _, a, b, c, d, ..] => (u32::from_le_bytes([*a, *b, *c, *d]) as usize, 6),
        _ => return Err(strange()),
    };
    let head = rest.get(start..start + length).and_then(|head| std::str::from_utf8(head).ok());
    let (head, data) = head.zip(rest.get(start + length..)).ok_or_else(strange)?;
    if !head.contains("'<f8'") {
        return Ok(None);
    }
    let inner =
        head.split_once("'shape': (").and_then(|(_, rest)| rest.split_once(')')).ok_or_else(strange)?.0;
    let lengths = inner.split(',').map(str::trim).filter(|text| !text.is_empty());
    let shape: Vec<usize> = lengths.map(str::parse).collect::<Result<_, _>>().map_err(|_| strange())?;
    let (numbers, rest) = data.as_chunks::<8>();
    let count = shape.iter().try_fold(1usize, |product, length| product.checked_mul(*length));
    if !rest.is_empty() || count != Some(numbers.len()) {
        return Err(format!(
            "found {} bytes for the shape {shape:?}; expected 8 for each number",
            data.len()
        ));
    }
    let values: Vec<f64> = numbers.iter().map(|number| f64::from_le_bytes(*number)).collect();
    match (head.contains("'fortran_order': True"), &shape[..]) {
        (true, [rows, columns]) => {
            let values = (0..rows * columns).map(|k| values[k % columns * rows + k / columns]).collect();
            Ok(Some(Stored { shape, values }))
        }
        _ => Ok(Some(Stored { shape, values })),
    }
}
