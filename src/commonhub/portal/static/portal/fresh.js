// Two conveniences; every page is whole without them.
// 1. Times in the reader's own zone. 2. A page that was asked to keep itself fresh does so without a full load.
"use strict";
(() => {
  const format = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "long", timeStyle: "short" });
  const localise = (root) => {
    for (const time of root.querySelectorAll("time[datetime]")) {
      const words = format.format(new Date(time.dateTime));
      time.title = words;
      const unseen = time.querySelector(".unseen");
      if (unseen) unseen.textContent = ", " + words;
    }
  };
  localise(document);

  const main = document.querySelector("main[data-fresh]");
  if (!main) return;
  // On a metered line a page every minute is enough.
  const saving = matchMedia("(prefers-reduced-data: reduce)").matches || navigator.connection?.saveData;
  const seconds = Math.max(Number(main.dataset.fresh) || 10, saving ? 60 : 5);
  const busy = () =>
    document.hidden ||
    (main.contains(document.activeElement) && document.activeElement !== main) ||
    !getSelection().isCollapsed;
  const renew = async () => {
    if (busy()) return;
    try {
      const answer = await fetch(location.href, { redirect: "manual", headers: { Accept: "text/html" } });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const newer = page.getElementById("main");
      if (!newer || busy()) return;
      const log = main.querySelector(".log");
      const height = log?.scrollTop;
      main.replaceChildren(...newer.childNodes);
      const after = main.querySelector(".log");
      if (after && height !== undefined) after.scrollTop = height;
      localise(main);
    } catch {
      // The line is down for a moment: what is shown says how old it is.
    }
  };
  setInterval(renew, seconds * 1000);
})();
