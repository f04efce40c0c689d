// A picture larger than its frame opens at what it is about, not at its upper left corner.
export function centre(frame) {
  const subject = frame.querySelector(".is-focus") ?? frame.querySelector(".is-bad");
  if (!subject) return;
  const [inner, outer] = [subject.getBoundingClientRect(), frame.getBoundingClientRect()];
  frame.scrollLeft += inner.left + inner.width / 2 - outer.left - outer.width / 2;
  frame.scrollTop += inner.top + inner.height / 2 - outer.top - outer.height / 2;
}

for (const frame of document.querySelectorAll(".graph-scroll, .stages-scroll")) centre(frame);
