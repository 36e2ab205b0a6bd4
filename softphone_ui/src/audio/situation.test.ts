import { describe, expect, it } from "vitest";

import { backOffMs, TRIES_BEFORE_FAILED } from "./backOff";
import { legStateOf } from "./leg";
import { troubleOfError } from "./microphone";
import { microphoneWord, phaseOf, type Situation } from "./situation";

const ready: Situation = {
  running: true,
  owner: true,
  microphoneTrouble: null,
  leg: "connected",
  wasConnected: true,
  failures: 0,
};

describe("what people see of the audio", () => {
  it.each<[string, Partial<Situation>]>([
    ["ready", {}],
    ["off", { running: false }],
    ["other_tab", { owner: false }],
    ["denied", { microphoneTrouble: "denied" }],
    ["no_microphone", { microphoneTrouble: "no_microphone", leg: null }],
    ["starting", { owner: null, leg: null, wasConnected: false }],
    ["starting", { leg: "connecting", wasConnected: false }],
    ["reconnecting", { leg: "interrupted" }],
    ["reconnecting", { leg: null, failures: 2 }],
    ["reconnecting", { leg: null, wasConnected: false, failures: 1 }],
    ["failed", { leg: null, failures: TRIES_BEFORE_FAILED }],
  ])("is %s", (phase, part) => {
    expect(phaseOf({ ...ready, ...part })).toBe(phase);
  });

  it("says that another tab has the audio before it says anything of this tab's microphone", () => {
    expect(phaseOf({ ...ready, owner: false, microphoneTrouble: "denied" })).toBe("other_tab");
  });
});

describe("the microphone, as the server knows it", () => {
  it("is live while its track is", () => {
    expect(microphoneWord(null, { readyState: "live", muted: false })).toBe("live");
  });

  it("is muted when the system mutes it, ended when it was unplugged or never there", () => {
    expect(microphoneWord(null, { readyState: "live", muted: true })).toBe("muted");
    expect(microphoneWord(null, { readyState: "ended", muted: false })).toBe("ended");
    expect(microphoneWord("no_microphone", null)).toBe("ended");
    expect(microphoneWord("denied", null)).toBe("denied");
  });

  it("knows the browser's words for trouble", () => {
    expect(troubleOfError("NotAllowedError")).toBe("denied");
    expect(troubleOfError("NotFoundError")).toBe("no_microphone");
    expect(troubleOfError("NotReadableError")).toBe("failed");
  });
});

describe("a leg's state", () => {
  it("does not fall back from connected to connecting, but is interrupted", () => {
    expect(legStateOf("connecting", "connecting")).toBe("connecting");
    expect(legStateOf("connecting", "connected")).toBe("interrupted");
    expect(legStateOf("disconnected", "connected")).toBe("interrupted");
    expect(legStateOf("failed", "interrupted")).toBe("closed");
  });
});

describe("waiting before the next try", () => {
  it("doubles up to ten seconds", () => {
    expect([0, 1, 2, 3, 4, 5, 9].map(backOffMs)).toEqual([500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
  });
});
