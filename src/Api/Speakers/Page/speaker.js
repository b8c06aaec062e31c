// A speaker in a browser tab. The server says what is so; this page shows it, rings, and says what its person decides.

import * as line from "/speaker/line.js";
import * as tone from "/speaker/tone.js";

const $ = (id) => document.getElementById(id);
const calls = new Map(); // call_id -> { call, phase, since, endsAt, card }
const notices = new Map(); // id -> list item
let server = null; // the line, while somebody wants it

/* What the server calls. */

function incomingCall(call) {
  remove(calls.get(call.call_id));
  const card = $("call").content.firstElementChild.cloneNode(true);
  const entry = { call, phase: "ringing", endsAt: performance.now() + call.ring_seconds * 1000, card };
  const withheld = call.caller === null;
  const who = call.caller_name ?? (withheld ? "Caller withheld" : call.caller);
  const number = call.door ? "At the door" : withheld ? "Number withheld" : call.caller;
  card.querySelector(".who").textContent = who;
  card.querySelector(".number").textContent = who === number ? "" : call.caller_name ? number : "";
  card.classList.toggle("door", Boolean(call.door));
  showPicture(card.querySelector(".picture"), call.door?.snapshot_url);
  card.querySelector(".to").textContent = `to ${call.msisdn}`;
  card.querySelector(".face span").textContent = initials(call.caller_name);
  card.querySelector(".answer").onclick = () => answer(entry);
  card.querySelector(".reject").onclick = () => reject(entry);
  card.querySelector(".hangup").onclick = () => hangUp(entry);
  card.querySelector(".open").onclick = () => openDoor(entry);
  calls.set(call.call_id, entry);
  $("calls").append(card);
  const from = call.door ? "" : withheld ? "a withheld number" : call.caller;
  say(`${call.door ? "Somebody is at the door:" : "Incoming call from"} ${call.caller_name ?? ""} ${from}`);
  setAside("");
  show();
}

function callAnswered({ call_id, by_device_id, by_me }) {
  const entry = calls.get(call_id);
  if (!entry) return;
  if (by_me) return talk(entry);
  finish(entry, by_device_id ? `Answered by ${by_device_id}` : "Answered on a phone");
}

function callEnded({ call_id, cause }) {
  const entry = calls.get(call_id);
  if (!entry) return;
  finish(entry, entry.phase === "talking" ? `Call ended after ${time(entry.since)}` : words(cause));
}

function message({ message_id, from, text, at }) {
  addNotice(message_id, { level: "message", kind: `Message from ${from} · ${clock(at)}`, text }, [
    ["Mark as read", () => done(message_id, "AckMessage", message_id)],
  ]);
}

function announcement({ announcement_id, text, level }) {
  const kind = { missed_call: "Missed call", alarm: "Alarm", warning: "Warning" }[level] ?? "Announcement";
  addNotice(announcement_id, { level, kind, text }, [
    ["Got it", () => done(announcement_id, "AckAnnouncement", announcement_id)],
  ]);
  if (level === "alarm") say(text);
}

function command({ command_id, command: word, arguments: given }) {
  const detail = given === null ? null : JSON.stringify(given, null, 2);
  addNotice(command_id, { level: "command", kind: "Command", text: word, detail }, [
    ["Done", () => done(command_id, "CommandResult", command_id, true, null)],
    ["Failed", () => done(command_id, "CommandResult", command_id, false, "refused by hand")],
  ]);
}

/* What the person decides. */

async function answer(entry) {
  const reply = await ask(entry, "Answer");
  if (reply.ok) talk(entry);
  else if (reply.reason === "answered_elsewhere") finish(entry, "Answered elsewhere");
  else settle(entry, reply);
}

async function reject(entry) {
  const reply = await ask(entry, "Reject");
  if (reply.ok) finish(entry, "Rejected");
  else settle(entry, reply);
}

async function hangUp(entry) {
  const reply = await ask(entry, "Hangup");
  if (reply.ok) finish(entry, entry.since ? `Call ended after ${time(entry.since)}` : "Call ended");
  else settle(entry, reply);
}

async function openDoor(entry) {
  const reply = await ask(entry, "OpenDoor");
  if (reply.ok) setAside("The door is open");
  else settle(entry, reply);
}

async function ask(entry, method) {
  setBusy(entry, true);
  const reply = await server.invoke(method, entry.call.call_id);
  setBusy(entry, false);
  return reply;
}

/** A call that is over, or was never ours, goes; anything else may be tried again. */
function settle(entry, reply) {
  if (["ended", "not_found", "answered_elsewhere"].includes(reply.reason)) finish(entry, "The call is over");
  else setAside("That did not work just now. Try again.");
}

async function done(id, method, ...values) {
  const reply = await server.invoke(method, ...values);
  if (reply.ok || reply.reason === "not_found") removeNotice(id);
}

/* What is to be seen. */

function talk(entry) {
  if (entry.phase === "talking" || !calls.has(entry.call.call_id)) return;
  Object.assign(entry, { phase: "talking", since: performance.now() });
  show();
}

function finish(entry, text) {
  if (!calls.has(entry.call.call_id)) return;
  remove(entry);
  setAside(text);
  show();
}

function remove(entry) {
  if (!entry) return;
  calls.delete(entry.call.call_id);
  entry.card.remove();
}

