//! Tables of numbers beside a scenario.

use std::path::Path;

/// Columns with their names.
#[derive(Debug)]
pub struct Data {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// Rows of as many numbers.
    pub rows: Vec<Vec<f64>>,
}

impl Data {
    /// Reads a file of comma-separated values: names in the first line, then finite numbers; lines that start with # are
    /// comments.
    ///
    /// # Errors
    /// What was found, where, and what would be right.
    pub fn read(path: &Path) -> Result<Self, String> {
        let name = path.display();
        let text = std::fs::read_to_string(path)
            .map_err(|error| format!("found {name}, which cannot be read: {error}"))?;
        let mut lines =
            text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
        let cells =
            |line: &str| -> Vec<String> { line.split(',').map(|cell| cell.trim().to_string()).collect() };
        let Some((_, header)) = lines.next() else {
            return Err(format!(
                "found {name}, which is empty; expected a line of names, then lines of numbers"
            ));
        };
        let columns = cells(header);
        if let Some(column) = columns.iter().find(|column| column.parse::<f64>().is_ok() || column.is_empty())
        {
            return Err(format!(
                "found \"{column}\" in the first line of {name}; expected the names of the columns"
            ));
        }
        let row = |(number, line): (usize, &str)| {
            let place = format!("{name}:{}", number + 1);
            let cells = cells(line);
            if cells.len() != columns.len() {
                return Err(format!(
                    "{place}: found {} values; expected {}, one for each column",
                    cells.len(),
                    columns.len()
                ));
            }
            let number = |cell: &String| match cell.parse::<f64>() {
                Ok(value) if value.is_finite() => Ok(value),
                _ => Err(format!("{place}: found \"{cell}\"; expected a finite number")),
            };
            cells.iter().map(number).collect::<Result<Vec<f64>, String>>()
        };
        let rows: Vec<Vec<f64>> = lines.map(row).collect::<Result<_, String>>()?;
        if rows.is_empty() {
            return Err(format!("found no datum in {name}; expected lines of numbers below the names"));
        }
        Ok(Self { columns, rows })
    }
}
