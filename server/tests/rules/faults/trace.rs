//! What a program wrote to a folder and when it was flushed, as the kernel saw it; and what a disk may hold if the power
//! goes at some moment. A write that was not flushed may be there, or not, or in part: a disk writes 512 bytes at once.
//! A file that is new, or has a new name, is there for sure once its folder was flushed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::Chance;
use super::stage::until;

/// What a disk writes at once.
const SECTOR: usize = 512;

/// What a power cut chooses among; from one call of the program to the next.
pub struct Trace {
    path: PathBuf,
    pub events: Vec<Event>,
}

pub struct Event {
    /// Seconds since 1970.
    pub at: f64,
    what: What,
}

enum What {
    Write { file: String, offset: usize, bytes: Vec<u8> },
    Cut { file: String, length: usize },
    Flush { file: String },
    FlushFolder,
    Create { file: String },
    Rename { from: String, to: String },
    Remove { file: String },
}

/// What starts a program so that its trace is written there.
pub fn tracer(path: &Path) -> Vec<String> {
    let calls = "trace=pwrite64,ftruncate,fsync,fdatasync,openat,rename,unlink";
    // The tracer is the child, so that the program is ours to stop.
    let words =
        ["strace", "-D", "-f", "--seccomp-bpf", "-ttt", "-y", "-xx", "-s", "70000", "-e", calls, "-o"];
    words.into_iter().map(str::to_owned).chain([path.display().to_string()]).collect()
}

impl Trace {
    /// Reads it once its program has ended: what was done to the files of `folder`.
    pub async fn of(path: &Path, folder: &Path) -> Self {
        let ended = |text: &str| text.lines().last().is_some_and(|line| line.contains("+++ "));
        let read = || std::fs::read_to_string(path).unwrap_or_default();
        until("the trace ends", async || ended(&read())).await;
        let mut waiting: BTreeMap<String, String> = BTreeMap::new();
        let mut events = vec![];
        for line in read().lines() {
            let (thread, rest) = line.split_once(' ').unwrap();
            let (at, call) = rest.trim_start().split_once(' ').unwrap();
            let at = at.parse().unwrap();
            // Another thread called something before this one was answered. What it writes may be there from now on.
            let call = if let Some(begun) = call.strip_suffix(" <unfinished ...>") {
                waiting.insert(thread.to_owned(), begun.to_owned());
                continue;
            } else if let Some((_, ended)) = call.split_once(" resumed>") {
                waiting.remove(thread).unwrap() + ended
            } else {
                call.to_owned()
            };
            events.extend(What::of(&call, folder).map(|what| Event { at, what }));
        }
        Self { path: path.to_owned(), events }
    }

    /// The files after `before` with what those of the first `n` events left on the disk: all that was flushed, and
    /// of the rest what chance wills.
    pub fn disk(&self, before: &Path, n: usize, rest: &mut impl FnMut(u64) -> bool) -> Disk {
        let mut disk = Disk::of(before);
        self.events[..n].iter().for_each(|event| disk.does(&event.what));
        disk.loses_power(rest);
        disk
    }
}