function show() {
  for (const entry of calls.values()) {
    entry.card.dataset.phase = entry.phase;
    entry.card.querySelector(".state").textContent =
      entry.phase === "talking" ? `Talking · ${time(entry.since)}` : `Incoming call · ${left(entry)} s`;
  }
  const ringing = [...calls.values()].find((entry) => entry.phase === "ringing");
  $("idle").hidden = calls.size > 0;
  $("clock").textContent = new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  $("count").textContent = notices.size || "";
  $("nothing").hidden = notices.size > 0;
  document.title = ringing ? `Ringing: ${ringing.call.caller_name ?? ringing.call.caller ?? "withheld"}` : "Speaker";
  tone.sound(ringing !== undefined);
  if (tone.isOn()) tellHeard();
}

/** The server wants to know what rings audibly; once for each call is enough. */
function tellHeard() {
  for (const entry of calls.values()) {
    if (entry.phase !== "ringing" || entry.heard) continue;
    entry.heard = true;
    server.invoke("Ringing", entry.call.call_id);
  }
}

function tick() {
  for (const entry of [...calls.values()])
    if (entry.phase === "ringing" && left(entry) <= 0) finish(entry, "It stopped ringing");
  show();
}

function addNotice(id, { level, kind, text, detail }, buttons) {
  removeNotice(id);
  const item = $("notice").content.firstElementChild.cloneNode(true);
  item.dataset.level = level;
  item.querySelector(".kind").textContent = kind;
  item.querySelector(".text").textContent = text;
  if (detail) Object.assign(item.querySelector(".arguments"), { textContent: detail, hidden: false });
  for (const [label, act] of buttons) {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", textContent: label, onclick: act });
    item.querySelector(".buttons").append(button);
  }
  notices.set(id, item);
  $("notices").prepend(item);
  show();
}

/** A link and no image: this page asks nobody but its own server, and the person decides about the rest. */
function showPicture(link, url) {
  if (!url || !/^https?:/.test(url)) return;
  Object.assign(link, { href: url, hidden: false });
}

function removeNotice(id) {
  notices.get(id)?.remove();
  notices.delete(id);
  show();
}

const setAside = (text) => ($("aside").textContent = text);
const say = (text) => ($("said").textContent = text);
const setBusy = (entry, busy) => entry.card.querySelectorAll("button").forEach((button) => (button.disabled = busy));
const left = (entry) => Math.max(0, Math.ceil((entry.endsAt - performance.now()) / 1000));
const clock = (at) => new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
const words = (cause) => ({ CALL_REJECTED: "Rejected", NO_ANSWER: "It stopped ringing" })[cause] ?? "The caller hung up";
const initials = (name) => (name ?? "?").split(/\s+/, 2).map((word) => [...word][0] ?? "").join("").toUpperCase();

function time(since) {
  const seconds = Math.floor((performance.now() - since) / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

function showSound() {
  $("sound").hidden = !server || tone.isOn();
}

async function allowSound() {
  await tone.allow();
  showSound();
  show();
}

/* Coming and going. */

function showLink(state) {
  $("link").dataset.state = state;
  $("link-text").textContent = { on: "Connected", trying: "Connecting…", off: "Not connected" }[state];
}

/** The server now says what rings and what is unread: what was shown before is only a memory. Talks are asked about. */
function forget() {
  for (const entry of [...calls.values()]) if (entry.phase === "ringing") remove(entry);
  for (const id of [...notices.keys()]) removeNotice(id);
}

async function checkTalks() {
  for (const entry of [...calls.values()]) {
    const reply = await server.invoke("Ringing", entry.call.call_id);
    if (reply.reason === "ended" || reply.reason === "not_found") finish(entry, "The call is over");
  }
}

function enter(device, key) {
  sessionStorage.setItem("speaker", JSON.stringify({ device, key }));
  $("name").textContent = device || "Speaker";
  $("enter").hidden = true;
  for (const id of ["stage", "feed", "leave"]) $(id).hidden = false;
  const handlers = { incomingCall, callAnswered, callEnded, message, announcement, command };
  server = line.open(key, handlers, {
    state: showLink,
    lost: forget,
    open: checkTalks,
    refused: () => leave("This key is not accepted."),
  });
  showSound();
  show();
}

function leave(reason) {
  sessionStorage.removeItem("speaker");
  server?.close();
  server = null;
  for (const entry of [...calls.values()]) remove(entry);
  forget();
  $("enter").hidden = false;
  for (const id of ["stage", "feed", "leave", "sound"]) $(id).hidden = true;
  Object.assign($("refused"), { textContent: reason ?? "", hidden: !reason });
  $("name").textContent = "Speaker";
  showLink("off");
}

/* Beginning. */

$("enter").onsubmit = (event) => {
  event.preventDefault();
  enter($("device").value.trim(), $("key").value.trim());
  $("key").value = "";
  allowSound();
};
$("leave").onclick = () => leave();
document.addEventListener("pointerdown", () => server && allowSound());
document.addEventListener("keydown", (event) => {
  if (server) allowSound();
  if (event.repeat || event.target instanceof HTMLInputElement || event.ctrlKey || event.metaKey || event.altKey) return;
  const act = { a: ["ringing", answer], r: ["ringing", reject], h: ["talking", hangUp], o: ["talking", openDoor] }[event.key.toLowerCase()];
  const suits = (other) => other.phase === act[0] && (act[1] !== openDoor || other.call.door);
  const entry = act && [...calls.values()].find(suits);
  if (entry) act[1](entry);
});
setInterval(tick, 500);

const given = new URLSearchParams(location.hash.slice(1));
// A key in the address bar is seen by whoever looks over the shoulder, and stays in the history.
if (given.has("key")) history.replaceState(null, "", location.pathname);
const kept = given.has("key")
  ? { device: given.get("device") ?? "", key: given.get("key") }
  : JSON.parse(sessionStorage.getItem("speaker") ?? "null");
if (kept) enter(kept.device, kept.key);
