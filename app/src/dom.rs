//! The browser, behind a few functions. On the server each of them finds nothing and does nothing.

use std::cell::RefCell;
use std::collections::HashMap;

use domain::id::{
    CommandId, ConversationId, FileId, GroupId, InvitationId, MailId, MessageId, RoleId, TagId,
};
use domain::time::Timestamp;
use js_sys::Intl::DateTimeFormat;
use js_sys::{Array, Date, Function, Object, Reflect};
use leptos::prelude::{document, window};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, HtmlElement};

/// The text of an element by its id.
pub fn text_of(id: &str) -> Option<String> {
    document().get_element_by_id(id)?.text_content()
}

/// The clock of this browser.
pub fn now() -> Timestamp {
    Timestamp(Date::now() as i64)
}

/// 128 random bits. `randomUUID` is missing on plain http; this is not.
fn random_bits() -> u128 {
    let mut bytes = [0; 16];
    let filled = window().crypto().and_then(|crypto| crypto.get_random_values_with_u8_array(&mut bytes));
    // Every browser that runs WebAssembly has it; ids that repeat would lose messages.
    filled.expect("the browser gives random values");
    u128::from_be_bytes(bytes)
}

/// A random number below that one.
pub fn random_below(n: u32) -> u32 {
    (random_bits() as u32).checked_rem(n).unwrap_or(0)
}

/// Whether the browser believes that there is a network.
pub fn is_online() -> bool {
    window().navigator().on_line()
}

/// Calls back with true when this tab becomes the one of its browser that has that name, and with false when another
/// tab takes it away. It keeps it until it is closed. With `takes` it takes it from whoever has it.
pub fn lead(name: &str, takes: bool, lead: impl Fn(bool) + Clone + 'static) {
    let key = JsValue::from_str("locks");
    let locks = Reflect::get(&window().navigator(), &key).ok().filter(|locks| locks.is_object());
    // Unstable in web-sys, stable in every browser.
    let request = locks.as_ref().and_then(|locks| Reflect::get(locks, &JsValue::from_str("request")).ok());
    let (Some(locks), Some(request)) = (locks, request.and_then(|it| it.dyn_into::<js_sys::Function>().ok()))
    else {
        if !takes {
            lead_by_lease(name.to_owned(), lead);
        }
        return;
    };
    let gained = lead.clone();
    let granted = Closure::once_into_js(move || -> JsValue {
        gained(true);
        // Never kept: the lock goes with the page.
        js_sys::Promise::new(&mut |_, _| {}).into()
    });
    let options = Object::new();
    let _ = Reflect::set(&options, &JsValue::from_str("steal"), &JsValue::from_bool(takes));
    let asked = request.call3(&locks, &JsValue::from_str(name), &options, &granted);
    let Some(held) = asked.ok().and_then(|held| held.dyn_into::<js_sys::Promise>().ok()) else { return };
    let name = name.to_owned();
    wasm_bindgen_futures::spawn_local(async move {
        if wasm_bindgen_futures::JsFuture::from(held).await.is_err() {
            lead(false);
            // Behind the one that took it.
            self::lead(&name, false, lead);
        }
    });
}

/// How long a lease on a name holds; renewed each second.
const LEASE_MS: i64 = 4_000;

/// Where there are no locks (plain http), tabs agree by storage. Two may lead for a moment, which costs a request.
fn lead_by_lease(name: String, lead: impl Fn(bool) + Clone + 'static) {
    let (key, tab, leads) = (format!("leader:{name}"), tab(), std::cell::Cell::new(false));
    let beat = move || {
        let now = now().0;
        let held = kept(&key).and_then(|lease| {
            let (holder, until) = lease.split_once(' ')?;
            Some((holder.to_owned(), until.parse::<i64>().ok()?))
        });
        let is_free =
            held.is_none_or(|(holder, until)| holder == tab || until < now || until > now + LEASE_MS);
        if is_free {
            keep(&key, &format!("{tab} {}", now + LEASE_MS));
        }
        if leads.replace(is_free) != is_free {
            lead(is_free);
        }
    };
    beat();
    gloo_timers::callback::Interval::new(1_000, beat).forget();
}

