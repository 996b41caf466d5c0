//! The table that a run prints.

/// Waiting tasks a processor from which on a machine is too busy to be judged on, beside our own.
const BUSY: f64 = 0.5;

pub struct Table {
    rows: Vec<Row>,
    load_before: f64,
}

pub struct Row {
    name: String,
    goal: String,
    ours: f64,
    denominator: f64,
    ratio: f64,
    spread: (f64, f64),
    holds: bool,
}

impl Row {
    /// Of rounds of ours and of the other side.
    pub fn ratio(name: &str, goal: &str, rounds: Vec<(f64, f64)>, holds: impl Fn(f64) -> bool) -> Self {
        let sorted = |of: fn(&(f64, f64)) -> f64| {
            let mut values: Vec<f64> = rounds.iter().map(of).collect();
            values.sort_by(f64::total_cmp);
            values
        };
        let middle = |values: &[f64]| values[values.len() / 2];
        let ratios = sorted(|(ours, other)| ours / other);
        let row = Self {
            name: name.to_owned(),
            goal: goal.to_owned(),
            ours: middle(&sorted(|(ours, _)| *ours)),
            denominator: middle(&sorted(|(_, other)| *other)),
            ratio: middle(&ratios),
            spread: (ratios[0], ratios[ratios.len() - 1]),
            holds: holds(middle(&ratios)),
        };
        eprintln!("{}", row.line(true));
        row
    }

    fn line(&self, is_judged: bool) -> String {
        let Self { name, goal, ours, denominator, ratio, spread, holds } = self;
        let verdict = match (is_judged, &**goal) {
            (_, "-") => "",
            (false, _) => "not judged",
            (true, _) if *holds => "holds",
            (true, _) => "MISSED",
        };
        let (least, most) = spread;
        format!(
            "| {name} | {goal} | {ours:.0} | {denominator:.0} | {ratio:.2} | {least:.2}-{most:.2} | {verdict} |"
        )
    }
}

impl Table {
    pub fn begin() -> Self {
        Self { rows: vec![], load_before: load() }
    }

    pub fn add(&mut self, row: Row) {
        self.rows.push(row);
    }

    pub fn print(&self) {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let is_judged = self.load_before / processors as f64 <= BUSY;
        println!("{processors} processors, load before {:.2}", self.load_before);
        println!("| | goal | ours | denominator | ratio | spread | verdict |");
        println!("|---|---|---|---|---|---|---|");
        for row in &self.rows {
            println!("{}", row.line(is_judged));
        }
    }
}

/// The load of the last minute.
fn load() -> f64 {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().and_then(|first| first.parse().ok()).unwrap_or(0.0)
}
