// Passkeys: gives the browser the portal's question and puts its answer in the form. Buttons appear only where it can be done;
// without this file the other ways of signing in remain.
//   form[data-passkey="get" | "create"]  holds a hidden input `credential`, a button[data-passkey-start][hidden]
//   data-passkey-options  the question as JSON, or data-passkey-url  where to fetch it
const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

// An address of numbers has no name that a passkey could belong to; the browser would refuse.
const isNumbers = /^[\d.]+$|^\[/.test(location.hostname);
const isPossible = Boolean(window.PublicKeyCredential) && window.isSecureContext && !isNumbers;

const withBytes = (options) => ({
  ...options,
  challenge: bytes(options.challenge),
  ...(options.user && { user: { ...options.user, id: bytes(options.user.id) } }),
  ...Object.fromEntries(
    ["allowCredentials", "excludeCredentials"]
      .filter((name) => options[name])
      .map((name) => [name, options[name].map((one) => ({ ...one, id: bytes(one.id) }))]),
  ),
});

const asJson = (credential) => ({
  id: credential.id,
  rawId: text(credential.rawId),
  type: credential.type,
  authenticatorAttachment: credential.authenticatorAttachment,
  clientExtensionResults: credential.getClientExtensionResults(),
  response: Object.fromEntries(
    ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]
      .filter((name) => credential.response[name])
      .map((name) => [name, text(credential.response[name])]),
  ),
});

const question = async (form) => {
  if (form.dataset.passkeyOptions) return JSON.parse(form.dataset.passkeyOptions);
  const answer = await fetch(form.dataset.passkeyUrl, { headers: { "X-Requested-With": "XMLHttpRequest" } });
  return (await answer.json()).request_options;
};

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const button = form.querySelector("[data-passkey-start]");
  const failed = form.querySelector("[data-passkey-failed]");
  button.hidden = !isPossible;
  const whyNot = form.querySelector("[data-passkey-numbers]");
  if (whyNot) whyNot.hidden = !isNumbers;
  const cannot = form.querySelector("[data-passkey-cannot]");
  if (cannot) cannot.hidden = isPossible || isNumbers;

  button.addEventListener("click", async () => {
    failed.hidden = true;
    button.disabled = true;
    try {
      const options = { publicKey: withBytes((await question(form)).publicKey) };
      const credential = await navigator.credentials[form.dataset.passkey](options);
      form.elements.credential.value = JSON.stringify(asJson(credential));
      // A code that was half typed is no part of this answer.
      if (form.elements.code) form.elements.code.disabled = true;
      form.submit();
    } catch {
      failed.hidden = false;
      button.disabled = false;
    }
  });
}
