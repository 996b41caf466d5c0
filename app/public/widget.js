// The chat on a website: a button in the corner, and behind it a frame from where Switchboard is. This file draws the
// button, keeps the visitor's token in the storage of the page that carries it, and hands it to the frame. Without a
// click it loads nothing else, and opens no connection.
(() => {
  const script = document.currentScript;
  const key = script?.dataset.inbox;
  if (!key || window.Switchboard?.loaded) return;
  const home = new URL(script.src).origin;
  const chat = `${home}/chat/${encodeURIComponent(key)}`;
  const store = `switchboard:${key}:`;
  const listeners = {};

  // Pages may forbid storage: then the visitor is known as long as the page is open.
  const memory = {};
  const keep = (name, value) => {
    memory[name] = value;
    try {
      if (value == null) localStorage.removeItem(store + name);
      else localStorage.setItem(store + name, value);
    } catch {}
  };
  const kept = (name) => {
    try {
      return localStorage.getItem(store + name) ?? memory[name] ?? null;
    } catch {
      return memory[name] ?? null;
    }
  };

  // Messages that are not sent yet, one key each, so that no tab writes over another's.
  const waitingMessages = () => {
    const found = {};
    const take = (name, text) => {
      try {
        if (text && name.startsWith("out:")) found[name] = JSON.parse(text);
      } catch {}
    };
    for (const name in memory) take(name, memory[name]);
    try {
      for (const name in { ...localStorage }) if (name.startsWith(store)) take(name.slice(store.length), localStorage[name]);
    } catch {}
    return Object.values(found);
  };

  const host = document.createElement("div");
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    :host { all: initial; color-scheme: light dark; --accent: ${/^#[\da-f]{6}$/i.test(script.dataset.accent) ? script.dataset.accent : "#4250d8"}; }
    :host([theme=light]) { color-scheme: light; } :host([theme=dark]) { color-scheme: dark; }
    button { position: fixed; inset-block-end: 20px; inset-inline-end: 20px; z-index: 2147483646; width: 56px; height: 56px; border: 0;
      border-radius: 50%; background: var(--accent); color: #fff; cursor: pointer; box-shadow: 0 4px 16px #0004; display: grid; place-items: center; }
    button:hover { filter: brightness(.92); }
    button:focus-visible { outline: 3px solid light-dark(#171b23, #fff); outline-offset: 3px; }
    svg { width: 26px; height: 26px; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
    button b { position: absolute; inset-block-start: -4px; inset-inline-end: -4px; min-width: 20px; padding: 0 5px; box-sizing: border-box;
      border-radius: 10px; background: #b42025; color: #fff; font: 600 12px/20px system-ui, sans-serif; }
    b:empty { display: none; }
    iframe, p { position: fixed; inset-block-end: 88px; inset-inline-end: 20px; z-index: 2147483647; border: 0; border-radius: 12px;
      background: light-dark(#fff, #0f1217); box-shadow: 0 12px 40px #0005; }
    iframe { width: min(390px, calc(100vw - 40px)); height: min(640px, calc(100dvh - 108px)); }
    p { margin: 0; padding: 14px 16px; max-width: min(320px, calc(100vw - 72px)); color: light-dark(#171b23, #eef1f5); font: 14px/1.5 system-ui, sans-serif; }
    [hidden] { display: none !important; }
    @media (max-width: 480px) {
      iframe { inset: 0; width: 100vw; height: 100dvh; border-radius: 0; }
      :host([framed]) button { display: none; }
    }
    @media print { :host { display: none; } }`);
  root.adoptedStyleSheets = [sheet];

  const button = document.createElement("button");
  button.type = "button";
  button.setAttribute("aria-expanded", "false");
  button.innerHTML = '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M7.9 20A9 9 0 1 0 4 16.1L2 22Z"/></svg><b aria-hidden="true"></b>';
  root.append(button);

  let frame, note, isReady = false, unread = 0, isOpen = false, words = { open: "Open chat", close: "Close chat", unread: "unread messages", one: "unread message" };
  const draw = () => {
    const many = `${unread} ${unread === 1 ? words.one : words.unread}`;
    button.setAttribute("aria-label", isOpen ? words.close : unread ? `${words.open}, ${many}` : words.open);
    button.setAttribute("aria-expanded", String(isOpen));
    button.lastChild.textContent = isOpen || !unread ? "" : unread > 9 ? "9+" : String(unread);
    host.toggleAttribute("framed", isOpen && isReady);
    if (frame) frame.hidden = !isOpen;
    if (note) note.hidden = !isOpen;
  };

  const say = (message) => isReady && frame?.contentWindow?.postMessage({ switchboard: message }, home);
  const emit = (name, detail) => (listeners[name] ?? []).forEach((listen) => listen(detail));

  // The frame is not shown on every website; the browser does not say why, this does.
  const refuse = (sentence) => {
    console.warn(`Switchboard: ${sentence}`);
    frame?.remove();
    frame = null;
    note ??= root.appendChild(document.createElement("p"));
    note.setAttribute("role", "alert");
    note.textContent = sentence;
    draw();
  };

  let loadedAt = 0;
  const load = () => {
    // One that never came, because there was no network, is asked for again.
    if (frame && !isReady && Date.now() - loadedAt > 5000) frame = frame.remove();
    if (frame || note) return;
    loadedAt = Date.now();
    frame = document.createElement("iframe");
    frame.title = script.dataset.title || "Chat";
    frame.allow = "clipboard-write";
    frame.src = chat;
    root.append(frame);
    fetch(`${chat}/site`, { credentials: "omit" })
      .then(async (answer) => answer.ok || refuse((await answer.json()).sentence))
      .catch(() => {});
  };

  const open = () => {
    isOpen = true;
    load();
    draw();
    say({ open: true });
    frame?.focus();
    emit("open");
  };
  const close = () => {
    isOpen = false;
    draw();
    say({ open: false });
    button.focus();
    emit("close");
  };
  button.addEventListener("click", () => (isOpen ? close() : open()));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && isOpen && root.activeElement) close();
  });

  // Only what our frame says is heard, and only from where it is.
  addEventListener("message", ({ source, origin, data }) => {
    if (!frame || source !== frame.contentWindow || origin !== home) return;
    const said = data?.switchboard;
    if (!said || typeof said !== "object") return;
    if (said.ready) {
      isReady = true;
      const state = { token: kept("token"), draft: kept("draft"), outbox: waitingMessages() };
      const style = getComputedStyle(document.documentElement);
      say({ hello: { ...state, isOpen, language: script.dataset.language || document.documentElement.lang || navigator.language,
        dir: style.direction, theme: host.getAttribute("theme"), accent: getComputedStyle(host).getPropertyValue("--accent").trim() } });
    }
    for (const name of ["draft", "awaits"]) if (name in said) keep(name, said[name]);
    if (said.token) {
      // Two tabs that were opened at once are one visitor: whose token came first stays.
      if ((kept("token") ?? null) === (said.instead ?? null)) keep("token", said.token);
      say({ token: kept("token") });
    }
    if (said.put) keep(`out:${said.put.id}`, JSON.stringify(said.put));
    if (said.drop) keep(`out:${said.drop}`, null);
    if (said.words) words = said.words;
    if (said.title) frame.title = said.title;
    if ("unread" in said) {
      if (said.unread > unread) emit("unread", said.unread);
      unread = said.unread;
    }
    if (said.close) close();
    else draw();
  });

  addEventListener("online", () => isOpen && !isReady && load());

  // What another tab of this website has learned.
  addEventListener("storage", ({ key: name, newValue }) => {
    if (name === `${store}token`) say({ token: newValue });
    if (name === `${store}awaits` && newValue) say({ elsewhere: true });
  });

  const start = () => {
    if (script.dataset.theme) host.setAttribute("theme", script.dataset.theme);
    // Right to left where the page is.
    host.dir = getComputedStyle(document.documentElement).direction;
    document.body.append(host);
    draw();
    // Somebody waits for an answer here: the frame looks for it now and then, without a connection of its own.
    if (kept("awaits")) load();
  };
  const on = (name, listen) => (listeners[name] ??= []).push(listen);
  const commands = { open, close, on, theme: (theme) => { host.setAttribute("theme", theme); say({ theme }); } };
  const waiting = window.Switchboard?.q ?? [];
  window.Switchboard = (name, ...rest) => commands[name]?.(...rest);
  window.Switchboard.loaded = true;
  const begin = () => {
    start();
    waiting.forEach((call) => window.Switchboard(...call));
  };
  if (document.body) begin();
  else addEventListener("DOMContentLoaded", begin);
})();
