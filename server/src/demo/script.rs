//! Plays a file of threads. A block is a conversation: a header, a subject, what is known of the contact, and
//! one step a line. Blocks are separated by an empty line.
//!
//! ```text
//! # Ines Okafor | chat | 2m            name, channel, how long ago the last step was
//! subject: Broken poles on order 88213
//! contact: email=ines@okafor.example; original=ines.o; vip
//! < The poles arrived bent.            the customer writes; `\n` is a line break
//! ai> I'm sorry.                       the AI agent answers
//! handoff                              and asks for a person
//! take maya                            also: assign, back, resolve, close, reopen, archive, pend, priority, tag, group
//! sam* @maya Basel has two sets.       whisper;  `sam- …` is a note
//! maya> A courier brings it tomorrow.  public reply
//! +3h                                  time passes
//! ```

use std::collections::BTreeSet;

use anyhow::{Context, Result, anyhow, bail, ensure};
use domain::channel::ChannelKind;
use domain::contact::{Contact, clean_name};
use domain::conversation::{Ai, Command, Conversation, Event, Fact, Level, Scene, applied, apply, decide};
use domain::id::{AgentId, ContactId, ConversationId, GroupId, MessageId};
use domain::message::{Message, MessageKind, Words};
use domain::office::Office;
use domain::time::{Duration, Timestamp};
use domain::viewer::{Actor, By};

use super::{GROUPS, PEOPLE, Person, Thread, agent_id, ai_on, channel_id, group_id, tag_id};

/// The threads of a file, as if the newest had ended just before `now`.
///
/// Errors: the line that cannot be played, and why.
pub fn play(office: &Office, group: GroupId, text: &str, now: Timestamp) -> Result<Vec<Thread>> {
    let mut threads = vec![];
    let mut chance = Chance(seed(text));
    for (at_line, block) in blocks(text) {
        let thread = Stage::open(office, group, &block, now, &mut chance)
            .and_then(|stage| stage.play(&block))
            .with_context(|| format!("the block at line {at_line}"))?;
        threads.push(thread);
    }
    Ok(threads)
}

/// The thread of a block, as if it had ended at another time than it says.
pub fn play_block(
    office: &Office,
    group: GroupId,
    block: &[&str],
    end: Timestamp,
    now: Timestamp,
    chance: &mut Chance,
) -> Result<Thread> {
    let stage = Stage::open(office, group, block, now, chance)?;
    Stage { conversation: Conversation { created_at: end, ..stage.conversation }, at: end, ..stage }
        .play(block)
}

/// The non-empty blocks with the line that each begins at.
pub fn blocks(text: &str) -> Vec<(usize, Vec<&str>)> {
    let mut blocks = vec![];
    let mut block = vec![];
    for (n, line) in text.lines().chain([""]).enumerate() {
        if line.trim().is_empty() {
            if !block.is_empty() {
                blocks.push((n + 1 - block.len(), std::mem::take(&mut block)));
            }
        } else {
            block.push(line);
        }
    }
    blocks
}

/// Numbers that look random and are the same each time.
pub struct Chance(pub u64);

impl Chance {
    pub fn next(&mut self) -> u64 {
        // SplitMix64, Steele et al. 2014.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn id(&mut self) -> u128 {
        u128::from(self.next()) << 64 | u128::from(self.next())
    }

    pub fn between(&mut self, from: i64, to: i64) -> i64 {
        from + (self.next() % (to - from).unsigned_abs()).cast_signed()
    }

    pub fn is_one_in(&mut self, n: u64) -> bool {
        self.next().is_multiple_of(n)
    }
}

fn seed(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// A conversation while its block is played.
struct Stage<'o> {
    office: &'o Office,
    contact: Contact,
    conversation: Conversation,
    facts: Vec<Fact>,
    messages: Vec<Message>,
    at: Timestamp,
    now: Timestamp,
    chance: &'o mut Chance,
}

impl<'o> Stage<'o> {
    fn open(
        office: &'o Office,
        group: GroupId,
        block: &[&str],
        now: Timestamp,
        chance: &'o mut Chance,
    ) -> Result<Self> {
        let header =
            block.first().and_then(|line| line.strip_prefix("# ")).context("a block begins with #")?;
        let [name, channel, age] = <[&str; 3]>::try_from(header.split(" | ").collect::<Vec<_>>())
            .map_err(|_| anyhow!("a header is: # name | channel | age"))?;
        let kind = ChannelKind::of_key(channel).with_context(|| format!("a channel {channel:?}"))?;
        let subject = block.iter().find_map(|line| line.strip_prefix("subject: ")).context("a subject")?;
        let id = ConversationId::new(chance.id());
        let mut contact = Contact {
            id: ContactId::new(chance.id()),
            display_name: clean_name(name),
            original_name: clean_name(name),
            email: None,
            phone: None,
            language: None,
            vip: false,
            lead: false,
            pinned_to: None,
            blocked_at: None,
            merged: None,
        };
        if let Some(known) = block.iter().find_map(|line| line.strip_prefix("contact: ")) {
            introduce(&mut contact, known, now)?;
        }
        // A name that says more than a number or nickname is a lead, too.
        contact.lead =
            contact.email.is_some() || contact.phone.is_some() || contact.original_name.contains(' ');
        let ai = if block.iter().any(|line| line.starts_with("ai> ")) { ai_on(kind) } else { Ai::None };
        let begin = now - length(age)?;
        let conversation = Conversation::begin(
            id,
            0,
            contact.id,
            channel_id(kind),
            subject.to_string(),
            Some(group),
            ai,
            begin,
        );
        Ok(Self { office, contact, conversation, facts: vec![], messages: vec![], at: begin, now, chance })
    }

