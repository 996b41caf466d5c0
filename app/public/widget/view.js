// Elements, and how the chat writes times. Nothing that somebody wrote is ever markup: it goes in as text.

/** An element with attributes and children; texts are texts. `key` names it for `draw`. */
export function build(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "key" || name === "inside") element[name] = value;
    else if (value != null) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** Puts these parts into a box: elements, or a key with how to make one, for what there may be hundreds of. What stands
 *  there under the same key stays as it is, so that nothing is read out or built twice: a key names everything that a part
 *  shows, but for whether it waits, and for what is in a part marked `inside`. True where parts came or went. */
export function draw(box, parts) {
  const known = new Map([...box.children].filter((child) => child.key).map((child) => [child.key, child]));
  const next = parts.map((part) => {
    const old = part.key && known.get(part.key);
    if (!old) return part.make?.() ?? part;
    // A button that has the keyboard keeps it, whatever it says now.
    if (part.inside) old.firstChild.replaceChildren(...part.firstChild.childNodes);
    old.toggleAttribute("data-waits", part.make ? part.waits : part.hasAttribute("data-waits"));
    return old;
  });
  if (next.length === box.children.length && next.every((part, n) => part === box.children[n])) return false;
  const keep = new Set(next);
  for (const child of [...box.children]) if (!keep.has(child)) child.remove();
  next.forEach((part, n) => {
    if (box.children[n] !== part) box.insertBefore(part, box.children[n] ?? null);
  });
  return true;
}

const link = (address, words) => build("a", { href: address, target: "_blank", rel: "noopener noreferrer nofollow" }, words);

/** A text with its web addresses as links. A full stop after one ends the sentence. */
export function linked(text) {
  const parts = [];
  let from = 0;
  for (const { 0: address, index } of text.matchAll(/https?:\/\/[^\s<>"]*[^\s<>".,;:!?)]/g)) {
    parts.push(text.slice(from, index), link(address, address));
    from = index + address.length;
  }
  return [...parts, text.slice(from)];
}

const SIGNS = { bold: "strong", italic: "em", code: "code" };

/** What the team formatted, as the server read it: see `domain::markup`. */
export function formatted(blocks) {
  const span = (part) => {
    const [[kind, words]] = Object.entries(part);
    if (kind === "text") return linked(words);
    if (kind === "link") return [link(words[1], words[0])];
    return [build(SIGNS[kind], {}, ...(kind === "code" ? [words] : line(words)))];
  };
  const line = (spans) => spans.flatMap(span);
  return blocks.map(({ lines, list, code }) => {
    if (lines) return build("div", {}, ...line(lines));
    if (!list) return build("pre", {}, code);
    const items = list[1].map(([n, item]) => build("li", { value: n }, ...line(item)));
    return build(list[0] === "dots" ? "ul" : "ol", {}, ...items);
  });
}

export const initials = (name) => {
  const words = name.split(/\s+/).filter(Boolean);
  return [words[0], words.length > 1 ? words.at(-1) : ""].map((word) => [...(word ?? "")][0] ?? "").join("").toUpperCase();
};

// As it is written where the visitor is, where that is in the language of the page. To make a format takes a browser longer
// than to write a hundred times with it.
const formats = new Map();
function written(at, name, options) {
  const page = document.documentElement.lang || "en";
  const key = `${name} ${page}`;
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(navigator.language.startsWith(page) ? navigator.language : page, options));
  return formats.get(key).format(at);
}

export const clock = (at) => written(at, "clock", { hour: "2-digit", minute: "2-digit" });

/** A day as one says it. */
export function day(at, texts) {
  const midnight = (time) => new Date(time).setHours(0, 0, 0, 0);
  const days = Math.round((midnight(Date.now()) - midnight(at)) / 86_400_000);
  if (days === 0) return texts.today;
  if (days === 1) return texts.yesterday;
  return written(at, "day", { day: "numeric", month: "long" });
}
