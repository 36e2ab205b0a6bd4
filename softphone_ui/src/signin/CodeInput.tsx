import { TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";

interface Props {
  value: string;
  change: (value: string) => void;
  /** Six digits of the app alone; else a recovery code, too. */
  appOnly?: boolean;
  focus?: boolean;
}

/** A code of the authenticator app; browsers and phones offer to fill it in. */
export function CodeInput({ value, change, appOnly = false, focus = false }: Props) {
  const { t } = useTranslation();
  return (
    <TextInput
      label={t("secondStep.code")}
      description={appOnly ? undefined : t("secondStep.codeHelp")}
      autoComplete="one-time-code"
      inputMode={appOnly ? "numeric" : "text"}
      autoCapitalize="none"
      spellCheck={false}
      maxLength={40}
      required
      withAsterisk={false}
      autoFocus={focus}
      value={value}
      onChange={(event) => change(event.currentTarget.value)}
    />
  );
}