/// Calls back when another tab keeps something, or throws it away.
pub fn on_storage(hear: impl Fn(String, Option<String>) + 'static) {
    let listener = leptos::prelude::window_event_listener(leptos::ev::storage, move |event| {
        if let Some(key) = event.key() {
            hear(key, event.new_value());
        }
    });
    // As long as the page.
    std::mem::forget(listener);
}

/// Signs in by the form's own way, without leaving the page. `None` where the server was not reached.
pub async fn sign_in(email: &str, password: &str) -> Option<bool> {
    let form = web_sys::UrlSearchParams::new().ok()?;
    form.append("email", email);
    form.append("password", password);
    let options = web_sys::RequestInit::new();
    options.set_method("POST");
    // Where it would lead is not where one wants to go.
    options.set_redirect(web_sys::RequestRedirect::Manual);
    options.set_body(&form);
    let asked = window().fetch_with_str_and_init("/login", &options);
    let answer = wasm_bindgen_futures::JsFuture::from(asked).await.ok()?;
    let answer: web_sys::Response = answer.dyn_into().ok()?;
    match answer.type_() {
        web_sys::ResponseType::Opaqueredirect => Some(true),
        _ if answer.status() >= 500 => None,
        _ => Some(false),
    }
}

/// Loads the page again.
pub fn reload_page() {
    // A page that cannot be loaded again stays.
    let _ = window().location().reload();
}

/// A new id for an order.
pub fn command_id() -> CommandId {
    CommandId::new(random_bits())
}

/// A new id for a conversation.
pub fn conversation_id() -> ConversationId {
    ConversationId::new(random_bits())
}

/// A new id for a tag.
pub fn tag_id() -> TagId {
    TagId::new(random_bits())
}

/// A new id for a role.
pub fn role_id() -> RoleId {
    RoleId::new(random_bits())
}

/// A new id for a group.
pub fn group_id() -> GroupId {
    GroupId::new(random_bits())
}

/// A new id for an invitation.
pub fn invitation_id() -> InvitationId {
    InvitationId::new(random_bits())
}

/// A new id for a file.
pub fn file_id() -> FileId {
    FileId::new(random_bits())
}

/// A new id for a message.
pub fn message_id() -> MessageId {
    MessageId::new(random_bits())
}

/// A fresh one.
pub fn mail_id() -> MailId {
    MailId::new(random_bits())
}

/// What this browser keeps under that key.
pub fn kept(key: &str) -> Option<String> {
    window().local_storage().ok()??.get_item(key).ok()?
}

/// Keeps a text in this browser; an empty one is removed. False where it could not.
pub fn keep(key: &str, text: &str) -> bool {
    let Ok(Some(storage)) = window().local_storage() else { return false };
    let done = if text.is_empty() { storage.remove_item(key) } else { storage.set_item(key, text) };
    done.is_ok()
}

/// Everything that this browser keeps under keys that begin so.
pub fn kept_under(prefix: &str) -> Vec<(String, String)> {
    let Ok(Some(storage)) = window().local_storage() else { return vec![] };
    let keys = (0..storage.length().unwrap_or(0)).filter_map(|n| storage.key(n).ok()?);
    let keys: Vec<String> = keys.filter(|key| key.starts_with(prefix)).collect();
    keys.into_iter().filter_map(|key| Some((key.clone(), kept(&key)?))).collect()
}

/// Puts the keyboard on an element, as soon as what was just changed is painted.
pub fn focus_soon(id: impl Into<String>) {
    let id = id.into();
    leptos::prelude::request_animation_frame(move || {
        focus(&id);
    });
}

/// Does something once what was just changed is painted.
pub fn after_paint(act: impl FnOnce() + 'static) {
    leptos::prelude::request_animation_frame(move || {
        leptos::prelude::set_timeout(act, std::time::Duration::ZERO)
    });
}

/// Puts the keyboard on an element. False where there is none of that name.
pub fn focus(id: &str) -> bool {
    let element = document().get_element_by_id(id).and_then(|element| element.dyn_into::<HtmlElement>().ok());
    // A refusal leaves it where it was, which is no fault.
    element.is_some_and(|element| element.focus().is_ok())
}

/// Puts the keyboard there where it is nowhere.
pub fn rescue_focus(id: &str) {
    if focused().is_none_or(|element| element.tag_name() == "BODY") {
        focus(id);
    }
}

