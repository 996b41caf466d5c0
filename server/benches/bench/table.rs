//! The table that a run prints.

/// Waiting tasks a processor from which on a machine is too busy to be judged on, beside our own.
const BUSY: f64 = 0.5;

/// The part of the processors' time that may go to other machines on the same host.
const STOLEN: f64 = 0.05;

pub struct Table {
    rows: Vec<Row>,
    load_before: f64,
    time_before: Time,
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
    /// Of rounds of ours and of the other side. Whether the ratio holds.
    pub fn ratio(name: &str, goal: &str, rounds: Vec<(f64, f64)>, holds: impl Fn(f64) -> bool) -> Self {
        Self::of(name, goal, rounds, |row| holds(row.ratio))
    }

    /// The same, where the goal is a figure and the other side is only to compare. Whether ours holds.
    pub fn figure(name: &str, goal: &str, rounds: Vec<(f64, f64)>, holds: impl Fn(f64) -> bool) -> Self {
        Self::of(name, goal, rounds, |row| holds(row.ours))
    }

    fn of(name: &str, goal: &str, rounds: Vec<(f64, f64)>, holds: impl Fn(&Row) -> bool) -> Self {
        let sorted = |of: fn(&(f64, f64)) -> f64| {
            let mut values: Vec<f64> = rounds.iter().map(of).collect();
            values.sort_by(f64::total_cmp);
            values
        };
        let middle = |values: &[f64]| values[values.len() / 2];
        let ratios = sorted(|(ours, other)| ours / other);
        let mut row = Self {
            name: name.to_owned(),
            goal: goal.to_owned(),
            ours: middle(&sorted(|(ours, _)| *ours)),
            denominator: middle(&sorted(|(_, other)| *other)),
            ratio: middle(&ratios),
            spread: (ratios[0], ratios[ratios.len() - 1]),
            holds: false,
        };
        row.holds = holds(&row);
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
        let (ours, denominator, (least, most)) = (figure(*ours), figure(*denominator), spread);
        format!(
            "| {name} | {goal} | {ours} | {denominator} | {ratio:.2} | {least:.2}-{most:.2} | {verdict} |"
        )
    }
}

/// With a decimal where it says something.
fn figure(value: f64) -> String {
    if value < 10.0 { format!("{value:.1}") } else { format!("{value:.0}") }
}

impl Table {
    pub fn begin() -> Self {
        Self { rows: vec![], load_before: load(), time_before: Time::so_far() }
    }

    pub fn add(&mut self, row: Row) {
        self.rows.push(row);
    }

    pub fn print(&self) {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let stolen = Time::so_far().stolen_since(&self.time_before);
        let is_judged = self.load_before / processors as f64 <= BUSY && stolen <= STOLEN;
        let (load, percent) = (self.load_before, stolen * 100.0);
        println!("{processors} processors, load before {load:.2}, stolen meanwhile {percent:.1} %");
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

/// Of all processors together, in ticks.
struct Time {
    all: u64,
    stolen: u64,
}

impl Time {
    fn so_far() -> Self {
        let text = std::fs::read_to_string("/proc/stat").unwrap_or_default();
        // cpu, user, nice, system, idle, iowait, irq, softirq, steal; what follows is part of user.
        let first = text.lines().next().unwrap_or_default();
        let ticks: Vec<u64> = first.split_whitespace().skip(1).take(8).flat_map(str::parse).collect();
        Self { all: ticks.iter().sum(), stolen: ticks.get(7).copied().unwrap_or(0) }
    }

    fn stolen_since(&self, before: &Time) -> f64 {
        (self.stolen - before.stolen) as f64 / (self.all - before.all).max(1) as f64
    }
}
