import { useState } from "react";

import { say } from "../common/say";

/** Fetches a file and hands it to the browser; what went wrong is said in words, not saved as a file. */
export function useDownload(): [busy: boolean, download: (fetch: () => Promise<Blob>, name: string) => void] {
  const [busy, setBusy] = useState(false);
  const download = (fetch: () => Promise<Blob>, name: string): void => {
    setBusy(true);
    fetch()
      .then((file) => save(file, name), (error: unknown) => say.failure(error))
      .finally(() => setBusy(false));
  };
  return [busy, download];
}

function save(file: Blob, name: string): void {
  const address = URL.createObjectURL(file);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}
