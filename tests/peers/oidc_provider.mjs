// A real identity provider for tests: `node oidc_provider.mjs PORT REDIRECT_URI`, from the folder whose node_modules has it.
// Whoever signs in types a name; the claims follow from it: «ada» is ada@northwind.example, «x!» has an unconfirmed address.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const from = createRequire(`${process.cwd()}/package.json`);
const { default: Provider } = await import(pathToFileURL(from.resolve("oidc-provider")).href);
const [port, redirect] = process.argv.slice(2);

const account = (id) => ({
  accountId: id,
  claims: () => ({
    sub: id,
    email: `${id.replace("!", "")}@northwind.example`,
    email_verified: !id.includes("!"),
    name: `${id[0].toUpperCase()}${id.slice(1)} of the provider`,
    preferred_username: id,
  }),
});

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [
    { client_id: "patchbay", client_secret: "a secret of the test's own", redirect_uris: [redirect], response_types: ["code"] },
  ],
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name", "preferred_username"] },
  findAccount: (_, id) => account(id),
  pkce: { required: () => true },
});
provider.listen(Number(port), "127.0.0.1", () => console.log("listening"));
