// Facts about the server, each told in a line of JSON: its name, and what speaks against it, if anything.
import process from "node:process";

export const SERVER = process.argv[2];
const SECONDS = 20;

const facts = [];

export function fact(name, holds) {
  facts.push([name, holds]);
}

export async function tell() {
  for (const [name, holds] of facts) {
    let problem = null;
    try {
      await inTime(holds());
    } catch (error) {
      problem = String(error?.stack ?? JSON.stringify(error));
    }
    process.stdout.write(JSON.stringify({ name, problem }) + "\n");
  }
  process.exit(0); // whatever connections are still open
}

function inTime(promise) {
  const late = new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`Nothing within ${SECONDS} seconds.`)), SECONDS * 1000).unref();
  });
  return Promise.race([promise, late]);
}

// A fetch that remembers what was asked with it.
export function remembering() {
  const asked = [];
  const fetching = (url, options = {}) => {
    asked.push({ url: new URL(url), method: options.method ?? "GET", body: options.body });
    return fetch(url, options);
  };
  return [fetching, asked];
}
