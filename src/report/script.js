// Values under the pointer, lines on and off, linear or logarithmic, tables in any order. The page is whole without it.
(() => {
  const show = (value) => {
    const size = Math.abs(value);
    return size && (size < 1e-3 || size >= 1e5) ? value.toExponential(2) : String(+value.toPrecision(3));
  };
  const value = (axis, share) => {
    const [kind, lower, upper] = axis.split(",");
    const place = +lower + share * (upper - lower);
    return kind === "log" ? 10 ** place : place;
  };
  const points = (line) => line.getAttribute("points").trim().split(" ").map((point) => point.split(",").map(Number));
  const height = (lines, x) => {
    for (const line of lines) {
      for (let k = 1; k < line.length; k++) {
        const [[a, b], [c, d]] = [line[k - 1], line[k]];
        if (a !== c && (x - a) * (x - c) <= 0) return b + ((d - b) * (x - a)) / (c - a);
      }
    }
  };
  const make = (tag, name, text) => Object.assign(document.createElement(tag), { className: name, textContent: text });

  for (const figure of document.querySelectorAll("figure")) {
    const pictures = [...figure.querySelectorAll("svg")];
    if (!pictures.some((svg) => svg.querySelector("[data-frame]"))) continue;
    const tools = make("p", "tools", "");
    const readout = make("output", "readout", "");
    tools.append(readout);
    pictures.at(-1).after(tools);
    for (const svg of pictures) {
      const groups = [...svg.querySelectorAll("[data-series]")].map((group) => ({
        group,
        lines: [...group.querySelectorAll("polyline")].map(points),
        marks: [...group.querySelectorAll("[data-at]")].map((mark) => mark.dataset.at.split(",").map(Number)),
      }));
      svg.addEventListener("pointermove", (event) => {
        const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
        for (const { dataset } of svg.querySelectorAll("[data-frame]")) {
          const [left, top, right, bottom] = dataset.frame.split(",").map(Number);
          if (at.x < left || at.x > right || at.y < top || at.y > bottom) continue;
          const [across, up] = [
            (x) => value(dataset.across, (x - left) / (right - left)),
            (y) => value(dataset.up, (bottom - y) / (bottom - top)),
          ];
          const parts = [`(${show(across(at.x))}, ${show(up(at.y))})`];
          for (const { group, lines, marks } of groups.filter(({ group }) => group.style.display !== "none")) {
            const mark = marks.find(([x, y]) => Math.hypot(x - at.x, y - at.y) < 120);
            const y = marks.length ? mark?.[1] : height(lines, at.x);
            if (y === undefined || y < top || y > bottom) continue;
            const where = mark ? `(${show(across(mark[0]))}, ${show(up(y))})` : show(up(y));
            parts.push(`${group.dataset.series}: ${where}`);
          }
          readout.textContent = parts.slice(0, 7).join(" · ");
        }
      });
      svg.addEventListener("pointerleave", () => (readout.textContent = ""));
      for (const key of svg.querySelectorAll("[data-key]:not([data-key=''])")) {
        const toggle = () => {
          const own = groups.filter(({ group }) => group.dataset.series === key.dataset.key);
          const hidden = own.some(({ group }) => group.style.display !== "none");
          own.forEach(({ group }) => (group.style.display = hidden ? "none" : ""));
          key.style.opacity = hidden ? 0.35 : "";
          key.setAttribute("aria-pressed", String(!hidden));
        };
        key.setAttribute("role", "button");
        key.setAttribute("tabindex", "0");
        key.addEventListener("click", toggle);
        key.addEventListener("keydown", (event) => {
          if (event.key === "Enter" || event.key === " ") event.preventDefault(), toggle();
        });
      }
    }
    if (pictures.length === 2) {
      const button = make("button", "", pictures[1].parentElement.dataset.scale);
      button.type = "button";
      button.addEventListener("click", () => {
        const [shown, other] = pictures.map((svg) => svg.parentElement);
        [shown.hidden, other.hidden] = [!shown.hidden, !other.hidden];
        button.textContent = (shown.hidden ? shown : other).dataset.scale;
      });
      tools.append(button);
    }
  }

  const key = (row, column) => {
    const text = row.cells[column]?.textContent.trim().replace(/[\s\u202f]/g, "").replace(/−/g, "-") ?? "";
    const number = parseFloat(text.replace(/^\(/, ""));
    return Number.isNaN(number) ? text : number;
  };
  for (const table of document.querySelectorAll("table")) {
    const [body] = table.tBodies;
    if (!table.tHead || body.rows.length < 3) continue;
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      head.classList.add("sorts");
      head.tabIndex = 0;
      const sort = () => {
        const sign = head.ariaSort === "ascending" ? -1 : 1;
        const compare = (a, b) => (typeof a === typeof b ? (a > b) - (a < b) : typeof a === "number" ? -1 : 1);
        [...body.rows].sort((a, b) => sign * compare(key(a, column), key(b, column))).forEach((row) => body.append(row));
        for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
        head.ariaSort = sign === 1 ? "ascending" : "descending";
      };
      head.addEventListener("click", sort);
      head.addEventListener("keydown", (event) => event.key === "Enter" && sort());
    });
    if (body.rows.length < 8) continue;
    const filter = Object.assign(document.createElement("input"), { type: "search", placeholder: "filter rows", className: "filter" });
    filter.setAttribute("aria-label", "filter rows");
    filter.addEventListener("input", () => {
      const words = filter.value.toLowerCase().split(/\s+/);
      for (const row of body.rows) row.hidden = !words.every((word) => row.textContent.toLowerCase().includes(word));
    });
    (table.closest(".scroll") ?? table).before(filter);
  }

  const open = () => document.getElementById(location.hash.slice(1))?.closest("details")?.setAttribute("open", "");
  addEventListener("hashchange", open);
  open();
  addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((fold) => (fold.open = true)));
})();
