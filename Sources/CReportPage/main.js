// Puts everything together: the title, the end of the page, and the keys.

/** An address as people read it; as it is, where its bytes are not UTF-8. */
function decoded(address) {
  try {
    return visible(decodeURIComponent(address));
  } catch {
    return address;
  }
}

function showTitle() {
  element("title").textContent = visible(data.title);
  const failed = rows.filter(hasFailed).length;
  const wrong = rows.length - failed;
  let parts = [counted(rows.length, "photo"), `${grouped(wrong)} classified`];
  if (data.evaluation !== null) {
    parts = [counted(data.evaluation.images, "photo"), counted(wrong, "mistake")];
  } else if (data.search !== null) {
    const found = rows.filter((row) => queryOf(row) >= 0).length;
    const queries = rows.length - found;
    parts = [queries === 1 ? "1 query" : `${grouped(queries)} queries`,
      counted(found, "similar photo"), `index ${visible(data.search.index)}`];
  }
  parts.push(`${grouped(failed)} failed`);
  if (data.model !== null) parts.push(`model ${data.model}`);
  if (data.search !== null) parts.push(`layer ${data.search.layer}`);
  element("summary").textContent = parts.join(" · ");
  const place = data.parts === null
    ? "Thumbnails are inside." : `Thumbnails are in the folder ${decoded(data.parts.folder)}`
      + " beside it: move both together.";
  element("footer").textContent = `Made by ${data.generator} on `
    + `${new Date(data.time * 1000).toLocaleString()}. This page has ${size(data.bytes)}. ${place}`;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  if (dialogs.open) {
    // Escape closes a window without help.
    if (dialogs.key(event.key)) event.preventDefault();
    return;
  }
  const isTyping = event.target.matches("input, select, textarea");
  if (event.key === "Escape") {
    if (isTyping) element("list").focus();
    else list.unmark();
    return;
  }
  if (isTyping) return;
  if (event.key === "?") {
    dialogs.help();
    return;
  }
  if (event.key === "/") {
    if (!evaluation.showsPhotos) evaluation.show("photos");
    element("search").focus();
    element("search").select();
    event.preventDefault();
    return;
  }
  // On a button, Enter presses the button.
  if (event.key === "Enter" && event.target.matches("button, a")) return;
  if (evaluation.showsPhotos && list.key(event.key)) event.preventDefault();
});

thumbnails.index();
thumbnails.watch();
showTitle();
evaluation.start();
list.start();
dialogs.start();
element("list").focus({ preventScroll: true });
