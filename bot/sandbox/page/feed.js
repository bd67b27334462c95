// The messages of the open channel, kept as the sandbox has them; and what is unread elsewhere.
import { $, announce, toast } from "./dom.js";
import * as doors from "./doors.js";
import { act, attempt, banner } from "./acts.js";
import { state, seen, markSeen } from "./state.js";
import { row, redraw, rings, summary, isEphemeral, isLoading, nameOf } from "./message.js";
import { messageMenu, personMenu } from "./menus.js";
import { trackPress } from "./interactions.js";
import { drawChannels } from "./side.js";

const dismissed = new Set(); // private messages that were waved away
const loading = new Map(); // channel id → "running" | "again"

/** Fetches a channel's messages; however many events come meanwhile, one more look follows. */
export async function load(id) {
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
    if (error instanceof doors.Refused) toast(error.message);
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
  menu: (id, anchor) => messageMenu(state.messages.get(id), anchor, actions),
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
  look();
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
  if (!stuck) return;
  $("scroll").scrollTop = $("scroll").scrollHeight;
  lastTop = $("scroll").scrollTop;
}

/** Learns from where the view stands whether the person left the newest message. */
function look() {
  const s = $("scroll");
  const near = s.scrollHeight - s.scrollTop - s.clientHeight < 80;
  // Only going up leaves the newest message; content that grows below does not.
  if (near) stuck = true;
  else if (s.scrollTop < lastTop - 2) stuck = false;
  lastTop = s.scrollTop;
}

/** An empty list for a channel that was just entered. */
export function clear() {
  state.messages.clear();
  $("messages").replaceChildren();
  $("messages").setAttribute("aria-busy", "true");
  lastTop = 0;
  stick();
}

/** From now on the newest message is in view, until the person scrolls up. */
export function stick() {
  stuck = true;
}

$("messages").addEventListener("contextmenu", (e) => {
  const node = e.target.closest("[data-message-id]");
  if (!node) return;
  e.preventDefault();
  messageMenu(state.messages.get(node.dataset.messageId), { x: e.clientX, y: e.clientY }, actions);
});
$("scroll").addEventListener("scroll", look);
const follower = new ResizeObserver(() => stuck && state.channel && pin());
for (const id of ["scroll", "intro", "messages", "pending"]) follower.observe($(id));
