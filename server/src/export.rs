//! What leaves as a file: rows of CSV that no spreadsheet takes for formulas, and times that every machine reads.

use csv::{Terminator, WriterBuilder};
use domain::time::Timestamp;

/// A row of CSV.
pub struct Row(Vec<String>);

impl Row {
    /// Of those values.
    pub fn of<'v>(values: impl IntoIterator<Item = &'v str>) -> Self {
        Self(values.into_iter().map(cell).collect())
    }

    /// As it stands in the file, with its end.
    pub fn line(&self) -> String {
        let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(vec![]);
        // Memory takes everything.
        writer.write_record(&self.0).and_then(|()| Ok(writer.flush()?)).expect("a row is written to memory");
        let bytes = writer.into_inner().expect("all was flushed");
        String::from_utf8(bytes).expect("it was text before it was quoted")
    }
}

/// A value as it stands in a row. What a spreadsheet would take for a formula gets an apostrophe before it.
fn cell(value: &str) -> String {
    let begins_formula = value
        .trim_start_matches([' ', '"', '\''])
        .starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    if begins_formula { format!("'{value}") } else { value.to_owned() }
}

/// A moment in UTC: `2026-11-28T20:15:13.007Z`. Nothing where no calendar has it.
pub fn iso(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.0).map(|at| at.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_and_none_breaks_out_of_its_place() {
        for evil in ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "  =1", "\"=1", "＝1", "\r\n=1"] {
            let line = Row::of([evil, "next"]).line();
            assert!(line.trim_start_matches('"').starts_with('\''), "{evil:?} became {line:?}");
            assert!(line.ends_with(",next\r\n"), "{line:?}");
        }
        assert_eq!(
            Row::of(["Ana", "a,b", "say \"hi\"", "two\nlines", ""]).line(),
            "Ana,\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\",\r\n"
        );
    }

    #[test]
    fn moments_are_written_as_machines_read_them() {
        for (at, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400_000, "2000-02-29T00:00:00Z"),
            (1_795_896_913_007, "2026-11-28T20:15:13.007Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (i64::MAX, ""),
        ] {
            assert_eq!(iso(Timestamp(at)), text);
        }
    }
}