/// Closes the dialog that stands over everything, and gives the keyboard back to what had it.
pub fn close_dialog() {
    let open = document().query_selector("dialog[open]").ok().flatten();
    if let Some(dialog) = open.and_then(|dialog| dialog.dyn_into::<web_sys::HtmlDialogElement>().ok()) {
        dialog.close();
    }
}

/// Whether such an element is there and takes room.
pub fn is_shown(selector: &str) -> bool {
    let found = document().query_selector(selector).ok().flatten();
    found.is_some_and(|element| element.get_client_rects().length() > 0)
}

/// The element that has the keyboard.
pub fn focused() -> Option<Element> {
    document().active_element()
}

/// Whether what is typed now goes into a field.
pub fn is_typing() -> bool {
    focused().is_some_and(|element| {
        let tag = element.tag_name();
        let kind = element.get_attribute("type");
        let is_field = matches!(tag.as_str(), "TEXTAREA" | "SELECT")
            || (tag == "INPUT"
                && !matches!(kind.as_deref(), Some("checkbox" | "radio" | "button" | "submit")));
        is_field || element.get_attribute("contenteditable").is_some()
    })
}

/// Whether anything is in that state now, as CSS says it.
pub fn shows(selector: &str) -> bool {
    document().query_selector(selector).is_ok_and(|found| found.is_some())
}

/// The title of the tab.
pub fn set_title(title: &str) {
    document().set_title(title);
}

/// Marks the page.
pub fn mark(attribute: &str, value: &str) {
    if let Some(page) = document().document_element() {
        // A name that we chose is a good one.
        let _ = page.set_attribute(attribute, value);
    }
}

/// Shows the page in that theme, and remembers it for the next one.
pub fn set_theme(key: &str) {
    mark("data-theme", key);
    let cookie = format!("theme={key}; path=/; max-age=31536000; samesite=lax");
    let _ = Reflect::set(&document(), &JsValue::from_str("cookie"), &JsValue::from_str(&cookie));
}

/// The theme of the page.
pub fn theme() -> String {
    let page = document().document_element();
    page.and_then(|page| page.get_attribute("data-theme")).unwrap_or_else(|| "system".into())
}

/// What a file says as text. What is no UTF-8 in it becomes the sign that says so.
pub async fn read_text(file: &web_sys::Blob) -> Option<String> {
    wasm_bindgen_futures::JsFuture::from(file.text()).await.ok()?.as_string()
}

/// Puts a text on the clipboard. False where the browser does not let us: plain http, or not asked by a click.
pub async fn copy(text: &str) -> bool {
    let navigator = window().navigator();
    let has = Reflect::has(&navigator, &JsValue::from_str("clipboard")).unwrap_or(false);
    if !has || navigator.clipboard().is_undefined() {
        return false;
    }
    wasm_bindgen_futures::JsFuture::from(navigator.clipboard().write_text(text)).await.is_ok()
}

/// The address of this server: `https://desk.example.org`.
pub fn origin() -> String {
    window().location().origin().unwrap_or_default()
}

/// Whether somebody works in this page now.
pub fn has_focus() -> bool {
    !document().hidden() && document().has_focus().unwrap_or(true)
}

thread_local! {
    /// Browsers make no sound before somebody has touched the page.
    static SOUND: std::cell::RefCell<Option<web_sys::AudioContext>> = const { std::cell::RefCell::new(None) };
}

/// Makes sounds possible as soon as somebody touches the page.
pub fn ready_sound() {
    let ready = || {
        SOUND.with_borrow_mut(|sound| {
            if sound.is_none() {
                *sound = web_sys::AudioContext::new().ok();
            }
        });
    };
    // As long as the page.
    std::mem::forget(leptos::prelude::window_event_listener(leptos::ev::pointerdown, move |_| ready()));
    std::mem::forget(leptos::prelude::window_event_listener(leptos::ev::keydown, move |_| ready()));
}

/// Two soft tones, a third apart. Silent where the browser does not let us.
pub fn ring() {
    SOUND.with_borrow(|sound| {
        let Some(sound) = sound else { return };
        let _ = sound.resume();
        let begin = sound.current_time();
        for (tone, after) in [(659.3, 0.0), (830.6, 0.11)] {
            // What cannot be played is not heard: there is nobody to tell.
            let _ = play(sound, tone, begin + after);
        }
    });
    // For tests, and for whoever wonders why it is silent.
    mark("data-rang", &now().0.to_string());
}

