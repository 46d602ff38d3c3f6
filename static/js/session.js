// The end of a session: a warning while there is time, and no typed word is lost. Without this file the session ends all the
// same, and what is sent in afterwards is kept by the server.
const dialog = document.querySelector("dialog[data-session]");
const stay = dialog?.querySelector("form");
const TOUCH_EVERY = 4 * 60_000;

const LOOK_EVERY = 30_000;

let ends = 0;
let warnAt = 0;
let lastTouch = Date.now();
let lastAsked = Date.now();
let hasEnded = false;
let isGone = false;
let typedIn = null;

// Two minutes to answer, or a third of a session that is short itself.
const notice = dialog ? Math.min(120, Number(dialog.dataset.session) / 3) : 0;

const setLeft = ({ seconds }) => {
  ends = Date.now() + seconds * 1000;
  warnAt = ends - notice * 1000;
};

// How long is left? Asking is no use of the session; `touch` is.
const ask = async (touch) => {
  const request = touch ? { method: "POST", body: new FormData(stay) } : {};
  const answer = await fetch(stay.action, { ...request, headers: { "X-Requested-With": "XMLHttpRequest" } });
  if (!answer.ok) throw new Error(answer.status);
  lastAsked = Date.now();
  return answer.json();
};

const show = (which) => {
  for (const part of dialog.querySelectorAll("[data-session-part]")) part.hidden = part.dataset.sessionPart !== which;
  dialog.setAttribute("aria-labelledby", `session-${which}`);
  if (!dialog.open) dialog.showModal();
  dialog.querySelector(`[data-session-part="${which}"] .btn`).focus();
};

const tell = () => {
  const minutes = Math.max(1, Math.ceil((ends - Date.now()) / 60_000));
  dialog.querySelector("[data-session-minutes]").textContent = minutes;
};

// Who passes by reads nothing over the shoulder of somebody who left.
const cover = (which) => {
  document.querySelector(".frame").hidden = true;
  show(which);
};

// Signed in again in another tab: the page goes on where it was, with the forms' token of the new session.
const uncover = ({ who, token }) => {
  if (who !== dialog.dataset.who) {
    location.assign("/");
    return;
  }
  for (const field of document.querySelectorAll("[name=csrfmiddlewaretoken]")) field.value = token;
  document.querySelector(".frame").hidden = false;
  dialog.close();
};

const judge = (answer) => {
  setLeft(answer);
  if (answer.seconds <= 0 && !answer.keeps) {
    // Ended elsewhere: nothing that is sent in now would be kept.
    if (!isGone) cover("gone");
    isGone = true;
  } else if (isGone) {
    isGone = false;
    uncover(answer);
  } else if (Date.now() >= ends) {
    hasEnded = true;
    cover("ended");
  } else if (Date.now() >= warnAt) {
    tell();
    if (!dialog.open) show("warning");
  } else if (dialog.open) {
    dialog.close();
  }
};

const look = async () => {
  if (hasEnded || Date.now() < warnAt) return;
  try {
    // Another tab may have been used meanwhile.
    judge(await ask(false));
  } catch {
    // no connection: the server decides when there is one
  }
};

const lookAgain = () => {
  if (Date.now() - lastAsked > LOOK_EVERY) warnAt = 0;
  look();
};

const touch = async () => {
  lastTouch = Date.now();
  try {
    judge(await ask(true));
  } catch {
    return;
  }
  // Half a day is nearly over: who answered the warning goes on till then.
  if (!isGone && !hasEnded && dialog.open) dialog.close();
};

const signInAgain = () => {
  if (!typedIn?.isConnected) {
    location.assign(dialog.dataset.signIn + encodeURIComponent(location.pathname + location.search));
    return;
  }
  // Sent to be kept, never to be carried out (accounts/lapse.py).
  for (const [name, value] of [[dialog.dataset.keep, "1"], ["_pagina", location.pathname + location.search]]) {
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name, value });
    typedIn.append(field);
  }
  typedIn.submit();
};

if (dialog) {
  setLeft({ seconds: Number(dialog.dataset.session) });
  setInterval(look, 5000);
  for (const event of ["visibilitychange", "focus", "pageshow"]) window.addEventListener(event, lookAgain);
  for (const event of ["keydown", "pointerdown", "input"]) {
    document.addEventListener(event, (happened) => {
      if (event === "input" && happened.target.form?.method === "post") typedIn = happened.target.form;
      // Who types uses the portal, also while nothing is sent.
      if (!dialog.open && !hasEnded && Date.now() - lastTouch > Math.min(TOUCH_EVERY, (ends - lastTouch) / 4)) touch();
    }, { passive: true });
  }
  document.addEventListener("submit", () => { typedIn = null; });
  stay.addEventListener("submit", (event) => {
    event.preventDefault();
    touch();
  });
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    if (!hasEnded && !isGone) touch();
  });
  dialog.querySelector("[data-session-again]").addEventListener("click", signInAgain);
}

// Back on the page where somebody was typing: everything stands where it stood.
if (location.hash === "#bewaard" && dialog) {
  const answer = await fetch(dialog.dataset.kept, { headers: { "X-Requested-With": "XMLHttpRequest" } });
  const found = answer.ok && answer.headers.get("Content-Type").includes("json") ? await answer.json() : null;
  const form = found && [...document.forms].find(
    (one) => one.method === "post" && one !== stay && one.getAttribute("data-session") === null
      && new URL(one.action || location.href, location.href).pathname === new URL(found.path, location.href).pathname
      && Object.keys(found.fields).some((name) => one.elements[name]),
  );
  if (form) {
    for (const field of form.elements) {
      const values = found.fields[field.name];
      if (!field.name || field.type === "file" || (field.type === "hidden" && !values)) continue;
      if (["checkbox", "radio"].includes(field.type)) field.checked = Boolean(values?.includes(field.value));
      else if (field.multiple) for (const option of field.options) option.selected = Boolean(values?.includes(option.value));
      else if (values) field.value = values[0];
      field.dispatchEvent(new Event("change", { bubbles: true }));
    }
    typedIn = form;
    const status = document.querySelector("main [role=status]");
    const told = document.createElement("div");
    told.className = "notice notice-success";
    told.append(Object.assign(document.createElement("p"), { textContent: dialog.dataset.restored }));
    status?.append(told);
    history.replaceState(null, "", location.pathname + location.search);
  }
}
