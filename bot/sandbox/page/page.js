// The page: who looks and where, and what happens meanwhile. Everything goes through the sandbox's doors.
import { $, h, fill } from "./dom.js";
import * as doors from "./doors.js";
import { act, attempt, banner } from "./acts.js";
import { state, take, person, channels, botName } from "./state.js";
import { composer } from "./composer.js";
import { openModal } from "./modal.js";
import { trackCommand, checkAll, showPendingOf } from "./interactions.js";
import { clear, load, stick } from "./feed.js";
import { drawChannels, drawHead, drawPeople, closeDrawer } from "./side.js";
import { tickTimes } from "./words.js";

let hangUp = () => {};
const typists = new Map(); // channel id → until when the bot types there

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
  clear();
  state.unread.delete(state.channel.id);
  closeDrawer();
  drawPeople();
  drawChannels();
  drawHead();
  showPendingOf(state.channel.id);
  state.box.place();
  drawTyping();
  load(state.channel.id);
}

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
  state.box = composer({
    send: ({ content, files, reply_to }) => {
      stick();
      return act("message", { channel: state.channel.id, content, files, reply_to });
    },
    edit: (message, content) => act("edit", { message, content }),
    run: async (name, options) => {
      const channel = state.channel.id;
      const { interaction } = await act("command", { channel, name, options });
      stick();
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

$("people").addEventListener("click", (e) => {
  const chosen = e.target.closest("[data-person]");
  if (chosen) become(person(chosen.dataset.person));
});
$("people").addEventListener("keydown", (e) => {
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[e.key];
  if (!step) return;
  e.preventDefault();
  const all = [...$("people").querySelectorAll("[role=radio]")];
  const at = all.findIndex((n) => n.getAttribute("aria-checked") === "true");
  const next = all[(at + step + all.length) % all.length].dataset.person;
  become(person(next));
  $("people").querySelector(`[data-person="${CSS.escape(next)}"]`)?.focus();
});
setInterval(() => {
  tickTimes();
  // The bot may come, go, or say something of itself without any message.
  if (state.me && !document.hidden) refresh().catch(() => {});
  if (state.channel) drawTyping();
}, 1000);

start();
