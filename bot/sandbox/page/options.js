// One option of a command as a field: {node, focus, read, option}. `read()` gives the value, undefined
// where nothing was entered, and throws Wrong with a sentence where it cannot be one.
import { h, readBase64 } from "./dom.js";
import { picker } from "./picker.js";
import { choices } from "./components.js";
import { Refused } from "./doors.js";

export class Wrong extends Error {}

const KIND = { 3: "text", 4: "a whole number", 5: "true or false", 6: "a person", 7: "a channel", 8: "a role", 9: "a person or role", 10: "a number", 11: "a file" };
let count = 0;

/** `suggest(option, value)` asks for autocomplete choices; `submit()` sends the command. */
export function field(option, { suggest, submit, remove }) {
  const id = `option${++count}`;
  const hint = h("p", { class: "field-hint", id: `${id}-hint` }, option.description || KIND[option.type]);
  const made = make(option, id, { suggest, submit });
  const node = h(
    "div",
    { class: `field${made.wide ? " wide" : ""}`, dataset: { option: option.name } },
    h(
      "div",
      { class: "field-head" },
      h("label", { for: id }, option.name, option.required && h("span", { class: "needed", title: "required" }, " *")),
      !option.required && h("button", { type: "button", class: "icon-button tiny", "aria-label": `Remove ${option.name}`, onclick: remove }, "×"),
    ),
    made.node,
    hint,
  );
  made.control.setAttribute("aria-describedby", hint.id);
  const wrong = (text) => {
    node.classList.toggle("wrong", Boolean(text));
    hint.textContent = text || option.description || KIND[option.type];
    made.control.setAttribute("aria-invalid", text ? "true" : "false");
  };
  node.addEventListener("input", () => wrong(""));
  return {
    option,
    node,
    focus: () => made.control.focus(),
    set: (text) => {
      made.control.value = text;
    },
    async read() {
      try {
        const value = await made.read();
        if (value === undefined && option.required) throw new Wrong("Required.");
        wrong("");
        return value;
      } catch (error) {
        if (error instanceof Wrong) wrong(error.message);
        throw error;
      }
    },
  };
}

function make(option, id, how) {
  if (option.autocomplete) return combo(option, id, how);
  if (option.choices?.length) return choice(id, option.choices.map((c) => ({ label: c.name, value: c.value })), how);
  if (option.type === 5) return choice(id, [{ label: "True", value: true }, { label: "False", value: false }], how);
  const menu = { 6: 5, 7: 8, 8: 6, 9: 7 }[option.type];
  if (menu) return choice(id, choices({ type: menu, channel_types: option.channel_types }), how);
  if (option.type === 11) return upload(id);
  return text(option, id, how);
}

function choice(id, options, { submit }) {
  const control = h(
    "select",
    { id, onkeydown: (e) => e.key === "Enter" && (e.preventDefault(), submit()) },
    h("option", { value: "" }, "Choose…"),
    options.map((o, i) => h("option", { value: String(i), dataset: { value: String(o.value) } }, o.label)),
  );
  return { node: control, control, read: () => (control.value === "" ? undefined : options[Number(control.value)].value) };
}

function upload(id) {
  const control = h("input", { id, type: "file" });
  return { node: control, control, read: async () => (control.files.length ? readBase64(control.files[0]) : undefined) };
}

function text(option, id, { submit }) {
  const number = option.type === 4 || option.type === 10;
  const long = option.type === 3 && option.required;
  const control = h(long ? "textarea" : "input", {
    id,
    type: long ? undefined : "text",
    rows: long ? 1 : undefined,
    inputmode: option.type === 4 ? "numeric" : option.type === 10 ? "decimal" : undefined,
    maxlength: option.max_length || 6000,
    autocomplete: "off",
    onkeydown: (e) => {
      if (e.key !== "Enter" || e.shiftKey || e.isComposing) return;
      e.preventDefault();
      submit();
    },
  });
  return { node: control, control, wide: long, read: () => (number ? asNumber(control.value, option) : control.value.trim() === "" ? undefined : control.value) };
}

function asNumber(raw, option) {
  const value = raw.trim();
  if (value === "") return undefined;
  const n = Number(value);
  if (!Number.isFinite(n) || (option.type === 4 && !Number.isInteger(n)))
    throw new Wrong(option.type === 4 ? "Enter a whole number." : "Enter a number.");
  if (option.min_value !== undefined && n < option.min_value) throw new Wrong(`At least ${option.min_value}.`);
  if (option.max_value !== undefined && n > option.max_value) throw new Wrong(`At most ${option.max_value}.`);
  return n;
}

function combo(option, id, { suggest, submit }) {
  const host = h("div", { class: "combo" });
  const control = h("input", { id, type: "text", autocomplete: "off", maxlength: option.max_length || 100 });
  host.append(control);
  let picked = null;
  let timer;
  let asked = 0;
  const list = picker(
    control,
    host,
    (item) => {
      picked = item.value;
      control.value = item.value.name;
      list.hide();
    },
    `Suggestions for ${option.name}`,
  );
  async function ask() {
    const mine = ++asked;
    try {
      const found = await suggest(option, control.value);
      if (mine !== asked || document.activeElement !== control) return;
      list.show(
        found.map((c) => ({ value: c, attrs: { dataset: { choice: String(c.value) } }, children: [c.name] })),
        { empty: "No results." },
      );
    } catch (error) {
      if (mine === asked) list.show([], { empty: error instanceof Refused ? error.message : "No suggestions came." });
    }
  }
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(ask, 150);
  };
  control.addEventListener("input", () => {
    picked = null;
    later();
  });
  control.addEventListener("focus", later);
  control.addEventListener("blur", () => {
    clearTimeout(timer);
    asked++;
    list.hide();
  });
  control.addEventListener("keydown", (e) => {
    if (list.key(e)) return;
    if (e.key === "Enter" && !e.isComposing) {
      e.preventDefault();
      submit();
    }
  });
  const read = () => {
    if (picked) return picked.value;
    if (option.type === 3) return control.value.trim() === "" ? undefined : control.value;
    return asNumber(control.value, option);
  };
  return { node: host, control, read };
}
