// Building DOM without ever parsing HTML: every text goes in as a text node, so nothing a person
// or a bot writes can become markup.

/** h("button", {class: "x", onclick: f, "aria-label": "…", dataset: {id: 1}}, child, "text", [more]) */
export function h(tag, attrs = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attrs)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "dataset") Object.assign(node.dataset, value);
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "style") node.style.cssText = value;
    else if (name === "value") node.value = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  add(node, children);
  return node;
}

export function add(node, children) {
  for (const child of children.flat(Infinity)) {
    if (child === undefined || child === null || child === false) continue;
    node.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

export function fill(node, ...children) {
  node.replaceChildren();
  add(node, children);
  return node;
}

export const $ = (id) => document.getElementById(id);

/** A colour that stays the same for the same name. */
function hue(text) {
  let sum = 7;
  for (const c of String(text).toLowerCase()) sum = (sum * 31 + c.codePointAt(0)) % 360;
  return sum;
}

export function avatar(name, bot = false, small = false) {
  const letter = [...String(name || "?")][0].toUpperCase();
  return h(
    "span",
    {
      class: `avatar${bot ? " bot" : ""}${small ? " small" : ""}`,
      style: bot ? undefined : `--hue:${hue(name)}`,
      "aria-hidden": "true",
    },
    bot ? "" : letter,
  );
}

export function announce(text) {
  $("say").textContent = text;
}

/** A line at the bottom of the window that goes away by itself. */
export function toast(text) {
  document.querySelector(".toast")?.remove();
  const node = h("div", { class: "toast", role: "alert" }, text);
  document.body.append(node);
  setTimeout(() => node.remove(), 6000);
}

export function readBase64(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve({ name: file.name, base64: reader.result.split(",", 2)[1] ?? "" });
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}