fn play(sound: &web_sys::AudioContext, hertz: f32, at: f64) -> Result<(), JsValue> {
    let (tone, volume) = (sound.create_oscillator()?, sound.create_gain()?);
    tone.frequency().set_value(hertz);
    volume.gain().set_value_at_time(0.0001, at)?;
    volume.gain().exponential_ramp_to_value_at_time(0.12, at + 0.02)?;
    volume.gain().exponential_ramp_to_value_at_time(0.0001, at + 0.35)?;
    tone.connect_with_audio_node(&volume)?;
    volume.connect_with_audio_node(&sound.destination())?;
    tone.start_with_when(at)?;
    tone.stop_with_when(at + 0.4)
}

/// Shows on the icons of the tab and of the app how many wait.
pub fn set_badge(n: i64) {
    let icon = document().query_selector("link[rel=icon]").ok().flatten();
    if let Some(icon) = icon {
        let _ = icon.set_attribute("href", if n > 0 { "/icon-dot.svg" } else { "/icon.svg" });
    }
    // Where the page is installed as an app; elsewhere there is none.
    let navigator = window().navigator();
    if let Ok(set) = Reflect::get(&navigator, &JsValue::from_str("setAppBadge"))
        && let Ok(set) = set.dyn_into::<js_sys::Function>()
        && let Ok(set) = set.call1(&navigator, &JsValue::from_f64(n as f64))
        && let Ok(set) = set.dyn_into::<js_sys::Promise>()
    {
        wasm_bindgen_futures::spawn_local(
            async move { drop(wasm_bindgen_futures::JsFuture::from(set).await) },
        );
    }
}

/// What the key beside the space bar is called here.
pub fn mod_key() -> &'static str {
    // Asked on the server too, where there is no keyboard: tests ask there.
    let is_mac =
        is_browser() && window().navigator().user_agent().is_ok_and(|agent| agent.contains("Mac OS"));
    if is_mac { "⌘" } else { "Ctrl" }
}

/// Whether this runs in a browser.
const fn is_browser() -> bool {
    cfg!(target_family = "wasm")
}

/// Brings an element of a list into sight.
pub fn scroll_into_view(id: &str) {
    if let Some(element) = document().get_element_by_id(id) {
        let options = web_sys::ScrollIntoViewOptions::new();
        options.set_block(web_sys::ScrollLogicalPosition::Nearest);
        element.scroll_into_view_with_scroll_into_view_options(&options);
    }
}

/// A photo that somebody chose, cut to a square of that many pixels, as JPEG. `None` where it is no picture.
pub async fn square(file: &web_sys::File, pixels: u32) -> Option<web_sys::Blob> {
    let made = window().create_image_bitmap_with_blob(file).ok()?;
    let image: web_sys::ImageBitmap =
        wasm_bindgen_futures::JsFuture::from(made).await.ok()?.dyn_into().ok()?;
    let canvas: web_sys::HtmlCanvasElement = document().create_element("canvas").ok()?.dyn_into().ok()?;
    canvas.set_width(pixels);
    canvas.set_height(pixels);
    let context: web_sys::CanvasRenderingContext2d = canvas.get_context("2d").ok()??.dyn_into().ok()?;
    let (width, height) = (f64::from(image.width()), f64::from(image.height()));
    let side = width.min(height);
    let to = f64::from(pixels);
    context
        .draw_image_with_image_bitmap_and_sw_and_sh_and_dx_and_dy_and_dw_and_dh(
            &image,
            (width - side) / 2.0,
            (height - side) / 2.0,
            side,
            side,
            0.0,
            0.0,
            to,
            to,
        )
        .ok()?;
    let made = js_sys::Promise::new(&mut |done, _| {
        let taken =
            canvas.to_blob_with_type_and_encoder_options(&done, "image/jpeg", &JsValue::from_f64(0.88));
        if taken.is_err() {
            let _ = done.call1(&JsValue::NULL, &JsValue::NULL);
        }
    });
    wasm_bindgen_futures::JsFuture::from(made).await.ok()?.dyn_into().ok()
}

