// One message as a list item, redrawn piece by piece so that a button never vanishes under the pointer.
import { h, avatar, fill } from "./dom.js";
import { attachments, image, keepImages, resolve } from "./media.js";
import { components, emoji, hex } from "./components.js";
import { clock, inline, rich } from "./words.js";
import { state, personName } from "./state.js";

const EPHEMERAL = 64;
const LOADING = 128;
const V2 = 1 << 15;

export const isEphemeral = (m) => Boolean((m.flags ?? 0) & EPHEMERAL);
export const isLoading = (m) => Boolean((m.flags ?? 0) & LOADING);
export const nameOf = (author) => author?.global_name || author?.username || "unknown";

/** Whether this person's phone rings for it. */
export function rings(message) {
  if (message.silent || message.author?.id === state.me.id) return false;
  const named = (message.mentions || []).some((u) => u.id === state.me.id);
  const role = (message.mention_roles || []).some((r) => state.me.roles.includes(r));
  return named || role || Boolean(message.mention_everyone);
}

/** A fresh row for a message. `act` = {press, menu, dismiss, jump, react}. */
export function row(message, act) {
  const node = h("li", { class: "message", dataset: { messageId: message.id }, tabindex: "-1" });
  const part = (name) => h("div", { class: `part ${name}`, dataset: { part: name } });
  node.append(
    part("above"),
    h("div", { class: "gutter" }),
    h("div", { class: "body" }, ["head", "content", "embeds", "attachments", "components", "notice", "reactions", "below"].map(part)),
    h(
      "button",
      {
        class: "more icon-button",
        "aria-label": "Message actions",
        "aria-haspopup": "menu",
        onclick: (e) => act.menu(node.dataset.messageId, e.currentTarget),
      },
      "⋯",
    ),
  );
  node.drawn = {};
  redraw(node, message, act);
  return node;
}

/** Brings a row up to date; only pieces that changed are touched. */
export function redraw(node, message, act) {
  const author = message.author || {};
  node.classList.toggle("ephemeral", isEphemeral(message));
  node.classList.toggle("ringing", rings(message));
  node.classList.toggle("loading", isLoading(message));
  node.dataset.author = nameOf(author);
  node.dataset.edits = message.edits ?? 0;
  const piece = (name, facts, draw) => {
    const key = JSON.stringify(facts);
    if (node.drawn[name] === key) return;
    node.drawn[name] = key;
    const old = node.querySelector(`[data-part="${name}"]`);
    const fresh = h("div", {}, draw());
    keepImages(old, fresh);
    const focus = old.contains(document.activeElement) ? document.activeElement.dataset.customId : undefined;
    old.replaceChildren(...fresh.childNodes);
    if (focus) old.querySelector(`[data-custom-id="${CSS.escape(focus)}"]`)?.focus();
  };
  if (!node.drawn.gutter) {
    node.drawn.gutter = true;
    const gutter = node.querySelector(".gutter");
    fill(gutter, avatar(nameOf(author), author.bot));
    gutter.addEventListener("click", (e) => act.person(author, e.currentTarget));
  }
  const from = message.interaction_metadata;
  const name = from?.name || message.interaction?.name;
  piece("above", [message.referenced_message?.id, message.referenced_message?.content, message.message_reference?.message_id, from?.user?.id, name, message.type], () => [above(message, act)]);
  piece("head", [author, message.timestamp], () => head(message));
  const copied = message.message_snapshots?.[0]?.message;
  if (copied) message = { ...message, content: copied.content, embeds: copied.embeds, attachments: copied.attachments };
  piece("content", [message.content, message.flags, message.edited_timestamp, message.type], () => content(message));
  piece("embeds", [message.embeds, urls(message)], () => (message.embeds || []).map((e, i) => embed(e, i, message)));
  piece("attachments", [message.attachments, (message.flags ?? 0) & V2], () => [(message.flags ?? 0) & V2 ? null : attachments(message)]);
  piece("components", [message.components, urls(message)], () => [components(message, (id, values) => act.press(node.dataset.messageId, id, values))]);
  piece("reactions", message.reactions, () => [reactions(message, act)]);
  piece("below", [message.flags], () => [isEphemeral(message) && onlyYou(() => act.dismiss(message.id), "Dismiss message")]);
}

const urls = (m) => (m.sandbox_files || []).map((f) => [f.filename, f.url]);

export function onlyYou(dismiss, label) {
  return h(
    "p",
    { class: "only-you" },
    h("span", { "aria-hidden": "true" }, "👁 "),
    "Only you can see this · ",
    h("button", { class: "link-button", dataset: { do: "dismiss" }, onclick: dismiss }, label),
  );
}

