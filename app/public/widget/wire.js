// Asking the server, and hearing from it. There is a socket only while the window is open and there is something to hear.
import { begin } from "./chat.js";
import { pump } from "./outbox.js";
import { goTo, show } from "./screen.js";
import { chat, learn, merge, state, tell, text, threadOf, waits } from "./state.js";

// The server speaks each 25 seconds; a socket that says nothing for longer is dead.
const SILENCE_MS = 40_000;
// How often a closed chat looks for an answer. It has no socket.
const LOOK_MS = 30_000;
// A question that is not answered by then is asked again: its network may be gone without a word.
const PATIENCE_MS = 20_000;
export const RETRY_MS = 5_000;

export class No extends Error {
  constructor(status, { why = "broken", sentence = "" } = {}, after = 0) {
    super(sentence);
    Object.assign(this, { status, why, after });
  }
  // In the visitor's language where there are words for it.
  get sentence() {
    const known = { too_often: "tooOften", too_many_open: "tooManyOpen", not_known: "notKnown", missing: "gone", no_name: "noName", not_an_address: "noEmail" };
    return known[this.why] ? text(known[this.why]) : this.message || text("broken");
  }
}

export async function ask(what, body) {
  let answer;
  try {
    answer = await fetch(`${chat}/${what}`, { method: "POST", credentials: "omit", headers: { "content-type": "application/json" }, body: JSON.stringify(body), signal: AbortSignal.timeout(PATIENCE_MS) });
  } catch {
    throw new No(0);
  }
  const told = answer.status === 204 ? {} : await answer.json().catch(() => ({}));
  if (!answer.ok) throw new No(answer.status, told, Number(answer.headers.get("retry-after")));
  return told;
}

export async function hello() {
  try {
    const told = await ask("hello", { token: state.token });
    if (told.token !== state.token) tell({ token: told.token, instead: state.kept });
    state.token = told.token;
    // What came before this cursor does not come on the socket any more.
    if (state.cursor?.seq !== told.cursor.seq) for (const thread of state.threads.values()) thread.isLoaded = false;
    Object.assign(state, { team: told.team, greeting: told.greeting, form: told.form, isThere: told.is_there, cursor: told.cursor, lost: null });
    state.conversations.clear();
    told.conversations.forEach(learn);
    return true;
  } catch (no) {
    if (no.why === "not_known" || no.why === "missing") state.lost = no;
    show();
    return false;
  }
}

export async function load(id, before = null) {
  try {
    const told = await ask("thread", { token: state.token, conversation: id, before });
    const thread = threadOf(id);
    const known = new Set(thread.said.map((one) => one.id));
    const overlaps = told.said.some((one) => known.has(one.id));
    // More was missed than a page holds: what is here would have a hole.
    if (before === null && told.has_earlier && !overlaps) thread.said = [];
    // What went to another conversation since is not here any more.
    const [first, newest] = [told.said[0]?.seq ?? 0, told.said.at(-1)?.seq ?? 0];
    const isTold = new Set(told.said.map((one) => one.id));
    if (before === null) thread.said = thread.said.filter((one) => isTold.has(one.id) || one.seq > newest || (told.has_earlier && one.seq < first));
    if (before !== null || !overlaps) thread.hasEarlier = told.has_earlier;
    merge(thread, told.said);
    thread.isLoaded = true;
    learn(told.conversation);
    show();
  } catch (no) {
    if (no.status === 404) {
      // It was merged into another one: there they go on.
      if (state.current === id) Object.assign(state, { current: null, isNew: false });
      return void begin();
    }
    setTimeout(() => state.current === id && !threadOf(id).isLoaded && load(id), RETRY_MS);
  }
}

/** The wire.socket, while there is one, and how often it was opened in vain. */
export const wire = { socket: null, tries: 0 };
let heardAt = 0;
let again = 0;

export function connect() {
  clearTimeout(again);
  if (wire.socket || !state.isOpen || !state.conversations.size || !navigator.onLine) return;
  const mine = (wire.socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}${chat}/live`));
  heardAt = Date.now();
  mine.onopen = () => mine.send(JSON.stringify({ hello: { token: state.token, after: state.cursor } }));
  mine.onmessage = ({ data }) => {
    if (wire.socket !== mine) return;
    heardAt = Date.now();
    wire.tries = 0;
    hear(JSON.parse(data));
  };
  mine.onclose = ({ code }) => {
    if (wire.socket !== mine) return;
    wire.socket = null;
    state.typing.clear();
    if (code === 4401) return void begin();
    if (!state.isOpen) return;
    wire.tries += 1;
    again = setTimeout(connect, Math.random() * Math.min(30_000, 500 * 2 ** wire.tries) + 50);
    show();
  };
}

export function hangUp() {
  clearTimeout(again);
  const old = wire.socket;
  wire.socket = null;
  state.typing.clear();
  old?.close();
}

function hear(said) {
  if (said === "reset") {
    state.threads.clear();
    state.seen.clear();
    hangUp();
    return void begin();
  }
  if (said.news) {
    const { cursor, conversations, said: messages } = said.news;
    state.cursor = cursor;
    for (const one of messages) merge(threadOf(one.conversation), [one]);
    conversations.forEach(learn);
    // Whoever has written does not write any more.
    for (const one of messages) if (one.from !== "me") state.typing.delete(one.conversation);
  }
  if (said.typing) state.typing = new Map(said.typing.map(({ conversation, who }) => [conversation, who]));
  show();
}

setInterval(() => {
  if (wire.socket && Date.now() - heardAt > SILENCE_MS) {
    const dead = wire.socket;
    hangUp();
    dead.onclose = null;
    wire.tries += 1;
    connect();
    show();
  }
}, 5_000);

addEventListener("online", () => {
  wire.tries = 0;
  connect();
  pump();
  show();
});
addEventListener("offline", () => {
  hangUp();
  show();
});
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  connect();
  look();
  show();
});

// A closed chat looks for an answer now and then.
export async function look() {
  if (state.isOpen || document.hidden || !waits()) return;
  if (await hello()) show();
}
setInterval(look, LOOK_MS);

