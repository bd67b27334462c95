// Discord's markdown, as far as a bot's messages use it, turned into DOM nodes.
import { h } from "./dom.js";
import { state, personName, roleName, channelName } from "./state.js";

const INLINE = new RegExp(
  [
    /\\([\\*_`~|<>#\-[\]()@])/, //                              1 escaped
    /(`{1,2})([^`]+?)\2/, //                                     2,3 code
    /\*\*([\s\S]+?)\*\*(?!\*)/, //                               4 bold
    /__([\s\S]+?)__/, //                                         5 underlined
    /~~([\s\S]+?)~~/, //                                         6 struck
    /\|\|([\s\S]+?)\|\|/, //                                     7 spoiler
    /\*(?!\s)([^*\n]+?)\*/, //                                   8 italic
    /(?<![A-Za-z0-9_])_(?!\s)([^_\n]+?)_(?![A-Za-z0-9_])/, //    9 italic
    /<t:(-?\d{1,13})(?::([tTdDfFR]))?>/, //                      10,11 time
    /<@(!|&)?(\d+)>/, //                                         12,13 person or role
    /<#(\d+)>/, //                                               14 channel
    /<a?:(\w+):\d+>/, //                                         15 server emoji
    /<\/([^:>]+):\d+>/, //                                       16 command
    /\[([^\]\n]+)\]\(<?(https?:[^)\s>]+)>?\)/, //                17,18 named link
    /<?(https?:\/\/[^\s<>]+)>?/, //                              19 link
    /@(everyone|here)\b/, //                                     20 all
  ]
    .map((r) => r.source)
    .join("|"),
  "g",
);

/** Several paragraphs: code blocks, headings, quotes, lists, small print. */
export function rich(text) {
  const out = [];
  const pieces = String(text ?? "").split(/```(?:[a-zA-Z0-9+_-]*\n)?([\s\S]*?)```/);
  pieces.forEach((piece, i) => {
    if (i % 2) out.push(h("pre", {}, h("code", {}, piece.replace(/\n$/, ""))));
    else if (piece) out.push(...lines(i ? piece.replace(/^\n/, "") : piece));
  });
  return out;
}

function lines(text) {
  const out = [];
  let first = true;
  for (const line of text.split("\n")) {
    const block =
      wrap(/^(#{1,3})\s+(.+)/, line, (m) => h(`h${m[1].length + 2}`, { class: "md" }, inline(m[2]))) ||
      wrap(/^-#\s+(.+)/, line, (m) => h("small", { class: "md" }, inline(m[1]))) ||
      wrap(/^>\s?(.*)/, line, (m) => h("blockquote", {}, inline(m[1]))) ||
      wrap(/^(\s*)[-*]\s+(.+)/, line, (m) =>
        h("div", { class: "item", style: `--in:${m[1].length}` }, inline(m[2])),
      );
    if (block) {
      out.push(block);
      first = true;
      continue;
    }
    if (!first) out.push(h("br"));
    out.push(...inline(line));
    first = false;
  }
  return out;
}

function wrap(pattern, line, make) {
  const m = pattern.exec(line);
  return m && make(m);
}

export function inline(text) {
  const out = [];
  let from = 0;
  for (const m of String(text).matchAll(INLINE)) {
    if (m.index > from) out.push(text.slice(from, m.index));
    out.push(node(m));
    from = m.index + m[0].length;
  }
  if (from < text.length) out.push(text.slice(from));
  return out;
}

function node(m) {
  if (m[1] !== undefined) return m[1];
  if (m[3] !== undefined) return h("code", {}, m[3]);
  if (m[4] !== undefined) return h("strong", {}, inline(m[4]));
  if (m[5] !== undefined) return h("u", {}, inline(m[5]));
  if (m[6] !== undefined) return h("s", {}, inline(m[6]));
  if (m[7] !== undefined) return spoiler("span", inline(m[7]));
  if (m[8] !== undefined) return h("em", {}, inline(m[8]));
  if (m[9] !== undefined) return h("em", {}, inline(m[9]));
  if (m[10] !== undefined) return time(Number(m[10]), m[11] || "f");
  if (m[13] !== undefined) return mention(m[12] === "&" ? `@${roleName(m[13])}` : `@${personName(m[13])}`, m[13]);
  if (m[14] !== undefined) return mention(`#${channelName(m[14])}`, m[14]);
  if (m[15] !== undefined) return `:${m[15]}:`;
  if (m[16] !== undefined) return mention(`/${m[16]}`, "");
  if (m[17] !== undefined) return h("span", { class: "link", title: m[18] }, inline(m[17]));
  if (m[19] !== undefined) return h("span", { class: "link" }, m[19]);
  return h("span", { class: "mention" }, `@${m[20]}`);
}

function mention(text, id) {
  const mine = id && id === state.me?.id;
  return h("span", { class: mine ? "mention me" : "mention", dataset: { mention: id } }, text);
}

/** Hidden until pressed. */
export function spoiler(tag, children, label = "Spoiler, press to show") {
  const show = (event) => {
    if (box.classList.contains("shown")) return;
    if (event.type === "keydown" && event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    event.stopPropagation();
    box.classList.add("shown");
    box.removeAttribute("role");
    box.removeAttribute("aria-label");
  };
  const box = h(tag, { class: "spoiler", role: "button", tabindex: "0", "aria-label": label }, children);
  box.addEventListener("click", show, true);
  box.addEventListener("keydown", show, true);
  return box;
}

const STYLES = {
  t: { timeStyle: "short" },
  T: { timeStyle: "medium" },
  d: { dateStyle: "short" },
  D: { dateStyle: "long" },
  f: { dateStyle: "long", timeStyle: "short" },
  F: { dateStyle: "full", timeStyle: "short" },
};
const UNITS = [
  ["year", 31536000],
  ["month", 2592000],
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
];
const RELATIVE = new Intl.RelativeTimeFormat("en", { numeric: "always" });

function relative(seconds, now = Date.now() / 1000) {
  const gap = seconds - now;
  const [unit, size] = UNITS.find(([, s]) => Math.abs(gap) >= s) || UNITS[UNITS.length - 1];
  return RELATIVE.format(Math.round(gap / size), unit);
}

function time(seconds, style) {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return `<t:${seconds}:${style}>`;
  const full = date.toLocaleString("en", STYLES.F);
  const text = style === "R" ? relative(seconds) : date.toLocaleString("en", STYLES[style]);
  return h(
    "time",
    { class: "stamp", datetime: date.toISOString(), title: full, dataset: style === "R" ? { relative: seconds } : {} },
    text,
  );
}

/** Keeps every "in 5 minutes" on the page true. */
export function tickTimes() {
  for (const node of document.querySelectorAll("time[data-relative]")) {
    const text = relative(Number(node.dataset.relative));
    if (node.textContent !== text) node.textContent = text;
  }
}

/** "today at 14:03", as beside a name. */
export function clock(iso) {
  const date = new Date(iso);
  const hour = date.toLocaleTimeString("en", { hour: "2-digit", minute: "2-digit", hour12: false });
  const days = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(date).setHours(0, 0, 0, 0)) / 86400000);
  if (days === 0) return `Today at ${hour}`;
  if (days === 1) return `Yesterday at ${hour}`;
  return `${date.toLocaleDateString("en")} ${hour}`;
}
