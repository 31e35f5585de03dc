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

/// The arrays of numbers in an archive (float64, float32, int64, int32, little-endian), by name; others are left out, if they are
/// not `wanted`.
///
/// # Errors
/// What was found, and what would be right.
pub fn read(content: &[u8], wanted: &[&str]) -> Result<BTreeMap<String, Stored>, String> {
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
        let wanted = wanted.contains(&name.as_str());
        if let Some(array) = array(&bytes, wanted).map_err(|text| format!("{name}: {text}"))? {
            arrays.insert(name, array);
        }
    }
    Ok(arrays)
}

/// One .npy file; `None` for an array of another type that is not `wanted`.
fn array(bytes: &[u8], wanted: bool) -> Result<Option<Stored>, String> {
    let strange = || "found no array of numpy; expected one".to_string();
    let rest = bytes.strip_prefix(b"\x93NUMPY").ok_or_else(strange)?;
    let (length, start) = match rest {
        [1, _, low, high, ..] => (u16::from_le_bytes([*low, *high]) as usize, 4),
        [2 | 3, _, a, b, c, d, ..] => (u32::from_le_bytes([*a, *b, *c, *d]) as usize, 6),
        _ => return Err(strange()),
    };
    let head = rest.get(start..start + length).and_then(|head| std::str::from_utf8(head).ok());
    let (head, data) = head.zip(rest.get(start + length..)).ok_or_else(strange)?;
    let Some(kind) = KINDS.iter().find(|(name, _)| head.contains(name)) else {
        if !wanted {
            return Ok(None);
        }
        let named = head.split_once("'descr': ").map_or("", |(_, rest)| rest.split(',').next().unwrap_or(""));
        let named: String = named.chars().filter(|c| c.is_ascii_graphic()).take(16).collect();
        return Err(format!(
            "found numbers of the type {named}; expected float64, float32, int64 or int32, little-endian, as .astype(\"<f8\") gives"
        ));
    };
    let inner =
        head.split_once("'shape': (").and_then(|(_, rest)| rest.split_once(')')).ok_or_else(strange)?.0;
    let lengths = inner.split(',').map(str::trim).filter(|text| !text.is_empty());
    let shape: Vec<usize> = lengths.map(str::parse).collect::<Result<_, _>>().map_err(|_| strange())?;
    let values = (kind.1)(data);
    let count = shape.iter().try_fold(1usize, |product, length| product.checked_mul(*length));
    if count.is_none() || values.as_ref().map(Vec::len) != count {
        return Err(format!(
            "found {} bytes for the shape {shape:?} of {}; expected as many as that has",
            data.len(),
            kind.0
        ));
    }
    let values = values.unwrap_or_default();
    let turned = head.contains("'fortran_order': True") && shape.len() > 1;
    Ok(Some(Stored { values: if turned { last_fastest(&shape, &values) } else { values }, shape }))
}

/// How the bytes of an array of one kind of number are read; `None` if a part of a number is left.
type Numbers = fn(&[u8]) -> Option<Vec<f64>>;

/// Kinds of numbers, as numpy names them.
const KINDS: [(&str, Numbers); 4] = [
    ("'<f8'", |data| numbers(data, f64::from_le_bytes)),
    ("'<f4'", |data| numbers(data, |bytes| f64::from(f32::from_le_bytes(bytes)))),
    ("'<i8'", |data| numbers(data, |bytes| i64::from_le_bytes(bytes) as f64)),
    ("'<i4'", |data| numbers(data, |bytes| f64::from(i32::from_le_bytes(bytes)))),
];

fn numbers<const N: usize>(data: &[u8], read: impl Fn([u8; N]) -> f64) -> Option<Vec<f64>> {
    let (numbers, rest) = data.as_chunks::<N>();
    rest.is_empty().then(|| numbers.iter().map(|number| read(*number)).collect())
}

/// Numbers of which the first axis runs fastest, in the order in which the last one does.
fn last_fastest(shape: &[usize], values: &[f64]) -> Vec<f64> {
    let place = |mut k: usize| {
        let mut place = 0;
        let mut stride = values.len();
        for length in shape.iter().rev() {
            stride /= length;
            place += k % length * stride;
            k /= length;
        }
        place
    };
    (0..values.len()).map(|k| values[place(k)]).collect()
}