impl Drop for Trace {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

impl What {
    /// Of a call that was done, to a file in that folder.
    fn of(call: &str, folder: &Path) -> Option<Self> {
        let (name, rest) = call.split_once('(')?;
        let (arguments, result) = rest.rsplit_once(") = ").or_else(|| rest.rsplit_once(")  = "))?;
        if result.trim_start().starts_with('-') {
            return None;
        }
        let file = |path: String| {
            let name = Path::new(&path).strip_prefix(folder).ok()?.to_str()?.to_owned();
            // It is made anew from the others.
            (!name.ends_with("-shm")).then_some(name)
        };
        let opened = || Some(text(arguments.split_once('<')?.1.split_once('>')?.0));
        let quoted = || arguments.split('"').skip(1).step_by(2).map(text);
        let last = || arguments.rsplit(", ").next()?.parse::<usize>().ok();
        match name {
            "pwrite64" => {
                let file = file(opened()?).filter(|file| !file.is_empty())?;
                Some(Self::Write { file, offset: last()?, bytes: bytes(arguments.split('"').nth(1)?) })
            }
            "ftruncate" => Some(Self::Cut { file: file(opened()?)?, length: last()? }),
            "fsync" | "fdatasync" => match file(opened()?)? {
                file if file.is_empty() => Some(Self::FlushFolder),
                file => Some(Self::Flush { file }),
            },
            "openat" if arguments.contains("O_CREAT") => Some(Self::Create { file: file(quoted().next()?)? }),
            "rename" => {
                let mut names = quoted();
                Some(Self::Rename { from: file(names.next()?)?, to: file(names.next()?)? })
            }
            "unlink" => Some(Self::Remove { file: file(quoted().next()?)? }),
            _ => None,
        }
    }
}

/// `\x41\x42` as bytes.
fn bytes(escaped: &str) -> Vec<u8> {
    escaped.split("\\x").skip(1).map(|hex| u8::from_str_radix(&hex[..2], 16).unwrap()).collect()
}

fn text(escaped: &str) -> String {
    String::from_utf8(bytes(escaped)).unwrap()
}

/// Files as a disk holds them, and as the program sees them.
#[derive(Default)]
pub struct Disk {
    pub files: BTreeMap<String, File>,
}

#[derive(Clone, Default)]
pub struct File {
    /// What is there for sure.
    pub kept: Vec<u8>,
    /// What was written since, in order.
    unsure: Vec<(usize, Vec<u8>)>,
    /// Its name is there for sure.
    is_named: bool,
}

impl Disk {
    fn of(folder: &Path) -> Self {
        let mut disk = Self::default();
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let kept = std::fs::read(entry.path()).unwrap();
            let name = entry.file_name().into_string().unwrap();
            disk.files.insert(name, File { kept, unsure: vec![], is_named: true });
        }
        disk
    }

    fn does(&mut self, what: &What) {
        match what {
            What::Create { file } => drop(self.files.entry(file.clone()).or_default()),
            What::Write { file, offset, bytes } => {
                self.files.entry(file.clone()).or_default().unsure.push((*offset, bytes.clone()));
            }
            // Nothing that counts is behind the end of what is cut, so that it may be done at once.
            What::Cut { file, length } => {
                let file = self.files.entry(file.clone()).or_default();
                file.flush();
                file.kept.resize(*length, 0);
            }
            What::Flush { file } => self.files.entry(file.clone()).or_default().flush(),
            What::FlushFolder => self.files.values_mut().for_each(|file| file.is_named = true),
            What::Rename { from, to } => {
                if let Some(file) = self.files.remove(from) {
                    self.files.insert(to.clone(), File { is_named: false, ..file });
                }
            }
            What::Remove { file } => drop(self.files.remove(file)),
        }
    }

    fn loses_power(&mut self, rest: &mut impl FnMut(u64) -> bool) {
        self.files.retain(|_, file| file.is_named || rest(2));
        for file in self.files.values_mut() {
            for (offset, bytes) in std::mem::take(&mut file.unsure) {
                // Whole for the most part; else some sectors of it.
                let is_torn = rest(8);
                let is_there = rest(2);
                for (n, sector) in bytes.chunks(SECTOR).enumerate() {
                    if if is_torn { rest(2) } else { is_there } {
                        file.write(offset + n * SECTOR, sector);
                    }
                }
            }
        }
    }

    /// Puts the files into an empty folder.
    pub fn put(&self, folder: &Path) {
        for (name, file) in &self.files {
            std::fs::write(folder.join(name), &file.kept).unwrap();
        }
    }
}

impl File {
    fn flush(&mut self) {
        for (offset, bytes) in std::mem::take(&mut self.unsure) {
            self.write(offset, &bytes);
        }
    }

    fn write(&mut self, offset: usize, bytes: &[u8]) {
        let end = offset + bytes.len();
        if self.kept.len() < end {
            self.kept.resize(end, 0);
        }
        self.kept[offset..end].copy_from_slice(bytes);
    }
}

/// What was not flushed is there or not as chance wills: once in so many times.
pub fn by(chance: &mut Chance) -> impl FnMut(u64) -> bool {
    |one_in| chance.below(one_in) == 0
}

/// Nothing that was not flushed is there.
pub fn nothing(_: u64) -> bool {
    false
}
