// A list that opens above a text box: commands, people, suggestions. The box keeps the focus;
// the list follows the pattern of a combobox.
import { h } from "./dom.js";

let count = 0;

/**
 * `input` is the text box, `host` the element the list is put into, `choose(item)` is called with
 * an item that was picked; items are {key, attrs, children, value}. Returns {show, hide, key, open}.
 */
export function picker(input, host, choose, label) {
  const id = `list${++count}`;
  const list = h("ul", { id, class: "picker", role: "listbox", "aria-label": label, hidden: true });
  host.append(list);
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", id);
  input.setAttribute("aria-expanded", "false");
  let items = [];
  let at = 0;

  function mark(index) {
    at = index;
    [...list.querySelectorAll('[role="option"]')].forEach((node, i) => {
      node.setAttribute("aria-selected", i === at ? "true" : "false");
      if (i === at) {
        input.setAttribute("aria-activedescendant", node.id);
        node.scrollIntoView({ block: "nearest" });
      }
    });
  }

  function show(next, { empty = "", note = "" } = {}) {
    items = next;
    list.replaceChildren(
      ...(note ? [h("li", { class: "picker-note", role: "presentation" }, note)] : []),
      ...items.map((item, i) =>
        h(
          "li",
          {
            id: `${id}-${i}`,
            role: "option",
            "aria-selected": "false",
            ...item.attrs,
            onmousedown: (e) => e.preventDefault(), // the text box keeps the focus
            onclick: () => choose(item),
            onpointermove: () => at !== i && mark(i),
          },
          item.children,
        ),
      ),
      ...(!items.length && empty ? [h("li", { class: "picker-note", role: "presentation" }, empty)] : []),
    );
    list.hidden = !items.length && !empty;
    input.setAttribute("aria-expanded", String(!list.hidden));
    mark(0);
  }

  function hide() {
    items = [];
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  /** True where the key belonged to the list. */
  function key(event) {
    if (list.hidden || event.isComposing) return false;
    if (event.key === "Escape") {
      hide();
      event.preventDefault();
      event.stopPropagation();
      return true;
    }
    if (!items.length) return false;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      mark((at + (event.key === "ArrowDown" ? 1 : -1) + items.length) % items.length);
    } else if (event.key === "Enter" || event.key === "Tab") {
      if (event.shiftKey) return false;
      choose(items[at]);
    } else return false;
    event.preventDefault();
    return true;
  }

  return { show, hide, key, get open() { return !list.hidden; } };
}
