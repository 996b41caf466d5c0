// The window of the chat: what its visitor does, and what it hears from the page around it, which keeps their token.
// state.js is what is known, wire.js asks the server and hears from it, outbox.js sends, screen.js shows.
import { sendFile } from "./files.js";
import { pump, typing, write } from "./outbox.js";
import { goTo, label, labelForm, show, showComposer } from "./screen.js";
import { MOST_CHARS, asks, at, fresh, newestFirst, setTexts, state, tell, text, texts } from "./state.js";
import { RETRY_MS, connect, hangUp, hello, load, look } from "./wire.js";

const LANGUAGES = ["de", "fr", "ar"];

// Whether the visitor said who they are, where that is asked; what lacks is said beside it.
function isIntroduced() {
  const [name, email] = [at("name"), at("email")];
  if (asks()) {
    const noName = state.form === "required" && !name.value.trim();
    const noEmail = (state.form === "required" && !email.value.trim()) || (email.value.trim() && !email.checkValidity());
    name.setAttribute("aria-invalid", String(noName));
    email.setAttribute("aria-invalid", String(!!noEmail));
    if (noName || noEmail) {
      state.problem = text(noName ? "noName" : "noEmail");
      (noName ? name : email).focus();
      show();
      return false;
    }
  }
  return true;
}

let saving = 0;
at("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  const field = at("text");
  const words = field.value;
  if (!words.trim() || [...words].length > MOST_CHARS || state.lost) return;
  if (!isIntroduced()) return;
  state.problem = "";
  write(words);
  field.value = "";
  clearTimeout(saving);
  tell({ draft: null });
  typing(false);
  show();
  at("log").scrollTop = at("log").scrollHeight;
  field.focus();
});

at("text").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  at("composer").requestSubmit();
});

at("text").addEventListener("input", () => {
  const words = at("text").value;
  clearTimeout(saving);
  saving = setTimeout(() => tell({ draft: words || null }), 300);
  typing(!!words.trim());
  showComposer();
});

at("attach").addEventListener("click", () => isIntroduced() && at("file").click());
at("file").addEventListener("change", () => {
  const [file] = at("file").files;
  if (file) sendFile(file);
  at("file").value = "";
});
at("cancel").addEventListener("click", () => state.upload?.cancel());
at("text").addEventListener("paste", (event) => {
  const [file] = event.clipboardData?.files ?? [];
  if (!file || event.clipboardData.getData("text/plain") || state.lost || !isIntroduced()) return;
  event.preventDefault();
  sendFile(file);
});

at("close").addEventListener("click", () => tell({ close: true }));
at("back").addEventListener("click", () => {
  state.showsList = true;
  show();
  at("new").focus();
});
at("new").addEventListener("click", () => {
  goTo(null);
  show();
  at("text").focus();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.isComposing) tell({ close: true });
});

// The visitor begins anew, as somebody else: what was written and not sent goes along.
export function forget() {
  Object.assign(state, { token: null, lost: null, current: null, local: null, cursor: null });
  state.conversations.clear();
  state.threads.clear();
  hangUp();
  const local = fresh();
  for (const message of state.outbox) Object.assign(message, { conversation: null, local });
  if (state.outbox.length) state.local = local;
  begin();
}

// ---- The page around this one ---------------------------------------------------------------------------------------

async function speak({ language, dir }) {
  const tag = String(language || "en");
  const short = tag.slice(0, 2).toLowerCase();
  if (LANGUAGES.includes(short)) setTexts((await import(`./texts/${short}.js`)).default);
  document.documentElement.lang = LANGUAGES.includes(short) ? short : "en";
  document.documentElement.dir = texts.dir === "ltr" && dir === "rtl" ? "rtl" : texts.dir;
  try {
    // For the team, who reads English.
    state.language = new Intl.DisplayNames(["en"], { type: "language" }).of(navigator.language.slice(0, 2)) ?? null;
  } catch {}
  label();
}

function colour(accent) {
  if (!/^#[\da-f]{6}$/i.test(accent ?? "")) return;
  const [r, g, b] = [1, 3, 5].map((from) => parseInt(accent.slice(from, from + 2), 16) / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  const light = 0.2126 * r + 0.7152 * g + 0.0722 * b;
  const style = document.documentElement.style;
  style.setProperty("--accent", accent);
  // White on it where that can be read, else near black.
  style.setProperty("--on-accent", 1.05 / (light + 0.05) >= 4.5 ? "#fff" : "#171b23");
}

let beginning = 0;
export async function begin() {
  clearTimeout(beginning);
  if (!(await hello())) {
    if (!state.lost) beginning = setTimeout(begin, RETRY_MS);
    return;
  }
  labelForm();
  if (state.current && !state.conversations.has(state.current)) state.current = null;
  if (!state.current && !state.local && !state.isNew) {
    const all = newestFirst();
    state.current = (all.find((one) => !one.ended) ?? all[0])?.id ?? null;
  }
  if (state.current) load(state.current);
  connect();
  pump();
  show();
}

addEventListener("message", async ({ source, origin, data }) => {
  // Only the page around this one is listened to, and only the one that spoke first.
  if (source !== parent || parent === window || (state.host && origin !== state.host)) return;
  const said = data?.switchboard;
  if (!said || typeof said !== "object") return;
  if (said.hello && !state.host) {
    state.host = origin;
    const { token, outbox, draft, isOpen, theme, accent } = said.hello;
    if (theme) document.documentElement.dataset.theme = theme;
    colour(accent);
    Object.assign(state, { token: token || null, kept: token || null, isOpen: !!isOpen });
    state.outbox = (outbox ?? []).filter((one) => one?.id && typeof one.text === "string").sort((one, other) => one.at - other.at);
    state.local = state.outbox.find((one) => one.local)?.local ?? null;
    // Somebody may have begun to write before this knew anything.
    at("text").value ||= draft ?? "";
    await speak(said.hello);
    await begin();
    if (state.isOpen && matchMedia("(pointer: fine)").matches) at("text").focus();
  }
  if ("open" in said) {
    state.isOpen = said.open;
    if (said.open) {
      if (state.cursor && !state.conversations.size) begin();
      connect();
      if (state.current) load(state.current);
      if (matchMedia("(pointer: fine)").matches) at("text").focus();
    } else {
      typing(false);
      hangUp();
    }
    show();
  }
  if (said.theme) document.documentElement.dataset.theme = said.theme;
  // Another tab of the website has begun the first conversation.
  if (said.elsewhere && !state.conversations.size && !state.outbox.length) begin();
  // Or has begun anew.
  if (said.token) state.kept = said.token;
  if (said.token && said.token !== state.token) {
    state.token = said.token;
    state.threads.clear();
    hangUp();
    begin();
  }
});

label();
// Says nothing but that it is there, so to whoever frames it.
parent.postMessage({ switchboard: { ready: true } }, "*");
