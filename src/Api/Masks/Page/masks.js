// Masks for operators: the list, imports, the call log, and figures.

import * as server from "/masks/client.js";
import * as files from "/masks/import.js";

const $ = (id) => document.getElementById(id);
const Views = ["list", "import", "calls"];
let next = null; // the cursor of the list
let asked = 0; // questions of the list: what answers an earlier one than the latest comes too late
let earlier = null; // the cursor of the call log

export async function attempt(act) {
  $("trouble").hidden = true;
  try {
    await act();
  } catch (trouble) {
    $("trouble").textContent = trouble.message;
    $("trouble").hidden = false;
  }
}

/* In and out. */

$("enter").onsubmit = async (event) => {
  event.preventDefault();
  $("refused").hidden = true;
  try {
    await server.signIn($("username").value, $("password").value);
    $("password").value = "";
    await open();
  } catch (trouble) {
    $("refused").textContent = trouble.status === 401 ? "Name or password is wrong." : trouble.message;
    $("refused").hidden = false;
  }
};

$("leave").onclick = () => {
  server.signOut();
  close();
};

document.addEventListener("signed-out", close);

function close() {
  $("enter").hidden = false;
  $("house").hidden = $("tabs").hidden = $("leave").hidden = true;
  for (const rows of document.querySelectorAll("tbody")) rows.replaceChildren();
}

async function open() {
  $("enter").hidden = true;
  $("house").hidden = $("tabs").hidden = $("leave").hidden = false;
  await attempt(async () => {
    await Promise.all([figures(), pools(), list()]);
  });
}

for (const tab of $("tabs").children)
  tab.onclick = () =>
    attempt(async () => {
      for (const view of Views) $(view).hidden = view !== tab.dataset.view;
      for (const other of $("tabs").children) other.toggleAttribute("aria-current", other === tab);
      if (tab.dataset.view === "list") await list();
      if (tab.dataset.view === "calls") await calls();
      await figures();
    });

/* Figures. */

async function figures() {
  const now = await server.get("masks/figures");
  const forwarded = now.today.forwarded_share ?? null;
  const share = forwarded === null ? "–" : `${Math.round(100 * forwarded)} %`;
  const seconds = now.answer_seconds === undefined || now.answer_seconds === null ? "–" : `${now.answer_seconds.toFixed(1)} s`;
  const all = [
    ["Active masks", now.active],
    ["Sessions", now.sessions],
    ["Calls today", now.calls_today],
    ["Answered", share],
    ["Time to answer", seconds],
  ];
  $("figures").replaceChildren(
    ...all.map(([name, value]) => {
      const box = document.createElement("div");
      box.append(element("dt", name), element("dd", typeof value === "number" ? value.toLocaleString("en") : value));
      return box;
    }),
  );
  days(now.days);
  $("busiest").textContent = now.busiest.map((mask) => `${mask.shown}: ${mask.calls.toLocaleString("en")}`).join(" · ");
}

// A bar for each day: its height is the calls, its lower part those that were answered.
function days(all) {
  const most = Math.max(1, ...all.map((day) => day.calls));
  $("days").replaceChildren(
    ...all.map((day) => {
      const bar = document.createElement("div");
      const words = `${day.day}: ${day.calls} calls, ${day.answered} answered, longest ${day.longest_seconds} s`;
      bar.title = words;
      bar.setAttribute("role", "img");
      bar.setAttribute("aria-label", words);
      bar.style.setProperty("--calls", day.calls / most);
      bar.style.setProperty("--answered", day.calls ? day.answered / day.calls : 0);
      return bar;
    }),
  );
}

/* The list. */

async function list(cursor = null) {
  const mine = ++asked;
  const query = new URLSearchParams({ limit: "50" });
  if ($("number").value.trim()) query.set("number", $("number").value.trim());
  if ($("status").value) query.set("status", $("status").value);
  if (cursor) query.set("cursor", cursor);
  const page = await server.get(`masks?${query}`);
  if (mine !== asked) return;
  const rows = $("masks").tBodies[0];
  if (!cursor) rows.replaceChildren();
  rows.append(...page.items.map(maskRow));
  next = page.next_cursor;
  $("more").hidden = next === null;
  $("none").hidden = rows.rows.length > 0;
}

function maskRow(mask) {
  const row = document.createElement("tr");
  const ended = Boolean(mask.ended_at);
  row.className = ended ? "ended" : "";
  const limit = mask.calls_max ? `${mask.calls_used} of ${mask.calls_max}` : `${mask.calls_used}`;
  const until = ended ? `${time(mask.ended_at)}, ${mask.end_reason}` : time(mask.expires_at);
  row.append(...[mask.real, mask.shown, time(mask.created_at), until, limit, mask.note].map((text) => element("td", text)));
  const last = element("td", "");
  if (!ended) last.append(releaseButton(mask));
  row.append(last);
  return row;
}

// A mask that ends cannot be taken back: the first click asks, the second does.
function releaseButton(mask) {
  const button = element("button", "Release");
  button.type = "button";
  button.onclick = () => {
    if (!button.classList.contains("sure")) {
      button.classList.add("sure");
      button.textContent = "Release it now";
      return;
    }
    button.disabled = true;
    attempt(async () => {
      await server.remove(`masks/${mask.mask_id}`);
      await Promise.all([list(), figures()]);
    });
  };
  button.onblur = () => {
    button.classList.remove("sure");
    button.textContent = "Release";
  };
  return button;
}

async function pools() {
  const page = await server.get("mask-pools");
  const options = (before) =>
    page.items.map((pool) => {
      const option = element("option", `${before}${pool.name} (${pool.free.toLocaleString("en")} free)`);
      option.value = pool.name;
      return option;
    });
  $("pool").replaceChildren(...options(""));
  $("pool").hidden = page.items.length === 0;
  $("from").replaceChildren($("from").options[0], ...options("come from pool "));
}

$("search").onsubmit = (event) => {
  event.preventDefault();
  attempt(() => list());
};
$("status").onchange = () => attempt(() => list());
$("more").onclick = () => attempt(() => list(next));
$("export").onclick = () => attempt(() => server.download("masks/export.csv", "masks.csv"));

$("create").onsubmit = (event) => {
  event.preventDefault();
  attempt(async () => {
    const shown = $("shown").value.trim();
    const source = shown ? { shown } : { pool: $("pool").value };
    await server.post("masks", { real: $("real").value.trim(), ...source });
    $("create").reset();
    await Promise.all([list(), figures(), pools()]);
  });
};

/* The call log. */

async function calls(cursor = null) {
  const page = await server.get(`masks/calls?limit=50${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`);
  const rows = $("log").tBodies[0];
  if (!cursor) rows.replaceChildren();
  for (const call of page.items) {
    const row = document.createElement("tr");
    const status = call.status.replaceAll("_", " ");
    const cells = [time(call.started_at), call.from, call.shown, call.real, status, `${call.duration_seconds}`];
    row.append(...cells.map((text) => element("td", text)));
    row.title = call.hangup_cause;
    rows.append(row);
  }
  earlier = page.next_cursor;
  $("earlier").hidden = earlier === null;
  $("quiet").hidden = rows.rows.length > 0;
}

$("earlier").onclick = () => attempt(() => calls(earlier));

/* Words. */

export function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text ?? "";
  return made;
}

const time = (text) =>
  text ? new Date(text).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" }) : "";

files.begin(async () => {
  await Promise.all([figures(), list(), pools()]);
});
if (server.isSignedIn()) open();
