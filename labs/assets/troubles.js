/* Troubleshooting: paste a message, and the entries that fit it stay.

   An entry is a heading of the third level and what follows it; what its reader sees stands in
   blocks titled "You see", where … is for any text. Without this script the page shows them all. */

(() => {
  const place = document.getElementById("message-search");
  if (!place) return;

  const plain = (text) =>
    text.replaceAll("’", "'").replace(/\s+/g, " ").trim().toLowerCase();

  /* the nodes from a heading to the next heading of its level or a higher one */
  const below = (heading, levels) => {
    const nodes = [heading];
    for (let next = heading.nextElementSibling; next && !next.matches(levels); ) {
      nodes.push(next);
      next = next.nextElementSibling;
    }
    return nodes;
  };

  const entryOf = (heading) => {
    const nodes = below(heading, "h2, h3");
    const blocks = nodes.filter((node) => node.matches(".highlight"));
    const seen = blocks.filter((node) => node.querySelector(".filename")?.textContent === "You see");
    return {
      nodes,
      messages: seen.map((node) => node.querySelector("code").textContent),
      text: plain(nodes.filter((node) => !node.matches("details")).map((n) => n.textContent).join(" ")),
    };
  };

  const siblings = [...place.parentElement.children];
  const entries = siblings.filter((node) => node.matches("h3")).map(entryOf);
  const chapters = siblings.filter((node) => node.matches("h2")).map((heading) => {
    const nodes = below(heading, "h2");
    const inside = entries.filter((entry) => nodes.includes(entry.nodes[0]));
    return { nodes, inside, text: plain(nodes.map((node) => node.textContent).join(" ")) };
  });

  /* the pieces of a message between its … stand in a text, in this order */
  const fits = (message, text) => {
    let at = 0;
    return message.split("…").map(plain).every((piece) => {
      const found = text.indexOf(piece, at);
      at = found + piece.length;
      return found >= 0;
    });
  };

  const search = (text) => {
    const exact = entries.filter((entry) => entry.messages.some((m) => fits(m, text)));
    if (exact.length) return exact;
    const whole = entries.filter((entry) => entry.text.includes(text));
    if (whole.length) return whole;
    const words = text.split(" ");
    return entries.filter((entry) => words.every((word) => entry.text.includes(word)));
  };

  const show = (query) => {
    const text = plain(query);
    const found = new Set(text ? search(text) : entries);
    const lists = chapters.filter((c) => !c.inside.length && text && c.text.includes(text));
    const all = !text || (!found.size && !lists.length);
    for (const chapter of chapters) {
      const open = all || lists.includes(chapter) || chapter.inside.some((e) => found.has(e));
      for (const node of chapter.nodes) node.hidden = !open;
    }
    if (!all) {
      for (const entry of entries) {
        for (const node of entry.nodes) node.hidden = !found.has(entry);
      }
    }
    const count = found.size + lists.length;
    if (!text) answer.textContent = "";
    else if (all) answer.textContent = "No entry has this. Try a few words of it.";
    else answer.textContent = count === 1 ? "1 entry fits." : `${count} entries fit.`;
  };

  const label = document.createElement("label");
  label.htmlFor = "message";
  label.textContent = "Your message";
  const field = document.createElement("textarea");
  Object.assign(field, { id: "message", rows: 2, spellcheck: false });
  field.placeholder = "Paste it whole, or type a few of its words";
  const answer = document.createElement("p");
  answer.setAttribute("role", "status");
  field.addEventListener("input", () => show(field.value));
  place.append(label, field, answer);

  /* a link to an entry that is hidden shows them all again */
  addEventListener("hashchange", () => {
    const target = document.getElementById(location.hash.slice(1));
    if (!target?.hidden) return;
    field.value = "";
    show("");
    target.scrollIntoView();
  });
})();
