// The board in the browser. What arrives was partly written by a model, so text only ever goes in
// through textContent; nothing here makes markup of it.
"use strict";

const GLIDE = 550; // milliseconds a racer takes to another place
const PAINT_EVERY = 120; // milliseconds; a fast race is shown in steps
const SPEAK_EVERY = 5000; // milliseconds between two comments read aloud
const COMMENTS = 30;
const ANOMALIES = 24;
const TEAM_COLOURS = 6;
const FRESH = 5; // seconds of the race after which a racer's comment is of the past
const CATEGORIES = ["highlight", "warning", "info"];
const KINDS = { hot: "too hot", cold: "too cold", odd: "unusual" };

const at = (id) => document.getElementById(id);
const calm = matchMedia("(prefers-reduced-motion: reduce)");

let race; // as /state tells it
let due = false;
let spoken = 0;
const rows = new Map(); // racer → its line of the standings

function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

function clock(second) {
  return `${Math.floor(second / 60)}:${String(second % 60).padStart(2, "0")}`;
}

// --- what arrives

function connect() {
  const source = new EventSource("events");
  source.onopen = () => link("live", "live");
  source.onerror = () => {
    link("lost", "connection lost, trying again");
    // A browser gives up after an answer that is no stream; we do not.
    if (source.readyState === EventSource.CLOSED) setTimeout(connect, 2000);
  };
  const on = (kind, take) => source.addEventListener(kind, (event) => {
    take(JSON.parse(event.data));
    paintSoon();
  });
  on("state", begin);
  on("standings", (body) => { Object.assign(race, body); });
  on("comment", (body) => {
    race.comments.push(body);
    if (race.comments.length > COMMENTS) race.comments.shift();
    if (body.racer) race.latest[body.racer] = body;
    race.comments_so_far += 1;
    speak(body);
  });
  on("anomaly", (body) => {
    race.anomalies.push(body);
    if (race.anomalies.length > ANOMALIES) race.anomalies.shift();
    race.anomalies_so_far += 1;
  });
  on("topics", (body) => { Object.assign(race, body); });
}

function begin(state) {
  race = state;
  race.comments = state.comments.slice(-COMMENTS);
}

function link(state, words) {
  at("link").dataset.state = state;
  at("link-words").textContent = words;
}

// One comment at a time is read aloud, and the lead comes first: a voice cannot say eight a second.
function speak(comment) {
  const wait = comment.category === "highlight" ? SPEAK_EVERY : SPEAK_EVERY * 2;
  if (Date.now() - spoken < wait) return;
  spoken = Date.now();
  at("spoken").textContent = comment.racer ? `${comment.racer}: ${comment.message}` : comment.message;
}

// --- what is shown

function paintSoon() {
  if (due) return;
  due = true;
  setTimeout(() => { due = false; paint(); }, PAINT_EVERY);
}

function paint() {
  paintHead();
  for (const kind of ["positions", "comments", "anomalies"]) paintSource(kind);
  paintNotices();
  paintAnomalies();
  paintStandings();
  paintComments();
}

function paintHead() {
  const winner = race.standings[0];
  at("race").textContent = race.race_id === null ? "no race yet"
    : race.over && winner ? `${race.race_id} · ${winner.racer} wins` : race.race_id;
  at("clock").textContent = clock(race.second === null ? 0 : race.second + (race.over ? 1 : 0));
  at("clock").classList.toggle("soft", race.second === null);
  at("of").textContent = race.over ? "finished" : race.total === null ? "" : `of ${clock(race.total)}`;
  const progress = at("progress");
  progress.hidden = race.total === null;
  if (race.total !== null) {
    progress.max = race.total;
    progress.value = race.second === null ? 0 : race.second + 1;
  }
}

// Which topic a section lives from, and why there is nothing in it.
function sourceOf(kind) {
  const found = Object.entries(race.topics).find(([, source]) => source.kind === kind);
  return found ? { topic: found[0], state: found[1].state } : { topic: "", state: "looking" };
}

function isEmpty(kind) {
  return (kind === "positions" ? race.standings : race[kind]).length === 0;
}

function paintSource(kind) {
  const { topic, state } = sourceOf(kind);
  const tag = at(`topic-${kind}`);
  tag.dataset.state = state;
  write(tag, topic);
  tag.title = { reading: "this topic is read", waiting: "this topic is not there yet" }[state] || "not known yet";
  const empty = at(`no-${kind}`);
  empty.hidden = !isEmpty(kind);
  const [what, why] = emptyWords(kind, topic, state);
  write(empty.children[0], what);
  write(empty.children[1], why);
}

function emptyWords(kind, topic, state) {
  if (state === "looking") return ["Looking for the topic.", ""];
  if (state === "unknown") return [`Is there a topic ${topic}?`, "No broker answers, so nobody knows."];
  if (state === "waiting") {
    const maker = kind === "positions" ? "The first race makes it." : "It comes with the table of that name, and is read from then on.";
    return [`There is no topic ${topic} yet.`, maker];
  }
  const read = `${topic} is read, and holds ${race.race_id === null ? "none" : "none of this race"}.`;
  return { positions: ["No race so far.", read], comments: ["No comments so far.", read], anomalies: ["No anomalies so far.", read] }[kind];
}

