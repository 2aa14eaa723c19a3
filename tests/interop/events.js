// Reads calendar files with ical.js and node-ical and prints what they find: node events.js FILE…
const fs = require("fs");
const ICAL = require("ical.js");
const nodeIcal = require("node-ical");

const FROM = new Date(Date.UTC(2026, 0, 1)), TO = new Date(Date.UTC(2042, 0, 1));
const told = (uid, sequence, status, start, end) => [uid, Number(sequence), status, Math.round(start / 1000), Math.round(end / 1000)];

function withIcalJs(text) {
  const calendar = new ICAL.Component(ICAL.parse(text));
  const events = calendar.getAllSubcomponents("vevent");
  const found = [];
  for (const component of events.filter((one) => !one.hasProperty("recurrence-id"))) {
    const uid = component.getFirstPropertyValue("uid");
    const others = events.filter((one) => one.hasProperty("recurrence-id") && one.getFirstPropertyValue("uid") === uid);
    const event = new ICAL.Event(component, { exceptions: others });
    const add = (item, start, end) => found.push(told(uid, item.component.getFirstPropertyValue("sequence"),
      item.component.getFirstPropertyValue("status"), start.toUnixTime() * 1000, end.toUnixTime() * 1000));
    if (!event.isRecurring()) { add(event, event.startDate, event.endDate); continue; }
    const iterator = event.iterator();
    for (let next = iterator.next(); next; next = iterator.next()) {
      const one = event.getOccurrenceDetails(next);
      add(one.item, one.startDate, one.endDate);
    }
  }
  return found;
}

function withNodeIcal(text) {
  const found = [];
  for (const event of Object.values(nodeIcal.sync.parseICS(text)).filter((one) => one.type === "VEVENT")) {
    const occurrences = event.rrule ? nodeIcal.expandRecurringEvent(event, { from: FROM, to: TO }) : [{ event, start: event.start, end: event.end }];
    for (const one of occurrences) found.push(told(event.uid, one.event.sequence, one.event.status, +one.start, +one.end));
  }
  return found;
}

const readings = process.argv.slice(2).map((path) => {
  const text = fs.readFileSync(path, "utf8");
  return { "ical.js": withIcalJs(text), "node-ical": withNodeIcal(text) };
});
console.log(JSON.stringify(readings));
