import type { TFunction } from "i18next";

import type { User } from "../../api/users";

/** With what somebody signs in. */
export function signInWords(t: TFunction, user: Pick<User, "sign_in" | "second_step">): string {
  if (user.sign_in === "none") return "–";
  if (user.sign_in === "provider") return t("people.byProvider");
  return t(user.second_step ? "people.twoSteps" : "people.password");
}
