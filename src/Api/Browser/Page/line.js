// The line to the SIP server: registered for as long as somebody wants it. Sound goes from one browser to the other.

import { Inviter, Registerer, RegistererState, SessionState, UserAgent } from "/phone/sip.min.js";

const registrationSeconds = 300;
const pauseMaxMs = 15000;
const sound = { sessionDescriptionHandlerOptions: { constraints: { audio: true, video: false } } };

/**
 * @param credential what the house gave: server, address, username, password, expires_at
 * @param renew asks the house for a new one
 * @param heard.state called with "on" or "trying"
 * @param heard.rings a call has come in; false when it cannot be taken
 * @param heard.refused the SIP server, or the house, does not want us any more, with the reason in words
 */
export function open(credential, renew, heard) {
  let wanted = true;
  let renewing = 0;
  let started = false;
  let connecting = false;
  let registering = false;
  const domain = credential.address.split("@")[1];
  const agent = new UserAgent({
    uri: UserAgent.makeURI(credential.address),
    transportOptions: { server: credential.server, connectionTimeout: 10, traceSip: false },
    // Nobody outside is asked how we are seen from there: what is offered is what the machine itself knows.
    sessionDescriptionHandlerFactoryOptions: {
      iceGatheringTimeout: 1000,
      peerConnectionConfiguration: { iceServers: [] },
    },
    logLevel: "warn",
    delegate: {
      onInvite: (invitation) => {
        if (!canHear(invitation.request)) invitation.reject({ statusCode: 488 });
        else if (!heard.rings(call(invitation))) invitation.reject({ statusCode: 486 });
      },
      onDisconnect: () => connect(),
    },
  });
  const registerer = new Registerer(agent, { expires: registrationSeconds });
  // It registers again by itself; when that fails we do.
  registerer.stateChange.addListener((state) => state === RegistererState.Unregistered && register());
  function use(given) {
    credential = given;
    agent.configuration.authorizationUsername = given.username;
    agent.configuration.authorizationPassword = given.password;
    clearTimeout(renewing);
    renewing = setTimeout(refresh, Math.max(1000, 0.8 * left()));
  }

  /** A new password before the old one ends. While the house is away the old one has to do. */
  async function refresh() {
    try {
      const given = await renew();
      if (wanted) use(given);
    } catch (trouble) {
      if (!wanted) return;
      if (trouble.status === 401 || trouble.status === 403) return heard.refused("Please sign in again.");
      renewing = setTimeout(refresh, pauseMaxMs);
    }
  }

  async function connect() {
    if (connecting) return;
    connecting = true;
    for (let attempt = 0; wanted && !agent.isConnected(); attempt++) {
      heard.state("trying");
      try {
        if (left() <= 0) await refresh();
        await (started ? agent.reconnect() : ((started = true), agent.start()));
      } catch {
        await pause(attempt);
      }
    }
    connecting = false;
    await register();
  }

  async function register() {
    if (!wanted || registering || !agent.isConnected()) return;
    registering = true;
    const status = await new Promise((told) => {
      const tell = ({ message }) => told(message.statusCode);
      registerer.register({ requestDelegate: { onAccept: tell, onReject: tell } }).catch(() => told(0));
    });
    registering = false;
    if (!wanted) return;
    if (status === 200) return heard.state("on");
    if ([401, 403, 407].includes(status)) return heard.refused("The SIP server does not accept us.");
    heard.state("trying");
    await pause(4);
    await register();
  }

  const left = () => Date.parse(credential.expires_at) - Date.now();

  use(credential);
  connect();

  return {
    /** @returns the call that begins; its telephone does not ring yet */
    dial(number) {
      const target = UserAgent.makeURI(`sip:${number}@${domain}`);
      return target && call(new Inviter(agent, target, sound));
    },
    close() {
      wanted = false;
      clearTimeout(renewing);
      agent.stop().catch(() => {});
    },
  };
}

/** Not a telephone whose sound is not encrypted: it would ring, and nobody could answer. */
const canHear = ({ body }) => !body || /^a=fingerprint:/m.test(body);

/** One call, of either direction. Whoever has it sets what is to be heard of it. */
function call(session) {
  const outgoing = session instanceof Inviter;
  const one = {
    outgoing,
    who: session.remoteIdentity.uri.user,
    ringing() {},
    answered() {},
    sounds() {},
    silent() {},
    over() {},

    async begin() {
      const onProgress = ({ message }) => message.statusCode === 180 && one.ringing();
      const onReject = ({ message }) => (status = message.statusCode);
      await session.invite({ requestDelegate: { onProgress, onReject } });
    },
    answer: () => session.accept(sound),
    /** Whatever it is at: it is over then. */
    async end() {
      if (session.state === SessionState.Established) await session.bye();
      else if (!outgoing) await session.reject({ statusCode: 603 }).catch(() => session.dispose());
      else if (session.state !== SessionState.Terminated) await session.cancel();
    },
  };
  let status = null;
  session.stateChange.addListener((state) => {
    if (state === SessionState.Established) listen();
    // With which status is told right after it.
    if (state === SessionState.Terminated) queueMicrotask(() => one.over(status));
  });
  return one;

  function listen() {
    const { peerConnection, remoteMediaStream } = session.sessionDescriptionHandler;
    one.answered(remoteMediaStream);
    const look = () => {
      if (peerConnection.connectionState === "connected") one.sounds();
      if (peerConnection.connectionState === "failed") one.silent();
    };
    peerConnection.addEventListener("connectionstatechange", look);
    look();
  }
}

/** Longer each time, and never the same for all. */
const pause = (attempt) =>
  new Promise((go) => setTimeout(go, Math.min(pauseMaxMs, 500 * 2 ** attempt) * (0.75 + Math.random() / 2)));
