import { Button, Modal, PasswordInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { setFirstPassword, type User } from "../../api/users";
import { inWords, say } from "../../common/say";

/** A password to begin with: the person must change it at the next sign-in. */
export function PasswordDialog({ user, close }: { user: User; close: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [password, setPassword] = useState("");
  const set = useMutation({
    mutationFn: () => setFirstPassword(user.user_id, password),
    onSuccess: async () => {
      say.note(t("people.passwordSet", { name: user.name }));
      close();
      await queries.invalidateQueries({ queryKey: ["users"] });
    },
    meta: { silent: true },
  });
  return (
    <Modal opened onClose={close} title={t("people.firstPasswordOf", { name: user.name })} closeButtonProps={{ "aria-label": t("app.close") }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          set.mutate();
        }}
      >
        <PasswordInput
          label={t("account.new")}
          description={t("people.firstPasswordHelp")}
          autoComplete="new-password"
          visibilityToggleButtonProps={{ "aria-label": t("signIn.show") }}
          value={password}
          required
          withAsterisk={false}
          data-autofocus
          error={set.isError ? inWords(set.error) : undefined}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <div style={{ display: "flex", justifyContent: "flex-end", gap: 8, marginTop: 16 }}>
          <Button variant="default" onClick={close}>
            {t("admin.cancel")}
          </Button>
          <Button type="submit" loading={set.isPending}>
            {t("people.setPassword")}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