/// Sends a photo to be one's own, or without one takes it away.
///
/// Errors: as those of server functions.
pub async fn send_photo(photo: Option<&web_sys::Blob>) -> Result<(), crate::error::Error> {
    use crate::error::Error;
    let options = web_sys::RequestInit::new();
    options.set_method(if photo.is_some() { "PUT" } else { "DELETE" });
    if let Some(photo) = photo {
        options.set_body(photo);
    }
    let asked = window().fetch_with_str_and_init("/settings/profile/photo", &options);
    let answer = wasm_bindgen_futures::JsFuture::from(asked).await.map_err(|_| Error::Unreachable)?;
    let answer: web_sys::Response = answer.dyn_into().map_err(|_| Error::Unreachable)?;
    if answer.ok() {
        return Ok(());
    }
    if answer.status() == 401 {
        return Err(Error::SignedOut);
    }
    let Ok(text) = answer.text() else { return Err(Error::Unreachable) };
    let text = wasm_bindgen_futures::JsFuture::from(text).await.map_err(|_| Error::Unreachable)?;
    Err(crate::api::read(&text.as_string().unwrap_or_default()).unwrap_or(Error::TooLarge))
}

/// A file on its way to the server.
pub struct Sending(web_sys::XmlHttpRequest);

impl Sending {
    /// Breaks it off; nothing more is heard of it.
    pub fn cancel(self) {
        self.0.set_onloadend(None);
        let _ = self.0.abort();
    }
}

/// Sends a file to that path. Tells how much of a hundred is there, and at last the answer's body, or why there is none:
/// as those of server functions.
pub fn send_file(
    path: &str,
    file: &web_sys::File,
    going: impl Fn(u32) + 'static,
    done: impl Fn(Result<String, crate::error::Error>) + 'static,
) -> Option<Sending> {
    use crate::error::Error;
    let request = web_sys::XmlHttpRequest::new().ok()?;
    request.open("POST", path).ok()?;
    // Said of the request: what is sent is what its bytes say.
    request.set_request_header("content-type", "application/octet-stream").ok()?;
    let going = Closure::<dyn Fn(web_sys::ProgressEvent)>::new(move |event: web_sys::ProgressEvent| {
        if event.length_computable() && event.total() > 0.0 {
            going((event.loaded() / event.total() * 100.0) as u32);
        }
    });
    if let Ok(upload) = request.upload() {
        upload.set_onprogress(Some(going.as_ref().unchecked_ref()));
    }
    let ended = request.clone();
    let done = Closure::<dyn Fn()>::new(move || {
        let text = ended.response_text().ok().flatten().unwrap_or_default();
        done(match ended.status().unwrap_or_default() {
            0 => Err(Error::Unreachable),
            200 => Ok(text),
            401 => Err(Error::SignedOut),
            _ => Err(crate::api::read(&text).unwrap_or(Error::TooLarge)),
        });
    });
    request.set_onloadend(Some(done.as_ref().unchecked_ref()));
    // They go with the request, which the browser keeps until it has ended.
    going.forget();
    done.forget();
    request.send_with_opt_blob(Some(file)).ok()?;
    Some(Sending(request))
}

/// Whether files are dragged, and not text.
pub fn carries_files(event: &web_sys::DragEvent) -> bool {
    let types = event.data_transfer().map(|dragged| dragged.types());
    types.is_some_and(|types| types.includes(&JsValue::from_str("Files"), 0))
}

/// Files in the clipboard, where somebody pastes them: a picture of the screen, say. Text that is there too goes before.
pub fn pasted_files(event: &web_sys::ClipboardEvent) -> Option<web_sys::FileList> {
    let pasted = event.clipboard_data()?;
    let has_text = pasted.get_data("text/plain").is_ok_and(|text| !text.is_empty());
    pasted.files().filter(|_| !has_text)
}

/// Whether the window is narrower than that many CSS pixels.
pub fn narrower_than(width: f64) -> bool {
    window().inner_width().ok().and_then(|width| width.as_f64()).is_some_and(|now| now < width)
}

/// The height of the window in px.
pub fn window_height() -> f64 {
    window().inner_height().ok().and_then(|height| height.as_f64()).unwrap_or(900.0)
}

