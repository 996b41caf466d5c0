// What the visitor sees: a thread or the list of conversations, and where they write.
import { forget } from "./chat.js";
import { drop, pump, takeBack, tellSeen } from "./outbox.js";
import { MOST_CHARS, asks, at, newestFirst, state, tell, text, texts, threadOf, waits } from "./state.js";
import { fileView } from "./files.js";
import { build, clock, day, draw, formatted, initials, linked } from "./view.js";
import { load, wire } from "./wire.js";

export function goTo(id) {
  state.current = id;
  state.local = null;
  state.isNew = id === null;
  state.showsList = false;
  state.problem = "";
  if (id && !threadOf(id).isLoaded) load(id);
}

export function show() {
  const { lost } = state;
  document.title = text("chatWith", { team: state.team });
  document.querySelector("header").setAttribute("aria-label", document.title);
  at("team").textContent = state.team || at("team").textContent;
  at("there").textContent = state.cursor ? text(state.isThere ? "hereNow" : "awayNow") : "";
  const with_ = state.conversations.get(state.current)?.with;
  draw(at("faces"), with_ ? [face(with_)] : []);
  at("back").hidden = state.showsList || state.conversations.size === 0;
  at("thread").hidden = state.showsList;
  at("list").hidden = !state.showsList;
  at("strip").textContent = !navigator.onLine ? text("offline") : state.isOpen && state.conversations.size && !wire.socket && wire.tries > 1 ? text("reconnecting") : "";
  if (state.showsList) showList();
  else showThread();
  showComposer();
  const isRead = (one) => one.id === state.current && state.isOpen && !state.showsList && !document.hidden;
  const unread = [...state.conversations.values()].reduce((sum, one) => sum + (isRead(one) ? 0 : one.unseen), 0);
  tell({ unread, awaits: waits() ? "1" : null, title: document.title });
  if (!lost) tellSeen();
}

function face(who) {
  return who.photo ? build("img", { class: "face", src: who.photo, alt: "" }) : build("span", { class: "face", "aria-hidden": "true" }, initials(who.name));
}

function showThread() {
  const log = at("log");
  const isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
  const one = state.conversations.get(state.current);
  const thread = state.current ? threadOf(state.current) : { said: [], hasEarlier: false };
  const parts = [];
  if (thread.hasEarlier) {
    const earlier = build("button", { type: "button", class: "earlier", key: "earlier" }, text("earlier"));
    earlier.onclick = () => load(state.current, threadOf(state.current).said[0].seq);
    parts.push(earlier);
  }
  if (!thread.said.length && !state.current && state.greeting) {
    parts.push(build("article", { "data-from": "team", key: "greeting" }, face({ name: state.team }), build("div", { class: "by" }, state.team), build("div", { class: "words", dir: "auto" }, state.greeting)));
  }
  let last = null;
  for (const said of thread.said) {
    if (!last || day(last.at, texts) !== day(said.at, texts)) parts.push(build("p", { class: "day", key: `d${day(said.at, texts)}` }, day(said.at, texts)));
    parts.push(message(said, last));
    last = said;
  }
  const mine = thread.said.findLast((said) => said.from === "me");
  // The socket may be faster than the answer: what has come is not waiting any more.
  const here = new Set(thread.said.map((said) => said.id));
  const waiting = state.outbox.filter((other) => !here.has(other.id) && (state.current ? other.conversation === state.current : other.conversation === null && other.local === state.local));
  for (const other of waiting) {
    parts.push(message({ id: other.id, from: "me", at: other.at, text: other.text, file: other.file }, last, true));
    parts.push(other.problem ? failed(other) : build("p", { class: "mark", key: `m${other.id}${navigator.onLine}` }, text(navigator.onLine ? "sending" : "waiting")));
    last = { from: "me", at: other.at };
  }
  if (mine && !waiting.length && mine === thread.said.at(-1)) {
    const word = one?.seen ? "seen" : "sent";
    parts.push(build("p", { class: "mark", key: word }, text(word)));
  }
  if (one?.ended && !waiting.length) parts.push(build("p", { class: "ended", key: "ended" }, text("ended")));
  if (draw(log, parts) && isAtEnd) log.scrollTop = log.scrollHeight;
  const who = (state.typing.get(state.current) ?? []).map((other) => other.name);
  at("typing").textContent = who.length ? text(who.length > 1 ? "areTyping" : "isTyping", { name: who[0] }) : "";
}

