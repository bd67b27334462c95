// The little menu of a message or a person.
import { h } from "./dom.js";

let close = () => {};

/** Opens beside `anchor`; `items` are {label, run, danger?, attrs?} or "-" for a line. */
export function openMenu(anchor, items, label) {
  close();
  const before = document.activeElement;
  const list = h("div", { class: "context", role: "menu", "aria-label": label });
  close = () => {
    list.remove();
    document.removeEventListener("pointerdown", outside, true);
    close = () => {};
  };
  const outside = (e) => !list.contains(e.target) && close();
  for (const item of items) {
    if (item === "-") {
      list.append(h("hr"));
      continue;
    }
    list.append(
      h(
        "button",
        {
          role: "menuitem",
          class: item.danger ? "danger" : "",
          ...item.attrs,
          onclick: () => {
            close();
            item.run();
          },
        },
        item.label,
      ),
    );
  }
  list.addEventListener("keydown", (e) => {
    const all = [...list.querySelectorAll("[role=menuitem]")];
    const at = all.indexOf(document.activeElement);
    if (e.key === "Escape" || e.key === "Tab") {
      e.preventDefault();
      close();
      before?.focus();
    } else if (e.key === "ArrowDown" || e.key === "ArrowUp") {
      e.preventDefault();
      all[(at + (e.key === "ArrowDown" ? 1 : -1) + all.length) % all.length].focus();
    }
  });
  document.body.append(list);
  const spot = anchor instanceof Element ? anchor.getBoundingClientRect() : { left: anchor.x, right: anchor.x, bottom: anchor.y, top: anchor.y };
  const size = list.getBoundingClientRect();
  const left = Math.max(8, Math.min(spot.left, innerWidth - size.width - 8));
  const below = spot.bottom + 4;
  const top = below + size.height > innerHeight - 8 ? Math.max(8, spot.top - size.height - 4) : below;
  list.style.cssText = `left:${left}px;top:${top}px`;
  document.addEventListener("pointerdown", outside, true);
  list.querySelector("[role=menuitem]")?.focus();
}
