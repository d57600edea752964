"use strict";
(() => {
  const root = document.documentElement, page = 40;
  root.classList.add("js");

  const theme = document.getElementById("theme");
  const dark = () => root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  const keep = (value) => { try { if (value) localStorage.setItem("theme", value); else return localStorage.getItem("theme"); } catch { /* a file may have no storage */ } };
  const kept = keep();
  if (kept) root.dataset.theme = kept;
  theme.hidden = false;
  theme.addEventListener("click", () => { root.dataset.theme = dark() ? "light" : "dark"; keep(root.dataset.theme); });

  // One task at a time, where there are several.
  const over = document.getElementById("all"), tasks = [...document.querySelectorAll("article.task")];
  const route = () => {
    const name = decodeURIComponent(location.hash.slice(1));
    const target = name && document.getElementById(name);
    const own = target && target.closest("article.task");
    if (over) {
      over.hidden = Boolean(own);
      for (const task of tasks) task.hidden = task !== own;
    }
    if (target && target.closest("details")) target.closest("details").open = true;
    if (target) target.scrollIntoView({ behavior: "instant" }); else if (over) scrollTo({ top: 0, behavior: "instant" });
    for (const form of (over ? own ? [own] : [] : tasks)) start(form.querySelector("form.find"));
  };

  // Tables of which a reader chooses the order.
  for (const table of document.querySelectorAll("table.sortable")) {
    const body = table.tBodies[0];
    [...table.tHead.rows[0].cells].slice(0, -1).forEach((head, place) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const up = head.getAttribute("aria-sort") !== "ascending";
        for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", up ? "ascending" : "descending");
        const key = (row) => row.cells[place].textContent.trim();
        const number = (text) => Number.parseFloat(text.replaceAll(",", "").replace("−", "-").replace("> ", ""));
        const compare = (a, b) => {
          const [x, y] = [number(key(a)), number(key(b))];
          return Number.isNaN(x) || Number.isNaN(y) ? key(a).localeCompare(key(b)) : x - y;
        };
        body.append(...[...body.rows].sort((a, b) => up ? compare(a, b) : compare(b, a)));
      });
    });
  }

  const element = (name, text, kind) => {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    if (kind) made.className = kind;
    return made;
  };

  // Rows: part, label, text, characters left out, answers of the sources, their shares of right
  // runs in per cent, the LLM's label, its confidence, the label that is more likely.
  const marked = (into, text, words) => {
    if (!words) { into.append(text); return; }
    const low = text.toLowerCase();
    if (low.length !== text.length) { into.append(text); return; }
    let from = 0;
    for (let at = low.indexOf(words); at >= 0; at = low.indexOf(words, from)) {
      into.append(text.slice(from, at), element("mark", text.slice(at, at + words.length)));
      from = at + words.length;
    }
    into.append(text.slice(from));
  };
  const shown = (data, row, words) => {
    const [part, label, text, cut, said, right, llm, sure, instead] = row;
    const item = element("li"), words_ = element("p", undefined, "t"), facts = element("p", undefined, "m");
    words_.dir = "auto";
    marked(words_, text, words);
    if (cut) words_.append(element("span", ` … ${cut.toLocaleString("en")} more characters`, "cut"));
    const fact = (line, kind) => facts.append(element("span", line, kind));
    fact(data.parts[part]);
    fact(data.labels[label], "label");
    if (said) said.forEach((answer, place) => {
      const good = answer === label, runs = right[place];
      fact(`${good ? "✓" : "✗"} ${data.sources[place]}${good || data.labels.length < 3 ? "" : `: ${data.labels[answer]}`}${runs > 0 && runs < 100 ? ` ${runs} %` : ""}`, good ? "good" : "bad");
    });
    if (llm >= 0) fact(`LLM: ${data.labels[llm]}${sure ? `, ${data.confidence[sure - 1]}` : ""}`, llm === label ? "" : "bad");
    if (instead >= 0) fact(`label doubted: rather ${data.labels[instead]}`, "doubt");
    item.append(words_, facts);
    return item;
  };
  const kinds = {
    wrong: (row) => row[4] && row[4].some((answer) => answer !== row[1]),
    lost: (row) => row[4] && row[4].every((answer) => answer !== row[1]),
    doubt: (row) => row[8] >= 0,
    against: (row) => row[6] >= 0 && row[6] !== row[1],
    unsure: (row) => row[7] > 0 && row[7] < 3,
  };

  const start = (form) => {
    if (!form || !form.hidden) return;
    const own = form.closest("section");
    const data = JSON.parse(document.getElementById(`${form.dataset.task}-data`).textContent);
    const low = data.rows.map((row) => row[2].toLowerCase());
    const sides = ["left", "right"].filter((side) => form.elements[side]);
    const found = form.querySelector(".found");
    const most = { left: page, right: page };
    const draw = () => {
      const words = form.elements.words.value.trim().toLowerCase();
      const label = form.elements.label.value, kind = kinds[form.elements.kind.value];
      const counts = sides.map((side) => {
        const parts = new Set(form.elements[side].value.split(" ").map(Number));
        const rows = data.rows.filter((row, place) => parts.has(row[0]) && (label === "" || row[1] === Number(label)) && (!kind || kind(row)) && (!words || low[place].includes(words)));
        own.querySelector(`ol[data-side=${side}]`).replaceChildren(...rows.slice(0, most[side]).map((row) => shown(data, row, words)));
        own.querySelector(`button[data-side=${side}]`).hidden = rows.length <= most[side];
        return rows.length;
      });
      found.textContent = sides.map((side, place) => `${counts[place].toLocaleString("en")} ${side === "left" ? "real" : "written"}`).join(", ") + " texts found";
    };
    form.addEventListener("input", () => { most.left = most.right = page; draw(); });
    form.addEventListener("submit", (event) => event.preventDefault());
    for (const button of own.querySelectorAll("button.further")) button.addEventListener("click", () => { most[button.dataset.side] += 4 * page; draw(); });
    form.hidden = false;
    draw();
  };

  addEventListener("hashchange", route);
  route();
})();
