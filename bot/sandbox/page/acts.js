// What every part of the page does with the doors: act as the person who looks, and say what went wrong.
import { $, toast } from "./dom.js";
import * as doors from "./doors.js";
import { state } from "./state.js";

/** A refusal of the sandbox is a hint for the person; anything else is a fault of the page. */
export async function attempt(work) {
  try {
    return await work();
  } catch (error) {
    toast(error instanceof doors.Refused ? error.message : "The sandbox does not answer.");
    return undefined;
  }
}

export const act = (what, fields) => doors.act(state.me.id, what, fields);

export function banner(text) {
  $("banner").textContent = text;
  $("banner").hidden = !text;
}
