// Files: what the visitor sends, one at a time and at once, and what came with messages. Their bytes are asked for with the
// visitor's token, which stands in no address.
import { at, chat, fresh, state, text } from "./state.js";
import { write } from "./outbox.js";
import { show } from "./screen.js";
import { build } from "./view.js";

const MOST_BYTES = 10_000_000;
const KINDS = { png: "image/png", jpeg: "image/jpeg", gif: "image/gif", webp: "image/webp" };

let running = null;
const addresses = new Map(); // id of a file → the address of its bytes in this page, on its way

export const size = (bytes) => (bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} KB` : `${(bytes / 1e6).toFixed(1)} MB`);

export function sendFile(file) {
  if (running || !state.token) return;
  // Where it was chosen: the visitor may look at another conversation when it is there.
  const place = { conversation: state.current, local: state.current ? null : (state.local ??= fresh()) };
  state.problem = file.size === 0 ? text("emptyFile") : file.size > MOST_BYTES ? text("tooLarge", { most: MOST_BYTES / 1e6 }) : "";
  if (state.problem) return show();
  const request = new XMLHttpRequest();
  running = request;
  state.upload = { name: file.name, percent: 0, cancel: () => request.abort() };
  request.open("POST", `${chat}/file?id=${fresh()}&name=${encodeURIComponent(file.name)}`);
  request.setRequestHeader("authorization", `Bearer ${state.token}`);
  request.setRequestHeader("content-type", "application/octet-stream");
  request.upload.onprogress = ({ loaded, total }) => {
    state.upload.percent = total ? Math.floor((loaded / total) * 100) : 0;
    show();
  };
  request.onabort = () => (state.problem = "");
  request.onerror = () => (state.problem = text("broken"));
  request.onload = () => {
    let told = {};
    try {
      told = JSON.parse(request.responseText);
    } catch {}
    if (request.status === 200) write(told.name, told, place);
    else state.problem = told.sentence || text("broken");
  };
  request.onloadend = () => {
    running = null;
    state.upload = null;
    show();
    // The button that had the keyboard is gone.
    if (document.activeElement === document.body) at("text").focus();
  };
  request.send(file);
  show();
}

function bytes(file) {
  if (!addresses.has(file.id)) {
    addresses.set(file.id, fetched(file).catch((no) => {
      addresses.delete(file.id);
      throw no;
    }));
  }
  return addresses.get(file.id);
}

async function fetched(file) {
  const answer = await fetch(`${chat}/file/${file.id}`, { method: "POST", credentials: "omit", headers: { "content-type": "application/json" }, body: JSON.stringify({ token: state.token }) });
  if (!answer.ok) throw new Error(answer.status);
  return URL.createObjectURL(new Blob([await answer.arrayBuffer()], { type: KINDS[file.media] ?? "application/octet-stream" }));
}

/** A file in the thread. Pictures are shown; everything can be downloaded. */
export function fileView(file, waits) {
  const button = build("button", { type: "button", class: "file", title: text("download", { name: file.name }) }, build("bdi", {}, file.name), build("small", {}, size(file.size_bytes)));
  button.disabled = waits;
  button.onclick = async () => {
    try {
      const address = await bytes(file);
      build("a", { href: address, download: file.name }).click();
    } catch {
      state.problem = text("broken");
      show();
    }
  };
  if (!KINDS[file.media] || waits) return build("div", { class: "words" }, button);
  const [width, height] = file.pixels ?? [];
  const picture = build("img", { alt: file.name, width, height });
  bytes(file).then((address) => (picture.src = address), () => picture.remove());
  return build("div", { class: "words" }, picture, button);
}