function paintNotices() {
  const words = [];
  for (const [topic, { kind, state }] of Object.entries(race.topics)) {
    if (state === "waiting" && !isEmpty(kind)) words.push(`The topic ${topic} is gone. It is read again as soon as it is there.`);
  }
  for (const [topic, note] of Object.entries(race.notes)) words.push(topic === "broker" ? note : `${topic}: ${note}`);
  const key = words.join("\n");
  const list = at("notice-list");
  if (list.dataset.key === key) return;
  list.dataset.key = key;
  list.replaceChildren(...words.map((text) => make("li", "", text)));
  at("notices").hidden = words.length === 0;
}

function paintAnomalies() {
  at("anomalies").hidden = race.anomalies.length === 0;
  at("anomaly-count").textContent = race.anomalies_so_far || "";
  fill(at("anomalies"), race.anomalies, anomalyChip);
}

function anomalyChip(anomaly) {
  const kind = anomaly.kind in KINDS ? anomaly.kind : "odd";
  const chip = make("li", `anomaly ${kind}`);
  const bounds = anomaly.lower === null || anomaly.upper === null ? ""
    : `, ${Math.round(anomaly.lower)}–${Math.round(anomaly.upper)} expected`;
  chip.append(
    make("b", "", anomaly.team),
    make("span", "degrees", `${anomaly.temperature.toFixed(1)} °C`),
    make("span", "kind", KINDS[kind] + bounds),
    make("span", "when", anomaly.second === null ? "" : `at ${clock(anomaly.second)}`),
  );
  return chip;
}

function paintComments() {
  at("comments").hidden = race.comments.length === 0;
  at("comment-count").textContent = race.comments_so_far || "";
  fill(at("comments"), race.comments, commentCard);
}

function commentCard(comment) {
  const category = CATEGORIES.includes(comment.category) ? comment.category : "info";
  const card = make("li", `comment ${category}`);
  const head = make("header");
  if (comment.racer) head.append(make("b", "", comment.racer));
  head.append(make("span", "tag", category));
  if (comment.second !== null) head.append(make("time", "", clock(comment.second)));
  card.append(head, make("p", "", comment.message));
  return card;
}

// Newest first; what is there already stays as it is.
const shown = new WeakMap();
function fill(list, items, build) {
  const elements = [...items].reverse().map((item) => {
    if (!shown.has(item)) shown.set(item, build(item));
    return shown.get(item);
  });
  if (elements.length === list.children.length && elements.every((e, i) => e === list.children[i])) return;
  list.replaceChildren(...elements);
}

function paintStandings() {
  const list = at("standings");
  const before = new Map([...rows].map(([racer, row]) => [racer, row.getBoundingClientRect().top]));
  const here = new Set(race.standings.map((standing) => standing.racer));
  for (const [racer, row] of rows) {
    if (!here.has(racer)) { row.remove(); rows.delete(racer); }
  }
  const teams = [...new Set(race.standings.map((standing) => standing.team))].sort();
  race.standings.forEach((standing, index) => {
    if (!rows.has(standing.racer)) rows.set(standing.racer, emptyRow());
    const row = rows.get(standing.racer);
    row.style.setProperty("--bar", `var(--team-${teams.indexOf(standing.team) % TEAM_COLOURS})`);
    fillRow(row, standing, race.latest[standing.racer]);
    if (list.children[index] !== row) list.insertBefore(row, list.children[index] || null);
  });
  glide(before);
}

function emptyRow() {
  const row = make("li", "racer");
  const who = make("div", "who");
  who.append(make("b"), make("span"));
  const gap = make("div", "gap");
  gap.append(make("b"), make("span"));
  row.append(make("div", "place"), who, make("div", "says"), gap);
  return row;
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function fillRow(row, standing, comment) {
  const [place, who, says, gap] = row.children;
  row.classList.toggle("first", standing.position === 1);
  write(place, String(standing.position));
  write(who.children[0], standing.racer);
  write(who.children[1], standing.team);
  const { gained, held } = standing;
  gap.children[0].className = gained > 0 ? "up" : gained < 0 ? "down" : "even";
  write(gap.children[0], gained > 0 ? `▲ ${gained}` : gained < 0 ? `▼ ${-gained}` : "–");
  gap.children[0].title = "places won or lost since the start";
  gap.setAttribute("aria-label", `${gained > 0 ? `${gained} places won` : gained < 0 ? `${-gained} places lost` : "as at the start"}, here for ${held} seconds`);
  gap.setAttribute("role", "img");
  write(gap.children[1], held ? `for ${held} s` : "just now");
  if (!comment) { says.replaceChildren(); return; }
  const category = CATEGORIES.includes(comment.category) ? comment.category : "info";
  if (!says.firstChild) says.append(make("p"));
  const past = comment.second !== null && race.second - comment.second > FRESH;
  says.firstChild.className = past ? `${category} past` : category;
  says.firstChild.title = past ? `said at ${clock(comment.second)}` : "";
  write(says.firstChild, comment.message);
}

// First, last, invert, play: each line starts where it was and moves to where it is.
function glide(before) {
  if (calm.matches || document.hidden) return;
  for (const row of rows.values()) {
    row.getAnimations().forEach((animation) => animation.cancel());
  }
  for (const [racer, row] of rows) {
    const top = before.get(racer);
    const distance = top === undefined ? 0 : top - row.getBoundingClientRect().top;
    if (Math.abs(distance) < 1) continue;
    row.style.zIndex = distance > 0 ? "1" : "0"; // who overtakes passes before the other
    row.animate(
      [{ transform: `translateY(${distance}px)` }, { transform: "none" }],
      { duration: GLIDE, easing: "cubic-bezier(.3,.7,.2,1)" },
    );
  }
}

connect();