function above(message, act) {
  const reply = message.referenced_message;
  const used = message.interaction_metadata;
  if (message.message_snapshots) return h("div", { class: "reply-line" }, "↪ Forwarded");
  if (reply || message.message_reference?.message_id) {
    const id = reply?.id || message.message_reference.message_id;
    return h(
      "button",
      { class: "reply-line", onclick: () => act.jump(id), "aria-label": "Go to the message this answers" },
      reply ? [avatar(nameOf(reply.author), reply.author?.bot, true), h("b", {}, nameOf(reply.author)), " ", h("span", { class: "cut" }, inline(oneLine(reply)))] : "Original message was deleted",
    );
  }
  const name = used?.name || message.interaction?.name;
  if (used?.user && name && !message.message_reference)
    return h(
      "div",
      { class: "reply-line" },
      avatar(nameOf(used.user), false, true),
      h("b", {}, nameOf(used.user)),
      " used ",
      h("span", { class: "command" }, used.type === 2 && !/^[A-Z]/.test(name) ? `/${name}` : name),
    );
  return null;
}

const oneLine = (m) => (m.content || (m.attachments?.length ? "a picture" : "a message")).replace(/\s+/g, " ");

function head(message) {
  const author = message.author || {};
  return [
    h("span", { class: "name", style: author.bot ? undefined : `--name:${nameColour(author)}` }, nameOf(author)),
    author.bot && h("span", { class: "app" }, "APP"),
    h("time", { class: "when", datetime: message.timestamp }, clock(message.timestamp)),
  ];
}

/** As in Discord, a name has the colour of its highest coloured role. */
function nameColour(author) {
  const who = state.guild.people.find((p) => p.id === author.id);
  const coloured = state.guild.roles.filter((r) => r.color && who?.roles.includes(r.id));
  return hex(coloured.sort((a, b) => (b.position ?? 0) - (a.position ?? 0))[0]?.color) || "inherit";
}

function content(message) {
  if (isLoading(message))
    return [h("span", { class: "thinking" }, h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")), ` ${nameOf(message.author)} is thinking…`)];
  const system = { 6: "pinned a message.", 7: "joined the server.", 18: "started a thread." }[message.type];
  if (system) return [h("span", { class: "system" }, `${nameOf(message.author)} ${system}`)];
  const text = message.content ? rich(message.content) : [];
  const edited = message.edited_timestamp && !((message.flags ?? 0) & V2);
  if (edited) text.push(h("span", { class: "edited", title: clock(message.edited_timestamp) }, " (edited)"));
  return text;
}

function embed(e, i, message) {
  const colour = hex(e.color);
  const link = (text, url) => (url ? h("span", { class: "link" }, text) : text);
  const big = e.image?.url && image(`embed${i}`, resolve(e.image.proxy_url || e.image.url, message), {
    alt: e.image.description || altOf(e.image.url, message) || "Preview",
    width: e.image.width,
    height: e.image.height,
  });
  const thumb = e.thumbnail?.url && image(`thumb${i}`, resolve(e.thumbnail.proxy_url || e.thumbnail.url, message), { alt: "Thumbnail", kind: "thumbnail" });
  return h(
    "article",
    { class: "embed", style: colour && `border-left-color:${colour}` },
    h(
      "div",
      { class: "embed-text" },
      e.author?.name && h("div", { class: "embed-author" }, e.author.name),
      e.title && h("div", { class: "embed-title" }, link(inline(e.title), e.url)),
      e.description && h("div", { class: "embed-description" }, rich(e.description)),
      e.fields?.length > 0 &&
        h(
          "dl",
          { class: "embed-fields" },
          e.fields.map((f) => h("div", { class: f.inline ? "inline" : "" }, h("dt", {}, inline(f.name)), h("dd", {}, rich(f.value)))),
        ),
    ),
    thumb,
    big,
    (e.footer?.text || e.timestamp) &&
      h("footer", {}, [e.footer?.text, e.timestamp && clock(e.timestamp)].filter(Boolean).join(" · ")),
  );
}

function altOf(url, message) {
  const file = [...(message.sandbox_files || []), ...(message.attachments || [])].find(
    (f) => f.url === url || url === `attachment://${f.filename}`,
  );
  return file?.description;
}

function reactions(message, act) {
  const list = message.reactions || [];
  if (!list.length) return null;
  return h(
    "div",
    { class: "reactions" },
    list.map((r) =>
      h(
        "button",
        {
          class: `reaction${r.me ? " mine" : ""}`,
          "aria-pressed": r.me ? "true" : "false",
          "aria-label": `${r.emoji.name}, ${r.count}`,
          dataset: { emoji: r.emoji.name },
          onclick: () => act.react(message.id, r.emoji.name, r.me),
        },
        emoji(r.emoji),
        ` ${r.count}`,
      ),
    ),
  );
}

export const summary = (m) => `${personName(m.author?.id) === "someone" ? nameOf(m.author) : personName(m.author.id)}: ${m.content || (m.attachments?.length ? "a picture" : "a message")}`;
