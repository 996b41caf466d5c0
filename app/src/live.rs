//! The live socket of this tab: opened, watched, and opened again.

use domain::live::{Down, Up};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CloseEvent, MessageEvent, WebSocket};

use crate::desk::Desk;
use crate::desk::thread::Open;
use crate::error::Error;
use crate::{api, dom};

/// The frames that a page cannot go on without.
const KINDS: [&str; 5] = ["envelope", "gone", "head", "counts", "office"];

/// How soon everything may be asked for anew again.
const ANEW_EVERY_MS: i64 = 10_000;

/// How the connection stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Line {
    /// The page has just come; what it shows is fresh.
    #[default]
    Opening,
    /// What is shown is how things stand.
    Live,
    /// It was lost, and is being opened again.
    Reconnecting,
    /// The network is gone, or the server.
    Offline,
}

impl Line {
    /// Its word in the page.
    pub const fn key(self) -> &'static str {
        match self {
            Line::Opening => "opening",
            Line::Live => "live",
            Line::Reconnecting => "reconnecting",
            Line::Offline => "offline",
        }
    }
}

/// The protocol that is spoken; `server/src/web/live.rs` says the same.
const PROTOCOL: &str = "switchboard.1";

/// The server speaks each 25 seconds; a socket that says nothing for longer than this is dead.
const SILENCE_MS: i64 = 35_000;

/// The first and the longest wait before the socket is opened again. The waits double, each is random below that:
/// a server that comes back is not met by everybody at once.
const WAIT_MS: u32 = 500;
const LONGEST_WAIT_MS: u32 = 30_000;

/// After so many tries in vain it is said that one is offline.
const OFFLINE_AFTER: u32 = 3;

/// How often who looks at what is said again while somebody writes; the server forgets it after six seconds.
const WRITING_MS: u32 = 3_000;

/// How long a conversation is open before others hear that one looks at it.
const LOOK_WAIT_MS: u32 = 150;

/// Why the server closed a socket; `server/src/web/live.rs` says the same.
mod code {
    pub const NOT_UNDERSTOOD: u16 = 4400;
    pub const SIGNED_OUT: u16 = 4401;
}

/// A handle; copies are the same socket.
#[derive(Clone, Copy)]
pub struct Socket {
    desk: Desk,
    /// Whether a reply is being written on the screen.
    pub writing: RwSignal<bool>,
    state: StoredValue<State, LocalStorage>,
}

#[derive(Default)]
struct State {
    socket: Option<Wire>,
    /// When something was heard last, by this machine's clock.
    heard_at: i64,
    /// Tries in a row that came to nothing.
    tries: u32,
    /// Rings when it is opened again.
    timer: Option<gloo_timers::callback::Timeout>,
    /// Rings when one has looked at something for a moment.
    look: Option<gloo_timers::callback::Timeout>,
    /// Whether everything is being asked for anew, and when it was last.
    is_starting_anew: bool,
    anew_at: i64,
}

impl State {
    /// A clock that was set back says nothing about the socket: then it is as if nothing was heard.
    fn is_silent(&self) -> bool {
        !(0..SILENCE_MS).contains(&(dom::now().0 - self.heard_at))
    }
}

/// A socket with what it calls.
struct Wire {
    socket: WebSocket,
    // Dropped with it: what it calls must not be gone before.
    _opened: Closure<dyn FnMut()>,
    _heard: Closure<dyn FnMut(MessageEvent)>,
    _closed: Closure<dyn FnMut(CloseEvent)>,
}

impl Wire {
    fn close(&self) {
        self.socket.set_onopen(None);
        self.socket.set_onmessage(None);
        self.socket.set_onclose(None);
        // One that is closed already is no fault.
        let _ = self.socket.close();
    }
}

impl Socket {
    /// Opens the socket of this page and keeps it open.
    pub fn open(desk: Desk) -> Self {
        let socket =
            Self { desk, writing: RwSignal::new(false), state: StoredValue::new_local(State::default()) };
        // In the page, so that whoever tests or supports it sees it, too.
        Effect::new(move || dom::mark("data-line", desk.line.get().key()));
        socket.connect();
        socket.watch();
        socket.tell_looks();
        socket
    }

    fn update<T>(self, change: impl FnOnce(&mut State) -> T) -> Option<T> {
        self.state.try_update_value(change)
    }

