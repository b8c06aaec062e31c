// The line to the server: it opens again by itself for as long as somebody wants it.

const hubAddress = "/hubs/speaker";
const pauseMaxMs = 15000;

/**
 * @param handlers the calls that the server makes, by name
 * @param heard.state called with "on" or "trying"
 * @param heard.lost what was shown may no longer be so
 * @param heard.open what rings or is unread comes now
 * @param heard.refused the key is good for nothing
 */
export function open(key, handlers, heard) {
  let wanted = true;
  const hub = new signalR.HubConnectionBuilder()
    .withUrl(hubAddress, {
      accessTokenFactory: () => key,
      transport: signalR.HttpTransportType.WebSockets,
      skipNegotiation: true,
    })
    .withAutomaticReconnect({ nextRetryDelayInMilliseconds: (retry) => pauseMs(retry.previousRetryCount) })
    .configureLogging(signalR.LogLevel.Warning)
    .build();
  for (const [name, handler] of Object.entries(handlers)) hub.on(name, handler);
  hub.onreconnecting(() => (heard.lost(), heard.state("trying")));
  hub.onreconnected(() => (heard.state("on"), heard.open()));
  hub.onclose(() => start());
  start();

  async function start() {
    for (let attempt = 0; wanted; attempt++) {
      heard.lost();
      heard.state("trying");
      try {
        await hub.start();
        heard.state("on");
        return heard.open();
      } catch {
        if (await isRefused(key)) return heard.refused();
        await new Promise((go) => setTimeout(go, pauseMs(attempt)));
      }
    }
  }

  return {
    /** Always answers {ok, reason?}. */
    async invoke(method, ...values) {
      try {
        return await hub.invoke(method, ...values);
      } catch (trouble) {
        console.warn(method, trouble.message);
        return { ok: false, reason: "unavailable" };
      }
    },
    close() {
      wanted = false;
      hub.stop();
    },
  };
}

/** Longer each time, and never the same for all: a thousand speakers must not come back in one moment. */
const pauseMs = (attempt) => Math.min(pauseMaxMs, 500 * 2 ** attempt) * (0.75 + Math.random() / 2);

/** A browser does not tell why a socket was refused; a plain request does. */
async function isRefused(key) {
  const asked = await fetch(`${hubAddress}/negotiate?negotiateVersion=1`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}` },
  }).catch(() => null);
  return asked?.status === 401 || asked?.status === 403;
}
