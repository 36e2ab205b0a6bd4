import i18next from "i18next";
import { initReactI18next, useTranslation } from "react-i18next";

import type { Language } from "../api/live";
import en from "./en.json";
import zh from "./zh.json";

export const languages: Record<Language, string> = { en: "English", zh: "中文" };

/** Every text of the application comes from these files; another language is another file and a line here. */
export const i18n = i18next.createInstance();

void i18n.use(initReactI18next).init({
  lng: "en",
  fallbackLng: "en",
  resources: { en: { translation: en }, zh: { translation: zh } },
  interpolation: { escapeValue: false },
  returnNull: false,
});

/** How dates and numbers are written: the reader's own region where it speaks the language, else the 24-hour one. */
export function localeOf(language: string, regions: readonly string[] = navigator.languages): string {
  const own = regions.find((region) => region.toLowerCase().startsWith(`${language}-`));
  return own ?? (language === "zh" ? "zh-CN" : "en-GB");
}

/** The locale for dates and numbers on this page. */
export function useLocale(): string {
  const { i18n: instance } = useTranslation();
  return localeOf(instance.language);
}

export function languageOf(requested: string): Language {
  return requested in languages ? (requested as Language) : "en";
}

/** Before anybody has signed in. */
export function languageOfBrowser(): Language {
  return languageOf(navigator.language.slice(0, 2));
}

export function speak(language: Language): void {
  void i18n.changeLanguage(language);
  document.documentElement.lang = language;
}