function message(said, last, waits = false) {
  const follows = last && last.from === said.from && last.who?.name === said.who?.name && said.at - last.at < 300_000;
  const make = () => {
    const name = said.from === "me" ? text("you") : said.who.name;
    const words = said.file ? fileView(said.file, waits) : build("div", { class: "words", dir: "auto" }, ...(said.blocks ? formatted(said.blocks) : linked(said.text)));
    const by = build("div", { class: "by" }, said.from === "me" ? clock(said.at) : `${name} · ${clock(said.at)}`);
    const attributes = { "data-from": said.from, "data-follows": follows ? "" : null, "data-waits": waits ? "" : null, "aria-label": `${name}, ${clock(said.at)}`, key };
    if (follows) return build("article", attributes, words);
    return said.from === "me" ? build("article", attributes, by, words) : build("article", attributes, face(said.who), by, words);
  };
  const key = `${said.id}${follows}${said.file && waits ? "w" : ""}`;
  return { key, waits, make };
}

function failed(message) {
  const act = (name, then) => {
    const button = build("button", { type: "button" }, text(name));
    button.onclick = then;
    return button;
  };
  return build("p", { class: "failed", role: "alert", key: `f${message.id}${message.problem}` }, `${text("notSent")} ${message.problem} `,
    act("retry", () => { message.problem = ""; tell({ put: message }); pump(); show(); }),
    ...(message.file ? [] : [act("edit", () => { takeBack(message, ""); show(); })]),
    act("remove", () => { drop(message); show(); at("text").focus(); }));
}

function showList() {
  draw(at("conversations"), newestFirst().map((one) => {
    const words = one.last ? `${one.last.from === "me" ? `${text("you")}: ` : ""}${one.last.text}` : "";
    const button = build("button", { type: "button" },
      build("b", { dir: "auto" }, one.with?.name ?? state.team), build("time", {}, day(one.at, texts)),
      build("span", { dir: "auto" }, one.ended ? `${text("endedWord")} · ${words}` : words),
      ...(one.unseen ? [build("em", { "aria-label": `${one.unseen} ${text(one.unseen === 1 ? "oneUnread" : "unread")}` }, String(one.unseen))] : []));
    button.onclick = () => { goTo(one.id); show(); at("text").focus(); };
    return build("li", { key: one.id, inside: true }, button);
  }));
}

export function showComposer() {
  const field = at("text");
  const chars = [...field.value].length;
  const isLong = chars > MOST_CHARS;
  const problem = state.lost ? state.lost.sentence : isLong ? text("tooLong", { n: chars, most: MOST_CHARS }) : state.problem;
  if (at("problem").textContent !== problem) at("problem").textContent = problem;
  at("form").hidden = !asks();
  at("sending").hidden = !state.upload;
  if (state.upload) {
    at("sending-name").textContent = text("sendingFile", { name: state.upload.name });
    at("sending-percent").value = state.upload.percent;
  }
  at("attach").disabled = !!state.upload || !!state.lost || !state.token;
  at("send").setAttribute("aria-disabled", String(!field.value.trim() || isLong || !!state.lost));
  const start = state.lost?.why === "not_known";
  let button = at("again");
  if (start && !button) {
    button = build("button", { id: "again", type: "button", class: "wide" }, text("startNew"));
    button.onclick = forget;
    at("composer").append(button);
  } else if (!start) button?.remove();
}

export function label() {
  const icon = (path) => `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="${path}"/></svg>`;
  const name = (id, words, path) => {
    at(id).innerHTML = icon(path);
    at(id).setAttribute("aria-label", words);
    at(id).title = words;
  };
  name("back", text("back"), "M19 12H5M12 19l-7-7 7-7");
  name("close", text("close"), "M18 6 6 18M6 6l12 12");
  name("attach", text("attach"), "m16 6-8.414 8.586a2 2 0 0 0 2.829 2.829l8.414-8.586a4 4 0 1 0-5.657-5.657l-8.379 8.551a6 6 0 1 0 8.485 8.485l8.379-8.551");
  at("cancel").textContent = text("cancel");
  at("file").setAttribute("aria-label", text("attach"));
  name("send", text("send"), "M14.5 21.7 21.9 2.1 2.3 9.5l8.2 3.9 3.9 8.2ZM10.5 13.4 21.9 2.1");
  at("log").setAttribute("aria-label", text("messages"));
  at("thread").setAttribute("aria-label", text("messages"));
  at("list").setAttribute("aria-label", text("conversations"));
  at("conversations").setAttribute("aria-label", text("conversations"));
  at("text").setAttribute("aria-label", text("yourMessage"));
  at("text").placeholder = text("placeholder");
  at("new").textContent = text("startNew");
  tell({ words: { open: text("open"), close: text("close"), unread: text("unread"), one: text("oneUnread") } });
}

export function labelForm() {
  const named = (label) => (state.form === "optional" ? text("optional", { label }) : label);
  at("name-label").textContent = named(text("name"));
  at("email-label").textContent = named(text("email"));
  at("form-hint").textContent = text("formHint");
}
