// A form the bot asks a person to fill in.
import { h, readBase64 } from "./dom.js";
import { choices, emoji } from "./components.js";
import { rich } from "./words.js";
import { Refused } from "./doors.js";

/** `modal` is {id, title, components, …}; `submit(id, fields)` sends; `gone()` is called when it is closed. */
export function openModal(modal, { submit, gone }) {
  document.querySelector("dialog.modal")?.remove();
  const fields = [];
  const problem = h("p", { class: "problem", role: "alert" });
  const send = h("button", { type: "submit", class: "b primary", dataset: { do: "submit" } }, "Submit");
  const title = h("h2", { id: "modal-title" }, modal.title || "Form");
  const form = h(
    "form",
    {
      novalidate: true,
      onsubmit: async (e) => {
        e.preventDefault();
        problem.textContent = "";
        const bad = fields.filter((f) => !f.check());
        if (bad.length) {
          bad[0].focus();
          return;
        }
        send.disabled = true;
        try {
          const values = {};
          for (const f of fields) values[f.id] = await f.value();
          await submit(modal.id, values);
          dialog.close();
        } catch (error) {
          problem.textContent = error instanceof Refused ? error.message : "Something went wrong. Try again.";
          send.disabled = false;
        }
      },
    },
    h("header", {}, title, h("button", { type: "button", class: "icon-button", "aria-label": "Close", onclick: () => dialog.close() }, "×")),
    h("div", { class: "modal-body" }, (modal.components || []).map((c) => part(c, fields)), problem),
    h("footer", {}, h("button", { type: "button", class: "b plain", dataset: { do: "cancel" }, onclick: () => dialog.close() }, "Cancel"), send),
  );
  const dialog = h("dialog", { class: "modal", "aria-labelledby": "modal-title", dataset: { modal: modal.id, customId: modal.custom_id || "" }, onclose: () => (dialog.remove(), gone()) }, form);
  document.body.append(dialog);
  dialog.showModal();
  fields[0]?.focus();
  return dialog;
}

let count = 0;

function part(c, fields) {
  if (c.type === 1) return (c.components || []).map((x) => part(x, fields));
  if (c.type === 10) return h("div", { class: "v2-display" }, rich(c.content));
  if (c.type === 18) return labelled(c.component, c.label, c.description, fields);
  return labelled(c, c.label, "", fields);
}

function labelled(c, label, about, fields) {
  const id = `modal-field${++count}`;
  const required = c.required !== false;
  const made = control(c, id, required);
  if (!made) return h("p", { class: "hint" }, `(a field of type ${c.type})`);
  const error = h("p", { class: "problem", id: `${id}-error` });
  made.node.setAttribute("aria-describedby", error.id);
  made.node.dataset.customId = c.custom_id;
  fields.push({
    id: c.custom_id,
    value: made.value,
    focus: () => made.node.focus(),
    check() {
      const text = made.wrong();
      error.textContent = text;
      made.node.setAttribute("aria-invalid", text ? "true" : "false");
      return !text;
    },
  });
  return h(
    "div",
    { class: "modal-field" },
    h("label", { for: id }, label || c.custom_id, required && h("span", { class: "needed" }, " *")),
    about && h("p", { class: "field-hint" }, about),
    made.node,
    error,
  );
}

function control(c, id, required) {
  if (c.type === 4) {
    const node = h(c.style === 2 ? "textarea" : "input", {
      id,
      type: c.style === 2 ? undefined : "text",
      rows: c.style === 2 ? 4 : undefined,
      maxlength: c.max_length || 4000,
      placeholder: c.placeholder,
      value: c.value || "",
      autocomplete: "off",
    });
    return {
      node,
      value: () => node.value,
      wrong() {
        if (required && !node.value.trim()) return "This field is required.";
        if (node.value && c.min_length && node.value.length < c.min_length) return `At least ${c.min_length} characters.`;
        return "";
      },
    };
  }
  if ([3, 5, 6, 7, 8].includes(c.type)) {
    const options = choices(c);
    const many = (c.max_values ?? 1) > 1;
    const node = h(
      "select",
      { id, class: "menu", multiple: many },
      !many && h("option", { value: "" }, c.placeholder || "Make a selection"),
      options.map((o) => {
        const option = h("option", { value: o.value }, `${o.label}${o.description ? ` — ${o.description}` : ""}`);
        option.selected = Boolean(o.default) || (c.default_values || []).some((d) => d.id === o.value);
        return option;
      }),
    );
    const value = () => [...node.selectedOptions].map((o) => o.value).filter(Boolean);
    return { node, value, wrong: () => (required && !value().length ? "Choose one." : "") };
  }
  if (c.type === 19) {
    const node = h("input", { id, type: "file", multiple: (c.max_values ?? 1) > 1 });
    return {
      node,
      value: () => Promise.all([...node.files].map(readBase64)),
      wrong: () => (required && !node.files.length ? "Choose a file." : ""),
    };
  }
  if (c.type === 21 || c.type === 22) {
    const type = c.type === 21 ? "radio" : "checkbox";
    const boxes = (c.options || []).map((o) => {
      const box = h("input", { type, name: id, value: o.value });
      box.checked = Boolean(o.default);
      return [box, h("label", {}, box, " ", emoji(o.emoji), o.label)];
    });
    const node = h("div", { id, class: "options", role: "group", tabindex: "-1" }, boxes.map(([, l]) => l));
    const chosen = () => boxes.filter(([b]) => b.checked).map(([b]) => b.value);
    return {
      node,
      value: () => (c.type === 21 ? (chosen()[0] ?? null) : chosen()),
      wrong: () => (required && !chosen().length ? "Choose one." : ""),
    };
  }
  if (c.type === 23) {
    const node = h("input", { id, type: "checkbox" });
    node.checked = Boolean(c.default);
    return { node, value: () => node.checked, wrong: () => "" };
  }
  return null;
}
