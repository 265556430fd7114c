// The windows over the page: one photo enlarged, two side by side, and the help.

const dialogs = {
  /** The position of the enlarged photo in the list. */
  position: 0,

  start() {
    for (const dialog of document.querySelectorAll("dialog")) {
      dialog.querySelector(".close").addEventListener("click", () => dialog.close());
      // A click beside the window closes it.
      dialog.addEventListener("click", (event) => {
        if (event.target === dialog) dialog.close();
      });
      dialog.addEventListener("close", () => element("list").focus());
    }
    element("previous").addEventListener("click", () => this.move(-1));
    element("next").addEventListener("click", () => this.move(1));
    element("help-button").addEventListener("click", () => this.help());
    element("compare-button").addEventListener("click", () => this.compare(list.marked));
  },

  /** The window that is open, or null. */
  get open() {
    return document.querySelector("dialog[open]");
  },

  help() {
    if (!element("help").open) element("help").showModal();
  },

  enlarge(position) {
    if (list.shown.length === 0) return;
    this.position = position;
    const number = list.shown[position];
    const row = rows[number];
    element("enlarged-title").textContent = shownPath(row);
    element("enlarged-body").replaceChildren(
      this.largePicture(number),
      make("div", {}, truthLine(row), answer(row), this.facts(number), this.heatMaps(number)));
    element("previous").disabled = position === 0;
    element("next").disabled = position === list.shown.length - 1;
    if (!element("enlarged").open) element("enlarged").showModal();
  },

  /** Enlarges another photo of the list. */
  move(step) {
    const position = this.position + step;
    if (position < 0 || position >= list.shown.length) return;
    list.activate(position);
    this.enlarge(position);
  },

  /** The photo itself where its file is in its place; the thumbnail meanwhile and otherwise. */
  largePicture(number) {
    const row = rows[number];
    const thumbnail = thumbnails.address(number);
    if (!thumbnail) {
      const place = list.picture(number);
      place.classList.add("large");
      return place;
    }
    const picture = make("img", { class: "large", src: thumbnail, alt: `Photo ${row[0]}` });
    const source = address(row);
    if (source !== null && location.protocol === "file:") {
      const whole = new Image();
      whole.onload = () => { picture.src = source; };
      whole.src = source;
    }
    return picture;
  },

  /** Size, place and file of a photo. */
  facts(number) {
    const row = rows[number];
    const facts = make("p", { class: "facts" });
    if (!hasFailed(row)) facts.append(`${row[2]} × ${row[3]} pixels. `);
    facts.append(`Number ${grouped(number + 1)} of ${grouped(rows.length)}. `);
    const source = address(row);
    if (source !== null) {
      facts.append(make("a", { href: source, target: "_blank", text: "Open the photo" }));
    }
    return facts;
  },

  /** The heat maps of a mistake, where they were computed. */
  heatMaps(number) {
    const maps = data.evaluation?.maps?.[number];
    if (!maps) return "";
    const figures = maps.map(([classNumber, share, digits]) => make("figure", {},
      make("img", { src: "data:image/jpeg;base64," + digits,
        alt: `Heat map: what suggests ${label(classNumber)}` }),
      make("figcaption", {},
        `What suggests ${label(classNumber)} (${percent(share / data.shareUnits)})`)));
    return make("div", { class: "maps" }, ...figures,
      make("p", { class: "facts" },
        `Grad-CAM at ${data.evaluation.mapLayer}, on one scale for both classes. `
        + "Dark violet is no evidence, yellow is the strongest.",
        make("div", { class: "legend" })));
  },

  compare(numbers) {
    if (numbers.length < 2) return;
    element("comparison-body").replaceChildren(...numbers.map((number) => {
      const row = rows[number];
      return make("article", {},
        this.largePicture(number),
        make("h3", { text: shownPath(row) }), truthLine(row), answer(row), this.facts(number));
    }));
    if (!element("comparison").open) element("comparison").showModal();
  },

  /** Acts on a key while a window is open; false for a key that has no meaning there. */
  key(key) {
    if (this.open.id !== "enlarged") return false;
    if (["ArrowRight", "ArrowDown", "j"].includes(key)) this.move(1);
    else if (["ArrowLeft", "ArrowUp", "k"].includes(key)) this.move(-1);
    else if (key === "c") {
      element("enlarged").close();
      list.mark(list.shown[this.position]);
    } else return false;
    return true;
  },
};
