/**
 * The browser side of a leg, without any screen: `AgentAudioSession` for the desk, `AudioLeg` for the widget.
 *
 * Follow a sound: `microphone.ts` → `leg.ts` → the media node; and back: `leg.ts` → `player.ts`. Who may have it: `ownership.ts`.
 */
export { AudioLeg, type Exchange, type LegListener, type LegState } from "./leg";
export { LevelMeter } from "./levels";
export { listMicrophones, MicrophoneError, openMicrophone } from "./microphone";
export { Player } from "./player";
export { meanOpinionScore, rating, type Quality } from "./quality";
export { AgentAudioSession, type AudioWiring } from "./session";
