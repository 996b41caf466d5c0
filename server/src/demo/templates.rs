//! What the team of the demo says often.

use domain::id::QuickReplyId;
use domain::settings::quick_reply::{Purpose, QuickReply};
use domain::settings::saved_view::Shared;

use super::agent_id;
use crate::db::Tx;
use crate::error::Error;
use crate::sql;

/// Purpose, name, shortcut, category, text. All are everybody's.
const TEMPLATES: [(Purpose, &str, &str, &str, &str); 9] = [
    (
        Purpose::Reply,
        "Greeting",
        "hello",
        "Everyday",
        "Hello {{contact.first_name|there}}, this is {{agent.first_name}} from {{workspace.name}}. Let me look into it.",
    ),
    (
        Purpose::Reply,
        "Thanks for waiting",
        "wait",
        "Everyday",
        "Thank you for your patience, {{contact.first_name|and sorry for the wait}}. I have news.",
    ),
    (
        Purpose::Reply,
        "Ask for the order number",
        "order",
        "Orders",
        "Could you send me your order number? It stands in the e-mail that we sent you, and begins with F.",
    ),
    (
        Purpose::Reply,
        "Parcel on its way",
        "parcel",
        "Orders",
        "Your parcel left us today. Follow it here: {{tracking link}}",
    ),
    (
        Purpose::Reply,
        "Refund sent",
        "refund",
        "Returns",
        "We have sent your refund. It is with you within five working days, on the way that you paid.",
    ),
    (
        Purpose::Reply,
        "Free return label",
        "label",
        "Returns",
        "I have sent a free return label to {{contact.email|your address}}. Put it over the old one; any shop takes the parcel.",
    ),
    (
        Purpose::Reply,
        "Which size",
        "size",
        "Product advice",
        "Between two sizes, take the larger one: there is room for a warm layer then, and returning it is free for 60 days.",
    ),
    (
        Purpose::Note,
        "Handing over",
        "handover",
        "Handing over",
        "What happened: {{what}}\nWhat was promised: {{promise}}\nNext step: {{step}}",
    ),
    (
        Purpose::Note,
        "Waiting for the courier",
        "courier",
        "Orders",
        "Courier was called, case {{case number}}. Look again tomorrow before noon.",
    ),
];

/// Writes them.
pub async fn write(tx: &mut Tx) -> Result<(), Error> {
    let by = agent_id("yuki")?;
    for (place, (purpose, name, shortcut, category, text)) in TEMPLATES.into_iter().enumerate() {
        let reply = QuickReply {
            id: QuickReplyId::new(0x0f00_0000 + place as u128),
            purpose,
            name: name.into(),
            shortcut: shortcut.into(),
            category: category.into(),
            text: text.into(),
            files: vec![],
            by,
            shared: Shared::Everyone,
            uses: 0,
        };
        tx.q(sql!("insert into quick_reply (quick_reply_id, agent_id, template) values ($1, $2, $3)"))
            .bind(reply.id.to_string())
            .bind(by.to_string())
            .bind(serde_json::to_string(&reply)?)
            .exec()
            .await?;
    }
    Ok(())
}
