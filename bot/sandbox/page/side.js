// What frames the messages: people, channels, the head, and on a phone the drawer.
import { $, h, fill, avatar } from "./dom.js";
import { state, channels, shown, presence } from "./state.js";

/** Redraws without losing the keyboard's place; what looks the same stays, under a finger that presses it. */
function refill(host, ...children) {
  const focus = host.contains(document.activeElement) ? { ...document.activeElement.dataset } : {};
  const fresh = [...h("div", {}, children).children];
  const old = [...host.children];
  if (old.length !== fresh.length) fill(host, fresh);
  else old.forEach((node, i) => node.isEqualNode(fresh[i]) || node.replaceWith(fresh[i]));
  for (const [name, value] of Object.entries(focus)) {
    const node = [...host.children].find((child) => child.dataset[name] === value);
    if (node) return node.focus();
  }
  return undefined;
}

function roleNames(who) {
  return state.guild.roles.filter((r) => r.id !== state.guild.id && who.roles.includes(r.id)).map((r) => r.name);
}

export function drawPeople() {
  refill(
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
          },
          avatar(shown(p), false, true),
          h("span", { class: "person-text" }, h("b", {}, shown(p)), h("small", {}, roles)),
        );
      }),
  );
}

/** With what is unread, and on the drawer's button and in the title how often it rang. */
export function drawChannels() {
  const one = (c) => {
    const unread = state.unread.get(c.id) || { new: 0, rings: 0 };
    const thread = c.type >= 10;
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
  refill(
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

const TOPICS = {
  general: "General chat. The bot says hello here.",
  imagine: "Pictures. “draw me …” works here without a command.",
  "after-dark": "Age-restricted.",
  locked: "The bot may not write here.",
};

const sign = (c) => (c.type === 1 ? "@" : c.type >= 10 ? "╰" : "#");

export function drawHead() {
  const c = state.channel;
  fill($("where"), h("span", { class: "hash", "aria-hidden": "true" }, sign(c)), " ", c.name);
  fill($("topic"), (c.topic || TOPICS[c.name] || (c.type === 1 ? "Only the two of you." : "")));
  $("guild").textContent = state.guild.name;
  drawIntro();
}

function drawIntro() {
  const c = state.channel;
  const hint = (label, words) => h("button", { class: "try", onclick: () => (words.startsWith("/") ? state.box.choose(words.slice(1)) : state.box.begin(words)) }, label);
  const begin =
    c.name === "imagine"
      ? h("p", { class: "how" }, "To begin, type ", hint("/imagine", "/imagine"), " or ", hint("draw me a red fox", "draw me a red fox"), ".")
      : h("p", { class: "how" }, c.type === 1 ? "Commands work in servers. Private messages from the bot appear here." : ["Type ", hint("/", "/"), " to see what the bot can do."]);
  fill($("intro"), h("div", { class: "intro-sign", "aria-hidden": "true" }, sign(c)), h("h2", {}, c.type === 0 ? `Welcome to #${c.name}` : c.name), begin);
}

export function closeDrawer() {
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

$("drawer").addEventListener("click", openDrawer);
$("veil").addEventListener("click", closeDrawer);
document.addEventListener("keydown", (e) => {
  if (e.key === "Escape") closeDrawer();
});
$("channels").addEventListener("click", (e) => e.target.closest("a.here") && closeDrawer());
