// What the theme leaves out for the keyboard and for screen readers.
addEventListener("DOMContentLoaded", () => {
  // Not every browser lets the keyboard into what scrolls sideways: code and tables.
  document
    .querySelectorAll("pre, .table-wrapper")
    .forEach((block) => (block.tabIndex = 0));
  // A list holds list items.
  document
    .querySelectorAll("[role=list] > [role=doc-biblioentry]")
    .forEach((entry) => entry.setAttribute("role", "listitem"));
  // Nothing moves unasked: a button exchanges a still for its moving picture.
  document.querySelectorAll(".moving a").forEach((link) => {
    const image = link.closest(".moving").previousElementSibling;
    const { src, srcset } = image;
    const button = document.createElement("button");
    button.textContent = "Play";
    button.addEventListener("click", () => {
      const play = button.textContent === "Play";
      image.srcset = play ? "" : srcset;
      image.src = play ? link.href : src;
      button.textContent = play ? "Stop" : "Play";
    });
    link.replaceWith(button);
  });
});
