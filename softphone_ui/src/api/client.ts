/** REST under `/api/v1`: one function, one error type. The header `X-Patchbay` is what a cross-site form cannot send. */

/** One thing that was filled in and does not fit: where, which rule, and what the rule says. */
export interface Violation {
  place: string;
  code: string;
  params: Readonly<Record<string, string | number>>;
}

/** One thing that is wrong with a text that somebody wrote. */
export interface Mistake {
  /** The server's English: behind file and line, so it begins small. */
  sentence: string;
  code: string;
  params: Readonly<Record<string, string | number>>;
}

export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  /** Of code `invalid`. */
  readonly violations: readonly Violation[];
  /** Of code `not_signed_in`: why the sign-in was ended; empty when nobody ended it. */
  readonly reason: string;
  /** Of code `bad_configuration`: what is wrong with it. */
  readonly problems: readonly Mistake[];
  /** Seconds to wait, when the server said so (429). */
  readonly retryAfter: number | null;
  /** Of code `changed_since`: the thing as it is now, where the server says it. */
  readonly current: unknown;

  constructor(status: number, code: string, message: string, retryAfter: number | null, more: Partial<Pick<ApiError, "violations" | "current" | "problems" | "reason">> = {}) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
    this.violations = more.violations ?? [];
    this.current = more.current ?? null;
    this.problems = more.problems ?? [];
    this.reason = more.reason ?? "";
  }
}

/** The server could not be reached at all; what it would have said is unknown. */
export class Unreachable extends Error {
  constructor(cause: unknown) {
    super("unreachable", { cause });
    this.name = "Unreachable";
  }
}

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

export async function api<T>(method: Method, path: string, body?: unknown, signal?: AbortSignal, more: Record<string, string> = {}): Promise<T> {
  const response = await send(method, path, body, signal, more);
  if (!response.ok) throw await failure(response);
  return (response.status === 204 ? undefined : await response.json()) as T;
}

/** An answer that is a file. */
export async function fileOf(path: string): Promise<Blob> {
  const response = await send("GET", path, undefined, undefined, {});
  if (!response.ok) throw await failure(response);
  return response.blob();
}

/** Why a file does not come that an element of the page asks for, which is told nothing; null: it would come. */
export async function refusalOf(path: string): Promise<ApiError | Unreachable | null> {
  try {
    const response = await send("GET", path, undefined, undefined, { Range: "bytes=0-0" });
    return response.ok ? null : await failure(response);
  } catch (error) {
    if (error instanceof Unreachable) return error;
    throw error;
  }
}

async function send(method: Method, path: string, body: unknown, signal: AbortSignal | undefined, more: Record<string, string>): Promise<Response> {
  const headers: Record<string, string> = { "X-Patchbay": "1", ...more };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  try {
    return await fetch(`/api/v1${path}`, {
      method,
      headers,
      credentials: "same-origin",
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Unreachable(error);
  }
}

async function failure(response: Response): Promise<ApiError> {
  const text = await response.text();
  const said = errorIn(text);
  const retry = Number(response.headers.get("Retry-After"));
  return new ApiError(
    response.status,
    said?.code ?? `http_${response.status}`,
    said?.message ?? response.statusText,
    Number.isFinite(retry) && retry > 0 ? retry : null,
    said ?? {},
  );
}

interface Said {
  code: string;
  message: string;
  violations: Violation[];
  current: unknown;
  problems: Mistake[];
  reason: string;
}

function errorIn(text: string): Said | null {
  try {
    const parsed = JSON.parse(text) as { error?: Partial<Said> };
    const { code = "", message = "", violations = [], current = null, problems = [], reason = "" } = parsed.error ?? {};
    return parsed.error ? { code, message, violations, current, problems, reason } : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