    fn play(mut self, block: &[&str]) -> Result<Thread> {
        let begun = self.at;
        let opening = self.conversation.clone();
        let is_step =
            |line: &&&str| !["# ", "subject: ", "contact: "].iter().any(|head| line.starts_with(head));
        for line in block.iter().filter(is_step) {
            match line.strip_prefix('+') {
                Some(pause) => self.at = self.at + length(pause)?,
                None => {
                    self.step(line).with_context(|| format!("the step {line:?}"))?;
                    let pause = self.chance.between(25, 420);
                    self.at = self.at + Duration::seconds(pause);
                }
            }
        }
        self.look_at_it()?;
        // Everything was played from the age on; the last step is what happened then.
        let last = self.facts.last().context("at least one step")?.at;
        let shift = last - begun;
        for fact in &mut self.facts {
            fact.at = fact.at - shift;
        }
        for message in &mut self.messages {
            message.at = message.at - shift;
        }
        let created_at = self.facts.first().map_or(begun, |fact| fact.at);
        let begin =
            Conversation { created_at, unassigned_at: opening.unassigned_at.map(|_| created_at), ..opening };
        let conversation = applied(&begin, &self.facts);
        Ok(Thread { contact: self.contact, conversation, facts: self.facts, messages: self.messages })
    }

    /// What was written more than a few minutes ago has mostly been read by whoever has it.
    fn look_at_it(&mut self) -> Result<()> {
        let age = self.now - self.conversation.created_at;
        if let (Some(agent), true) = (self.conversation.assignee, self.conversation.unread_since.is_some())
            && age > Duration::minutes(15)
            && self.chance.between(0, 3) > 0
        {
            self.fact(By::Agent(agent), Event::Read);
        }
        Ok(())
    }

    fn step(&mut self, line: &str) -> Result<()> {
        if let Some(text) = line.strip_prefix("< ") {
            let message = self.say(MessageKind::Customer, By::Visitor(self.contact.id), text);
            self.fact(By::Visitor(self.contact.id), Event::Received { message });
            return Ok(());
        }
        if let Some(text) = line.strip_prefix("ai> ") {
            let message = self.say(MessageKind::Ai, By::Ai, text);
            let epoch = self.conversation.ai_epoch;
            self.fact(By::Ai, Event::Answered { message, epoch });
            return Ok(());
        }
        if line == "handoff" {
            self.fact(By::Ai, Event::HandedOff);
            return Ok(());
        }
        for (mark, kind) in
            [("> ", MessageKind::Reply), ("* ", MessageKind::Whisper), ("- ", MessageKind::Note)]
        {
            if let Some((key, text)) = line.split_once(mark)
                && let Ok(agent) = agent_id(key)
            {
                return self.write(kind, agent, text);
            }
        }
        let (order, rest) = line.split_once(' ').context("an order and who gives it")?;
        let (words, note) = match rest.split_once(": ") {
            Some((words, note)) => (words, Some(note)),
            None => (rest, None),
        };
        let (who, more) = words.split_once(' ').unwrap_or((words, ""));
        self.order(order, agent_id(who)?, more, note)
    }

    fn write(&mut self, kind: MessageKind, agent: AgentId, text: &str) -> Result<()> {
        if kind == MessageKind::Reply {
            let words = self.words(text);
            let seen = self.conversation.last_public.map(|last| last.message);
            return self.command(agent, Command::Reply { words, seen });
        }
        // Told as history: who whispers may have had other rights then.
        let (text, mentions) = named(text)?;
        let message = self.say(kind, By::Agent(agent), &text);
        let event = match kind {
            MessageKind::Whisper => Event::Whispered { message, mentions },
            _ => Event::Noted { message, mentions },
        };
        self.fact(By::Agent(agent), event);
        Ok(())
    }

