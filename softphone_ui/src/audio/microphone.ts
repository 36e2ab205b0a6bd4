/** The microphone: asking for it, choosing it, and why it is not there. */

export type MicrophoneTrouble = "denied" | "no_microphone" | "failed";

export class MicrophoneError extends Error {
  readonly trouble: MicrophoneTrouble;

  constructor(trouble: MicrophoneTrouble, cause: unknown) {
    super(trouble, { cause });
    this.name = "MicrophoneError";
    this.trouble = trouble;
  }
}

export interface MicrophoneChoice {
  readonly id: string;
  readonly label: string;
}

/** What the names of `getUserMedia`'s errors mean for a person (https://www.w3.org/TR/mediacapture-streams/ §10.2.2). */
export function troubleOfError(name: string): MicrophoneTrouble {
  switch (name) {
    case "NotAllowedError":
    case "SecurityError":
      return "denied";
    case "NotFoundError":
    case "OverconstrainedError":
      return "no_microphone";
    default:
      // NotReadableError: another program holds the device; AbortError: the system failed.
      return "failed";
  }
}

/** The browser's own cleaning of speech is on: the customer hears the agent, not the room. */
export function constraintsFor(deviceId: string | null): MediaTrackConstraints {
  const speech = { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 };
  return deviceId === null ? speech : { ...speech, deviceId: { exact: deviceId } };
}

/** Opens the chosen microphone, or any other when that one is gone. Throws `MicrophoneError`. */
export async function openMicrophone(deviceId: string | null): Promise<MediaStream> {
  // Absent where the page is neither HTTPS nor localhost.
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  if (devices === undefined) throw new MicrophoneError("denied", "the page is not served securely");
  try {
    return await devices.getUserMedia({ audio: constraintsFor(deviceId) });
  } catch (error) {
    const trouble = troubleOfError(error instanceof DOMException ? error.name : "");
    if (trouble === "no_microphone" && deviceId !== null) return openMicrophone(null);
    throw new MicrophoneError(trouble, error);
  }
}

/** The microphones to choose from; without permission their names are empty and they are left out. */
export async function listMicrophones(): Promise<MicrophoneChoice[]> {
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  const found = (await devices?.enumerateDevices()) ?? [];
  return found
    .filter(({ kind, deviceId, label }) => kind === "audioinput" && deviceId !== "" && label !== "")
    .map(({ deviceId, label }) => ({ id: deviceId, label }));
}

/** The device behind a stream, or null for the system's default without a name. */
export function deviceOf(stream: MediaStream): string | null {
  return stream.getAudioTracks()[0]?.getSettings().deviceId ?? null;
}

/** Says when a person changes their mind about the microphone. */
export async function whenAllowed(say: () => void): Promise<void> {
  const permission = await navigator.permissions.query({ name: "microphone" });
  permission.onchange = () => {
    if (permission.state !== "denied") say();
  };
}
