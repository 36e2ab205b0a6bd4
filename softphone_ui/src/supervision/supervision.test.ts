import { expect, test } from "vitest";

import board from "../../fixtures/board.json";
import type { Call, LiveMessage, Party } from "../api/live";
import { emptyState, reduce } from "../live/reducer";
import { due, foremost, isSilent, needsAudio, nobody, pending, step, takenFrom, toldBy, type Place, type Supervision, type SupervisionEvent } from "./supervision";

const supervisor = (user_id: string, mode: Party["mode"]): Party => ({ party_id: `party_${user_id}`, role: "supervisor", user_id, agent_id: null, state: "joined", mode, work_id: null, since: null, until: null });
const listen = (callId: string): Place => ({ callId, mode: "listen" });
const whisper = (callId: string): Place => ({ callId, mode: "whisper" });
const pressed = (place: Place): SupervisionEvent => ({ type: "pressed", place });
const audio = (legId: string | null): SupervisionEvent => ({ type: "audio", legId });
const told = (now: Place | null, { open = ["call_1", "call_2"], busy = false } = {}): SupervisionEvent => ({ type: "told", now, open: new Set(open), busy });

/** As the shell does it: whatever is due is asked for at once. */
function after(state: Supervision, ...events: SupervisionEvent[]): Supervision {
  return events.reduce((before, event) => {
    const next = step(before, event);
    const request = due(next);
    return request === null ? next : step(next, { type: "asked", request });
  }, state);
}

const listening = after(nobody, told(null), pressed(listen("call_1")), audio("leg_1"), told(listen("call_1")));

test("the first press waits for the audio, then asks with its leg", () => {
  const waiting = after(nobody, told(null), pressed(listen("call_1")));
  expect(waiting.asked).toBeNull();
  expect(pending(waiting)).toEqual(listen("call_1"));
  expect(after(waiting, audio("leg_1")).asked).toEqual({ ...listen("call_1"), legId: "leg_1" });
});

test("a press shows nothing until the server says so", () => {
  const asked = after(nobody, told(null), audio("leg_1"), pressed(listen("call_1")));
  expect(asked.now).toBeNull();
  expect(after(asked, told(listen("call_1"))).now).toEqual(listen("call_1"));
  expect(pending(after(asked, told(listen("call_1"))))).toBeNull();
});

test("the audio that is there is used for the next way and the next conversation", () => {
  expect(after(listening, pressed(whisper("call_1"))).asked).toEqual({ ...whisper("call_1"), legId: "leg_1" });
  expect(after(listening, pressed(listen("call_2"))).asked).toEqual({ ...listen("call_2"), legId: "leg_1" });
});

test("other news of the calls while the server is asked changes nothing, and asks nothing twice", () => {
  const switching = after(listening, pressed(listen("call_2")));
  expect(after(switching, told(listen("call_1")), told(null))).toEqual({ ...switching, now: null });
});

test("a refusal leaves what was before", () => {
  const switching = after(listening, pressed(whisper("call_1")));
  if (switching.asked === null) throw new Error("nothing was asked");
  const refused = after(switching, { type: "refused", request: switching.asked });
  expect([refused.now, refused.wanted, due(refused)]).toEqual([listen("call_1"), listen("call_1"), null]);
  const first = after(nobody, told(null), audio("leg_1"), pressed(listen("call_1")));
  if (first.asked === null) throw new Error("nothing was asked");
  expect(after(first, { type: "refused", request: first.asked }).wanted).toBeNull();
});

test("the refusal of what is not wanted any more is nobody's", () => {
  const request = { ...listen("call_1"), legId: "leg_1" };
  const moved = after(listening, pressed(listen("call_2")));
  expect(step(moved, { type: "refused", request })).toBe(moved);
});

test("audio that was lost takes its place in the conversation again", () => {
  const lost = after(listening, audio(null), told(null));
  expect([lost.now, lost.wanted]).toEqual([null, listen("call_1")]);
  expect(after(lost, audio("leg_2")).asked).toEqual({ ...listen("call_1"), legId: "leg_2" });
});

