import type { ServerState } from "./state";

export interface PlacedCall {
  call_id: string;
  leg_id: string;
  sdp: string;
  token: string;
}

export interface CallStatus {
  state: ServerState;
  cause: string | null;
  position: number | null;
}

export class Refused extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`refused with ${status}`);
    this.name = "Refused";
    this.status = status;
  }
}

/** The widget's three requests (docs/api.md); the token that came with the call is its only right. */
export class WidgetApi {
  private readonly base: string;

  constructor(server: string) {
    this.base = `${server}/api/v1/widget/calls`;
  }

  place(number: string, sdp: string, displayName: string): Promise<PlacedCall> {
    const body = JSON.stringify({ number, sdp, ...(displayName === "" ? {} : { display_name: displayName }) });
    return this.send<PlacedCall>("", { method: "POST", body, headers: { "Content-Type": "application/json", "X-Patchbay": "1" } });
  }

  status(call: PlacedCall): Promise<CallStatus> {
    return this.send<CallStatus>(pathOf(call), { method: "GET", headers: tokenOf(call) });
  }

  /** `keepalive`: it also reaches the server when the page is being closed. */
  hangUp(call: PlacedCall): Promise<undefined> {
    return this.send<undefined>(pathOf(call), { method: "DELETE", keepalive: true, headers: { "X-Patchbay": "1", ...tokenOf(call) } });
  }

  private async send<T>(path: string, init: RequestInit): Promise<T> {
    const response = await fetch(this.base + path, { ...init, credentials: "omit" });
    if (!response.ok) throw new Refused(response.status);
    return (response.status === 204 ? undefined : await response.json()) as T;
  }
}

function pathOf(call: PlacedCall): string {
  return `/${encodeURIComponent(call.call_id)}`;
}

/** Not in the address: proxies write those down. */
function tokenOf(call: PlacedCall): Record<string, string> {
  return { "X-Patchbay-Call": call.token };
}
