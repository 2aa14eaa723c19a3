// tsdav, a CalDAV client in JavaScript that nobody here wrote: find, create, search, stale ETag, sync, delete.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
const { DAVClient } = createRequire(process.env.INTEROP_NODE + '/')('tsdav');
const { RONGTONG_URL, RONGTONG_USER, RONGTONG_PASSWORD, RONGTONG_CALENDAR } = process.env;

const client = new DAVClient({
  serverUrl: `${RONGTONG_URL}/dav/`,
  credentials: { username: RONGTONG_USER, password: RONGTONG_PASSWORD },
  authMethod: 'Basic', defaultAccountType: 'caldav',
});
await client.login();
const calendars = await client.fetchCalendars();
const calendar = calendars.find((one) => one.displayName === RONGTONG_CALENDAR);
assert(calendar, 'the calendar is found');
assert.deepEqual(calendar.components, ['VEVENT', 'VTODO']);

const stamp = (hours) => new Date(Date.now() + hours * 3600e3).toISOString().replace(/[-:]|\.\d+/g, '');
const uid = `tsdav-${Date.now()}`;
const event = (from, to) => ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//tsdav//EN', 'BEGIN:VEVENT', `UID:${uid}`,
  `DTSTAMP:${stamp(0)}`, `DTSTART:${stamp(from)}`, `DTEND:${stamp(to)}`, 'SUMMARY:保养', 'END:VEVENT', 'END:VCALENDAR', ''].join('\r\n');

const made = await client.createCalendarObject({ calendar, filename: `${uid}.ics`, iCalString: event(2400, 2401) });
assert.equal(made.status, 201);
const start = new Date(Date.now() + 2399 * 3600e3).toISOString(), end = new Date(Date.now() + 2402 * 3600e3).toISOString();
const found = await client.fetchCalendarObjects({ calendar, timeRange: { start, end } });
const mine = found.find((one) => one.url.includes(uid));
assert(mine?.data.includes('保养'), 'the event is found by its time');
const moved = await client.updateCalendarObject({ calendarObject: { ...mine, data: event(2404, 2405) } });
assert.equal(moved.status, 204);
const stale = await client.updateCalendarObject({ calendarObject: { ...mine, data: event(2406, 2407) } });
assert.equal(stale.status, 412);

const local = { ...calendar, syncToken: '', objects: [], objectMultiGet: (asked) => client.calendarMultiGet(asked) };
const synced = await client.smartCollectionSync({ collection: local, method: 'webdav', detailedResult: true });
assert(synced.objects.created.some((one) => one.url.includes(uid)), 'the event is synchronised');
const now = await client.fetchCalendarObjects({ calendar, objectUrls: [mine.url] });
assert.equal((await client.deleteCalendarObject({ calendarObject: now[0] })).status, 204);
console.log('tsdav: discovery, create, time-range, update, stale etag 412, sync, delete: ok');
