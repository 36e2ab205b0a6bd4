import { use, type ComponentType } from "react";

/** A part of the page that comes when it is first needed. What is here already is drawn at once, without waiting for a moment. */
export interface Later<Props extends object> {
  (props: Props): React.ReactNode;
  /** Fetches it ahead; what could not be fetched is asked for again. */
  preload: () => Promise<void>;
}

export function later<Props extends object>(fetch: () => Promise<ComponentType<Props>>): Later<Props> {
  let here: ComponentType<Props> | null = null;
  let asked: Promise<ComponentType<Props>> | null = null;
  let failed = false;

  // While drawing, one and the same promise must come back, also a failed one: React would ask for ever.
  function ask(): Promise<ComponentType<Props>> {
    asked ??= fetch().then(
      (part) => (here = part),
      (error: unknown) => {
        failed = true;
        throw error;
      },
    );
    return asked;
  }

  function Part(props: Props): React.ReactNode {
    const Here = here ?? use(ask());
    return <Here {...props} />;
  }

  async function preload(): Promise<void> {
    if (failed) [asked, failed] = [null, false];
    // Whoever draws it says that it failed.
    await ask().then(
      () => undefined,
      () => undefined,
    );
  }

  return Object.assign(Part, { preload });
}
