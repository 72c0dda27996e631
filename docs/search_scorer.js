// What the search of the site does otherwise than Sphinx, whose Search is loaded first.

// The numbers are Sphinx's own, which takes all or none from here. Among pages that rank
// the same, the reference comes first, since who asks for a class or an argument wants
// its definition, and the story second. Pages that list all rules have a little of
// everything, and the members of classes have names that are words, such as loss: other
// pages answer first.
var Scorer = {
  score: ([docname, title, anchor, description, score]) =>
    score +
    ({
      generated: 1,
      story: 0.5,
      api: -5,
      cheatsheet: -5,
      family: -5,
      conventions: -5,
      differences: -5,
      questions: -5,
    }[docname.split("/")[0]] ?? 0) -
    (/^Python (attribute|method|property)/.test(description) ? 10 : 0),
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};

{
  const { _parseQuery, _performSearch, htmlToText, performTermsSearch } = Search;

  // Words that readers know and no page says, and what the pages say instead.
  const synonyms = new Map([
    ["tensorflow", "Keras"],
    ["minibatch", "mini-batch"],
    ["minibatches", "mini-batches"],
    ["optimiser", "optimizer"],
    ["optimisers", "optimizers"],
    ["regularisation", "regularization"],
  ]);
  Search._parseQuery = (query) =>
    _parseQuery(
      query.replace(/\p{Letter}+/gu, (word) => synonyms.get(word.toLowerCase()) ?? word),
    );

  // Sphinx finds only pages that have all words, and ranks them by the best of these.
  // Here a word that no page has is left out, a page has to have half of the others, and
  // its score is the mean of theirs.
  Search.performTermsSearch = (words, excluded) => {
    const found = {};
    const known = [...words]
      .map((word) => performTermsSearch(new Set([word]), excluded))
      .filter((hits) => hits.length);
    for (const hit of known.flat()) (found[hit[0]] ??= []).push(hit);
    return Object.values(found)
      .filter((hits) => hits.length >= known.length / 2)
      .map((hits) => {
        const [hit] = hits;
        hit[4] = hits.reduce((sum, { 4: score }) => sum + score, 0) / known.length;
        return hit;
      });
  };

  // A chapter, a lesson and a class may have the same title: say which is which.
  const sections = {
    story: "story/index",
    auto_gallery: "auto_gallery/index",
    generated: "api",
  };
  Search._performSearch = (...query) => {
    const { docnames, titles } = Search._index;
    return _performSearch(...query).map((hit) => {
      const [docname, title, , description] = hit;
      const section = sections[docname.split("/")[0]];
      if (section && section !== docname && !description)
        hit[1] = `${titles[docnames.indexOf(section)]} > ${title}`;
      return hit;
    });
  };

  // An excerpt shows no LaTeX, and not the gallery's note on its downloads. Where a hit
  // is a mere place, such as an index entry's, the beginning of the page is shown.
  Search.htmlToText = (html, anchor) => {
    const page = new DOMParser().parseFromString(html, "text/html");
    page.querySelectorAll(".math").forEach((formula) => formula.replaceWith("…"));
    page.querySelector(".sphx-glr-download-link-note")?.remove();
    const text = page.documentElement.outerHTML;
    return htmlToText(text, anchor) || htmlToText(text);
  };

  // From a disk no page can be fetched, so there are no excerpts.
  if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
}
