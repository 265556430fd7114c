// Thumbnails: base64 digits in blocks, one after the other. A block is an element of the page, or a
// script beside it, which calls `thumbnails.add` when it has been loaded.
//
// A page that is a file may not read other files, but it may load scripts.

const thumbnails = {
  /** For each row, the block and the place in it. */
  places: [],
  /** The digits of the blocks that are in memory, by their numbers. */
  blocks: new Map(),
  /** The scripts that are being loaded, by the numbers of their blocks. */
  loading: new Set(),
  /** Blocks that cannot be loaded. */
  missing: new Set(),
  /** The most blocks beside the page that are kept in memory: about 1 MB each. */
  blockLimit: 64,
  /** Called when more thumbnails have come. */
  onChange() {},

  /** Computes where the thumbnail of each row is. */
  index() {
    let block = -1;
    let offset = 0;
    this.places = rows.map((row, number) => {
      const digits = row[4] || 0;
      if (digits === 0) return null;
      if (block + 1 < data.blocks.length && data.blocks[block + 1] === number) {
        block += 1;
        offset = 0;
      }
      const place = { block, offset, digits };
      offset += digits;
      return place;
    });
  },

  /**
   * The thumbnail of a row as an address for an image; null where there is none, and undefined
   * where it has not been loaded yet. Then `onChange` is called later.
   */
  address(number) {
    const place = this.places[number];
    if (!place || this.missing.has(place.block)) return null;
    const digits = this.block(place.block);
    if (digits === undefined) return undefined;
    return "data:image/jpeg;base64,"
      + digits.substring(place.offset, place.offset + place.digits);
  },

  block(number) {
    if (this.blocks.has(number)) return this.blocks.get(number);
    if (data.parts !== null) {
      this.load(number);
      return undefined;
    }
    const holder = element(`thumbnails-${number}`);
    // While the page is being read, its last element may not be complete.
    const isComplete = holder && (document.readyState !== "loading" || holder.nextSibling);
    if (!isComplete) {
      if (document.readyState !== "loading") this.missing.add(number);
      return undefined;
    }
    this.blocks.set(number, holder.textContent);
    return this.blocks.get(number);
  },

  /** Loads the script of a block. */
  load(number) {
    if (this.loading.has(number)) return;
    this.loading.add(number);
    const script = document.createElement("script");
    script.src = data.parts.folder + data.parts.prefix + number + data.parts.ending;
    script.onerror = () => {
      this.loading.delete(number);
      this.missing.add(number);
      this.onChange();
    };
    script.onload = () => script.remove();
    document.head.append(script);
  },

  /** Takes the digits of a block. The scripts beside the page call this. */
  add(number, digits) {
    this.loading.delete(number);
    this.blocks.set(number, digits);
    if (this.blocks.size > this.blockLimit) {
      this.blocks.delete(this.blocks.keys().next().value);
    }
    this.onChange();
  },

  /** While the page is being read, more thumbnails come without a sign. */
  watch() {
    if (document.readyState !== "loading") return;
    const timer = setInterval(() => this.onChange(), 250);
    document.addEventListener("DOMContentLoaded", () => {
      clearInterval(timer);
      this.onChange();
    });
  },
};
