/** What the browser keeps of the explorer: questions that were asked, but not the headers that went with them. */

import type { Storage } from "@graphiql/toolkit";

/** Where GraphiQL's history keeps them; it would keep keys too, whatever the settings say of headers. */
const QUESTIONS = ["graphiql:queries", "graphiql:favorites"];

export const stored: Storage = {
  getItem: (key) => localStorage.getItem(key),
  setItem: (key, value) => localStorage.setItem(key, QUESTIONS.includes(key) ? withoutHeaders(value) : value),
  removeItem: (key) => localStorage.removeItem(key),
  clear: () => localStorage.clear(),
  get length() {
    return localStorage.length;
  },
};

function withoutHeaders(questions: string) {
  return JSON.stringify(JSON.parse(questions), (name, value) => (name === "headers" ? undefined : value));
}

/** Forget the headers that were kept before. */
export function forget() {
  try {
    for (const key of QUESTIONS) {
      const questions = localStorage.getItem(key);
      if (questions) stored.setItem(key, questions);
    }
  } catch {
    // The browser keeps nothing here, or somebody else has written there.
  }
}