test("a leg that takes over while the old one is there asks before anything is lost", () => {
  const over = after(listening, audio("leg_2"));
  expect(over.asked).toEqual({ ...listen("call_1"), legId: "leg_2" });
  expect(after(over, told(null)).wanted).toEqual(listen("call_1"));
});

test("nobody comes back into a conversation that is over, or that somebody else took from them", () => {
  expect(after(listening, audio(null), told(null, { open: ["call_2"] }), audio("leg_2")).asked).toBeNull();
  const news = told(null);
  const taken = after(listening, news);
  expect(taken.wanted).toBeNull();
  expect(takenFrom(listening, taken, new Set(["call_1"]))).toBe("call_1");
  expect(takenFrom(listening, taken, new Set())).toBeNull();
});

test("who stopped is told nothing", () => {
  const stopped = after(listening, { type: "stopped" });
  expect([stopped.now, stopped.wanted]).toEqual([listen("call_1"), null]);
  expect(takenFrom(stopped, after(stopped, told(null)), new Set(["call_1"]))).toBeNull();
});

test("one's own call has the audio: nothing begins beside it, and nothing comes back", () => {
  const own = after(listening, audio(null), told(null, { busy: true }), audio("leg_2"));
  expect([own.wanted, own.asked]).toEqual([null, null]);
  expect(after(own, pressed(listen("call_2"))).wanted).toBeNull();
  expect(isSilent(step(listening, told(listen("call_1"), { busy: true })))).toBe(false);
});

test("another tab's way is followed", () => {
  expect(after(listening, told(whisper("call_1"))).wanted).toEqual(whisper("call_1"));
  expect(after(listening, told(listen("call_2"))).wanted).toBeNull();
});

test("whoever only listens sends nothing", () => {
  expect(isSilent(nobody)).toBe(false);
  expect(isSilent(after(nobody, told(null), pressed(listen("call_1"))))).toBe(true);
  const toWhisper = after(listening, pressed(whisper("call_1")));
  expect(isSilent(toWhisper)).toBe(true); // until the server knows that it is for the agent alone
  const whispering = after(toWhisper, told(whisper("call_1")));
  expect(isSilent(whispering)).toBe(false);
  expect(isSilent(after(whispering, pressed(listen("call_1"))))).toBe(true);
});

test("the microphone is needed from the press until the server says that it is over", () => {
  expect(needsAudio(nobody)).toBe(false);
  expect(needsAudio(after(nobody, told(null), pressed(listen("call_1"))))).toBe(true);
  const stopped = after(listening, { type: "stopped" });
  expect(needsAudio(stopped)).toBe(true); // until the server has taken it out: it would hear of a lost leg otherwise
  expect(needsAudio(after(stopped, told(null)))).toBe(false);
  expect(needsAudio(after(listening, told(null, { open: [] })))).toBe(false);
  expect(needsAudio(after(listening, audio(null), told(null)))).toBe(true); // lost, and on its way back
});

test("the live view says what I do, which conversations there are and whether I am in one", () => {
  const [first] = board.steps as unknown as { at: number; messages: LiveMessage[] }[];
  const { calls } = (first?.messages ?? []).reduce((state, message) => reduce(state, message, first?.at ?? 0), emptyState);
  const sam = { user_id: "user_sam", agent_id: null };
  expect(toldBy(calls, sam)).toEqual(told(null));
  const with_ = (callId: string, change: Partial<Call>): Record<string, Call> => {
    const call = calls[callId];
    if (call === undefined) throw new Error(`no ${callId}`);
    return { ...calls, [callId]: { ...call, ...change } };
  };
  expect(toldBy(with_("call_2", { parties: [supervisor("user_ann", "talk"), supervisor("user_sam", "whisper")] }), sam).now).toEqual(whisper("call_2"));
  expect(toldBy(calls, { user_id: "user_mei", agent_id: "agent_mei" }).busy).toBe(true);
});

test("of several supervisors the agent is told of the one who is noticed most", () => {
  expect(foremost([])).toBeNull();
  expect(foremost([supervisor("a", "listen"), supervisor("b", "talk"), supervisor("c", "whisper"), { role: "customer", mode: "talk" }])).toBe("join");
});
