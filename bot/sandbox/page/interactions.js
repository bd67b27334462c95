// What a person started and has no answer to yet: shown as "sending", then as the bot's message,
// or as the notice that nobody answered.
import { $, h, avatar, announce } from "./dom.js";
import * as doors from "./doors.js";
import { state, shown } from "./state.js";
import { onlyYou } from "./message.js";

const SILENCE = "The application did not respond";
const waiting = new Map(); // interaction id → {settle, label, ...}

/** After a command or a menu command: a line at the bottom until something came. */
export function trackCommand(id, label, channel) {
  const node = h(
    "li",
    { class: "message local", dataset: { interaction: id, channel } },
    h("div", { class: "gutter" }, avatar(shown(state.me))),
    h("div", { class: "body" }, h("div", { class: "reply-line" }, h("b", {}, shown(state.me)), " used ", h("span", { class: "command" }, label)), h("div", { class: "sending" }, "Sending…")),
  );
  node.hidden = true;
  $("pending").append(node);
  // Most answers are there at once; only a slow one is worth a line that comes and goes.
  const later = setTimeout(() => (node.hidden = false), 400);
  watch(id, (failed) => {
    clearTimeout(later);
    if (!failed) return node.remove();
    node.hidden = false;
    node.classList.add("failed");
    node.querySelector(".sending").replaceWith(
      h("div", { class: "failure", role: "alert" }, `⚠ ${SILENCE}`),
      onlyYou(() => node.remove(), "Dismiss message"),
    );
    announce(SILENCE);
    return undefined;
  });
}

/** After a button, a menu or a form: the pressed thing works until something came. */
export function trackPress(id, messageId, customId) {
  const find = () => document.querySelector(`[data-message-id="${CSS.escape(messageId)}"]`);
  const pressed = () => find()?.querySelector(`[data-custom-id="${CSS.escape(customId)}"]`);
  pressed()?.classList.add("busy");
  watch(id, (failed) => {
    pressed()?.classList.remove("busy");
    const notice = find()?.querySelector('[data-part="notice"]');
    notice?.replaceChildren(...(failed ? [h("p", { class: "failure", role: "alert" }, "This interaction failed")] : []));
  });
}

function watch(id, settle) {
  waiting.set(id, { settle });
  check(id);
  setTimeout(() => check(id), 3200);
}

async function check(id) {
  const entry = waiting.get(id);
  if (!entry) return;
  let seen;
  try {
    seen = await doors.interaction(id);
  } catch {
    return;
  }
  if (seen.state === "waiting" || !waiting.delete(id)) return;
  entry.settle(seen.state === "failed");
}

/** Something about interactions changed: look at those that wait. */
export function checkAll() {
  for (const id of waiting.keys()) check(id);
}

export function showPendingOf(channel) {
  for (const node of $("pending").children) node.classList.toggle("elsewhere", node.dataset.channel !== channel);
}
