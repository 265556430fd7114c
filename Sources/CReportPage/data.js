"use strict";

// The data of the page, and what can be asked of a row.
//
// A row is an array: path, result, width, height, digits of the thumbnail, 1 + number of the
// archive, bytes of the path in base64 or 0, 1 + number of the right class; and of a photo that a
// search has found, 1 + number of the row that it was found for, rank, similarity. Zeros at the end
// are left out. The result is [class, share, class, share, ...], or [code, message] of a failure.

const data = JSON.parse(document.getElementById("data").textContent);
const rows = data.rows;

/** Whether the photo has no answer. */
function hasFailed(row) {
  return typeof row[1][0] === "string";
}

/** The classes of a row, likeliest first: number, label and share from 0 to 1. */
function predictions(row) {
  if (hasFailed(row)) return [];
  const found = [];
  for (let i = 0; i + 1 < row[1].length; i += 2) {
    found.push({
      number: row[1][i],
      label: label(row[1][i]),
      share: row[1][i + 1] / data.shareUnits,
    });
  }
  return found;
}

/** The number of the row that a photo was found for; -1 for a query, and where nothing is sought. */
function queryOf(row) {
  return (row[8] || 0) - 1;
}

/** From -1 to 1. */
function similarity(row) {
  return (row[10] || 0) / 10000;
}

/** The number of the query that a row belongs to: its own where it is one. */
function ownQuery(row, number) {
  return queryOf(row) < 0 ? number : queryOf(row);
}

/** The share of the likeliest class, or 1 + the similarity; -1 where there is none. */
function confidence(row) {
  if (queryOf(row) >= 0) return 1 + similarity(row);
  return hasFailed(row) || row[1].length < 2 ? -1 : row[1][1];
}

/** The number of the likeliest class; -1 where there is none. */
function topClass(row) {
  return hasFailed(row) || row[1].length < 2 ? -1 : row[1][0];
}

/** The number of the right class; -1 where it is not known. */
function truth(row) {
  return (row[7] || 0) - 1;
}

function label(number) {
  return data.classes[number][0];
}

/** The label with the WordNet id, where there is one, for titles and choices. */
function longLabel(number) {
  const [name, wnid] = data.classes[number];
  return wnid ? `${name} (${wnid})` : name;
}

/** The path of the archive that the photo is in; an empty text outside of archives. */
function archive(row) {
  return row[5] ? data.archives[row[5] - 1][0] : "";
}

/** The path as it is shown. */
function shownPath(row) {
  const name = visible(row[0]);
  return row[5] ? `${visible(archive(row))}: ${name}` : name;
}

/**
 * The text with control characters spelled out: file names may have line breaks, and characters
 * that change the direction of the text can make one name look like another.
 */
function visible(text) {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    (character) => {
      if (character === "\n") return "\\n";
      if (character === "\r") return "\\r";
      if (character === "\t") return "\\t";
      return `\\u{${character.codePointAt(0).toString(16)}}`;
    });
}

/** The address of the photo's file, or null where it has none. */
function address(row) {
  if (row[5] || row[0] === "-" || hasFailed(row)) return null;
  const bytes = row[6]
    ? Array.from(atob(row[6]), (character) => character.charCodeAt(0))
    : new TextEncoder().encode(row[0]);
  let path = "";
  for (const byte of bytes) {
    const character = String.fromCharCode(byte);
    path += /[A-Za-z0-9\-._~/]/.test(character)
      ? character
      : "%" + byte.toString(16).toUpperCase().padStart(2, "0");
  }
  if (path.startsWith("/")) return "file://" + path;
  return data.base === null ? null : data.base + path;
}

/** A share of 0 to 1 in percent, with one digit behind the point. */
function percent(share) {
  const value = share * 100;
  if (value > 0 && value < 0.05) return "< 0.1%";
  return value.toFixed(1) + "%";
}

/** A number of bytes in units of a thousand or a million. */
function size(bytes) {
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(0)} KB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** `1 photo`, `2 photos`, with a gap after thousands. */
function counted(number, noun) {
  return `${grouped(number)} ${noun}${number === 1 ? "" : "s"}`;
}

function grouped(number) {
  return String(number).replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

/**
 * Makes an element. Texts become text and never markup, whatever they hold.
 *
 * @param name the name of the element.
 * @param attributes its attributes; `class` and `text` among them. Null leaves one out.
 * @param children elements or texts.
 */
function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined) continue;
    if (key === "text") element.textContent = value;
    else element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

/** The element of an identifier. */
function element(id) {
  return document.getElementById(id);
}
