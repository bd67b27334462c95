// Pictures and files inside messages, and the large view of one.
import { h, $ } from "./dom.js";
import { spoiler } from "./words.js";

/** What a message calls a file ("attachment://x.png", or a URL) as a URL of this machine. */
export function resolve(url, message) {
  if (!url) return "";
  if (url.startsWith("attachment://")) {
    const name = url.slice("attachment://".length);
    const all = [...(message.sandbox_files || []), ...(message.attachments || [])];
    return all.find((f) => f.filename === name)?.url || "";
  }
  return /^(https?:|\/|data:image\/)/.test(url) ? url : "";
}

const WIDE = 520;
const HIGH = 350;

/**
 * An image in a named slot of its message. The slot lets a redrawn message keep the element, so
 * the old preview stays until the next one has loaded, and nothing flickers.
 */
export function image(slot, url, { alt, width, height, hidden, kind = "" }) {
  const scale = Math.min(1, HIGH / (height || 1), WIDE / (width || 1));
  const img = h("img", {
    src: url,
    alt: alt || "",
    style: width && height ? `width:${Math.round(width * scale)}px;aspect-ratio:${width}/${height}` : undefined,
    dataset: { slot },
  });
  const button = h(
    "button",
    {
      class: `picture ${kind}`,
      "aria-label": alt ? `Open large: ${alt}` : "Open large",
      onclick: (event) => enlarge(event.currentTarget.querySelector("img")),
    },
    img,
  );
  return hidden ? spoiler("div", button, "Spoiler picture, press to show") : button;
}

/** Images that stand in the same slot before and after are the same element. */
export function keepImages(before, after) {
  for (const fresh of after.querySelectorAll("img[data-slot]")) {
    const old = before.querySelector(`img[data-slot="${CSS.escape(fresh.dataset.slot)}"]`);
    if (!old) continue;
    old.alt = fresh.alt;
    old.style.cssText = fresh.style.cssText;
    if (old.src !== fresh.src) old.src = fresh.src;
    fresh.replaceWith(old);
  }
}

export function attachments(message) {
  const files = message.attachments || [];
  if (!files.length) return null;
  const pictures = files.filter(isPicture);
  const others = files.filter((f) => !isPicture(f));
  return h("div", { class: "attachments" }, [
    pictures.length > 0 &&
      h(
        "div",
        { class: `gallery n${Math.min(pictures.length, 4)}` },
        pictures.map((f, i) =>
          h(
            "div",
            { class: "attachment", dataset: { attachment: f.filename } },
            image(`attachment${i}`, resolve(f.url, message), {
              alt: f.description || f.filename,
              width: f.width,
              height: f.height,
              hidden: f.filename.startsWith("SPOILER_") || Boolean((f.flags ?? 0) & 8),
            }),
          ),
        ),
      ),
    others.map((f) => file(f, message)),
  ]);
}

const isPicture = (f) => (f.content_type || "").startsWith("image/");

export function file(f, message) {
  return h(
    "a",
    {
      class: "file",
      href: resolve(f.url, message),
      download: f.filename,
      dataset: { attachment: f.filename },
    },
    h("span", { class: "file-name" }, f.filename),
    h("span", { class: "file-size" }, size(f.size)),
  );
}

function size(bytes) {
  if (bytes === undefined) return "";
  return bytes < 1024 ? `${bytes} B` : bytes < 1048576 ? `${(bytes / 1024).toFixed(1)} KB` : `${(bytes / 1048576).toFixed(1)} MB`;
}

function enlarge(img) {
  $("lightbox")?.remove();
  const close = () => dialog.close();
  const dialog = h(
    "dialog",
    { id: "lightbox", class: "lightbox", "aria-label": "Picture", onclick: close, onclose: () => dialog.remove() },
    h(
      "figure",
      {},
      h("img", { src: img.src, alt: img.alt }),
      h(
        "figcaption",
        {},
        h("span", { class: "alt" }, img.alt),
        h("a", { href: img.src, target: "_blank", rel: "noopener", onclick: (e) => e.stopPropagation() }, "Open the file"),
        h("button", { class: "b secondary", onclick: close }, "Close"),
      ),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
}
