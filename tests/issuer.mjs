// An OpenID Connect issuer for the tests: node issuer.mjs SETTINGS, where SETTINGS is JSON with
//   callback   the address of the portal to come back to
//   people     account → { claims, amr }
// It prints its address when it listens on a free port of this machine, and asks no password.
import { createServer } from "node:http";
import Provider from "oidc-provider";

const { callback, people } = JSON.parse(process.argv[2]);
const server = createServer();
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://localhost:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{ client_id: "portaal", client_secret: "geheim-van-de-test", redirect_uris: [callback] }],
    claims: { openid: ["sub", "amr"], email: ["email", "email_verified", "xms_edov"] },
    conformIdTokenClaims: false,
    cookies: { keys: ["only-for-tests"] },
    features: { devInteractions: { enabled: false } },
    findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id, ...people[id].claims }) }),
    interactions: { url: (_ctx, interaction) => `/wie/${interaction.uid}` },
    loadExistingGrant: async (ctx) => {
      const grant = new ctx.oidc.provider.Grant({
        clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId,
      });
      grant.addOIDCScope("openid email");
      await grant.save();
      return grant;
    },
    pkce: { required: () => true },
  });
  const answer = provider.callback();
  server.on("request", async (request, response) => {
    if (!request.url.startsWith("/wie/")) return answer(request, response);
    if (request.method === "GET") {
      response.setHeader("Content-Type", "text/html; charset=utf-8");
      return response.end(
        `<!DOCTYPE html><html lang="nl"><title>Uitgever</title><h1>Gemeente</h1><form method="post">${
          Object.keys(people).map((id) => `<button name="wie" value="${id}">${id}</button>`).join("")}</form></html>`,
      );
    }
    let body = "";
    for await (const part of request) body += part;
    const accountId = new URLSearchParams(body).get("wie");
    return await provider.interactionFinished(request, response, {
      login: { accountId, amr: people[accountId].amr ?? ["pwd"] },
    });
  });
  console.log(issuer);
});
