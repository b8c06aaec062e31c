// One file at a time: it is read first, looked at by a person, and then applied, whole or some of its lines.

import * as server from "/masks/client.js";
import { attempt, element } from "/masks/masks.js";

const $ = (id) => document.getElementById(id);
const LinesMax = 1_000_000;
const MadeMax = 100; // pairs that are shown of an import; the list and the export have them all
let importId = null;
let applied = async () => {};

/** <param name="then">Done after lines were applied.</param> */
export function begin(then) {
  applied = then;
  $("file").onchange = () => take($("file").files[0]);
  $("drop").ondragover = (event) => {
    event.preventDefault();
    $("drop").classList.add("over");
  };
  $("drop").ondragleave = () => $("drop").classList.remove("over");
  $("drop").ondrop = (event) => {
    event.preventDefault();
    $("drop").classList.remove("over");
    take(event.dataTransfer.files[0]);
  };
  $("apply").onsubmit = (event) => {
    event.preventDefault();
    attempt(apply);
  };
}

function take(file) {
  if (!file) return;
  $("file").value = "";
  attempt(() => read(file));
}

async function read(file) {
  importId = crypto.randomUUID();
  $("result").hidden = true;
  $("sent").hidden = false;
  $("sent").value = 0;
  say(`Sending ${file.name}`);
  const watching = setInterval(look, 500);
  try {
    const query = new URLSearchParams({ apply: "false", import_id: importId });
    if ($("from").value) query.set("pool", $("from").value);
    const read = await server.send(`masks/import?${query}`, file, (share) => {
      $("sent").value = 100 * share;
    });
    await show(read);
  } finally {
    clearInterval(watching);
    $("sent").hidden = true;
    say("");
  }
}

// While it is sent the server tells how far it has read.
async function look() {
  try {
    const now = await server.get(`masks/imports/${importId}`);
    if (now.rows > 0) say(`${now.rows.toLocaleString("en")} lines read`);
  } catch {
    // Not begun yet: the next look will tell.
  }
}

async function apply() {
  const lines = chosen($("lines").value);
  const button = $("apply").querySelector("button");
  button.disabled = true;
  say("Applying");
  try {
    await show(await server.post(`masks/imports/${importId}/apply`, lines ? { lines } : {}));
    await applied();
  } finally {
    button.disabled = false;
    say("");
  }
}

/** "1-3, 7" as [1, 2, 3, 7]; null for all. */
export function chosen(text) {
  if (!text.trim()) return null;
  const lines = [];
  for (const part of text.split(",")) {
    const [, from, to] = /^\s*(\d+)\s*(?:-\s*(\d+)\s*)?$/.exec(part) ?? [];
    const [first, last] = [Number(from), Number(to ?? from)];
    if (!from || last < first || lines.length + last - first >= LinesMax)
      throw new Error("Lines are numbers and ranges, such as: 1-50, 60");
    for (let line = first; line <= last; line++) lines.push(line);
  }
  return lines;
}

async function show(read) {
  const isReady = read.status === "ready";
  $("verdict").textContent = isReady ? "Nothing is changed yet" : `The import is ${read.status}`;
  $("shortage").textContent = read.detail ?? "";
  const count = (number, word) => `${number.toLocaleString("en")} ${word}`;
  $("counts").textContent = [
    count(read.rows, "lines"),
    count(read.accepted, isReady ? "good" : "new masks"),
    count(read.unchanged, "existing"),
    count(read.rejected, "rejected"),
  ].join(" · ");
  $("apply").hidden = !isReady;
  fill("rejected", read.rejected_lines.map((line) => [`${line.line}`, line.reason, line.text]));
  const made = isReady ? [] : (await server.get(`masks?import_id=${importId}&limit=${MadeMax}`)).items;
  fill("made", made.map((mask) => [mask.real, mask.shown]));
  $("result").hidden = false;
}

function fill(table, lines) {
  $(table).tBodies[0].replaceChildren(
    ...lines.map((cells) => {
      const row = document.createElement("tr");
      row.append(...cells.map((text) => element("td", text)));
      return row;
    }),
  );
  $(table).hidden = lines.length === 0;
}

const say = (text) => {
  $("progress").textContent = text;
};
