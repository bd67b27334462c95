// The page: who looks, where, and what they see. Everything it does goes through the sandbox's doors.
import { $, h, fill, avatar, announce, toast } from "./dom.js";
import * as doors from "./doors.js";
import { Refused } from "./doors.js";
import { state, take, person, channels, commands, botName, shown, seen, markSeen, presence, mayModerate } from "./state.js";
import { row, redraw, rings, summary, isEphemeral, isLoading, nameOf } from "./message.js";
import { composer } from "./composer.js";
import { openModal } from "./modal.js";
import { openMenu } from "./menu.js";
import { trackCommand, trackPress, checkAll, showPendingOf } from "./interactions.js";
import { tickTimes } from "./words.js";

let hangUp = () => {};
let box;
const dismissed = new Set(); // ephemeral messages that were waved away
const typists = new Map(); //  channel id → until when the bot types there
const EMOJI = ["👍", "❤️", "😂", "🎨", "🔥", "❌"];

/** A refusal of the sandbox is a hint for the person; anything else is a fault of the page. */
async function attempt(work) {
  try {
    return await work();
  } catch (error) {
    toast(error instanceof Refused ? error.message : "The sandbox does not answer.");
    return undefined;
  }
}

const act = (what, fields) => doors.act(state.me.id, what, fields);

// ---- people and channels ------------------------------------------------------------------

function roleNames(who) {
  return state.guild.roles.filter((r) => r.id !== state.guild.id && who.roles.includes(r.id)).map((r) => r.name);
}

function drawPeople() {
  fill(
    $("people"),
    state.guild.people
      .filter((p) => !p.bot && p.dm)
      .map((p) => {
        const roles = roleNames(p).join(", ") || "member";
        return h(
          "button",
          {
            class: "person",
            role: "radio",
            "aria-checked": p.id === state.me.id ? "true" : "false",
            tabindex: p.id === state.me.id ? "0" : "-1",
            "aria-label": `${shown(p)}, ${roles}`,
            title: `Act as ${shown(p)} (${roles})`,
            dataset: { person: p.name },
            onclick: () => become(p),
          },
          avatar(shown(p), false, true),
          h("span", { class: "person-text" }, h("b", {}, shown(p)), h("small", {}, roles)),
        );
      }),
  );
}

function drawChannels() {
  const one = (c) => {
    const unread = state.unread.get(c.id) || { new: 0, rings: 0 };
    const thread = c.type >= 10 && c.type <= 12;
    const here = c.id === state.channel.id;
    const bot = c.type === 1 ? presence() : null;
    const sign = bot ? h("span", { class: `presence${bot.online ? " online" : ""}` }, avatar(c.name, true, true)) : h("span", { class: "hash", "aria-hidden": "true" }, thread ? "╰" : "#", c.nsfw && h("sup", {}, "18"));
    const words = [bot && (bot.words || "online"), c.nsfw && "age-restricted", unread.rings && `${unread.rings} mentions`, !unread.rings && unread.new && "unread"].filter(Boolean);
    return h(
      "a",
      {
        href: `#${state.me.name}/${c.type === 1 ? "dm" : c.name}`,
        class: `channel${here ? " here" : ""}${unread.new ? " unread" : ""}${thread ? " thread" : ""}`,
        "aria-current": here ? "page" : undefined,
        "aria-label": `${c.type === 1 ? "Direct messages with " : ""}${c.name}${words.length ? `, ${words.join(", ")}` : ""}`,
        dataset: { channel: c.type === 1 ? "dm" : c.name, channelId: c.id },
      },
      sign,
      h("span", { class: "channel-name" }, c.name, bot?.words && h("small", {}, bot.words)),
      unread.rings ? h("span", { class: "badge" }, String(unread.rings)) : null,
    );
  };
  const all = channels();
  fill(
    $("channels"),
    h("h2", {}, "Channels"),
    all.filter((c) => c.type !== 1).map(one),
    h("h2", {}, "Direct messages"),
    all.filter((c) => c.type === 1).map(one),
  );
  const total = [...state.unread.entries()].reduce((n, [id, u]) => n + (id === state.channel.id ? 0 : u.rings), 0);
  $("drawer-badge").hidden = !total;
  $("drawer-badge").textContent = total;
  document.title = `${total ? `(${total}) ` : ""}${state.channel.type === 1 ? "@" : "#"}${state.channel.name} · swarmbot sandbox`;
}

function become(who) {
  // At once, so that nothing done next is still done by the person before.
  history.pushState(null, "", `#${who.name}/${state.channel.type === 1 ? "dm" : state.channel.name}`);
  follow();
}