/// How many CSS pixels a rem has here: people make letters larger.
pub fn rem() -> f64 {
    let page = document().document_element();
    let style = page.and_then(|page| window().get_computed_style(&page).ok().flatten());
    let size = style.and_then(|style| style.get_property_value("font-size").ok());
    size.and_then(|size| size.trim_end_matches("px").parse().ok()).unwrap_or(16.0)
}

/// A name for this tab, the same after a reload.
pub fn tab() -> String {
    let Ok(Some(storage)) = window().session_storage() else { return "alone".into() };
    if let Ok(Some(tab)) = storage.get_item("tab") {
        return tab;
    }
    let tab = format!("{:08x}", random_bits() as u32);
    let _ = storage.set_item("tab", &tab);
    tab
}

/// Scrolls a box to its end.
pub fn scroll_to_end(id: &str) {
    if let Some(element) = document().get_element_by_id(id) {
        element.set_scroll_top(element.scroll_height());
    }
}

/// A moment as a person reads it, by the browser's own calendar. `style` is a list of `Intl.DateTimeFormat` options.
pub fn formatted(at: Timestamp, style: &'static [(&str, &str)]) -> String {
    thread_local! {
        // Making one takes a hundred times as long as asking it.
        static FORMATS: RefCell<HashMap<&'static [(&'static str, &'static str)], Function>> = RefCell::default();
    }
    let made = || {
        let options = Object::new();
        for (key, value) in style {
            let _ = Reflect::set(&options, &JsValue::from_str(key), &JsValue::from_str(value));
        }
        DateTimeFormat::new(&Array::of1(&JsValue::from_str("en-GB")), &options).format()
    };
    let format = FORMATS.with_borrow_mut(|formats| formats.entry(style).or_insert_with(made).clone());
    let said = format.call1(&JsValue::UNDEFINED, &JsValue::from_f64(at.0 as f64));
    said.ok().and_then(|said| said.as_string()).unwrap_or_default()
}

/// Local midnight before a moment: two moments of one day have the same.
pub fn day_of(at: Timestamp) -> Timestamp {
    let date = Date::new(&JsValue::from_f64(at.0 as f64));
    date.set_hours(0);
    date.set_minutes(0);
    date.set_seconds(0);
    date.set_milliseconds(0);
    Timestamp(date.get_time() as i64)
}

/// A text as a part of an address.
pub fn encoded(text: &str) -> String {
    js_sys::encode_uri_component(text).into()
}

/// The moment that a field of day and time holds, by the browser's own calendar.
pub fn moment(text: &str) -> Option<Timestamp> {
    let at = Date::new(&JsValue::from_str(text)).get_time();
    at.is_finite().then_some(Timestamp(at as i64))
}

/// What such a field holds at that moment.
pub fn typed(at: Timestamp) -> String {
    let date = Date::new(&JsValue::from_f64(at.0 as f64));
    let day = local(at, 0, 0);
    let day = day.split('T').next().unwrap_or_default();
    format!("{day}T{:02}:{:02}", date.get_hours(), date.get_minutes())
}

/// The time zone of this browser: "Europe/Berlin".
pub fn time_zone() -> Option<String> {
    let none = js_sys::Array::new();
    let options = DateTimeFormat::new(&none, &Object::new()).resolved_options();
    Reflect::get(&options, &JsValue::from_str("timeZone")).ok()?.as_string()
}

/// What such a field holds for that hour, so many days later.
pub fn local(at: Timestamp, days: u32, hour: u32) -> String {
    let date = Date::new(&JsValue::from_f64(at.0 as f64));
    date.set_date(date.get_date() + days);
    let (year, month, day) = (date.get_full_year(), date.get_month() + 1, date.get_date());
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:00")
}

/// The day that a moment is in, as a field of a day holds it.
pub fn date(at: Timestamp) -> String {
    local(at, 0, 0).split('T').next().unwrap_or_default().to_owned()
}

/// Midnight after the day of a moment: a day may have 23 hours.
pub fn next_day(at: Timestamp) -> Timestamp {
    moment(&local(at, 1, 0)).unwrap_or(at)
}

