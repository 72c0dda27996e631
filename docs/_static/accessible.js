// What the theme leaves out for the keyboard and for screen readers.
addEventListener("DOMContentLoaded", () => {
  // Not every browser lets the keyboard into code that scrolls sideways.
  document.querySelectorAll("pre").forEach((block) => (block.tabIndex = 0));
  // A list holds list items.
  document
    .querySelectorAll("[role=list] > [role=doc-biblioentry]")
    .forEach((entry) => entry.setAttribute("role", "listitem"));
});
