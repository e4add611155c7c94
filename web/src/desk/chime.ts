/** Two short tones, made here; browsers allow them after the first click, and signing in is one. */
export function chime(): void {
  try {
    const sound = new AudioContext();
    for (const [place, pitch] of [660, 880].entries()) {
      const tone = sound.createOscillator();
      const volume = sound.createGain();
      const start = sound.currentTime + place * 0.2;
      tone.frequency.value = pitch;
      volume.gain.setValueAtTime(0.18, start);
      volume.gain.exponentialRampToValueAtTime(0.001, start + 0.35);
      tone.connect(volume).connect(sound.destination);
      tone.start(start);
      tone.stop(start + 0.4);
    }
    setTimeout(() => void sound.close(), 1500);
  } catch {
    // The title says it too.
  }
}
