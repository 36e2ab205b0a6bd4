import en from "../i18n/en.json";

/** What the server says went wrong at the identity provider. */
export type ProviderProblem = keyof typeof en.signIn.provider;

/** Out of the address: loading the page anew must not say it again. */
export function takeProblem(): ProviderProblem | null {
  const told = new URLSearchParams(location.search).get("provider");
  if (told === null) return null;
  history.replaceState(null, "", location.pathname);
  return told in en.signIn.provider ? (told as ProviderProblem) : "not_believed";
}
