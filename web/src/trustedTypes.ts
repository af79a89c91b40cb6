// The page's policy forbids text to become script, markup or the address of a script. The one thing the application
// itself needs is the address of its own workers.

interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(address: string): string }): unknown;
}

/** The address, where it is one of the application's own files. */
export function ownScript(address: string, origin: string): string {
  const url = new URL(address, origin);
  if (url.origin !== origin || !url.pathname.startsWith("/assets/")) {
    throw new TypeError(`${url.pathname} is no script of the application`);
  }
  return url.href;
}

/** Lets own workers start where the browser enforces trusted types; everything else stays refused. */
export function trustOwnScripts(): void {
  const types = (window as { trustedTypes?: TrustedTypes }).trustedTypes;
  if (!import.meta.env.PROD) return;
  types?.createPolicy("default", { createScriptURL: (address) => ownScript(address, window.location.origin) });
}
