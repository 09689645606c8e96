"use strict";

// What the link carries behind # never left the browser. It leaves the address bar and the history, too.
const token = location.hash.slice(1);
history.replaceState(null, "", location.pathname);

const form = document.getElementById("link");
const outcome = document.getElementById("outcome");
const password = document.getElementById("password");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  outcome.textContent = "";
  const body = password ? { token, password: password.value } : { token };
  try {
    const response = await fetch(form.dataset.path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const answer = await response.json();
    if (response.ok) {
      form.hidden = true;
      outcome.textContent = `${outcome.dataset.done} ${answer[form.dataset.answer]}`;
      return;
    }
    outcome.textContent = [answer.message, answer.hint].filter(Boolean).join(" ");
  } catch {
    outcome.textContent = "The platform did not answer. Try again in a moment; repeating is safe.";
  }
  button.disabled = false;
});