/** The address says who looks and where, so a reload or a link lands in the same place. */
function follow() {
  const [name, place] = decodeURIComponent(location.hash.slice(1)).split("/");
  const who = person(name) || state.me || person("mia") || state.guild.people[0];
  const changed = who.id !== state.me?.id;
  state.me = who;
  const all = channels();
  const dm = all.find((c) => c.type === 1);
  const next = (place === "dm" ? dm : all.find((c) => c.name === place && c.type !== 1)) || all.find((c) => c.name === "imagine") || all[0];
  if (changed) {
    state.unread.clear();
    hangUp();
    hangUp = doors.listen(who.id, { event: heard, up: connected, down: () => banner("Connection lost. Trying again…") });
  }
  const moved = changed || next.id !== state.channel?.id;
  state.channel = next;
  if (moved) enter();
}

function enter() {
  state.messages.clear();
  state.unread.delete(state.channel.id);
  $("messages").replaceChildren();
  $("messages").setAttribute("aria-busy", "true");
  stuck = true;
  closeDrawer();
  drawPeople();
  drawChannels();
  drawHead();
  showPendingOf(state.channel.id);
  box.place();
  drawTyping();
  load(state.channel.id);
}

const TOPICS = {
  general: "Talk. The bot greets newcomers here.",
  imagine: "Pictures. “draw me …” works here without a command.",
  "after-dark": "Age-restricted.",
  locked: "The bot may not write here.",
};

const sign = (c) => (c.type === 1 ? "@" : c.type >= 10 ? "╰" : "#");

function drawHead() {
  const c = state.channel;
  fill($("where"), h("span", { class: "hash", "aria-hidden": "true" }, sign(c)), " ", c.name);
  fill($("topic"), (c.topic || TOPICS[c.name] || (c.type === 1 ? "Only the two of you." : "")));
  $("guild").textContent = state.guild.name;
  drawIntro();
}

function drawIntro() {
  const c = state.channel;
  const hint = (label, words) => h("button", { class: "try", onclick: () => (words.startsWith("/") ? box.choose(words.slice(1)) : box.begin(words)) }, label);
  const begin =
    c.name === "imagine"
      ? h("p", { class: "how" }, "To begin, type ", hint("/imagine", "/imagine"), " or ", hint("draw me a red fox", "draw me a red fox"), ".")
      : h("p", { class: "how" }, c.type === 1 ? "Commands are for servers; here the bot keeps what is private." : ["Type ", hint("/", "/"), " to see what the bot can do."]);
  fill($("intro"), h("div", { class: "intro-sign", "aria-hidden": "true" }, sign(c)), h("h2", {}, c.type === 0 ? `Welcome to #${c.name}` : c.name), begin);
}

// ---- messages -----------------------------------------------------------------------------

const loading = new Map(); // channel id → "running" | "again"

/** Fetches a channel's messages; however many events come meanwhile, one more look follows. */
async function load(id) {
  if (loading.has(id)) {
    loading.set(id, "again");
    return;
  }
  loading.set(id, "running");
  const me = state.me.id;
  try {
    do {
      loading.set(id, "running");
      const open = id === state.channel.id;
      const list = await doors.messages(id, me, open ? 50 : 10);
      if (me !== state.me.id) break;
      if (id === state.channel.id) draw(list);
      else count(id, list);
    } while (loading.get(id) === "again");
  } catch (error) {
    if (error instanceof Refused) toast(error.message);
    else banner("Connection lost. Trying again…");
  }
  loading.delete(id);
  // Someone else looks now, and their own view was asked for while this one was on its way.
  if (me !== state.me.id && id === state.channel.id) load(id);
}

const actions = {
  press: (message, customId, values) =>
    attempt(async () => {
      const { interaction } = await act("component", { message, custom_id: customId, values });
      trackPress(interaction, message, customId);
    }),
  menu: (id, anchor) => messageMenu(state.messages.get(id), anchor),
  dismiss(id) {
    // Even if the sandbox cannot forget it, this person has seen enough of it.
    dismissed.add(id);
    doors.act(state.me.id, "delete", { message: id }).catch(() => {});
    document.querySelector(`[data-message-id="${CSS.escape(id)}"]`)?.remove();
    state.messages.delete(id);
  },
  jump(id) {
    const node = document.querySelector(`[data-message-id="${CSS.escape(id)}"]`);
    node?.scrollIntoView({ block: "center" });
    node?.classList.add("flash");
    setTimeout(() => node?.classList.remove("flash"), 1500);
  },
  react: (message, emoji, mine) => attempt(() => act(mine ? "unreact" : "react", { message, emoji })),
  person: (author, anchor) => personMenu(author, anchor),
};

