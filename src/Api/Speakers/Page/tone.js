// The ring tone: two soft notes, made here, so that nothing has to be loaded.

const pauseMs = 2600;
let context = null;
let timer = 0;

/** Browsers allow sound only after somebody touched the page. */
export async function allow() {
  context ??= new AudioContext();
  await context.resume().catch((trouble) => console.warn(trouble.message));
}

export const isOn = () => context?.state === "running";

/** Begins or ends, as need be. @returns whether it has just begun */
export function sound(rings) {
  if (rings && isOn() && !timer) {
    play();
    timer = setInterval(play, pauseMs);
    return true;
  }
  if (!rings) {
    clearInterval(timer);
    timer = 0;
  }
  return false;
}

function play() {
  const now = context.currentTime;
  [659.25, 523.25, 659.25, 523.25].forEach((frequency, index) => {
    const from = now + index * 0.28;
    const note = context.createOscillator();
    const loudness = context.createGain();
    note.frequency.value = frequency;
    loudness.gain.setValueAtTime(0, from);
    loudness.gain.linearRampToValueAtTime(0.18, from + 0.02);
    loudness.gain.exponentialRampToValueAtTime(0.001, from + 0.5);
    note.connect(loudness).connect(context.destination);
    note.start(from);
    note.stop(from + 0.55);
  });
}
