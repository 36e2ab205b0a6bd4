import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";

import { useShortcuts } from "../common/useShortcuts";
import classes from "./Conversation.module.css";
import { outcomeOf, type Outcome } from "./wrapUp";

const NONE: Outcome["below"] = [];

interface Props {
  offered: readonly Outcome[];
  value: string | null;
  error: unknown;
  choose: (value: string | null) => void;
}

/** How it ended: one of the first level, then one below it where there is a second. Digits choose on the level that is open. */
export function Outcomes({ offered, value, error, choose }: Props) {
  const { t } = useTranslation();
  const chosen = outcomeOf(offered, value);
  const [opened, open] = useState<string | null>(chosen?.value ?? null);
  const first = offered.find((each) => each.value === (chosen?.value ?? opened));
  const second = first?.below ?? NONE;
  const shortcuts = useMemo(() => {
    const level = second.length > 0 && value === null ? second.map((each) => () => choose(each.value)) : offered.map((each) => () => pick(each));
    return Object.fromEntries(level.slice(0, 9).map((act, index) => [String(index + 1), act]));
    function pick(each: Outcome): void {
      open(each.value);
      choose(each.below.length === 0 ? each.value : null);
    }
  }, [offered, second, value, choose]);
  useShortcuts(shortcuts);
  return (
    <fieldset className={classes.outcomes}>
      <legend>{t("wrapUp.disposition")}</legend>
      <div className={classes.choices}>
        {offered.map((each, index) => (
          <Choice
            key={each.value}
            level="first"
            name={each.label}
            number={second.length > 0 && value === null ? null : index + 1}
            checked={first?.value === each.value}
            choose={() => {
              open(each.value);
              choose(each.below.length === 0 ? each.value : null);
            }}
          />
        ))}
      </div>
      {second.length > 0 && (
        <div className={classes.choices} role="group" aria-label={first?.label}>
          {second.map((each, index) => (
            <Choice key={each.value} level="second" name={each.label} number={value === null ? index + 1 : null} checked={value === each.value} choose={() => choose(each.value)} />
          ))}
        </div>
      )}
      <div role="alert" className={classes.outcomeError}>
        {typeof error === "string" ? error : ""}
      </div>
    </fieldset>
  );
}

function Choice({ level, name, number, checked, choose }: { level: string; name: string; number: number | null; checked: boolean; choose: () => void }) {
  return (
    <label className={classes.choice}>
      <input type="radio" name={`disposition-${level}`} className="visually-hidden" checked={checked} onChange={choose} />
      <span>{name}</span>
      {number !== null && number < 10 && <kbd aria-hidden="true">{number}</kbd>}
    </label>
  );
}
