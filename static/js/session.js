// The end of a session: a warning while there is time, and no typed word is lost. Without this file the session ends all the
// same, and what is sent in afterwards is kept by the server.
const dialog = document.querySelector("dialog[data-session]");
const stay = dialog?.querySelector("form");
const TOUCH_EVERY = 4 * 60_000;
const ASK_EVERY = 30_000;

// What the page says: "" (nothing), "warning", or one of the three for which it is covered: "ended" (what is sent in is still
// kept), "gone" (nothing is), "other" (somebody else, or another role, is signed in now).
let state = "";
let ends = 0;
let warnAt = 0;
let answeredFor = 0;
let lastTouch = Date.now();
let lastAsked = Date.now();
let typedIn = null;

// Two minutes to answer, or a third of a session that is short itself.
const notice = dialog ? Math.min(120, Number(dialog.dataset.session) / 3) : 0;

const isCovered = () => ["ended", "gone", "other"].includes(state);

const setLeft = ({ seconds }) => {
  ends = Date.now() + seconds * 1000;
  warnAt = ends - notice * 1000;
};

// How long is left, and for whom? Asking is no use of the session; `touch` is.
const ask = async (touch) => {
  const request = touch ? { method: "POST", body: new FormData(stay) } : {};
  const answer = await fetch(stay.action, { ...request, headers: { "X-Requested-With": "XMLHttpRequest" } });
  // The forms' token is of a session before this one: asking brings the new one.
  if (answer.status === 403 && touch) return ask(false);
  if (!answer.ok) throw new Error(answer.status);
  lastAsked = Date.now();
  return answer.json();
};

const show = (which) => {
  const covers = which && which !== "warning";
  if (which === "warning") {
    dialog.querySelector("[data-session-minutes]").textContent = Math.max(1, Math.ceil((ends - Date.now()) / 60_000));
  }
  // Who passes by reads nothing over the shoulder of somebody who left.
  document.querySelector(".frame").hidden = Boolean(covers);
  if (which === state) return;
  state = which;
  if (!which) {
    dialog.close();
    return;
  }
  for (const part of dialog.querySelectorAll("[data-session-part]")) part.hidden = part.dataset.sessionPart !== which;
  dialog.setAttribute("aria-labelledby", `session-${which}`);
  if (!dialog.open) dialog.showModal();
  dialog.querySelector(`[data-session-part="${which}"] .btn`).focus();
};

const judge = (answer) => {
  setLeft(answer);
  if (answer.seconds <= 0) {
    show(answer.keeps ? "ended" : "gone");
    return;
  }
  if (answer.who !== dialog.dataset.who) {
    show("other");
    return;
  }
  // Perhaps signed in again in another tab: the forms go on with the token of that session.
  for (const field of document.querySelectorAll("[name=csrfmiddlewaretoken]")) field.value = answer.token;
  const isNear = Date.now() >= warnAt && Math.abs(ends - answeredFor) > 30_000;
  show(isNear ? "warning" : "");
};

const look = async () => {
  try {
    judge(await ask(false));
  } catch {
    // no connection: the server decides when there is one
  }
};

const touch = async () => {
  lastTouch = Date.now();
  try {
    judge(await ask(true));
  } catch {
    // no connection
  }
};

// Half a day is nearly over: who answered the warning goes on till then, and is not asked again.
const stayHere = async () => {
  await touch();
  if (state !== "warning") return;
  answeredFor = ends;
  show("");
};

const signInAgain = async () => {
  await look();
  if (state !== "ended") return;
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
  setInterval(() => {
    // Near the end, for another tab may have been used meanwhile.
    if (!isCovered() && Date.now() >= warnAt) look();
  }, 5000);
  for (const event of ["visibilitychange", "focus", "pageshow"]) {
    window.addEventListener(event, () => {
      if (!document.hidden && (isCovered() || Date.now() - lastAsked > ASK_EVERY)) look();
    });
  }
  for (const event of ["keydown", "pointerdown", "input"]) {
    document.addEventListener(event, (happened) => {
      if (event === "input" && happened.target.form?.method === "post") typedIn = happened.target.form;
      // Who types uses the portal, also while nothing is sent.
      if (!state && Date.now() - lastTouch > Math.min(TOUCH_EVERY, (ends - lastTouch) / 4)) touch();
    }, { passive: true });
  }
  document.addEventListener("submit", (event) => {
    if (event.target !== stay) typedIn = null;
  });
  stay.addEventListener("submit", (event) => {
    event.preventDefault();
    stayHere();
  });
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    if (!isCovered()) stayHere();
  });
  // A browser lets Escape be refused once: a covered page is not left without its words.
  dialog.addEventListener("close", () => {
    if (isCovered()) dialog.showModal();
    else if (!dialog.open) state = "";
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
