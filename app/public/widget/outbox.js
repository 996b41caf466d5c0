// What the visitor writes goes out once and in order: each message is kept by the page around this one until the server
// has it, and goes again with the same id until then.
import { goTo, show } from "./screen.js";
import { asks, at, fresh, merge, state, tell, threadOf } from "./state.js";
import { ask, connect, wire } from "./wire.js";

const TYPING_MS = 3_000;
const QUIET_MS = 5_000;

let isSending = false;
let pause = 0;
const begun = new Map(); // what a beginning was called here → where it went

export function write(words, file = null, place = null) {
  const introduction = {};
  if (asks()) {
    const [name, email] = [at("name").value.trim(), at("email").value.trim()];
    if (name) introduction.name = name;
    if (email) introduction.email = email;
  }
  if (!place && state.current === null) state.local ??= fresh();
  const { conversation, local } = begun.get(place?.local) ?? place ?? { conversation: state.current, local: state.current ? null : state.local };
  const message = { id: fresh(), text: words, file, conversation, local, introduction, at: Date.now() };
  state.outbox.push(message);
  tell({ put: message });
  pump();
}

export async function pump() {
  if (isSending || !state.token || state.lost) return;
  const message = state.outbox.find((one) => !one.problem);
  if (!message) return;
  isSending = true;
  clearTimeout(pause);
  let wait = 0;
  try {
    const { id, text: words, file = null, conversation, introduction } = message;
    const told = await ask("write", { token: state.token, message: { id, text: words, file, conversation, introduction, language: state.language } });
    arrived(message, told);
    wire.tries = 0;
  } catch (no) {
    if (no.status === 429) {
      state.problem = no.sentence;
      wait = 1_000 * Math.max(1, no.after);
    } else if (no.status === 401) {
      state.lost = no;
    } else if (no.status >= 400 && no.status < 500) {
      message.problem = no.sentence;
      tell({ put: message });
      // What was asked for with it is asked for again.
      if (no.why === "no_name" || no.why === "not_an_address") takeBack(message, no.sentence);
    } else {
      wait = Math.min(30_000, 1_000 * 2 ** wire.tries++);
    }
  }
  isSending = false;
  show();
  if (wait) pause = setTimeout(() => { state.problem = ""; pump(); }, wait);
  else if (!state.lost) pump();
}

function arrived(message, { conversation, seq }) {
  drop(message);
  state.problem = "";
  state.form = "none";
  if (message.local) begun.set(message.local, { conversation, local: null });
  // Whatever was written after it for the same beginning, or for the same thread that had ended, goes there too.
  for (const other of state.outbox) {
    if (message.local ? other.local === message.local : other.conversation === message.conversation) {
      Object.assign(other, { conversation, local: null });
      tell({ put: other });
    }
  }
  merge(threadOf(conversation), [{ conversation, seq, id: message.id, from: "me", who: null, at: message.at, text: message.text, file: message.file }]);
  if (state.current === null && state.local === message.local) {
    state.current = conversation;
    state.local = null;
    state.isNew = false;
    threadOf(conversation).isLoaded = true;
  } else if (message.conversation && message.conversation !== conversation && state.current === message.conversation) {
    goTo(conversation);
  }
  if (!state.conversations.has(conversation)) {
    state.conversations.set(conversation, { id: conversation, ended: false, seen: false, with: null, at: message.at, last: null, unseen: 0 });
  }
  connect();
}

export function drop(message) {
  state.outbox = state.outbox.filter((other) => other !== message);
  tell({ drop: message.id });
}

// A message that was refused goes back to where it was written.
export function takeBack(message, why) {
  drop(message);
  if (message.file) return void (state.problem = why);
  const field = at("text");
  field.value = [message.text, field.value].filter(Boolean).join("\n");
  state.problem = why;
  tell({ draft: field.value });
  field.focus();
}

let typedAt = 0;
let quiet = 0;
export function typing(is) {
  clearTimeout(quiet);
  if (!wire.socket || wire.socket.readyState !== 1 || state.current === null) return;
  const now = Date.now();
  if (is && now - typedAt < TYPING_MS) {
    quiet = setTimeout(() => typing(false), QUIET_MS);
    return;
  }
  if (!is && !typedAt) return;
  typedAt = is ? now : 0;
  wire.socket.send(JSON.stringify({ typing: { conversation: is ? state.current : null } }));
  if (is) quiet = setTimeout(() => typing(false), QUIET_MS);
}

// Told when it stands before the visitor's eyes, and not before.
let saidSeen = "";
export function tellSeen() {
  const one = state.conversations.get(state.current);
  if (!state.isOpen || document.hidden || state.showsList || !one?.unseen) return;
  const newest = threadOf(one.id).said.findLast((said) => said.from !== "me");
  if (!newest || newest.id === saidSeen) return;
  saidSeen = newest.id;
  ask("seen", { token: state.token, conversation: one.id, message: newest.id })
    .then(() => {
      state.seen.set(one.id, newest.id);
      const now = state.conversations.get(one.id);
      const last = threadOf(one.id).said.findLast((said) => said.from !== "me");
      if (now && last?.id === newest.id) now.unseen = 0;
      show();
    })
    .catch(() => (saidSeen = ""));
}
