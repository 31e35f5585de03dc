/// A table of numbers in digits, for people: the report draws it.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// What the table shows.
    pub caption: String,
    /// Heads of the columns; none for rows of a name and a value.
    pub columns: Vec<String>,
    /// The rows, coarse to fine or as they were asked for.
    pub rows: Vec<Row>,
    /// Rows of a name and a value under the others.
    pub foot: Vec<[String; 2]>,
    /// Whether the cells are text, not numbers.
    pub text: bool,
    /// What a reader has to know of all cells, in a sentence or two; may be empty.
    pub note: String,
}

/// A row of a [`Table`].
#[derive(Clone, Debug)]
pub struct Row {
    /// One cell for each column.
    pub cells: Vec<String>,
    /// Whether the row is marked, as a step that was fitted.
    pub marked: bool,
}

impl Table {
    /// A table with these columns.
    pub fn new(caption: impl Into<String>, columns: &[&str]) -> Self {
        let columns = columns.iter().map(ToString::to_string).collect();
        Self { caption: caption.into(), columns, ..Self::default() }
    }

    /// With a note under it.
    pub fn with_note(self, note: impl Into<String>) -> Self {
        Self { note: note.into(), ..self }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(Row { cells: cells.into_iter().collect(), marked: false });
    }

    /// Adds a row of a name and a value.
    pub fn pair(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.row([name.into(), value.into()]);
    }

    /// Adds a name and a value under the rows.
    pub fn foot(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.foot.push([name.into(), value.into()]);
    }
}
