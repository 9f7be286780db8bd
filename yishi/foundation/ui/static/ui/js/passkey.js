// Passkeys: asks the browser's authenticator, and sends its answer to the site as JSON.
// <form data-passkey="get|create" data-options-url data-finish-url hidden> shows itself where the
// browser can do it; its inputs (a name, "next") are sent along. Without scripts it stays hidden.

const toBytes = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (char) => char.charCodeAt(0));

const toText = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=+$/, "");

const keys = (list) => (list || []).map((key) => ({ ...key, id: toBytes(key.id) }));

async function send(form, url, content) {
  const answer = await fetch(url, {
    method: "POST",
    credentials: "same-origin",
    headers: {
      "Content-Type": "application/json",
      "X-CSRFToken": form.querySelector("[name=csrfmiddlewaretoken]").value,
    },
    body: JSON.stringify(content),
  });
  const said = await answer.json();
  if (!answer.ok) throw new Error(said.message || "");
  return said;
}

async function create(options) {
  const made = await navigator.credentials.create({
    publicKey: {
      ...options,
      challenge: toBytes(options.challenge),
      user: { ...options.user, id: toBytes(options.user.id) },
      excludeCredentials: keys(options.excludeCredentials),
    },
  });
  return {
    ...plain(made),
    response: {
      attestationObject: toText(made.response.attestationObject),
      clientDataJSON: toText(made.response.clientDataJSON),
      transports: made.response.getTransports ? made.response.getTransports() : [],
    },
  };
}

async function get(options) {
  const made = await navigator.credentials.get({
    publicKey: {
      ...options,
      challenge: toBytes(options.challenge),
      allowCredentials: keys(options.allowCredentials),
    },
  });
  const { response } = made;
  return {
    ...plain(made),
    response: {
      authenticatorData: toText(response.authenticatorData),
      clientDataJSON: toText(response.clientDataJSON),
      signature: toText(response.signature),
      userHandle: response.userHandle ? toText(response.userHandle) : null,
    },
  };
}

const plain = (made) => ({
  id: made.id,
  rawId: toText(made.rawId),
  type: made.type,
  authenticatorAttachment: made.authenticatorAttachment,
  clientExtensionResults: {},
});

function serve(form) {
  const button = form.querySelector("button");
  const status = form.querySelector("[role=status]");
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    status.textContent = "";
    const more = Object.fromEntries(new FormData(form));
    delete more.csrfmiddlewaretoken;
    try {
      const options = await send(form, form.dataset.optionsUrl, more);
      const credential = await (form.dataset.passkey === "create" ? create(options) : get(options));
      const said = await send(form, form.dataset.finishUrl, { ...more, credential });
      window.location.assign(said.next);
    } catch (error) {
      // What the browser says (the person cancelled, no key here) is in its own words; ours are known.
      status.textContent = error.name === "Error" && error.message ? error.message : form.dataset.failed;
      button.disabled = false;
    }
  });
}

if (window.PublicKeyCredential) document.querySelectorAll("form[data-passkey]").forEach(serve);
