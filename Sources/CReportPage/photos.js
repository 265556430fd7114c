// The list of photos: filters, order, the cards in view, and the keys.

/** The bars of the classes of a row. */
function bars(row) {
  const list = make("ul", { class: "bars" });
  const found = predictions(row);
  for (const one of found) {
    const bar = make("span", { class: "bar" });
    bar.style.width = `${(one.share * 100).toFixed(1)}%`;
    list.append(make("li", { class: one.number === truth(row) ? "is-truth" : null },
      make("span", { class: "label", text: one.label, title: longLabel(one.number) }),
      make("span", { class: "track" }, bar),
      make("span", { class: "share", text: percent(one.share) })));
  }
  if (found.length === 0) {
    list.append(make("li", {}, make("span", { text: "no class is probable enough" })));
  }
  return list;
}

/** What went wrong with the photo of a row. */
function failure(row) {
  return make("div", { class: "failure" },
    make("b", { text: row[1][0].replaceAll("_", " ") }), visible(row[1][1]));
}

/** What a search has found: how similar a photo is, or how many photos are like a query. */
function findings(row) {
  if (queryOf(row) < 0) {
    const count = list.foundCount(row);
    const text = count === 0 ? "no photo is similar enough" : counted(count, "similar photo");
    return make("div", { class: "like", text: `Query: ${text}` });
  }
  const query = shownPath(rows[queryOf(row)]);
  const bar = make("span", { class: "bar" });
  bar.style.width = `${Math.max(0, similarity(row) * 100).toFixed(1)}%`;
  return make("div", {},
    make("ul", { class: "bars" }, make("li", {},
      make("span", { class: "label", text: `No. ${row[9]}` }),
      make("span", { class: "track" }, bar),
      make("span", { class: "share", text: similarity(row).toFixed(4), title: "Similarity" }))),
    make("div", { class: "like", text: `like ${query.split("/").pop()}`, title: query }));
}

/** The classes of a row, or what a search says about it, or why there is nothing. */
function answer(row) {
  if (hasFailed(row)) return failure(row);
  return data.search === null ? bars(row) : findings(row);
}

/** The right class of a row, where it is known. */
function truthLine(row) {
  if (truth(row) < 0) return "";
  const line = make("div", { class: "truth" }, "is ", make("b", { text: label(truth(row)) }));
  line.title = longLabel(truth(row));
  return line;
}

