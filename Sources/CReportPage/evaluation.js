// The parts of an evaluation: numbers, classes, and the confusion matrix.
//
// `data.evaluation.classes` has an array for each class: number, images, failed, right first
// answers, right among five. `confusions` has [right class, taken for, times], most often first.

const evaluation = {
  /** The classes of the matrix are drawn as a table up to this number, else as a picture. */
  tableLimit: 40,

  start() {
    const found = data.evaluation;
    if (found === null) return;
    this.tabs();
    this.overview(found);
    this.classTable(found);
    this.matrix(found);
    this.show("overview");
  },

  // The parts of the page.

  parts: [
    ["overview", "Overview"], ["classes", "Classes"], ["matrix", "Confusion matrix"],
    ["photos", "Mistakes"],
  ],

  tabs() {
    const bar = element("tabs");
    bar.hidden = false;
    for (const [id, title] of this.parts) {
      const tab = make("button", {
        type: "button", role: "tab", id: `tab-${id}`, "aria-controls": id, text: title,
      });
      tab.addEventListener("click", () => this.show(id));
      bar.append(tab);
    }
    bar.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const tabs = [...bar.children];
      const next = (tabs.indexOf(document.activeElement) + step + tabs.length) % tabs.length;
      tabs[next].focus();
      tabs[next].click();
      event.stopPropagation();
    });
    const photos = element("photos");
    photos.setAttribute("role", "tabpanel");
    photos.setAttribute("aria-labelledby", "tab-photos");
    element("order").value = "sure";
  },

  /** Shows one part and hides the others. */
  show(wanted) {
    for (const [id] of this.parts) {
      element(id).hidden = id !== wanted;
      element(`tab-${id}`).setAttribute("aria-selected", id === wanted);
      element(`tab-${id}`).tabIndex = id === wanted ? 0 : -1;
    }
    if (wanted === "photos") list.update();
    if (wanted === "matrix") this.drawMatrix?.();
  },

  /** Whether the list of photos is in view. */
  get showsPhotos() {
    return data.evaluation === null || !element("photos").hidden;
  },

  /** A button that shows the photos of a confusion; null for any class. */
  link(text, right, taken, title) {
    const button = make("button", { type: "button", text, title });
    button.addEventListener("click", () => {
      this.show("photos");
      list.choose(right, taken);
      element("list").focus();
    });
    return button;
  },

  // Numbers.

  proportion(part) {
    if (part.accuracy === null) return ["-", "no images"];
    const [low, high] = part.interval;
    return [`${(part.accuracy * 100).toFixed(2)}%`,
      `95% interval: ${(low * 100).toFixed(2)}% to ${(high * 100).toFixed(2)}%`];
  },

  overview(found) {
    const numbers = make("div", { class: "numbers" });
    const add = (title, value, detail) => numbers.append(make("div", { class: "number" },
      make("span", { text: title }), make("b", { text: value }), make("span", { text: detail })));
    add("First answer right (top-1)", ...this.proportion(found.top1));
    add("Right among five (top-5)", ...this.proportion(found.top5));
    add("Images", grouped(found.images),
      `${found.failed === 0 ? "all could be read" : grouped(found.failed) + " could not be read"}`
      + (found.unlabelled > 0 ? `, ${grouped(found.unlabelled)} without a label left out` : ""));
    element("overview").append(numbers);

    this.worstMistakes(found);
    element("overview").append(make("h3", { text: "Most confused pairs" }));
    if (found.confusions.length === 0) {
      element("overview").append(make("p", { text: "There are no mistakes." }));
      return;
    }
    const body = make("tbody");
    for (const [right, taken, times] of found.confusions.slice(0, 30)) {
      body.append(make("tr", {},
        make("td", {}, this.link(grouped(times), right, taken, "Show these photos")),
        make("td", { class: "text", text: label(right), title: longLabel(right) }),
        make("td", { class: "text", text: label(taken), title: longLabel(taken) })));
    }
    element("overview").append(make("div", { class: "scroll" },
      make("table", { class: "data" },
        make("thead", {}, make("tr", {},
          make("th", { scope: "col", text: "Times" }), make("th", { scope: "col", text: "Is" }),
          make("th", { scope: "col", text: "Taken for" }))),
        body)));
  },

  /** The mistakes that have heat maps, each a button that enlarges it. */
  worstMistakes(found) {
    const worst = Object.keys(found.maps).map(Number);
    if (worst.length === 0) return;
    worst.sort((a, b) => confidence(rows[b]) - confidence(rows[a]));
    const buttons = worst.map((number) => {
      const row = rows[number];
      const button = make("button", { type: "button", title: shownPath(row) },
        list.picture(number),
        make("span", { text: `${label(topClass(row))} ${percent(predictions(row)[0].share)}` }),
        make("span", { text: `is ${label(truth(row))}` }));
      button.addEventListener("click", () => {
        this.show("photos");
        list.choose(null, null);
        list.activate(list.shown.indexOf(number));
        dialogs.enlarge(list.active);
      });
      return button;
    });
    element("overview").append(make("h3", { text: "Worst mistakes" }),
      make("p", {}, "The network was surest of these wrong answers. Enlarged, they show where "
        + "it found evidence for its answer and for the right class."),
      make("div", { class: "worst" }, ...buttons));
  },

  // Classes.

  classTable(found) {
    const commonest = new Map();
    for (const [right, taken, times] of found.confusions) {
      if (!commonest.has(right)) commonest.set(right, [taken, times]);
    }
    const share = (part, of) => (of === 0 ? -1 : part / of);
    const entries = found.classes.filter((one) => one[1] > 0).map((one) => {
      const [number, images, failed, top1, top5] = one;
      return {
        number, images, failed, name: label(number),
        top1: share(top1, images - failed), top5: share(top5, images - failed),
        mistake: commonest.get(number),
      };
    });
    const columns = [
      ["name", "Class"], ["images", "Images"], ["failed", "Failed"], ["top1", "Top-1"],
      ["top5", "Top-5"], ["mistake", "Most often taken for"],
    ];
    const body = make("tbody");
    const head = make("tr");
    let [sorted, isDescending] = ["top1", false];

    const fill = () => {
      const value = (one) => (sorted === "mistake" ? (one.mistake || [0, 0])[1] : one[sorted]);
      entries.sort((a, b) => {
        const order = sorted === "name"
          ? a.name.localeCompare(b.name) : value(a) - value(b) || a.number - b.number;
        return isDescending ? -order : order;
      });
      const text = (value) => (value < 0 ? "-" : (value * 100).toFixed(1) + "%");
      body.replaceChildren(...entries.map((one) => {
        const last = make("td", { class: "text" });
        if (one.mistake) {
          const [taken, times] = one.mistake;
          last.append(this.link(`${label(taken)} (${times})`, one.number, taken));
        }
        return make("tr", {},
          make("th", { scope: "row", text: one.name, title: longLabel(one.number) }),
          make("td", { text: grouped(one.images) }), make("td", { text: grouped(one.failed) }),
          make("td", { text: text(one.top1) }), make("td", { text: text(one.top5) }), last);
      }));
      [...head.children].forEach((cell, index) => {
        const isSorted = columns[index][0] === sorted;
        cell.setAttribute("aria-sort",
          isSorted ? (isDescending ? "descending" : "ascending") : "none");
        cell.querySelector(".arrow").textContent = isSorted ? (isDescending ? " ▼" : " ▲") : "";
      });
    };

    for (const [key, title] of columns) {
      const button = make("button", { type: "button" }, title, make("span", { class: "arrow" }));
      button.addEventListener("click", () => {
        isDescending = sorted === key ? !isDescending : key === "mistake" || key === "images";
        sorted = key;
        fill();
      });
      head.append(make("th", { scope: "col" }, button));
    }
    fill();
    element("classes").append(
      make("p", { text: "Classes with images. A title sorts by its column." }),
      make("table", { class: "data" }, make("thead", {}, head), body));
  },

  // The matrix: a row for each right class, a column for each answer.

  matrix(found) {
    const present = new Set(found.classes.filter((one) => one[1] > 0).map((one) => one[0]));
    for (const [, taken] of found.confusions) present.add(taken);
    const order = found.classes.map((one) => one[0]).filter((number) => present.has(number));
    const place = new Map(order.map((number, index) => [number, index]));
    const counts = new Map();
    for (const [right, taken, times] of found.confusions) counts.set(`${right},${taken}`, times);
    const totals = new Map();
    for (const [number, images, failed, top1] of found.classes) {
      totals.set(number, images - failed);
      if (top1 > 0) counts.set(`${number},${number}`, top1);
    }
    const count = (right, taken) => counts.get(`${right},${taken}`) || 0;
    const share = (right, taken) => count(right, taken) / Math.max(1, totals.get(right) || 0);
    const toolbar = make("div", { class: "toolbar" });
    const scroll = make("div", { id: "matrix-scroll", tabindex: 0, role: "region",
      "aria-label": "Confusion matrix" });
    element("matrix").append(toolbar, scroll);
    if (order.length <= this.tableLimit) {
      toolbar.append("A row for each right class, a column for each answer. The darker a field, "
        + "the larger its share of the row.");
      scroll.append(this.matrixTable(order, count, share));
    } else {
      this.matrixPicture(toolbar, scroll, order, place, counts, share);
    }
  },

  matrixTable(order, count, share) {
    const head = make("tr", {}, make("td", { text: "" }),
      ...order.map((number) => make("th", { scope: "col", text: label(number) })));
    const body = make("tbody");
    for (const right of order) {
      const line = make("tr", {}, make("th", { scope: "row", text: label(right) }));
      for (const taken of order) {
        const times = count(right, taken);
        const cell = make("td");
        if (times > 0) {
          cell.style.background = `rgba(var(--cell), ${0.1 + 0.6 * share(right, taken)})`;
          const title = `${label(right)} taken for ${label(taken)}: ${times}`;
          if (right === taken) {
            cell.textContent = times;
            cell.title = `${label(right)}: ${times} right`;
          } else cell.append(this.link(String(times), right, taken, title));
        }
        line.append(cell);
      }
      body.append(line);
    }
    return make("table", { class: "data" }, make("thead", {}, head), body);
  },

  /** The matrix of many classes: a picture, with a line below it that says what is under the
   * pointer. The tables of pairs and classes say the same in words. */
  matrixPicture(toolbar, scroll, order, place, counts, share) {
    const zoom = make("input", { type: "range", min: 1, max: 24, value: 4, id: "zoom" });
    const text = make("output", { "aria-live": "polite" });
    toolbar.append(make("label", { for: "zoom", text: "Zoom" }), zoom, text);
    const picture = make("canvas", { role: "img",
      "aria-label": "Confusion matrix: a row for each right class, a column for each answer" });
    scroll.append(picture);
    const usual = `${order.length} classes. A row for each right class, a column for each answer.`;
    text.textContent = usual;

    const draw = () => {
      // No browser draws pictures much larger than this.
      const cell = Math.max(1, Math.min(Number(zoom.value), Math.floor(8000 / order.length)));
      picture.width = cell * order.length;
      picture.height = cell * order.length;
      picture.dataset.cell = cell;
      const context = picture.getContext("2d");
      const style = getComputedStyle(document.documentElement);
      const [color, wrong] = [style.getPropertyValue("--cell"), style.getPropertyValue("--mark")];
      for (const key of counts.keys()) {
        const [right, taken] = key.split(",").map(Number);
        const value = share(right, taken);
        context.globalAlpha = right === taken ? 1 : Math.min(1, 0.25 + 1.5 * value);
        context.fillStyle = right === taken ? `rgba(${color}, ${0.15 + 0.85 * value})` : wrong;
        context.fillRect(place.get(taken) * cell, place.get(right) * cell, cell, cell);
      }
    };
    const field = (event) => {
      const cell = Number(picture.dataset.cell);
      return [order[Math.floor(event.offsetY / cell)], order[Math.floor(event.offsetX / cell)]];
    };
    picture.addEventListener("pointermove", (event) => {
      const [right, taken] = field(event);
      if (right === undefined || taken === undefined) return;
      const times = counts.get(`${right},${taken}`) || 0;
      text.textContent = right === taken
        ? `${label(right)}: ${times} right` : `${label(right)} taken for ${label(taken)}: ${times}`;
    });
    picture.addEventListener("pointerleave", () => { text.textContent = usual; });
    picture.addEventListener("click", (event) => {
      const [right, taken] = field(event);
      if (right === taken || !counts.get(`${right},${taken}`)) return;
      this.show("photos");
      list.choose(right, taken);
    });
    zoom.addEventListener("input", draw);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
    this.drawMatrix = draw;
    draw();
  },
};