    fn connect(self) {
        self.hang_up();
        let build = self.desk.build.get_value();
        let protocols =
            js_sys::Array::of2(&JsValue::from_str(PROTOCOL), &JsValue::from_str(&format!("build.{build}")));
        let address = dom::origin().replacen("http", "ws", 1) + "/live";
        let Ok(socket) = WebSocket::new_with_str_sequence(&address, &protocols) else { return self.later() };
        let opened = Closure::<dyn FnMut()>::new(move || self.say(&self.desk.hello()));
        let heard = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            if let Some(text) = event.data().as_string() {
                self.hear(&text);
            }
        });
        let closed =
            Closure::<dyn FnMut(CloseEvent)>::new(move |event: CloseEvent| self.closed(event.code()));
        socket.set_onopen(Some(opened.as_ref().unchecked_ref()));
        socket.set_onmessage(Some(heard.as_ref().unchecked_ref()));
        socket.set_onclose(Some(closed.as_ref().unchecked_ref()));
        self.update(|state| {
            state.heard_at = dom::now().0;
            state.timer = None;
            state.socket = Some(Wire { socket, _opened: opened, _heard: heard, _closed: closed });
        });
    }

    /// Lets the socket go. Its closures go later: one of them may be who asks.
    fn hang_up(self) {
        if let Some(wire) = self.update(|state| state.socket.take()).flatten() {
            wire.close();
            gloo_timers::callback::Timeout::new(0, move || drop(wire)).forget();
        }
    }

    fn say(self, up: &Up) {
        let text = serde_json::to_string(up).unwrap_or_default();
        self.state.try_with_value(|state| {
            if let Some(wire) = &state.socket {
                // A socket that is not open any more says so by itself.
                let _ = wire.socket.send_with_str(&text);
            }
        });
    }

    fn hear(self, text: &str) {
        self.update(|state| state.heard_at = dom::now().0);
        let everything = match crate::api::read::<Down>(text) {
            Some(down) => {
                let is_complete = matches!(down, Down::Head { .. });
                let everything = self.desk.hear(down);
                if is_complete {
                    self.is_live();
                }
                everything
            }
            None => {
                self.desk.new_version.set(true);
                // A kind of frame that this page does not know is not for it; one that it cannot read is.
                KINDS.iter().any(|kind| text.starts_with(&format!("{{\"{kind}\"")))
            }
        };
        if everything {
            self.start_anew();
        }
    }

    fn is_live(self) {
        self.update(|state| state.tries = 0);
        if self.desk.signed_out.get_untracked() {
            self.desk.signed_out.set(false);
        }
        if self.desk.line.get_untracked() != Line::Live {
            self.desk.line.set(Line::Live);
            self.desk.send_now();
            self.desk.drafts.fetch();
            self.desk.ask_again();
            self.say_look();
        }
    }

    /// What is here is no base to go on from: everything is asked for, and then there is another socket.
    fn start_anew(self) {
        self.hang_up();
        self.desk.line.set(Line::Reconnecting);
        let now = dom::now().0;
        let may = self.update(|state| {
            let may = !state.is_starting_anew && !(0..ANEW_EVERY_MS).contains(&(now - state.anew_at));
            if may {
                (state.is_starting_anew, state.anew_at) = (true, now);
            } else {
                state.tries += 1;
            }
            may
        });
        if may != Some(true) {
            return self.later();
        }
        spawn_local(async move {
            let done = self.desk.start_anew().await;
            self.update(|state| state.is_starting_anew = false);
            self.hang_up();
            match done {
                true => self.connect(),
                false => self.lost(),
            }
        });
    }

    fn closed(self, code: u16) {
        match code {
            code::SIGNED_OUT => {
                self.hang_up();
                self.desk.line.set(Line::Reconnecting);
                self.desk.signed_out.set(true);
            }
            code::NOT_UNDERSTOOD => {
                self.desk.new_version.set(true);
                self.update(|state| state.tries += 4);
                self.lost();
            }
            _ => self.lost(),
        }
    }

    /// The socket is gone; it is opened again in a while.
    fn lost(self) {
        self.hang_up();
        let tries = self.update(|state| {
            state.tries += 1;
            state.tries
        });
        let offline = !dom::is_online() || tries.is_some_and(|tries| tries > OFFLINE_AFTER);
        self.desk.line.set(if offline { Line::Offline } else { Line::Reconnecting });
        self.later();
        if dom::is_online() {
            self.ask_why();
        }
    }

    /// A socket does not say why it was not opened; a question does. Where questions are answered and sockets are
    /// not, as behind some proxies, one asks for everything anew each time.
    fn ask_why(self) {
        spawn_local(async move {
            match api::sessions().await {
                Err(Error::SignedOut) => self.desk.signed_out.set(true),
                Err(_) => {}
                Ok(_) => {
                    let is_shut = |state: &State| state.socket.is_none() && state.tries > OFFLINE_AFTER;
                    if self.state.try_with_value(is_shut) == Some(true) {
                        self.start_anew();
                        self.desk.send_now();
                    }
                }
            }
        });
    }

    fn later(self) {
        let tries = self.state.try_with_value(|state| state.tries).unwrap_or(0);
        let longest = LONGEST_WAIT_MS.min(WAIT_MS << tries.min(10));
        let timer = gloo_timers::callback::Timeout::new(dom::random_below(longest) + 50, move || {
            if !self.desk.signed_out.get_untracked() {
                self.connect();
            }
        });
        self.update(|state| state.timer = Some(timer));
    }

    /// Opens it again at once, unless it is well.
    pub fn hurry(self) {
        let is_well =
            self.state.try_with_value(|state| state.socket.is_some() && !state.is_silent()).unwrap_or(true);
        if !is_well || self.desk.line.get_untracked() != Line::Live {
            self.update(|state| state.tries = 0);
            self.connect();
        }
    }

    /// Notices a network that went or came back, a laptop that was opened, and a socket that died silently.
    fn watch(self) {
        // Signed in again, here or in another tab.
        Effect::new(move |before: Option<bool>| {
            let signed_out = self.desk.signed_out.get();
            if before == Some(true) && !signed_out {
                self.update(|state| state.tries = 0);
                self.connect();
                self.desk.send_now();
            }
            signed_out
        });
        let went = window_event_listener(leptos::ev::offline, move |_| {
            self.hang_up();
            self.desk.line.set(Line::Offline);
            self.later();
        });
        let came = window_event_listener(leptos::ev::online, move |_| {
            self.desk.send_now();
            self.hurry();
        });
        let seen = window_event_listener(leptos::ev::visibilitychange, move |_| {
            self.desk.visible.set(!document().hidden());
            if !document().hidden() {
                self.desk.drafts.fetch();
                self.hurry();
            }
            self.say_look();
        });
        let watchdog = gloo_timers::callback::Interval::new(5_000, move || {
            let is_silent = self.state.try_with_value(|state| state.socket.is_some() && state.is_silent());
            if is_silent == Some(true) {
                self.lost();
            }
        });
        let watchdog = StoredValue::new_local(Some(watchdog));
        on_cleanup(move || {
            went.remove();
            came.remove();
            seen.remove();
            drop(watchdog.try_update_value(Option::take));
            self.hang_up();
        });
    }

    /// Says which conversation stands on the screen, and whether somebody writes there.
    fn tell_looks(self) {
        let at = Memo::new(move |_| self.desk.opened.with(|open| open.thread().map(|thread| thread.id)));
        Effect::new(move || {
            // A memo that is never read never looks.
            let _ = (at.get(), self.writing.get());
            // Whoever runs through a list does not look at each.
            let say = gloo_timers::callback::Timeout::new(LOOK_WAIT_MS, move || self.say_look());
            self.update(|state| state.look = Some(say));
        });
        let again = gloo_timers::callback::Interval::new(WRITING_MS, move || {
            if self.writing.try_get_untracked() == Some(true) {
                self.say_look();
            }
        });
        let again = StoredValue::new_local(Some(again));
        on_cleanup(move || drop(again.try_update_value(Option::take)));
    }

    fn say_look(self) {
        if self.desk.line.get_untracked() != Line::Live {
            return;
        }
        let open = |open: &Open| open.thread().map(|thread| thread.id);
        let at = self.desk.opened.with_untracked(open).filter(|_| !document().hidden());
        self.say(&Up::Look { at, replying: self.writing.get_untracked() });
    }
}

/// The socket of this tab.
pub fn use_socket() -> Socket {
    expect_context()
}
