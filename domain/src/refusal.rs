//! Why not: every "no" of the domain is data with a sentence that a person can act on.

use serde::{Deserialize, Serialize};

use crate::channel::ChannelKind;
use crate::file::size;
use crate::id::MessageId;
use crate::permission::Permission;

/// A reason why something does not happen. Names stand in it, so that the sentence needs nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// Not there, or not theirs to see: deliberately the same.
    Missing,
    /// A right is missing.
    NotAllowed {
        /// Which.
        missing: Permission,
    },
    /// Only people of the team give this command.
    OnlyAgents,
    /// A capacity that is none.
    NoCapacity {
        /// The largest.
        most: u32,
    },
    /// A file has more people than are taken at once.
    TooManyLines {
        /// That many.
        most: u32,
    },
    /// A file names a role or a group that is not there.
    UnknownName {
        /// How it is written.
        name: String,
    },
    /// A file has a column that is not read, or, without a name, lacks the one that it must have.
    UnknownColumn {
        /// Which.
        name: String,
    },
    /// A file is no text, or in another alphabet than ours.
    NotUtf8,
    /// A line of a file has more cells than there are columns.
    StrayCells {
        /// Which.
        line: u32,
    },
    /// What was confirmed is not what would come of it now.
    ChangedSinceShown,
    /// A feature is switched off.
    FeatureOff {
        /// Its name.
        name: String,
    },
    /// There is no channel by which the team may write first.
    NoChannelBegins,
    /// A password is not the one that somebody has.
    WrongPassword,
    /// As many groups are there as may be.
    TooManyGroups {
        /// That many.
        most: u32,
    },
    /// A group still has active conversations.
    GroupInUse {
        /// How many.
        n: u32,
    },
    /// A group is the default of a channel.
    GroupOfChannel {
        /// Which.
        name: String,
    },
    /// What comes in by a channel would be seen by nobody who can take it.
    ChannelWithoutGroup {
        /// Which.
        name: String,
    },
    /// There is no such channel.
    NoSuchChannel,
    /// Nobody does this to themselves.
    NotYourself,
    /// Somebody who would have to be disabled first.
    NotDisabled {
        /// Who.
        name: String,
    },
    /// An address is somebody's of the team.
    AddressTaken {
        /// Which.
        address: String,
    },
    /// An address is invited already.
    AlreadyInvited {
        /// Which.
        address: String,
    },
    /// As many invitations are open as may be.
    TooManyInvited {
        /// That many.
        most: u32,
    },
    /// A link that was never good, or is not any more: deliberately the same.
    InvitationOver,
    /// Only the customer does this.
    OnlyCustomers,
    /// A customer has as many conversations open as may be.
    TooManyOpen {
        /// That many.
        most: u32,
    },
    /// A name is asked for.
    NoName,
    /// A text that should be an e-mail address is none.
    NotAnAddress,
    /// A password that is too short.
    ShortPassword {
        /// What is asked for, in characters.
        least: u32,
    },
    /// A text that should name a website does not.
    NotASite {
        /// What was written.
        text: String,
    },
    /// A picture that is no picture, or too large.
    NotAPhoto,
    /// Somebody else took it first.
    Taken {
        /// Who has it now.
        by: String,
    },
    /// It is the viewer's already.
    AlreadyYours,
    /// It is with that person already.
    AlreadyWith {
        /// Who.
        name: String,
    },
    /// Nobody has it.
    NobodyHasIt,
    /// Another has it, and giving away others' conversations needs a right.
    WithAnother {
        /// Who.
        name: String,
        /// The right that would allow it.
        missing: Permission,
    },
    /// No such person.
    NobodyByThatId,
    /// The person cannot be given this conversation.
    NotAssignable {
        /// Who.
        name: String,
        /// What stands against it.
        why: Obstacle,
    },
    /// The person could not see the conversation that they are mentioned in.
    NotMentionable {
        /// Who.
        name: String,
    },
    /// It is resolved.
    AlreadyResolved,
    /// It is closed.
    AlreadyClosed,
    /// It is archived: read-only.
    Archived,
    /// It was merged into another.
    Merged,
    /// It was not.
    NotMerged,
    /// A conversation cannot be merged into itself.
    IntoItself,
    /// The other one is with somebody else.
    OtherClient,
    /// The other one came from another address of the same client.
    OtherAddress {
        /// Its number.
        number: i64,
    },
    /// They are not one client.
    NotOneClient,
    /// Both are one client already.
    SameClient,
    /// They are clients of different people.
    PinnedApart {
        /// "Ana and Ben".
        names: String,
    },
    /// The other one came by another channel.
    OtherChannel {
        /// Its number.
        number: i64,
    },
    /// The other one is read-only.
    IntoFrozen {
        /// Its number.
        number: i64,
    },
    /// The other one is finished, and this one is not.
    IntoFinished {
        /// Its number.
        number: i64,
    },
    /// A message is not in the conversation, or not for them to read.
    NoSuchMessage,
    /// Nothing of the exchange with the customer was chosen.
    NothingChosen,
    /// All of it was.
    NothingLeft,
    /// It is open already.
    NotDone,
    /// Nobody has it, and only whose it is does this.
    TakeItFirst,
    /// No such department.
    NoSuchGroup,
    /// It waits in that department already.
    AlreadyInGroup {
        /// Which.
        name: String,
    },
    /// Nobody has it, so nobody can hand it over.
    NothingToTransfer,
    /// Asking oneself.
    TransferToOneself,
    /// Somebody is asked already.
    AlreadyAsked {
        /// Who.
        name: String,
    },
    /// The viewer is not asked to take it over, or not any more.
    NoTransfer,
    /// Another asked, and only they take it back.
    AskedByAnother {
        /// Who.
        name: String,
    },
    /// Whose it is cannot leave.
    HandOverFirst,
    /// Leaving what one takes no part in.
    TakesNoPart,
    /// They have begun another conversation after this already.
    AlreadyBegun {
        /// Its number.
        number: i64,
    },
    /// A filter asks for more than is kept.
    FilterTooLong {
        /// How many things it may ask for.
        most: u32,
    },
    /// One person has saved as many views as may be.
    TooManySaved {
        /// That many.
        most: u32,
    },
    /// Customers see a name and a photo beside what is written to them, and one of the two is missing.
    IncompleteProfile {
        /// Whether the name is there.
        name: bool,
        /// Whether the photo is.
        photo: bool,
    },
    /// A template without a shortcut that can be typed.
    NoShortcut {
        /// Its longest length in characters.
        most: u32,
    },
    /// Another template that they have has that shortcut.
    ShortcutTaken {
        /// Which.
        name: String,
    },
    /// One person has added as many templates as may be.
    TooManyReplies {
        /// That many.
        most: u32,
    },
    /// More files are to go along with a template than may.
    TooManyAttached {
        /// That many.
        most: u32,
    },
    /// A role that is not there any more.
    NoSuchRole,
    /// The role that holds every right is not edited.
    SuperAdminRole,
    /// Who holds every right is changed by one who does, too.
    SuperAdminsOnly,
    /// Nobody would hold every right any more.
    LastSuperAdmin,
    /// A right that whoever gives or takes it does not hold.
    NotYoursToGive {
        /// Which.
        permission: Permission,
    },
    /// The viewer would lose the right to do what they are doing.
    LocksYouOut {
        /// Which.
        permission: Permission,
    },
    /// Somebody would be set beyond the groups of whoever sets it.
    OutsideYourGroups,
    /// A role that people have is not deleted.
    RoleInUse {
        /// How many have it.
        n: u32,
    },
    /// As many roles as may be.
    TooManyRoles {
        /// That many.
        most: u32,
    },
    /// A name that is too long.
    NameTooLong {
        /// Its most characters.
        most: u32,
    },
    /// A name that another has.
    NameTaken {
        /// As it is written there.
        name: String,
    },
    /// Another changed the same meanwhile.
    ChangedMeanwhile {
        /// What.
        field: Field,
        /// As it is now.
        now: String,
    },
    /// More skills than anybody has.
    TooManySkills {
        /// That many.
        most: u32,
    },
    /// A skill that is no word.
    SkillTooLong {
        /// Its most characters.
        most: u32,
    },
    /// A tag that is not in the vocabulary.
    NoSuchTag,
    /// A tag that is offered no more.
    RetiredTag {
        /// Which.
        name: String,
    },
    /// A word that is no tag.
    TagTooLong {
        /// Its longest length in characters.
        most: u32,
    },
    /// The vocabulary is full.
    TooManyTags {
        /// How many it may hold.
        most: u32,
    },
    /// What only some read bears no tag that all see.
    WhisperNotTagged,
    /// As many messages bear tags as may.
    TooManyTagged {
        /// That many.
        most: u32,
    },
    /// There is no order of theirs that could be taken back.
    NothingToUndo,
    /// Something else happened since.
    ChangedSince,
    /// Its time is over.
    TooLateToUndo,
    /// A time that is over.
    InThePast,
    /// A time too far away to be meant.
    TooFarAway,
    /// Somebody else wrote it.
    NotTheirs,
    /// What a customer may have read stays as it is.
    NotRevised,
    /// It was written in another conversation, for those who took part there.
    MovedNotRevised,
    /// It is not any more what its author looked at.
    LookAgain,
    /// What came with a file has no words to change.
    FileNotRevised,
    /// An e-mail without an address.
    NoRecipient,
    /// One of the addresses of an e-mail is none.
    NotARecipient {
        /// What was typed there.
        text: String,
    },
    /// An e-mail to more addresses than that.
    TooManyRecipients {
        /// That many.
        most: u32,
    },
    /// An e-mail without a subject.
    NoSubject,
    /// A longer subject than that.
    SubjectTooLong {
        /// In Unicode scalar values.
        most: u32,
    },
    /// There is nothing among it that a customer sees.
    NothingLeaves,
    /// Nobody has said over which mail server e-mail goes out.
    NoMailServer,
    /// An e-mail that did not fail is not sent again.
    NotFailed,
    /// Somebody else scheduled it.
    ScheduledByAnother {
        /// Who.
        name: String,
    },
    /// It is not pending.
    NotPending,
    /// It is not finished.
    FinishFirst,
    /// It is not archived.
    NotArchived,
    /// Nobody orders what time does.
    OnlyTime,
    /// Nobody has written yet.
    NothingToRead,
    /// The client is the viewer's already.
    PinnedToYou,
    /// The client is somebody else's.
    PinnedToAnother {
        /// Whose.
        name: String,
    },
    /// The client is nobody's.
    NotPinned,
    /// The client is on the black list.
    AlreadyBlocked,
    /// The client is not on the black list.
    NotBlocked,
    /// A public message came in that the author has not seen.
    NewerMessage {
        /// The newest.
        message: MessageId,
    },
    /// There is nothing to send.
    NoText,
    /// The text is longer than is taken.
    TextTooLong {
        /// Its length in Unicode scalar values.
        chars: u32,
        /// What is taken.
        max_chars: u32,
    },
    /// A file without a byte.
    EmptyFile,
    /// A file that is larger than is taken.
    FileTooLarge {
        /// Its size.
        size_bytes: i64,
        /// What is taken.
        max_bytes: i64,
    },
    /// A file of a kind that the channel does not carry.
    FileNotTaken {
        /// Which.
        channel: ChannelKind,
        /// The end of its name.
        end: String,
    },
    /// No file can be written down here.
    NoFileHere,
    /// The server has no room left for files.
    NoRoom,
    /// As many files wait to be sent as may.
    TooManyUnsent {
        /// That many.
        most: u32,
    },
    /// The scanner found something in a file.
    Infected {
        /// What, in its own words.
        name: String,
    },
    /// The scanner says nothing of a file.
    NotScanned,
    /// The same command id came with another order.
    AnotherOrder,
    /// That message id is taken by another message.
    AnotherMessage,
}

