// The sandbox's doors, from the people's side: a few requests and one live line of events.

/** The sandbox declined what the person tried; the text is fit to show. */
export class Refused extends Error {}

async function ask(path, body) {
  const response = await fetch(path, {
    method: body ? "POST" : "GET",
    headers: body ? { "Content-Type": "application/json" } : {},
    body: body ? JSON.stringify(body) : undefined,
    cache: "no-store",
  });
  if (response.status === 400 || response.status === 409) {
    const answer = await response.json().catch(() => ({}));
    throw new Refused(answer.error || `The sandbox said ${response.status}.`);
  }
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.json();
}

export const world = () => ask("/sandbox/world");
export const act = (as, what, fields = {}) => ask("/sandbox/act", { as, do: what, ...fields });
export const interaction = (id) => ask(`/sandbox/interactions/${encodeURIComponent(id)}`);
export const pending = (as) => ask(`/sandbox/pending?as=${encodeURIComponent(as)}`);
export const messages = (channel, as, limit = 50) =>
  ask(`/sandbox/channels/${encodeURIComponent(channel)}/messages?as=${encodeURIComponent(as)}&limit=${limit}`);

/**
 * Events as one person sees them, for ever: the line is opened again whenever it breaks.
 * `up` is called after every (re)connection, since anything may have happened meanwhile.
 */
export function listen(as, { event, up, down }) {
  let socket;
  let timer;
  let closed = false;
  let wait = 250;
  function open() {
    const url = new URL(`/sandbox/events?as=${encodeURIComponent(as)}`, location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    socket = new WebSocket(url);
    socket.onopen = () => {
      wait = 250;
      up();
    };
    socket.onmessage = (frame) => event(JSON.parse(frame.data));
    socket.onclose = () => {
      if (closed) return;
      down();
      timer = setTimeout(open, wait);
      wait = Math.min(wait * 2, 4000);
    };
  }
  open();
  return () => {
    closed = true;
    clearTimeout(timer);
    socket.close();
  };
}
