//! Tables of numbers beside a scenario.

use csv::{ReaderBuilder, StringRecord, Trim};

/// Columns with their names.
#[derive(Debug)]
pub struct Data {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// Rows of as many numbers.
    pub rows: Vec<Vec<f64>>,
}

impl Data {
    /// Reads comma-separated values, or those separated by semicolons or tabs: names in the first line, then finite numbers; lines that start
    /// with # are comments. Quotes, a byte-order mark and the line ends of Windows are understood. `name` is for messages.
    ///
    /// # Errors
    /// What was found, where, and what would be right.
    pub fn read(name: &str, content: &[u8]) -> Result<Self, String> {
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .comment(Some(b'#'))
            .trim(Trim::All)
            .delimiter(delimiter(content))
            .from_reader(content);
        let mut columns: Option<Vec<String>> = None;
        let mut rows = Vec::new();
        let mut record = StringRecord::new();
        loop {
            let start = reader.position().byte();
            let more = reader
                .read_record(&mut record)
                .map_err(|error| format!("{name}: found {error}; expected text"))?;
            if !more {
                break;
            }
            // Cells without a value are no empty line.
            let end = reader.position().byte();
            if record.iter().all(str::is_empty) && is_blank(content.get(start as usize..end as usize)) {
                continue;
            }
            match &columns {
                None => columns = Some(header(name, &record)?),
                Some(columns) => {
                    let line = record.position().map_or(0, csv::Position::line);
                    rows.push(row(&format!("{name}:{line}"), &record, columns.len())?);
                }
            }
        }
        let Some(columns) = columns else {
            return Err(format!(
                "found {name}, which is empty; expected a line of names, then lines of numbers"
            ));
        };
        if rows.is_empty() {
            return Err(format!("found no datum in {name}; expected lines of numbers below the names"));
        }
        Ok(Self { columns, rows })
    }
}

/// Whether lines hold spaces and comments alone.
fn is_blank(lines: Option<&[u8]>) -> bool {
    let mut lines = lines.unwrap_or_default().split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    lines.all(|line| line.is_empty() || line.starts_with(b"#"))
}

/// What separates the names in the first line that is no comment.
fn delimiter(content: &[u8]) -> u8 {
    let header = content
        .split(|byte| *byte == b'\n')
        .find(|line| !line.trim_ascii().is_empty() && !line.starts_with(b"#"));
    let has = |byte: u8| header.is_some_and(|line| line.contains(&byte));
    [b',', b';', b'\t'].into_iter().find(|byte| has(*byte)).unwrap_or(b',')
}

fn header(name: &str, record: &StringRecord) -> Result<Vec<String>, String> {
    let columns: Vec<String> = record.iter().map(String::from).collect();
    if let Some(column) = columns.iter().find(|column| column.parse::<f64>().is_ok() || column.is_empty()) {
        return Err(format!(
            "found \"{column}\" in the first line of {name}; expected the names of the columns"
        ));
    }
    let twice = columns.iter().enumerate().find(|(place, column)| columns[..*place].contains(column));
    match twice {
        Some((_, column)) => {
            Err(format!("found two columns called \"{column}\" in {name}; expected different names"))
        }
        None => Ok(columns),
    }
}

fn row(place: &str, record: &StringRecord, columns: usize) -> Result<Vec<f64>, String> {
    if record.len() != columns {
        return Err(format!(
            "{place}: found {} values; expected {columns}, one for each column",
            record.len()
        ));
    }
    let number = |cell: &str| match cell.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(value),
        _ => Err(format!(
            "{place}: found \"{cell}\"; expected a finite number, with a point before its decimals"
        )),
    };
    record.iter().map(number).collect()
}
