// Suggestions as one types @, COE- or INC-: only what this person may see, and people by their role.
const BEGINNING = /(?:@[\p{L}\d-]*|\b(?:COE|INC)-\d*)$/u;

export const mentions = (address) => async (context) => {
  const found = address && context.matchBefore(BEGINNING);
  if (!found || (found.from === found.to && !context.explicit)) return null;
  const before = context.state.sliceDoc(Math.max(0, found.from - 1), found.from);
  if (/[\p{L}\d/.]/u.test(before)) return null; // an address of mail or of a page, no mention
  try {
    const answer = await fetch(`${address}?q=${encodeURIComponent(found.text)}`, { headers: { Accept: "application/json" } });
    if (!answer.ok || answer.redirected || context.aborted) return null;
    const { suggestions } = await answer.json();
    return { from: found.from, options: suggestions.map(({ text, label, detail }) => ({ label, detail, apply: text })), filter: false };
  } catch {
    return null; // no connection: one types it without help
  }
};