/// What stands against giving somebody a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Obstacle {
    /// The account is disabled.
    Disabled,
    /// They may not reply.
    MayNotReply,
    /// The conversation's group is none of theirs.
    OtherGroup,
    /// They share no group with who assigns.
    NoSharedGroup,
}

/// What of a setting two changed at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// What it is called.
    Name,
    /// The groups that somebody is in.
    Groups,
    /// A role that was new.
    Role,
    /// How many conversations somebody is given.
    Capacity,
    /// A group that was new.
    Group,
    /// What the AI agent is called.
    AiName,
}

impl Field {
    const fn name(self) -> &'static str {
        match self {
            Field::Name => "name",
            Field::Groups => "groups",
            Field::Role => "role",
            Field::Capacity => "capacity",
            Field::Group => "group",
            Field::AiName => "name of the AI agent",
        }
    }
}

impl Refusal {
    /// What the agent reads. Present tense, no blame, ends with what to do where there is something to do.
    pub fn sentence(&self) -> String {
        match self {
            Refusal::Missing => "This conversation does not exist, or it is not yours to see.".into(),
            Refusal::NotAllowed { missing } => {
                format!("Your roles do not let you {}. Ask an admin for “{}”.", missing.may(), missing.key())
            }
            Refusal::OnlyAgents => "Only people of the team can do this.".into(),
            Refusal::OnlyCustomers => "Only the customer can do this.".into(),
            Refusal::TooManyOpen { most } => {
                format!("There are {most} open conversations already. Go on in one of them.")
            }
            Refusal::NoName => "Write a name.".into(),
            Refusal::NotAnAddress => "This is no e-mail address. Write it like ada@example.org.".into(),
            Refusal::ShortPassword { least } => {
                format!("This password is too short. Take at least {least} characters.")
            }
            Refusal::NotASite { text } => {
                format!("“{text}” is no website. Write each like https://shop.example.org, one a line.")
            }
            Refusal::NotAPhoto => {
                "This is no photo that can be used. Choose a PNG, JPEG or WebP image.".into()
            }
            Refusal::Taken { by } => format!("{by} has taken this conversation. What you wrote is kept."),
            Refusal::AlreadyYours => "This conversation is already yours.".into(),
            Refusal::AlreadyWith { name } => format!("This conversation is already with {name}."),
            Refusal::NobodyHasIt => "Nobody has this conversation: it is in Unassigned already.".into(),
            Refusal::WithAnother { name, missing } => format!(
                "This conversation is with {name}. To move it, ask them, or ask an admin for “{}”.",
                missing.key()
            ),
            Refusal::NobodyByThatId => "This person is not on the team any more. Choose another.".into(),
            Refusal::NotAssignable { name, why } => match why {
                Obstacle::Disabled => format!("{name}'s account is disabled. Choose another person."),
                Obstacle::MayNotReply => format!("{name} may not reply to customers. Choose another person."),
                Obstacle::OtherGroup => {
                    format!("{name} is not in the group of this conversation. Move it to their group first.")
                }
                Obstacle::NoSharedGroup => {
                    format!("You share no group with {name}. Ask a manager to assign it.")
                }
            },
            Refusal::NotMentionable { name } => {
                format!("{name} cannot see this conversation, so a mention would not reach them.")
            }
            Refusal::AlreadyResolved => "This conversation is resolved. Reopen it first.".into(),
            Refusal::AlreadyClosed => "This conversation is closed. Reopen it first.".into(),
            Refusal::Archived => "This conversation is archived and read-only. Unarchive it first.".into(),
            Refusal::Merged => "This conversation was merged into another. Continue there.".into(),
            Refusal::NotMerged => "This conversation was not merged into another, or it was separated already.".into(),
            Refusal::IntoItself => "This is the same conversation. Choose another one to merge it into.".into(),
            Refusal::OtherClient => {
                "That conversation is with another client, who would read what this one wrote. Choose one of the same client.".into()
            }
            Refusal::OtherAddress { number } => format!(
                "Conversation {number} was written from another address of this client: an answer there would not arrive here."
            ),
            Refusal::NotOneClient => "They are not one client, or they were separated already.".into(),
            Refusal::SameClient => "They are one client already.".into(),
            Refusal::PinnedApart { names } => {
                format!("They are clients of different people, {names}. Detach one of them first.")
            }
            Refusal::OtherChannel { number } => format!(
                "Conversation {number} came by another channel: an answer there would not reach the customer here."
            ),
            Refusal::IntoFrozen { number } => format!(
                "Conversation {number} is archived, or was merged into another itself. Choose where it went, or take it out first."
            ),
            Refusal::IntoFinished { number } => format!(
                "Conversation {number} is finished and this one is not. Reopen it first, or merge it into this one."
            ),
            Refusal::NoSuchMessage => {
                "A message that you chose is not here any more. Look at the thread again, and choose anew.".into()
            }
            Refusal::NothingChosen => "Choose at least one message to or from the customer.".into(),
            Refusal::NothingLeft => "At least one message to or from the customer has to stay here.".into(),
            Refusal::NotDone => "This conversation is open already.".into(),
            Refusal::TakeItFirst => "Nobody has this conversation yet. Assign it to yourself first.".into(),
            Refusal::NoSuchGroup => "There is no such group any more. Choose another.".into(),
            Refusal::AlreadyInGroup { name } => {
                format!("This conversation waits in {name} already.")
            }
            Refusal::NothingToTransfer => {
                "Nobody has this conversation, so there is nothing to transfer. Assign it instead.".into()
            }
            Refusal::TransferToOneself => {
                "A transfer goes to somebody else. To take it, use “Assign to Me”.".into()
            }
            Refusal::AlreadyAsked { name } => {
                format!("{name} is already asked to take this conversation. Cancel that request first.")
            }
            Refusal::NoTransfer => "There is no transfer here that waits for your answer any more.".into(),
            Refusal::AskedByAnother { name } => {
                format!("{name} asked for this transfer. Ask them to cancel it.")
            }
            Refusal::HandOverFirst => {
                "This conversation is yours. Transfer it, or put it back to Unassigned, before you leave."
                    .into()
            }
            Refusal::AlreadyBegun { number } => {
                format!("You have begun conversation {number} after this one already. Continue there.")
            }
            Refusal::FilterTooLong { most } => {
                format!("A saved view asks for up to {most} things. Take some away first.")
            }
            Refusal::TooManySaved { most } => {
                format!("You have saved {most} views, which is as many as there may be. Delete one first.")
            }
            Refusal::IncompleteProfile { name, photo } => {
                let lacks = match (name, photo) {
                    (false, false) => "your display name and photo",
                    (false, true) => "your display name",
                    (true, _) => "your photo",
                };
                format!("Customers see who writes to them. Add {lacks} before you reply.")
            }
            Refusal::NoShortcut { most } => {
                format!("A shortcut is one word of up to {most} characters. Use one without spaces.")
            }
            Refusal::ShortcutTaken { name } => {
                format!("“{name}” has this shortcut already. Choose another.")
            }
            Refusal::TooManyReplies { most } => {
                format!("You have added {most} templates, which is as many as there may be. Delete one first.")
            }
            Refusal::TooManyAttached { most: 0 } => "No files go along with a note template. Take them out.".into(),
            Refusal::TooManyAttached { most } => {
                format!("Up to {most} files go along with a quick reply. Take some out.")
            }
            Refusal::NoSuchRole => "There is no such role any more. Choose another.".into(),
            Refusal::SuperAdminRole => {
                "This role holds every right and stays as it is. Copy another to make one of your own.".into()
            }
            Refusal::SuperAdminsOnly => "Only a super-admin makes or changes a super-admin. Ask one.".into(),
            Refusal::LastSuperAdmin => {
                "Nobody would be super-admin any more. Give somebody else that role first.".into()
            }
            Refusal::NotYoursToGive { permission } => format!(
                "You do not hold the right to {} yourself, so that you neither give nor take it. Ask somebody who does.",
                permission.may()
            ),
            Refusal::LocksYouOut { permission } => format!(
                "You would lose the right to {}. Let somebody else who has it do this.",
                permission.may()
            ),
            Refusal::OutsideYourGroups => {
                "This goes beyond the groups that you are in. Ask somebody who is in all of them.".into()
            }
            Refusal::RoleInUse { n: 1 } => "One person has this role. Give them another first.".into(),
            Refusal::RoleInUse { n } => format!("{n} people have this role. Give them others first."),
            Refusal::TooManyRoles { most } => {
                format!("There are {most} roles, which is as many as there may be. Delete one first.")
            }
            Refusal::NameTooLong { most } => format!("A name has up to {most} characters. Use fewer."),
            Refusal::NameTaken { name } => format!("There is “{name}” already. Choose another name."),
            Refusal::ChangedMeanwhile { field, now } => format!(
                "Somebody else changed the {} meanwhile: it is “{now}” now. Look at it, and save again.",
                field.name()
            ),
            Refusal::TooManySkills { most } => format!("Somebody has up to {most} skills. Take some out."),
            Refusal::SkillTooLong { most } => format!("A skill has up to {most} characters. Use fewer."),
            Refusal::NoSuchTag => "There is no such tag. Choose another.".into(),
            Refusal::RetiredTag { name } => format!(
                "The tag “{name}” is retired. Choose another, or ask somebody who manages groups and tags to bring it back."
            ),
            Refusal::TagTooLong { most } => format!("A tag has up to {most} characters. Use fewer."),
            Refusal::TooManyTags { most } => {
                format!("There are {most} tags, which is as many as there may be. Choose one of them.")
            }
            Refusal::WhisperNotTagged => {
                "A whisper or a note about the client cannot be tagged: everybody sees tags. Leave it out.".into()
            }
            Refusal::TooManyTagged { most } => {
                format!("In one conversation up to {most} messages bear tags. Take some off first.")
            }
            Refusal::NothingToUndo => "There is nothing of yours to undo here.".into(),
            Refusal::ChangedSince => {
                "Something else happened here since, so it was not undone. Change it back by hand.".into()
            }
            Refusal::TooLateToUndo => "It is too late to undo that. Change it back by hand.".into(),
            Refusal::TakesNoPart => "You take no part in this conversation.".into(),
            Refusal::InThePast => "This time is over. Choose one that is still to come.".into(),
            Refusal::TooFarAway => "Choose a time within a year.".into(),
            Refusal::NotTheirs => "Somebody else wrote this. Only its author can change or delete it.".into(),
            Refusal::NotRevised => "This stays as it was written. Only whispers and notes can be changed.".into(),
            Refusal::MovedNotRevised => "This came here from another conversation, and stays as it was written.".into(),
            Refusal::LookAgain => "The conversation has changed since you looked. Open this again, and look once more.".into(),
            Refusal::FileNotRevised => "This came with a file. Delete it, and write another.".into(),
            Refusal::NoRecipient => "Say to which address it should go.".into(),
            Refusal::NotARecipient { text } => {
                format!("“{text}” is no e-mail address. Write it like ada@example.org; a comma stands between two.")
            }
            Refusal::TooManyRecipients { most } => format!("One e-mail goes to at most {most} addresses."),
            Refusal::NoSubject => "Say in the subject what it is about.".into(),
            Refusal::SubjectTooLong { most } => format!("A subject has at most {most} characters."),
            Refusal::NothingLeaves => {
                "Whispers and notes never leave the house. Choose something that the customer or the team wrote.".into()
            }
            Refusal::NoMailServer => {
                "This Switchboard has no mail server yet. Whoever runs it names one with --mail-server.".into()
            }
            Refusal::NotFailed => "This e-mail has arrived meanwhile, or is on its way.".into(),
            Refusal::ScheduledByAnother { name } => {
                format!("{name} scheduled this message. Ask them to take it back.")
            }
            Refusal::NotPending => "This conversation is not pending.".into(),
            Refusal::NoCapacity { most } => {
                format!("Write a number from 1 to {most}, or nothing for as many as come.")
            }
            Refusal::TooManyLines { most } => {
                format!("This is more than {most} people. Take them in several files.")
            }
            Refusal::UnknownName { name } => {
                format!("There is no “{name}” here. Write roles and groups as they are called here.")
            }
            Refusal::UnknownColumn { name } if name.is_empty() => {
                "The first line must name the columns: email, and roles and groups where you want to.".into()
            }
            Refusal::UnknownColumn { name } => {
                format!("“{name}” is no column that is read. There are email, roles and groups.")
            }
            Refusal::NotUtf8 => {
                "This file cannot be read as text. Save it as CSV in UTF-8 and choose it again.".into()
            }
            Refusal::StrayCells { line } => format!(
                "Line {line} has more cells than the first line has columns. Put quotes around what belongs together."
            ),
            Refusal::ChangedSinceShown => {
                "The team has changed since you looked. See what would come of it once more.".into()
            }
            Refusal::FeatureOff { name } => {
                format!("{name} are switched off. An admin switches them on under Settings, Features.")
            }
            Refusal::NoChannelBegins => {
                "No channel of this workspace can write first yet. Connect one that can, such as WhatsApp.".into()
            }
            Refusal::WrongPassword => "This is not your password. Write the one that you have now.".into(),
            Refusal::TooManyGroups { most } => {
                format!("There are {most} groups already. Delete one that nobody needs.")
            }
            Refusal::GroupInUse { n: 1 } => {
                "One conversation of this group is still open. Finish it or move it first.".into()
            }
            Refusal::GroupInUse { n } => {
                format!("{n} conversations of this group are still open. Finish or move them first.")
            }
            Refusal::GroupOfChannel { name } => {
                format!("What comes in by “{name}” is this group's. Give that channel another group first.")
            }
            Refusal::ChannelWithoutGroup { name } => format!(
                "Nobody who takes conversations would see what comes in by “{name}”. Give that channel to a group with \
                 people in it first."
            ),
            Refusal::NoSuchChannel => "This channel does not exist any more.".into(),
            Refusal::NotYourself => "You cannot do this to yourself. Ask another admin.".into(),
            Refusal::NotDisabled { name } => format!("{name} still works here. Disable them first."),
            Refusal::AddressTaken { address } => {
                format!("{address} belongs to somebody of the team already. Look for them in the list.")
            }
            Refusal::AlreadyInvited { address } => {
                format!("{address} is invited already. Make a new link for that invitation.")
            }
            Refusal::TooManyInvited { most } => {
                format!("{most} invitations are open. Take some back first.")
            }
            Refusal::InvitationOver => {
                "This link is not good, or not any more. Ask whoever sent it for another.".into()
            }
            Refusal::FinishFirst => "This conversation is still open. Resolve or close it first.".into(),
            Refusal::NotArchived => "This conversation is not archived.".into(),
            Refusal::PinnedToYou => "This client is already pinned to you.".into(),
            Refusal::PinnedToAnother { name } => {
                format!("This client is pinned to {name}. Ask them to detach it, then pin it.")
            }
            Refusal::NotPinned => "This client is pinned to nobody.".into(),
            Refusal::AlreadyBlocked => "This client is on the black list already.".into(),
            Refusal::NotBlocked => "This client is not on the black list.".into(),
            Refusal::NothingToRead => "Nobody has written here yet, so there is nothing to read.".into(),
            Refusal::OnlyTime => "This happens by itself when its time comes.".into(),
            Refusal::NewerMessage { .. } => {
                "A newer message came in while you were writing. Read it, then send again. Your text is kept."
                    .into()
            }
            Refusal::NoText => "Write something first.".into(),
            Refusal::TextTooLong { chars, max_chars } => format!(
                "This text has {chars} characters; at most {max_chars} can be sent. Shorten it or send it in parts."
            ),
            Refusal::EmptyFile => "This file is empty. Choose another.".into(),
            Refusal::FileTooLarge { size_bytes, max_bytes } => format!(
                "This file has {}; at most {} can be sent here. Make it smaller or send a link to it.",
                size(*size_bytes),
                size(*max_bytes)
            ),
            Refusal::FileNotTaken { channel, end } => format!(
                "{} does not carry {}. Send it in another form or send a link to it.",
                channel.name(),
                if end.is_empty() { "files without an ending".into() } else { format!("“.{end}” files") }
            ),
            Refusal::NoFileHere => "A file cannot be added here. Send it in a reply or a whisper.".into(),
            Refusal::TooManyUnsent { most } => {
                format!("{most} files wait to be sent. Send them, or try again tomorrow.")
            }
            Refusal::Infected { name } => format!("The scanner found {name} in this file. It was not taken."),
            Refusal::NotScanned => {
                "Files are looked at before they are taken, and the scanner does not answer. Send it again later.".into()
            }
            Refusal::NoRoom => {
                "The server has no room left for files. Tell whoever runs it; text can still be sent.".into()
            }
            Refusal::AnotherOrder => {
                "This command was already used for something else. Reload the page and try again.".into()
            }
            Refusal::AnotherMessage => {
                "This message id belongs to another message. Reload the page and try again.".into()
            }
        }
    }

