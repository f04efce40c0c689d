// A picture wider than its frame opens at what it is about, not at its left edge.
for (const frame of document.querySelectorAll(".graph-scroll, .stages-scroll")) {
  const subject = frame.querySelector(".is-focus") ?? frame.querySelector(".is-bad");
  if (subject && frame.scrollWidth > frame.clientWidth) {
    const [inner, outer] = [subject.getBoundingClientRect(), frame.getBoundingClientRect()];
    frame.scrollLeft += inner.left + inner.width / 2 - outer.left - outer.width / 2;
  }
}