    fn order(&mut self, order: &str, agent: AgentId, more: &str, note: Option<&str>) -> Result<()> {
        match order {
            "take" => self.command(agent, Command::Claim),
            "assign" => {
                let (to, note) = (agent_id(more)?, note.map(|note| self.words(note)));
                self.command(agent, Command::Assign { to, note })
            }
            "back" => self.command(agent, Command::Unassign),
            "resolve" => {
                let summary = note.map(|note| self.words(note));
                self.command(agent, Command::Resolve { summary, closing: None, seen: None })
            }
            "close" => self.command(agent, Command::Close),
            "reopen" => self.command(agent, Command::Reopen),
            "archive" => {
                ensure!(!self.conversation.is_active(), "only what is done is archived");
                self.fact(By::Agent(agent), Event::Archived);
                Ok(())
            }
            "pend" => {
                let note = note.map(|note| self.say(MessageKind::Note, By::Agent(agent), note));
                self.fact(By::Agent(agent), Event::Pended { note, wake_at: None });
                Ok(())
            }
            "priority" => {
                let level = Level::ALL.iter().find(|level| level.name().to_lowercase() == more);
                let level = *level.with_context(|| format!("a priority {more:?}"))?;
                let note = note.map(|note| self.say(MessageKind::Note, By::Agent(agent), note));
                self.fact(By::Agent(agent), Event::Prioritised { level, note });
                Ok(())
            }
            "tag" => {
                for name in more.split(',').map(str::trim) {
                    self.fact(By::Agent(agent), Event::Tagged { tag: tag_id(name)? });
                }
                Ok(())
            }
            "group" => {
                let place = GROUPS
                    .iter()
                    .position(|group| *group == more)
                    .with_context(|| format!("a group {more:?}"))?;
                let note = note.map(|note| self.say(MessageKind::Note, By::Agent(agent), note));
                self.fact(By::Agent(agent), Event::GroupAssigned { group: group_id(place), note });
                Ok(())
            }
            other => bail!("an order {other:?}"),
        }
    }

    /// Gives an order as the product would take it.
    fn command(&mut self, agent: AgentId, command: Command) -> Result<()> {
        let viewer = self.office.viewer(agent).context("an agent of the office")?;
        let contact = Contact { blocked_at: None, ..self.contact.clone() };
        let scene = Scene { contact, conversation: self.conversation.clone(), into: None };
        let actor = Actor::Agent(viewer);
        let facts = decide(self.office, &scene, &actor, &command, self.at)
            .map_err(|refusal| anyhow!("{}: {}", refusal.code(), refusal.sentence()))?;
        self.messages.extend(command.messages(actor.by(), self.at));
        self.conversation = applied(&self.conversation, &facts);
        self.facts.extend(facts);
        Ok(())
    }

    fn fact(&mut self, by: By, event: Event) {
        let fact = Fact { at: self.at, by, event };
        self.conversation = apply(&self.conversation, &fact);
        self.facts.push(fact);
    }

    fn say(&mut self, kind: MessageKind, by: By, text: &str) -> MessageId {
        let Words { id, text, file } = self.words(text);
        self.messages.push(Message { id, kind, by, at: self.at, text, file });
        id
    }

    fn words(&mut self, text: &str) -> Words {
        Words::new(MessageId::new(self.chance.id()), text.replace("\\n", "\n"))
    }
}

fn introduce(contact: &mut Contact, known: &str, now: Timestamp) -> Result<()> {
    for field in known.split(';').map(str::trim).filter(|field| !field.is_empty()) {
        match field.split_once('=') {
            Some(("email", email)) => contact.email = Some(email.into()),
            Some(("phone", phone)) => contact.phone = Some(phone.into()),
            Some(("original", name)) => contact.original_name = clean_name(name),
            Some(("language", language)) => contact.language = Some(language.into()),
            Some(("pinned", key)) => contact.pinned_to = Some(agent_id(key)?),
            None if field == "vip" => contact.vip = true,
            None if field == "lead" => contact.lead = true,
            None if field == "blocked" => contact.blocked_at = Some(now - Duration::days(3)),
            _ => bail!("a contact field {field:?}"),
        }
    }
    Ok(())
}

/// `@maya` as the name that she goes by, and who is called so.
fn named(text: &str) -> Result<(String, BTreeSet<AgentId>)> {
    let (mut text, mut mentions) = (text.to_owned(), BTreeSet::new());
    for Person { key, name, .. } in PEOPLE {
        let mention = format!("@{key}");
        if text.contains(&mention) {
            text = text.replace(&mention, &format!("@{name}"));
            mentions.insert(agent_id(key)?);
        }
    }
    Ok((text, mentions))
}

/// `2m`, `3h`, `5d`.
fn length(text: &str) -> Result<Duration> {
    let text = text.trim();
    let (digits, unit) = text.split_at_checked(text.len().saturating_sub(1)).context("a length of time")?;
    let n = digits.parse().with_context(|| format!("a length of time {text:?}"))?;
    match unit {
        "m" => Ok(Duration::minutes(n)),
        "h" => Ok(Duration::hours(n)),
        "d" => Ok(Duration::days(n)),
        _ => bail!("a length of time {text:?}"),
    }
}
