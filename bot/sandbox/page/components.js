// Buttons, menus and the newer component kinds, drawn from what the bot sent.
import { h } from "./dom.js";
import { image, resolve, file } from "./media.js";
import { rich, spoiler } from "./words.js";
import { state, channels, shown } from "./state.js";

const STYLE = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "secondary", 6: "primary" };

/** `press(customId, values)` acts; `slot` counts the images of one message. */
export function components(message, press) {
  const list = message.components || [];
  if (!list.length) return null;
  const draw = { message, press, slots: 0 };
  return h("div", { class: "components" }, list.map((c) => component(c, draw)));
}

function component(c, draw) {
  const inner = () => (c.components || []).map((x) => component(x, draw));
  switch (c.type) {
    case 1:
      return h("div", { class: "row" }, inner());
    case 2:
      return button(c, draw);
    case 3:
    case 5:
    case 6:
    case 7:
    case 8:
      return select(c, draw);
    case 9:
      return h(
        "div",
        { class: "v2-section" },
        h("div", { class: "v2-text" }, inner()),
        c.accessory && component(c.accessory, draw),
      );
    case 10:
      return h("div", { class: "v2-display" }, rich(c.content));
    case 11:
      return picture(c, draw, "thumbnail");
    case 12:
      return h(
        "div",
        { class: `gallery n${Math.min((c.items || []).length, 4)}` },
        (c.items || []).map((item) => picture(item, draw)),
      );
    case 13:
      return file({ filename: (c.file?.url || c.name || "file").replace("attachment://", ""), url: c.file?.url, size: c.size }, draw.message);
    case 14:
      return c.divider === false
        ? h("div", { class: `v2-space s${c.spacing || 1}` })
        : h("hr", { class: `v2-line s${c.spacing || 1}` });
    case 17: {
      const colour = hex(c.accent_color);
      const box = h("div", { class: "v2-container", style: colour && `border-left-color:${colour}` }, inner());
      return c.spoiler ? spoiler("div", box) : box;
    }
    default:
      return h("p", { class: "hint" }, `(a component of type ${c.type})`);
  }
}

export const hex = (n) =>
  n === undefined || n === null ? "" : `#${Number(n).toString(16).padStart(6, "0")}`;

function picture(item, draw, kind = "") {
  const media = item.media || {};
  return image(`component${draw.slots++}`, resolve(media.url, draw.message), {
    alt: item.description,
    width: media.width,
    height: media.height,
    hidden: item.spoiler,
    kind,
  });
}

export function emoji(e) {
  return e ? h("span", { class: "emoji", "aria-hidden": "true" }, e.id ? `:${e.name}:` : e.name) : null;
}

function button(c, { press }) {
  const label = [emoji(c.emoji), c.label ? h("span", { class: "label" }, c.label) : null];
  if (c.style === 5) {
    const safe = /^https?:/.test(c.url || "") ? c.url : undefined;
    return h("a", { class: "b secondary", href: safe, target: "_blank", rel: "noopener noreferrer" }, label, h("span", { "aria-hidden": "true" }, " ↗"));
  }
  return h(
    "button",
    {
      class: `b ${STYLE[c.style] || "secondary"}`,
      disabled: c.disabled,
      "aria-label": c.label ? undefined : c.emoji?.name,
      dataset: { customId: c.custom_id || "", action: (c.custom_id || "").split(":")[0] },
      onclick: () => press(c.custom_id),
    },
    label,
  );
}

/** What a menu offers: its own options, or people, roles, channels. */
export function choices(c) {
  const people = state.guild.people.map((p) => ({ label: shown(p), value: p.id }));
  const roles = state.guild.roles.filter((r) => r.id !== state.guild.id).map((r) => ({ label: `@${r.name}`, value: r.id }));
  if (c.type === 5) return people;
  if (c.type === 6) return roles;
  if (c.type === 7) return [...people, ...roles];
  if (c.type === 8)
    return channels()
      .filter((x) => x.type !== 1 && (!c.channel_types?.length || c.channel_types.includes(x.type)))
      .map((x) => ({ label: `#${x.name}`, value: x.id }));
  return c.options || [];
}

function select(c, { press }) {
  const options = choices(c);
  const chosen = new Set([
    ...options.filter((o) => o.default).map((o) => o.value),
    ...(c.default_values || []).map((d) => d.id),
  ]);
  const name = c.placeholder || "Make a selection";
  const common = { "aria-label": name, disabled: c.disabled, dataset: { customId: c.custom_id } };
  if ((c.max_values ?? 1) <= 1) {
    const node = h(
      "select",
      { ...common, class: "menu", onchange: () => press(c.custom_id, node.value ? [node.value] : []) },
      h("option", { value: "", disabled: (c.min_values ?? 1) > 0 }, name),
      options.map((o) =>
        h("option", { value: o.value }, `${o.emoji?.name && !o.emoji.id ? `${o.emoji.name} ` : ""}${o.label}${o.description ? ` — ${o.description}` : ""}`),
      ),
    );
    node.value = [...chosen][0] ?? "";
    return node;
  }
  const boxes = options.map((o) => {
    const box = h("input", { type: "checkbox", value: o.value });
    box.checked = chosen.has(o.value);
    return [box, h("label", {}, box, " ", o.label)];
  });
  const done = () => press(c.custom_id, boxes.filter(([b]) => b.checked).map(([b]) => b.value));
  return h(
    "details",
    { class: "menu many" },
    h("summary", {}, name),
    h("div", { class: "options" }, boxes.map(([, l]) => l), h("button", { ...common, class: "b primary", onclick: done }, "Choose")),
  );
}
