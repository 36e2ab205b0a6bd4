/**
 * The customer's voice widget, for any page:
 *
 *   <script src="https://patchbay.example/widget.js" data-number="1000" defer></script>
 *
 * or, placed by the page itself, `<patchbay-call number="1000"></patchbay-call>`. Everything lives in a shadow root: the
 * page's styles do not reach it, and it leaves nothing behind on the page but one element.
 */
import { render } from "preact";

import css from "./style.css?inline";
import { Widget, type WidgetOptions } from "./Widget";

const TAG = "patchbay-call";
/** Only readable while the script runs for the first time. */
const script = document.currentScript instanceof HTMLScriptElement ? document.currentScript : null;
const ownServer = script === null ? location.origin : new URL(script.src).origin;

class PatchbayCall extends HTMLElement {
  connectedCallback(): void {
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    const style = document.createElement("style");
    style.textContent = css;
    const place = document.createElement("div");
    root.replaceChildren(style, place);
    render(<Widget options={this.options()} />, place);
  }

  disconnectedCallback(): void {
    const place = this.shadowRoot?.querySelector("div");
    if (place) render(null, place);
  }

  private options(): WidgetOptions {
    return {
      number: this.getAttribute("number") ?? "",
      server: this.getAttribute("server") ?? ownServer,
      language: (this.getAttribute("language") ?? document.documentElement.lang) || navigator.language,
      displayName: this.getAttribute("name") ?? "",
      phone: this.getAttribute("phone") ?? "",
      open: this.hasAttribute("open"),
    };
  }
}

if (customElements.get(TAG) === undefined) customElements.define(TAG, PatchbayCall);
if (script?.dataset.number !== undefined) mount(script.dataset);

/** `data-number`, `data-server`, `data-language`, `data-name`, `data-phone`, `data-open` of the script become attributes. */
function mount(data: DOMStringMap): void {
  const element = document.createElement(TAG);
  for (const name of ["number", "server", "language", "name", "phone", "open"]) {
    const value = data[name];
    if (value !== undefined) element.setAttribute(name, value);
  }
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", () => document.body.append(element));
  else document.body.append(element);
}
