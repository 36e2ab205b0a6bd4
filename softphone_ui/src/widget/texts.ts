import en from "../i18n/widget.en.json";
import zh from "../i18n/widget.zh.json";

export type Text = keyof typeof en;
export type Say = (key: Text, values?: Record<string, string | number>) => string;

/** The widget is too small for a translation library: two files and a lookup. */
export function texts(language: string): Say {
  const table: Record<Text, string> = language.startsWith("zh") ? zh : en;
  return (key, values = {}) => table[key].replaceAll(/\{\{(\w+)\}\}/g, (_match, name: string) => String(values[name] ?? ""));
}
