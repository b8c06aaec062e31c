// A telephone in a browser tab: it has a number for as long as its person is signed in.

import * as server from "/masks/client.js";
import * as line from "/phone/line.js";
import * as tone from "/speaker/tone.js";

const $ = (id) => document.getElementById(id);
let phone = null; // the line, while somebody wants it
let now = null; // the call there is: { call, phase, since }
let leaving = null; // why the line is given up when the call is over

/* Calls. */

function rings(call) {
  if (now) return false;
  begin(call, "ringing", "Incoming call");
  $("said").textContent = `Incoming call from ${who(call)}`;
  document.title = `Ringing: ${who(call)}`;
  tone.sound(true);
  return true;
}

async function dial(number) {
  const call = phone.dial(number);
  if (!call) return setAside("This is no number.");
  begin(call, "calling", "Calling…");
  call.ringing = () => now?.phase === "calling" && setState("It rings");
  await attempt(call, () => call.begin());
}

async function answer() {
  const { call } = now;
  setState("Connecting…");
  $("answer").disabled = $("reject").disabled = true;
  tone.sound(false);
  await attempt(call, () => call.answer());
}

function begin(call, phase, text) {
  now = { call, phase };
  $("answer").disabled = $("reject").disabled = false;
  $("who").textContent = who(call);
  setState(text);
  setAside("");
  call.answered = (stream) => {
    $("far").srcObject = stream;
    to("talking");
    tone.sound(false);
    setState("Connecting the sound…");
  };
  call.sounds = () => ((now.since ??= performance.now()), tick());
  call.silent = () => setAside("The sound does not get through between the two.");
  call.over = (status) => over(call, status);
  show();
}

function over(call, status) {
  if (now?.call !== call) return;
  const { phase, since, hungUp } = now;
  now = null;
  tone.sound(false);
  $("far").srcObject = null;
  if (phase === "talking") setAside(since ? `Call ended after ${time(since)}` : "Call ended");
  else if (hungUp) setAside(phase === "ringing" ? "Rejected" : "Call ended");
  else setAside(phase === "ringing" ? "The caller hung up" : words(status));
  show();
  if (leaving) leave(leaving);
}

async function hangUp() {
  const { call } = now;
  now.hungUp = true;
  await call.end().catch(() => {});
  // Whatever the network says of it: for this person it is over.
  over(call, null);
}

/** Without a microphone there is no call. */
async function attempt(call, act) {
  try {
    // A browser gives it to pages over https alone.
    if (!navigator.mediaDevices) throw new DOMException("", "SecurityError");
    await act();
  } catch (trouble) {
    if (now && now.call !== call) return;
    if (now) await hangUp();
    setAside(troubles[trouble.name] ?? "That did not work just now. Try again.");
  }
}

const troubles = {
  NotAllowedError: "The microphone is not allowed to this page. Allow it in the browser and call again.",
  SecurityError: "Calls are possible over https only.",
  NotFoundError: "There is no microphone.",
  NotReadableError: "The microphone is in use by another program.",
};

/* Of a refusal only the number says what is meant. */
const refusals = {
  403: "This call is not allowed.",
  404: "Nobody has this number.",
  408: "Nobody answers.",
  480: "Nobody answers.",
  486: "Busy.",
  488: "The other side cannot take a call from a browser.",
  503: "The number cannot be looked up now. Try again in a moment.",
  600: "Busy.",
  603: "The call was declined.",
  606: "The other side cannot take a call from a browser.",
};
const words = (status) => refusals[status] ?? "The call did not get through.";

/* What is to be seen. */

function show() {
  const ready = $("link").dataset.state === "on";
  $("dial").hidden = now !== null;
  $("card").hidden = now === null;
  $("call").disabled = !ready;
  if (now) $("card").dataset.phase = now.phase;
  if (now?.phase !== "ringing") document.title = now ? `${who(now.call)}` : "Telephone";
}

function to(phase) {
  now.phase = phase;
  show();
}

function tick() {
  if (now?.since !== undefined) setState(`Talking · ${time(now.since)}`);
}

function showLink(state) {
  $("link").dataset.state = state;
  $("link-text").textContent = { on: "Connected", trying: "Connecting…", off: "Not connected" }[state];
  show();
}

const who = (call) => (/^anonymous$/i.test(call.who) ? "Number withheld" : call.who);
const setAside = (text) => ($("aside").textContent = text);
const setState = (text) => ($("state").textContent = text);

function time(since) {
  const seconds = Math.floor((performance.now() - since) / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/* Coming and going. */

async function enter(number) {
  const renew = () => server.post("browsers/credentials", { number });
  const credential = await renew();
  sessionStorage.setItem("phone", number);
  const own = credential.address.replace(/^sip:|@.*$/g, "");
  $("name").textContent = own;
  $("enter").hidden = true;
  $("stage").hidden = $("leave").hidden = false;
  phone = line.open(credential, renew, { state: showLink, rings, refused: refuse });
}

/** A call that goes on is not cut off for it. */
function refuse(reason) {
  if (!now) return leave(reason);
  leaving = reason;
  setAside(`After this call: ${reason}`);
}

function leave(reason) {
  leaving = null;
  sessionStorage.removeItem("phone");
  phone?.close();
  phone = null;
  $("enter").hidden = false;
  $("stage").hidden = $("leave").hidden = true;
  Object.assign($("refused"), { textContent: reason ?? "", hidden: !reason });
  $("name").textContent = "Telephone";
  showLink("off");
}

$("enter").onsubmit = async (event) => {
  event.preventDefault();
  $("refused").hidden = true;
  tone.allow();
  try {
    await server.signIn($("username").value, $("password").value);
  } catch (trouble) {
    return leave(trouble.status === 401 ? "Name or password is wrong." : trouble.message);
  }
  $("password").value = "";
  await enter($("own").value).catch((trouble) => leave(trouble.message));
};
$("leave").onclick = async () => {
  if (now) await hangUp();
  server.signOut();
  leave();
};
$("dial").onsubmit = (event) => {
  event.preventDefault();
  dial($("number").value.replace(/[\s()-]/g, ""));
};
$("answer").onclick = answer;
$("reject").onclick = $("hangup").onclick = hangUp;
setInterval(tick, 500);

const kept = sessionStorage.getItem("phone");
if (kept && server.isSignedIn()) enter(kept).catch((trouble) => leave(trouble.message));
