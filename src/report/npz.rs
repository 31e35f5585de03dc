//! Arrays for numpy: an uncompressed zip of .npy files (numpy.lib.format, version 1.0).

use crate::study::figure::{Array, Entries};
use std::io::{Cursor, Error, Write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// The header's length is a multiple of this.
const ALIGNMENT: usize = 64;

/// The bytes of the .npz file with these arrays: the same for the same numbers.
pub fn npz(arrays: &[Array]) -> Result<Vec<u8>, Error> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::default());
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for array in arrays {
        archive.start_file(format!("{}.npy", array.name), options)?;
        archive.write_all(&npy(array))?;
    }
    Ok(archive.finish()?.into_inner())
}

/// Little-endian numbers of 8 bytes, or texts of 4 bytes a character; the first axis runs fastest, as on grids.
fn npy(Array { shape, values, .. }: &Array) -> Vec<u8> {
    let lengths: Vec<String> = shape.iter().map(|length| format!("{length},")).collect();
    let longest = match values {
        Entries::Texts(texts) => texts.iter().map(|text| text.chars().count()).max().unwrap_or(0).max(1),
        Entries::Reals(_) | Entries::Wholes(_) => 8,
    };
    let kind = match values {
        Entries::Reals(_) => "f",
        Entries::Wholes(_) => "i",
        Entries::Texts(_) => "U",
    };
    let shape = lengths.join(" ");
    let text = format!("{{'descr': '<{kind}{longest}', 'fortran_order': True, 'shape': ({shape}), }}");
    // Magic, version and the length of the text are 10 bytes; spaces and a newline fill up.
    let whole = (10 + text.len() + 1).next_multiple_of(ALIGNMENT);
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend(((whole - 10) as u16).to_le_bytes());
    bytes.extend(text.as_bytes());
    bytes.resize(whole - 1, b' ');
    bytes.push(b'\n');
    match values {
        Entries::Reals(values) => bytes.extend(values.iter().flat_map(|value| value.to_le_bytes())),
        Entries::Wholes(values) => bytes.extend(values.iter().flat_map(|value| value.to_le_bytes())),
        Entries::Texts(texts) => bytes.extend(texts.iter().flat_map(|text| {
            let filled = text.chars().map(u32::from).chain(std::iter::repeat(0)).take(longest);
            filled.flat_map(u32::to_le_bytes)
        })),
    }
    bytes
}