    /// A word for the decision table and the log.
    pub const fn code(&self) -> &'static str {
        match self {
            Refusal::Missing => "missing",
            Refusal::NotAllowed { .. } => "not_allowed",
            Refusal::OnlyAgents => "only_agents",
            Refusal::OnlyCustomers => "only_customers",
            Refusal::TooManyOpen { .. } => "too_many_open",
            Refusal::NoName => "no_name",
            Refusal::NotAnAddress => "not_an_address",
            Refusal::ShortPassword { .. } => "short_password",
            Refusal::NotASite { .. } => "not_a_site",
            Refusal::NotAPhoto => "not_a_photo",
            Refusal::Taken { .. } => "taken",
            Refusal::AlreadyYours => "already_yours",
            Refusal::AlreadyWith { .. } => "already_with",
            Refusal::NobodyHasIt => "nobody_has_it",
            Refusal::WithAnother { .. } => "with_another",
            Refusal::NobodyByThatId => "nobody_by_that_id",
            Refusal::NotAssignable { .. } => "not_assignable",
            Refusal::NotMentionable { .. } => "not_mentionable",
            Refusal::AlreadyResolved => "already_resolved",
            Refusal::AlreadyClosed => "already_closed",
            Refusal::Archived => "archived",
            Refusal::Merged => "merged",
            Refusal::NotMerged => "not_merged",
            Refusal::IntoItself => "into_itself",
            Refusal::OtherClient => "other_client",
            Refusal::OtherAddress { .. } => "other_address",
            Refusal::NotOneClient => "not_one_client",
            Refusal::SameClient => "same_client",
            Refusal::PinnedApart { .. } => "pinned_apart",
            Refusal::OtherChannel { .. } => "other_channel",
            Refusal::IntoFrozen { .. } => "into_frozen",
            Refusal::IntoFinished { .. } => "into_finished",
            Refusal::NoSuchMessage => "no_such_message",
            Refusal::NothingChosen => "nothing_chosen",
            Refusal::NothingLeft => "nothing_left",
            Refusal::NotDone => "not_done",
            Refusal::TakeItFirst => "take_it_first",
            Refusal::NoSuchGroup => "no_such_group",
            Refusal::AlreadyInGroup { .. } => "already_in_group",
            Refusal::NothingToTransfer => "nothing_to_transfer",
            Refusal::TransferToOneself => "transfer_to_oneself",
            Refusal::AlreadyAsked { .. } => "already_asked",
            Refusal::NoTransfer => "no_transfer",
            Refusal::AskedByAnother { .. } => "asked_by_another",
            Refusal::HandOverFirst => "hand_over_first",
            Refusal::AlreadyBegun { .. } => "already_begun",
            Refusal::FilterTooLong { .. } => "filter_too_long",
            Refusal::TooManySaved { .. } => "too_many_saved",
            Refusal::IncompleteProfile { .. } => "incomplete_profile",
            Refusal::NoShortcut { .. } => "no_shortcut",
            Refusal::ShortcutTaken { .. } => "shortcut_taken",
            Refusal::TooManyReplies { .. } => "too_many_replies",
            Refusal::TooManyAttached { .. } => "too_many_attached",
            Refusal::NoSuchRole => "no_such_role",
            Refusal::SuperAdminRole => "super_admin_role",
            Refusal::SuperAdminsOnly => "super_admins_only",
            Refusal::LastSuperAdmin => "last_super_admin",
            Refusal::NotYoursToGive { .. } => "not_yours_to_give",
            Refusal::LocksYouOut { .. } => "locks_you_out",
            Refusal::OutsideYourGroups => "outside_your_groups",
            Refusal::RoleInUse { .. } => "role_in_use",
            Refusal::TooManyRoles { .. } => "too_many_roles",
            Refusal::NameTooLong { .. } => "name_too_long",
            Refusal::NameTaken { .. } => "name_taken",
            Refusal::ChangedMeanwhile { .. } => "changed_meanwhile",
            Refusal::TooManySkills { .. } => "too_many_skills",
            Refusal::NoCapacity { .. } => "no_capacity",
            Refusal::TooManyGroups { .. } => "too_many_groups",
            Refusal::TooManyLines { .. } => "too_many_lines",
            Refusal::UnknownName { .. } => "unknown_name",
            Refusal::UnknownColumn { .. } => "unknown_column",
            Refusal::NotUtf8 => "not_utf8",
            Refusal::FeatureOff { .. } => "feature_off",
            Refusal::NoChannelBegins => "no_channel_begins",
            Refusal::ChangedSinceShown => "changed_since_shown",
            Refusal::StrayCells { .. } => "stray_cells",
            Refusal::WrongPassword => "wrong_password",
            Refusal::GroupInUse { .. } => "group_in_use",
            Refusal::GroupOfChannel { .. } => "group_of_channel",
            Refusal::ChannelWithoutGroup { .. } => "channel_without_group",
            Refusal::NoSuchChannel => "no_such_channel",
            Refusal::NotYourself => "not_yourself",
            Refusal::NotDisabled { .. } => "not_disabled",
            Refusal::AddressTaken { .. } => "address_taken",
            Refusal::AlreadyInvited { .. } => "already_invited",
            Refusal::TooManyInvited { .. } => "too_many_invited",
            Refusal::InvitationOver => "invitation_over",
            Refusal::SkillTooLong { .. } => "skill_too_long",
            Refusal::NoSuchTag => "no_such_tag",
            Refusal::RetiredTag { .. } => "retired_tag",
            Refusal::TagTooLong { .. } => "tag_too_long",
            Refusal::TooManyTags { .. } => "too_many_tags",
            Refusal::WhisperNotTagged => "whisper_not_tagged",
            Refusal::TooManyTagged { .. } => "too_many_tagged",
            Refusal::NothingToUndo => "nothing_to_undo",
            Refusal::ChangedSince => "changed_since",
            Refusal::TooLateToUndo => "too_late_to_undo",
            Refusal::TakesNoPart => "takes_no_part",
            Refusal::InThePast => "in_the_past",
            Refusal::TooFarAway => "too_far_away",
            Refusal::NotTheirs => "not_theirs",
            Refusal::NotRevised => "not_revised",
            Refusal::MovedNotRevised => "moved_not_revised",
            Refusal::LookAgain => "look_again",
            Refusal::FileNotRevised => "file_not_revised",
            Refusal::NoRecipient => "no_recipient",
            Refusal::NotARecipient { .. } => "not_a_recipient",
            Refusal::TooManyRecipients { .. } => "too_many_recipients",
            Refusal::NoSubject => "no_subject",
            Refusal::SubjectTooLong { .. } => "subject_too_long",
            Refusal::NothingLeaves => "nothing_leaves",
            Refusal::NoMailServer => "no_mail_server",
            Refusal::NotFailed => "not_failed",
            Refusal::ScheduledByAnother { .. } => "scheduled_by_another",
            Refusal::NotPending => "not_pending",
            Refusal::FinishFirst => "finish_first",
            Refusal::NotArchived => "not_archived",
            Refusal::OnlyTime => "only_time",
            Refusal::NothingToRead => "nothing_to_read",
            Refusal::PinnedToYou => "pinned_to_you",
            Refusal::PinnedToAnother { .. } => "pinned_to_another",
            Refusal::NotPinned => "not_pinned",
            Refusal::AlreadyBlocked => "already_blocked",
            Refusal::NotBlocked => "not_blocked",
            Refusal::NewerMessage { .. } => "newer_message",
            Refusal::NoText => "no_text",
            Refusal::TextTooLong { .. } => "text_too_long",
            Refusal::EmptyFile => "empty_file",
            Refusal::FileTooLarge { .. } => "file_too_large",
            Refusal::FileNotTaken { .. } => "file_not_taken",
            Refusal::NoFileHere => "no_file_here",
            Refusal::TooManyUnsent { .. } => "too_many_unsent",
            Refusal::Infected { .. } => "infected",
            Refusal::NotScanned => "not_scanned",
            Refusal::NoRoom => "no_room",
            Refusal::AnotherOrder => "another_order",
            Refusal::AnotherMessage => "another_message",
        }
    }
}