/// From now on a bug of ours covers the page with a plain message and a way back instead of leaving it dead.
pub fn paint_panics() {
    std::panic::set_hook(Box::new(|cause| {
        web_sys::console::error_1(&JsValue::from_str(&cause.to_string()));
        let document = document();
        let made = document.create_element("div").and_then(|cover| {
            cover.set_class_name("panic");
            cover.set_attribute("role", "alertdialog")?;
            cover.set_attribute("aria-label", "Something broke")?;
            let text = document.create_element("p")?;
            text.set_text_content(Some(
                "Something broke on this page. What you wrote is kept in this browser.",
            ));
            let reload = document.create_element("a")?;
            reload.set_text_content(Some("Reload"));
            reload.set_class_name("button button--accent");
            reload.set_attribute("href", &window().location().href()?)?;
            cover.append_child(&text)?;
            cover.append_child(&reload)?;
            Ok(cover)
        });
        if let (Ok(cover), Some(body)) = (made, document.body()) {
            let _ = body.append_child(&cover);
        }
    }));
}

/// Where the caret of a text box stands: the byte of its text that it is before. `None` where something is selected.
pub fn caret(area: &web_sys::HtmlTextAreaElement) -> Option<usize> {
    let (start, end) = (area.selection_start().ok()??, area.selection_end().ok()??);
    (start == end).then(|| byte_at(&area.value(), start as usize))
}

/// The byte before which so many units of UTF-16 stand.
fn byte_at(text: &str, units: usize) -> usize {
    let mut before = 0;
    for (at, c) in text.char_indices() {
        if before >= units {
            return at;
        }
        before += c.len_utf16();
    }
    text.len()
}

/// Puts the keyboard into a text box, with that part of its text selected, as soon as its text is drawn.
pub fn select_soon(id: &'static str, text: &str, range: std::ops::Range<usize>) {
    let units = |end: usize| text.get(..end).map_or(0, |before| before.encode_utf16().count() as u32);
    let (start, end) = (units(range.start), units(range.end));
    leptos::prelude::request_animation_frame(move || {
        if let Some(area) =
            document().get_element_by_id(id).and_then(|it| it.dyn_into::<web_sys::HtmlTextAreaElement>().ok())
            && area.focus().is_ok()
        {
            // What is not there cannot be selected: the caret stays at the end then.
            let _ = area.set_selection_range(start, end);
        }
    });
}

/// The selected part of that text box, as bytes of its text.
pub fn selected(id: &str) -> Option<std::ops::Range<usize>> {
    let area: web_sys::HtmlTextAreaElement = document().get_element_by_id(id)?.dyn_into().ok()?;
    let (start, end) = (area.selection_start().ok()??, area.selection_end().ok()??);
    let text = area.value();
    Some(byte_at(&text, start as usize)..byte_at(&text, end as usize))
}

/// Moves the keyboard so many elements on among those that are so; to the first where it is on none of them.
pub fn walk(selector: &str, by: i32) {
    let Ok(all) = document().query_selector_all(selector) else { return };
    let all: Vec<HtmlElement> = (0..all.length()).filter_map(|n| all.get(n)?.dyn_into().ok()).collect();
    let here = focused().and_then(|focused| {
        all.iter().position(|element| element.is_same_node(Some(&focused))).map(|at| at as i32)
    });
    let next = here.map_or(0, |at| (at + by).clamp(0, all.len() as i32 - 1));
    if let Some(element) = usize::try_from(next).ok().and_then(|next| all.get(next)) {
        // A refusal leaves it where it was, which is no fault.
        let _ = element.focus();
    }
}

/// The text of a file of this site.
pub async fn fetch_text(path: &str) -> Option<String> {
    let response = wasm_bindgen_futures::JsFuture::from(window().fetch_with_str(path)).await.ok()?;
    let response: web_sys::Response = response.dyn_into().ok()?;
    if !response.ok() {
        return None;
    }
    wasm_bindgen_futures::JsFuture::from(response.text().ok()?).await.ok()?.as_string()
}

#[cfg(test)]
mod text_tests {
    use super::*;

    #[test]
    fn units_of_utf16_are_bytes_of_the_text() {
        let text = "aä😀z";
        let found: Vec<usize> = (0..6).map(|units| byte_at(text, units)).collect();
        // The middle of an emoji is its end: nobody types there.
        assert_eq!(found, [0, 1, 3, 7, 7, 8]);
    }
}