const list = {
  /** The numbers of the rows that fit the filters, in the chosen order. */
  shown: [],
  /** The position in `shown` of the photo that the keys act on. */
  active: 0,
  /** The numbers of the rows that are marked for comparison: two at most. */
  marked: [],
  /** The cards in the page, by the positions in `shown`. */
  cards: new Map(),
  /** For each row, the text that is searched; made when it is first needed. */
  texts: null,
  /** How many photos were found for each query; counted when that is first needed. */
  counts: null,

  /** Sizes in CSS pixels. */
  cardHeight: 150,
  gap: 8,
  narrowestCard: 370,
  /** Browsers do not scroll further than about twice this. Longer lists move faster. */
  tallest: 8e6,
  /** Rows of cards above and below those in view, so that scrolling shows no gaps. */
  margin: 3,

  start() {
    this.view = element("list");
    this.canvas = element("canvas");
    this.fillChoices();
    for (const id of ["class-filter", "truth-filter", "outcome-filter", "order"]) {
      element(id).addEventListener("change", () => this.update());
    }
    let wait = 0;
    element("search").addEventListener("input", () => {
      clearTimeout(wait);
      wait = setTimeout(() => this.update(), rows.length > 20000 ? 150 : 0);
    });
    element("filters").addEventListener("submit", (event) => event.preventDefault());
    this.view.addEventListener("scroll", () => this.schedule(), { passive: true });
    this.view.addEventListener("click", (event) => {
      const card = event.target.closest(".card");
      if (!card) return;
      this.activate(Number(card.dataset.position));
      if (event.target.closest(".thumbnail")) dialogs.enlarge(this.active);
    });
    this.view.addEventListener("dblclick", () => dialogs.enlarge(this.active));
    new ResizeObserver(() => this.layout()).observe(this.view);
    window.addEventListener("beforeprint", () => this.print());
    window.addEventListener("afterprint", () => this.afterPrint());
    thumbnails.onChange = () => this.showThumbnails();
    this.update();
  },

  /** Fills the choices of classes, the most frequent first. */
  fillChoices() {
    const fill = (select, title, numberOf) => {
      const counts = new Map();
      for (const row of rows) {
        const number = numberOf(row);
        if (number >= 0) counts.set(number, (counts.get(number) || 0) + 1);
      }
      select.append(make("option", { value: "", text: title }));
      const order = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
      for (const [number, count] of order) {
        select.append(make("option", { value: number, text: `${label(number)} (${count})` }));
      }
      return counts.size;
    };
    if (data.search !== null) {
      this.fillQueries();
      return;
    }
    const isEvaluation = data.evaluation !== null;
    fill(element("class-filter"), isEvaluation ? "Taken for any class" : "All classes", topClass);
    if (fill(element("truth-filter"), "Of any class", truth) > 0) {
      element("truth-filter").hidden = false;
    }
    if (isEvaluation) element("order").querySelector("[value=sure]").text = "Worst mistakes first";
  },

  /** Lets the reader choose a query where others choose a class. */
  fillQueries() {
    const select = element("class-filter");
    select.setAttribute("aria-label", "Show the photos of one query");
    select.append(make("option", { value: "", text: "All queries" }));
    rows.forEach((row, number) => {
      if (queryOf(row) < 0) select.append(make("option", { value: number, text: shownPath(row) }));
    });
    select.hidden = select.options.length < 3;
    element("outcome-filter").hidden = !rows.some(hasFailed);
    const choose = (id, value, text) => {
      element(id).querySelector(`[value=${value}]`).text = text;
    };
    choose("outcome-filter", "all", "Compared and failed");
    choose("outcome-filter", "answered", "Compared");
    choose("order", "input", "By query");
    choose("order", "sure", "Most similar first");
    choose("order", "unsure", "Least similar first");
    element("search").placeholder = "Search paths";
  },

  /** How many photos were found for a query. */
  foundCount(query) {
    if (this.counts === null) {
      this.counts = new Map();
      for (const row of rows) {
        const other = rows[queryOf(row)];
        if (other) this.counts.set(other, (this.counts.get(other) || 0) + 1);
      }
    }
    return this.counts.get(query) || 0;
  },

  /** The number that the choice of a class, or of a query, compares. */
  group(row, number) {
    return data.search === null ? topClass(row) : ownQuery(row, number);
  },

  /** Shows the photos of one pair of classes; null for any. */
  choose(right, taken) {
    element("search").value = "";
    element("truth-filter").value = right === null ? "" : right;
    element("class-filter").value = taken === null ? "" : taken;
    element("outcome-filter").value = "all";
    this.update();
  },

  /** The text of a row that is searched. */
  text(number) {
    if (this.texts === null) {
      this.texts = rows.map((row) => {
        const words = predictions(row).map((one) => one.label);
        if (truth(row) >= 0) words.push(label(truth(row)));
        if (hasFailed(row)) words.push(...row[1]);
        return [archive(row), row[0], ...words].join("\n").toLowerCase();
      });
    }
    return this.texts[number];
  },

  /** Chooses and orders the photos anew. */
  update() {
    const words = element("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = element("class-filter").value;
    const right = element("truth-filter").value;
    const outcome = element("outcome-filter").value;
    const before = this.shown[this.active];
    this.shown = [];
    rows.forEach((row, number) => {
      if (wanted !== "" && this.group(row, number) !== Number(wanted)) return;
      if (right !== "" && truth(row) !== Number(right)) return;
      if (outcome !== "all" && hasFailed(row) !== (outcome === "failed")) return;
      if (words.length > 0 && !words.every((word) => this.text(number).includes(word))) return;
      this.shown.push(number);
    });
    this.sort(element("order").value);
    this.active = Math.max(0, this.shown.indexOf(before));
    element("count").textContent = this.shown.length === rows.length
      ? counted(rows.length, "photo")
      : `${grouped(this.shown.length)} of ${counted(rows.length, "photo")}`;
    element("nothing").hidden = this.shown.length > 0;
    this.view.hidden = this.shown.length === 0;
    this.clear();
    this.layout();
    this.reveal();
  },

  sort(order) {
    const compare = {
      // Failures are behind all others in both directions.
      sure: (a, b) => confidence(rows[b]) - confidence(rows[a]) || a - b,
      unsure: (a, b) => (confidence(rows[a]) < 0) - (confidence(rows[b]) < 0)
        || confidence(rows[a]) - confidence(rows[b]) || a - b,
      failed: (a, b) => hasFailed(rows[b]) - hasFailed(rows[a]) || a - b,
    };
    if (order === "path") {
      const names = new Intl.Collator(undefined, { numeric: true });
      this.shown.sort((a, b) => names.compare(archive(rows[a]), archive(rows[b]))
        || names.compare(rows[a][0], rows[b][0]) || a - b);
    } else if (compare[order]) {
      this.shown.sort(compare[order]);
    }
  },

  // Layout.

  /** Computes the columns from the width, and the height of everything. */
  layout() {
    const width = this.view.clientWidth;
    if (width === 0) return;
    const columns = Math.max(1, Math.floor((width - this.gap) / (this.narrowestCard + this.gap)));
    const cardWidth = (width - this.gap * (columns + 1)) / columns;
    if (columns !== this.columns || cardWidth !== this.cardWidth) this.clear();
    this.columns = columns;
    this.cardWidth = cardWidth;
    this.step = this.cardHeight + this.gap;
    this.height = Math.ceil(this.shown.length / columns) * this.step + this.gap;
    this.canvas.style.height = `${Math.min(this.height, this.tallest)}px`;
    this.draw();
  },

  /** How far the list is scrolled, had it its full height. */
  get offset() {
    return this.view.scrollTop * this.ratio;
  },

  /** Full height that can be scrolled, divided by that of the element; 1 for all but huge lists. */
  get ratio() {
    const room = this.view.clientHeight;
    if (this.height <= this.tallest) return 1;
    return (this.height - room) / (this.tallest - room);
  },

  schedule() {
    if (this.isScheduled) return;
    this.isScheduled = true;
    requestAnimationFrame(() => {
      this.isScheduled = false;
      this.draw();
    });
  },

  /** Puts the cards in view into the page, and takes the others away. */
  draw() {
    if (this.isPrinting || !this.columns) return;
    const offset = this.offset;
    const first = Math.max(0, Math.floor(offset / this.step) - this.margin);
    const last = Math.ceil((offset + this.view.clientHeight) / this.step) + this.margin;
    const from = first * this.columns;
    const to = Math.min(this.shown.length, last * this.columns);
    for (const [position, card] of this.cards) {
      if (position < from || position >= to) {
        card.remove();
        this.cards.delete(position);
      }
    }
    // Where the list is taller than the element, cards move on with the element's own scrolling.
    const shift = this.view.scrollTop - offset;
    for (let position = from; position < to; position += 1) {
      let card = this.cards.get(position);
      if (!card) {
        card = this.card(position);
        this.cards.set(position, card);
        this.canvas.append(card);
      }
      const row = Math.floor(position / this.columns);
      const x = this.gap + (position % this.columns) * (this.cardWidth + this.gap);
      const y = this.gap + row * this.step + shift;
      card.style.transform = `translate(${x}px, ${y}px)`;
    }
  },

  clear() {
    for (const card of this.cards.values()) card.remove();
    this.cards.clear();
  },

  /** The card of a photo. */
  card(position) {
    const number = this.shown[position];
    const row = rows[number];
    const card = make("div", {
      class: "card",
      id: `photo-${number}`,
      role: "option",
      "aria-posinset": position + 1,
      "aria-setsize": this.shown.length,
      "aria-selected": position === this.active,
      "data-position": position,
    });
    card.classList.toggle("active", position === this.active);
    card.classList.toggle("marked", this.marked.includes(number));
    card.classList.toggle("query", data.search !== null && queryOf(row) < 0);
    card.style.width = `${this.cardWidth}px`;
    const path = make("div", { class: "path", title: shownPath(row) },
      make("bdi", { text: shownPath(row) }));
    card.append(this.picture(number), make("div", { class: "details" },
      path, truthLine(row), answer(row)));
    return card;
  },

  /** The thumbnail of a photo, or what stands in its place. */
  picture(number) {
    const source = thumbnails.address(number);
    if (source) return make("img", { class: "thumbnail", src: source, alt: "" });
    const text = hasFailed(rows[number]) ? "not readable" : "no thumbnail";
    return make("div", {
      class: "thumbnail no-thumbnail",
      text: source === undefined ? "" : text,
      "data-waiting": source === undefined ? number : null,
    });
  },

  /** Shows the thumbnails that have come since their cards were made. */
  showThumbnails() {
    for (const place of document.querySelectorAll("[data-waiting]")) {
      const picture = this.picture(Number(place.dataset.waiting));
      if (!picture.dataset.waiting) place.replaceWith(picture);
    }
  },

  // The photo that the keys act on.

  activate(position) {
    if (this.shown.length === 0) return;
    this.setActive(false);
    this.active = Math.min(Math.max(position, 0), this.shown.length - 1);
    this.reveal();
  },

  setActive(isActive) {
    const card = this.cards.get(this.active);
    if (!card) return;
    card.classList.toggle("active", isActive);
    card.setAttribute("aria-selected", isActive);
  },

  /** Scrolls to the active photo. */
  reveal() {
    if (!this.columns || this.shown.length === 0) return;
    const top = Math.floor(this.active / this.columns) * this.step;
    const bottom = top + this.step + this.gap;
    const offset = this.offset;
    if (top < offset) this.view.scrollTop = top / this.ratio;
    else if (bottom > offset + this.view.clientHeight) {
      this.view.scrollTop = (bottom - this.view.clientHeight) / this.ratio;
    }
    this.draw();
    this.setActive(true);
    this.view.setAttribute("aria-activedescendant", `photo-${this.shown[this.active]}`);
  },

  /** Marks a photo for comparison or takes the mark away. With two marked, they are compared. */
  mark(number) {
    if (this.marked.includes(number)) {
      this.marked = this.marked.filter((one) => one !== number);
    } else {
      this.marked = [...this.marked.slice(-1), number];
    }
    this.showMarks();
    if (this.marked.length === 2) dialogs.compare(this.marked);
  },

  unmark() {
    this.marked = [];
    this.showMarks();
  },

  showMarks() {
    for (const [position, card] of this.cards) {
      card.classList.toggle("marked", this.marked.includes(this.shown[position]));
    }
    element("compare-button").disabled = this.marked.length < 2;
  },

  /** Moves for a key; false for a key that has no meaning here. */
  key(key) {
    const page = Math.max(1, Math.floor(this.view.clientHeight / this.step)) * this.columns;
    const steps = {
      ArrowLeft: -1, ArrowRight: 1, ArrowUp: -this.columns, ArrowDown: this.columns,
      j: 1, k: -1, PageUp: -page, PageDown: page, Home: -Infinity, End: Infinity,
    };
    if (key in steps) {
      const target = this.active + steps[key];
      // Up and down stay in their column.
      const isColumn = Math.abs(steps[key]) === this.columns && key.startsWith("Arrow");
      if (isColumn && (target < 0 || target >= this.shown.length)) return true;
      this.activate(target);
      return true;
    }
    if (this.shown.length === 0) return false;
    if (key === "Enter") dialogs.enlarge(this.active);
    else if (key === "c") this.mark(this.shown[this.active]);
    else return false;
    return true;
  },

  // Paper.

  /** The most photos that are printed. */
  printLimit: 500,

  print() {
    this.clear();
    this.isPrinting = true;
    const count = Math.min(this.shown.length, this.printLimit);
    for (let position = 0; position < count; position += 1) {
      const card = this.card(position);
      this.cards.set(position, card);
      this.canvas.append(card);
    }
    element("print-note").textContent = count < this.shown.length
      ? `These are the first ${count} of ${counted(this.shown.length, "photo")}.` : "";
  },

  afterPrint() {
    this.isPrinting = false;
    this.clear();
    this.layout();
  },
};
