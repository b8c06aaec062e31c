// What the page asks of the server. Every refusal becomes an Error whose message a person can read.

const Root = "/api/v1/";
let token = sessionStorage.getItem("token");

export const isSignedIn = () => token !== null;

export async function signIn(username, password) {
  const answer = await call("POST", "auth/token", { username, password });
  token = answer.access_token;
  sessionStorage.setItem("token", token);
}

export function signOut() {
  token = null;
  sessionStorage.removeItem("token");
}

export const get = (path) => call("GET", path);
export const post = (path, body) => call("POST", path, body);
export const remove = (path) => call("DELETE", path);

export async function download(path, name) {
  const answer = await fetch(Root + path, { headers: headers() });
  if (!answer.ok) throw await refusal(answer.status, await answer.text());
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await answer.blob());
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** Sends a file and tells how much of it is gone; fetch cannot. */
export function send(path, file, sent) {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    request.open("POST", Root + path);
    for (const [name, value] of Object.entries(headers())) request.setRequestHeader(name, value);
    request.setRequestHeader("Content-Type", "text/csv");
    request.upload.onprogress = (now) => sent(now.loaded / now.total);
    request.onload = () =>
      request.status < 300
        ? done(JSON.parse(request.responseText))
        : failed(refusal(request.status, request.responseText));
    request.onerror = () => failed(new Error("The server cannot be reached."));
    request.send(file);
  });
}

const headers = () => (token ? { Authorization: `Bearer ${token}` } : {});

async function call(method, path, body) {
  const given = body === undefined ? {} : { body: JSON.stringify(body) };
  const type = body === undefined ? {} : { "Content-Type": "application/json" };
  let answer;
  try {
    answer = await fetch(Root + path, { method, headers: { ...headers(), ...type }, ...given });
  } catch {
    throw new Error("The server cannot be reached.");
  }
  const text = await answer.text();
  if (!answer.ok) throw refusal(answer.status, text);
  return text ? JSON.parse(text) : null;
}

function refusal(status, text) {
  let words = `The server answered ${status}.`;
  try {
    const problem = JSON.parse(text);
    const fields = Object.entries(problem.errors ?? {}).map(([field, all]) => `${field} ${all.join(", ")}`);
    words = fields.join("; ") || problem.detail || problem.title || words;
  } catch {
    // No problem+json: the status has to do.
  }
  if (status === 401 && token) {
    signOut();
    document.dispatchEvent(new Event("signed-out"));
  }
  return Object.assign(new Error(words), { status });
}