function draw(list) {
  const host = $("messages");
  const first = !state.messages.size;
  const rows = new Map([...host.children].map((node) => [node.dataset.messageId, node]));
  const shown = list.filter((m) => !dismissed.has(m.id));
  const ids = new Set(shown.map((m) => m.id));
  for (const [id, node] of rows) if (!ids.has(id)) node.remove();
  let before = null;
  let last = null;
  for (const message of shown) {
    let node = rows.get(message.id);
    const old = state.messages.get(message.id);
    if (!node) node = row(message, actions);
    else redraw(node, message, actions);
    const place = before ? before.nextSibling : host.firstChild;
    if (place !== node) host.insertBefore(node, place);
    node.classList.toggle("follows", follows(last, message));
    if (!first) tell(old, message);
    before = node;
    last = message;
  }
  state.messages = new Map(shown.map((m) => [m.id, m]));
  host.setAttribute("aria-busy", "false");
  $("intro").classList.toggle("small", shown.length > 0);
  pin();
}

/** A message right after one of the same person needs no second head. */
function follows(last, m) {
  if (!last || last.author?.id !== m.author?.id || m.message_reference || m.interaction_metadata || isEphemeral(last) !== isEphemeral(m)) return false;
  return new Date(m.timestamp) - new Date(last.timestamp) < 420000;
}

function tell(old, m) {
  if (!old) {
    if (m.author?.id !== state.me.id) announce(isLoading(m) ? `${nameOf(m.author)} is thinking` : summary(m));
    if (m.author?.id === state.me.id) stuck = true;
  } else if (!old.attachments?.length && m.attachments?.length) {
    announce(`${nameOf(m.author)} sent: ${m.attachments.map((a) => a.description || a.filename).join(", ")}`);
  }
}

function count(id, list) {
  const last = seen(id);
  const fresh = list.filter((m) => BigInt(m.id) > last && m.author?.id !== state.me.id);
  if (fresh.length) state.unread.set(id, { new: fresh.length, rings: fresh.filter(rings).length });
  else if (!state.unread.delete(id)) return;
  drawChannels();
}

let stuck = true; // the view stays at the newest message
let lastTop = 0;

function pin() {
  const newest = [...state.messages.keys()].at(-1);
  if (newest) markSeen(state.channel.id, newest);
  if (stuck) $("scroll").scrollTop = $("scroll").scrollHeight;
}

// ---- menus --------------------------------------------------------------------------------

function messageMenu(message, anchor) {
  if (!message) return;
  const mine = message.author?.id === state.me.id;
  const name = nameOf(message.author);
  const private_ = isEphemeral(message);
  const items = [];
  if (!private_) {
    items.push({ label: h("span", { class: "emoji-line" }, "React…"), run: () => reactMenu(message, anchor), attrs: { dataset: { do: "react" } } });
    items.push({ label: "Reply", run: () => box.reply(message, name), attrs: { dataset: { do: "reply" } } });
  }
  const apps = commands(3);
  if (apps.length && !private_) items.push("-");
  if (!private_)
    for (const c of apps)
      items.push({
        label: `Apps · ${c.name}`,
        attrs: { dataset: { menuCommand: c.name } },
        run: () =>
          attempt(async () => {
            const { interaction } = await act("menu", { message: message.id, name: c.name });
            trackCommand(interaction, c.name, state.channel.id);
          }),
      });
  if (mine) {
    items.push("-");
    items.push({ label: "Edit message", run: () => box.edit(message), attrs: { dataset: { do: "edit" } } });
  }
  if (private_) items.push({ label: "Dismiss message", run: () => actions.dismiss(message.id) });
  else if (mine || mayModerate()) items.push({ label: "Delete message", danger: true, attrs: { dataset: { do: "delete" } }, run: () => attempt(() => act("delete", { message: message.id })) });
  openMenu(anchor, items, "Message actions");
}

function reactMenu(message, anchor) {
  openMenu(
    anchor,
    EMOJI.map((emoji) => ({ label: emoji, attrs: { dataset: { emoji } }, run: () => actions.react(message.id, emoji, false) })),
    "React",
  );
}

function personMenu(author, anchor) {
  const items = commands(2).map((c) => ({
    label: `Apps · ${c.name}`,
    attrs: { dataset: { menuCommand: c.name } },
    run: () =>
      attempt(async () => {
        const { interaction } = await act("menu", { user: author.id, channel: state.channel.id, name: c.name });
        trackCommand(interaction, c.name, state.channel.id);
      }),
  }));
  items.push({ label: `Mention @${nameOf(author)}`, run: () => box.begin(`@${nameOf(author)} `) });
  openMenu(anchor, items, nameOf(author));
}

// ---- what happens -------------------------------------------------------------------------

async function heard(event) {
  if (event.kind === "modal") return showModals();
  if (event.kind === "interaction") return checkAll();
  const id = event.channel_id || event.channel?.id || event.channel || event.message?.channel_id;
  if (event.kind === "typing") {
    if (event.user && event.user === state.me.id) return undefined;
    typists.set(id, Date.now() + 9000);
    return drawTyping();
  }
  typists.delete(id);
  drawTyping();
  load(id || state.channel.id);
  return undefined;
}

