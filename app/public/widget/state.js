// What the window knows: who the visitor is, their conversations and threads, and what is not sent yet.
import english from "./texts.js";

export const MOST_CHARS = 20_000;

/** Where the window talks to: the chat of its page. */
export const chat = location.pathname;
export const at = (id) => document.getElementById(id);

export let texts = english;
export const setTexts = (others) => (texts = others);
/** A text in the visitor's language, with its gaps filled. */
export const text = (name, fill = {}) => texts[name].replace(/\{(\w+)\}/g, (_, key) => fill[key] ?? "");

export const state = {
  host: null, // the origin of the page around this one
  token: null,
  kept: null, // the one that the page around this one keeps
  language: null, // what the visitor speaks, for the team
  isOpen: false,
  team: "",
  greeting: "",
  form: "none",
  isThere: false,
  cursor: null,
  conversations: new Map(),
  threads: new Map(), // id → { said, hasEarlier, isLoaded }
  seen: new Map(), // id → the team's newest message there that the server knows to be seen
  current: null, // the conversation on the screen; null is one that begins
  local: null, // a name for the one that begins, until the server has given it an id
  isNew: false, // the visitor asked for one that begins: nothing leads them elsewhere
  showsList: false,
  outbox: [],
  typing: new Map(),
  problem: "",
  upload: null, // the file on its way: { name, percent, cancel }
  lost: null, // the visitor is not known any more, or the chat is gone
};

export const tell = (said) => state.host && parent.postMessage({ switchboard: said }, state.host);
export const fresh = () => crypto.randomUUID?.() ?? "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (c) => (c ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (c / 4)))).toString(16));

export const threadOf = (id) => state.threads.get(id) ?? state.threads.set(id, { said: [], hasEarlier: false, isLoaded: false }).get(id);

export function merge(thread, said) {
  const known = new Set(thread.said.map((one) => one.id));
  thread.said.push(...said.filter((one) => !known.has(one.id)));
  thread.said.sort((one, other) => one.seq - other.seq);
}

/** A conversation as the server told it. What it says may be from before it heard what was seen. */
export function learn(one) {
  if (one.last && one.last.id === state.seen.get(one.id)) one.unseen = 0;
  state.conversations.set(one.id, one);
}

/** Whether an answer may come, so that a closed window looks for it. */
export const waits = () => state.outbox.length > 0 || [...state.conversations.values()].some((one) => !one.ended || one.unseen);
/** Whether a name and an address are asked for now. */
export const asks = () => state.form !== "none" && state.conversations.size === 0 && !state.outbox.length;
export const newestFirst = () => [...state.conversations.values()].sort((one, other) => other.at - one.at);
