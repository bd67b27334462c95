// The form of one chosen command: what is required at once, the rest one press away.
import { h } from "./dom.js";
import { field, Wrong } from "./options.js";
import { Refused } from "./doors.js";

/** `run(name, options)` sends; `suggest(name, option, value, options)` asks; `leave()` goes back to text. */
export function commandForm(command, first, { run, suggest, leave }) {
  const fields = new Map();
  const grid = h("div", { class: "fields" });
  const chips = h("div", { class: "chips", "aria-label": "Optional" });
  const problem = h("p", { class: "problem", role: "alert" });
  const send = h("button", { type: "submit", class: "b primary", dataset: { do: "send" } }, "Send");
  let busy = false;

  const read = async (strict) => {
    const values = {};
    let bad = null;
    for (const [name, f] of fields) {
      try {
        const value = await f.read();
        if (value !== undefined) values[name] = value;
      } catch (error) {
        if (!(error instanceof Wrong)) throw error;
        bad ??= f;
      }
    }
    if (bad && strict) {
      bad.focus();
      return null;
    }
    return values;
  };

  async function submit() {
    if (busy) return;
    problem.textContent = "";
    const values = await read(true);
    if (!values) return;
    busy = true;
    send.disabled = true;
    try {
      await run(command.name, values);
    } catch (error) {
      problem.textContent = error instanceof Refused ? error.message : "The sandbox did not take that. Is it still running?";
      busy = false;
      send.disabled = false;
    }
  }

  function open(option, focus) {
    const made = field(option, {
      submit,
      suggest: async (o, value) => {
        const others = {};
        for (const [name, f] of fields) {
          if (name === o.name || f.option.type === 11) continue;
          const v = await f.read().catch(() => undefined);
          if (v !== undefined) others[name] = v;
        }
        return suggest(command.name, o.name, value, others);
      },
      remove: () => {
        fields.delete(option.name);
        made.node.remove();
        drawChips();
        (fields.values().next().value?.focus ?? (() => send.focus()))();
      },
    });
    fields.set(option.name, made);
    grid.append(made.node);
    drawChips();
    if (focus) made.focus();
    return made;
  }

  function drawChips() {
    chips.replaceChildren(
      ...command.options
        .filter((o) => !fields.has(o.name))
        .map((o) =>
          h("button", { type: "button", class: "chip", title: o.description, dataset: { addOption: o.name }, onclick: () => open(o, true) }, `+ ${o.name}`),
        ),
    );
    chips.hidden = !chips.childElementCount;
  }

  const node = h(
    "form",
    {
      class: "command-form",
      dataset: { command: command.name },
      "aria-label": `Command ${command.name}`,
      onsubmit: (e) => {
        e.preventDefault();
        submit();
      },
      onkeydown: (e) => e.key === "Escape" && (e.preventDefault(), leave()),
    },
    h(
      "header",
      {},
      h("span", { class: "command" }, `/${command.name}`),
      h("span", { class: "command-about" }, command.description),
      h("button", { type: "button", class: "icon-button", "aria-label": "Back to writing", onclick: leave }, "×"),
    ),
    grid,
    h("div", { class: "form-foot" }, chips, send),
    problem,
  );
  for (const option of command.options.filter((o) => o.required)) open(option, false);
  if (!fields.size) for (const option of command.options.slice(0, 3)) open(option, false);
  drawChips();
  const start = fields.values().next().value;
  if (first && start && start.option.type === 3) start.set(first);
  return { node, focus: () => (start ? start.focus() : send.focus()) };
}