function drawTyping() {
  const on = (typists.get(state.channel.id) || 0) > Date.now();
  fill($("typing"), on ? [h("span", { class: "dots" }, h("i"), h("i"), h("i")), h("b", {}, ` ${botName()}`), " is typing…"] : []);
}

async function connected() {
  banner("");
  await attempt(refresh);
  for (const c of channels()) load(c.id);
  checkAll();
  showModals();
}

const opened = new Set(); // forms that were shown once
const met = new Set(); //    people whose earlier forms are known

/** Opens a form that came since this page looks on; older ones were closed, as in Discord. */
async function showModals() {
  const me = state.me.id;
  const modals = await doors.pending(me).catch(() => []);
  if (!met.has(me)) {
    met.add(me);
    for (const old of modals) opened.add(old.id);
  }
  const modal = modals.find((m) => !opened.has(m.id));
  if (!modal || me !== state.me.id) return;
  opened.add(modal.id);
  openModal(modal, {
    submit: async (id, fields) => {
      const { interaction } = await act("modal", { modal: id, fields });
      trackCommand(interaction, modal.title, state.channel.id);
    },
    gone: showModals,
  });
}

let asked = 0;

/** Looks whether the world (its commands above all) has changed; at most once in two seconds. */
async function refresh() {
  if (Date.now() - asked < 2000) return false;
  asked = Date.now();
  const before = JSON.stringify(state.world);
  take(await doors.world());
  if (JSON.stringify(state.world) === before) return false;
  drawPeople();
  drawChannels();
  return true;
}

function banner(text) {
  $("banner").textContent = text;
  $("banner").hidden = !text;
}

function closeDrawer() {
  document.body.classList.remove("drawn");
  $("veil").hidden = true;
  $("drawer").setAttribute("aria-expanded", "false");
}

function openDrawer() {
  document.body.classList.add("drawn");
  $("veil").hidden = false;
  $("drawer").setAttribute("aria-expanded", "true");
  $("channels").querySelector("a.here")?.focus();
}

async function start() {
  for (let wait = 250; ; wait = Math.min(wait * 2, 4000)) {
    try {
      take(await doors.world());
      break;
    } catch {
      banner("The sandbox does not answer. Trying again…");
      await new Promise((done) => setTimeout(done, wait));
    }
  }
  banner("");
  box = composer({
    send: ({ content, files, reply_to }) => {
      stuck = true;
      return act("message", { channel: state.channel.id, content, files, reply_to });
    },
    edit: (message, content) => act("edit", { message, content }),
    run: async (name, options) => {
      const channel = state.channel.id;
      const { interaction } = await act("command", { channel, name, options });
      stuck = true;
      trackCommand(interaction, `/${name}`, channel);
    },
    suggest: async (name, option, value, options) =>
      (await act("autocomplete", { channel: state.channel.id, name, option, value, options })).choices,
    refresh: () => refresh().catch(() => false),
  });
  addEventListener("hashchange", follow);
  addEventListener("popstate", follow);
  follow();
}

$("drawer").addEventListener("click", openDrawer);
$("veil").addEventListener("click", closeDrawer);
document.addEventListener("keydown", (e) => {
  if (e.key === "Escape") closeDrawer();
});
$("channels").addEventListener("click", (e) => e.target.closest("a.here") && closeDrawer());
$("people").addEventListener("keydown", (e) => {
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[e.key];
  if (!step) return;
  e.preventDefault();
  const all = [...$("people").querySelectorAll("[role=radio]")];
  const at = all.findIndex((n) => n.getAttribute("aria-checked") === "true");
  const next = all[(at + step + all.length) % all.length].dataset.person;
  become(person(next));
  requestAnimationFrame(() => $("people").querySelector(`[data-person="${CSS.escape(next)}"]`)?.focus());
});
$("messages").addEventListener("contextmenu", (e) => {
  const node = e.target.closest("[data-message-id]");
  if (!node) return;
  e.preventDefault();
  messageMenu(state.messages.get(node.dataset.messageId), { x: e.clientX, y: e.clientY });
});
$("scroll").addEventListener("scroll", () => {
  const s = $("scroll");
  const near = s.scrollHeight - s.scrollTop - s.clientHeight < 80;
  // Only going up leaves the newest message; content that grows below does not.
  if (near) stuck = true;
  else if (s.scrollTop < lastTop - 2) stuck = false;
  lastTop = s.scrollTop;
});
const follower = new ResizeObserver(() => stuck && state.channel && pin());
for (const id of ["scroll", "intro", "messages", "pending"]) follower.observe($(id));
setInterval(() => {
  tickTimes();
  // The bot may come, go, or say something of itself without any message.
  if (state.me && !document.hidden) refresh().catch(() => {});
  if (state.channel) drawTyping();
}, 1000);

start();
