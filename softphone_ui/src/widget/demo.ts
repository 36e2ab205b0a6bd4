/**
 * The demo page places the widget as any site would: one script element. The number and the name come from its address; the language, too,
 * or else it is the browser's.
 */
const asked = new URLSearchParams(location.search);
const script = document.createElement("script");
script.src = "/widget.js";
script.dataset.number = asked.get("number") ?? "1000";
script.dataset.open = "";
const from = asked.get("from");
if (from !== null) script.dataset.name = from;
const phone = asked.get("phone");
if (phone !== null) script.dataset.phone = phone;
const language = asked.get("language") ?? (navigator.language.startsWith("zh") ? "zh" : "en");
script.dataset.language = language;
document.documentElement.lang = language;
for (const words of document.querySelectorAll<HTMLElement>("main [lang]")) words.hidden = words.lang !== (language.startsWith("zh") ? "zh" : "en");
document.head.append(script);

/** The line for one's own pages: opened on the installation's own computer this page has an address that no visitor has. */
function show(address: string): void {
  const snippet = document.querySelector("#snippet");
  if (snippet !== null) snippet.textContent = `<script src="${address}/widget.js" data-number="${script.dataset.number ?? ""}" defer></script>`;
}

show(location.origin);
void fetch("/api/v1/https")
  .then((answer) => answer.json() as Promise<{ address?: string }>)
  .then(({ address }) => show(address ?? location.origin))
  .catch(() => undefined);
