/** The demo page places the widget as any site would: one script element. The number and the name come from its address. */
const asked = new URLSearchParams(location.search);
const script = document.createElement("script");
script.src = "/widget.js";
script.dataset.number = asked.get("number") ?? "1000";
script.dataset.open = "";
const from = asked.get("from");
if (from !== null) script.dataset.name = from;
const phone = asked.get("phone");
if (phone !== null) script.dataset.phone = phone;
const language = asked.get("language");
if (language !== null) {
  script.dataset.language = language;
  document.documentElement.lang = language;
}
document.head.append(script);
