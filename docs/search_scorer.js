// How search ranks pages: the numbers are Sphinx's own, which takes all or none from here,
// and the reference has a point more. Who asks for a class or an argument wants its
// definition first, among pages that rank the same.
var Scorer = {
  score: ([docname, title, anchor, descr, score]) =>
    score + (docname.startsWith("generated/") ? 1 : 0),
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
