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
  // Nothing moves unasked: a button exchanges a still for its moving picture, and a
  // slider for one of its frames, which are beside it.
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
    const last = link.closest(".moving").className.match(/frames-(\d+)/)[1] - 1;
    const slider = document.createElement("input");
    Object.assign(slider, { type: "range", max: last, value: last });
    slider.setAttribute("aria-label", "Frame");
    slider.addEventListener("input", () => {
      button.textContent = "Play";
      image.srcset = "";
      image.src = src.replace(/\.png$/, `_frame${slider.value}.webp`);
    });
    link.replaceWith(button, slider);
  });
});
