// Book with the types that openapi-typescript made: `node book.js ADDRESS TOKEN NAME`.
import createClient from "openapi-fetch";
import type { components, operations, paths } from "./rongtong.js";

declare const process: { argv: string[] };
type Schemas = components["schemas"];
type Answer<T> = { data?: T; error?: Schemas["Problem"] };

function told<T>(answer: Answer<T>): T {
  if (answer.data === undefined) throw new Error(JSON.stringify(answer.error));
  return answer.data;
}

const HOUR = 3_600_000;
const [baseUrl, token, name] = process.argv.slice(2) as [string, string, string];
const client = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${token}` } });

const me: Schemas["Me"] = told(await client.GET("/api/v1/me"));
const query: operations["search_resources"]["parameters"]["query"] = { q: name };
const page: Schemas["ResourceHitPage"] = told(await client.GET("/api/v1/resources", { params: { query } }));
const hit: Schemas["ResourceHit"] = page.items[0]!;
const found: Schemas["Resource"] = told(
  await client.GET("/api/v1/resources/{id}", { params: { path: { id: hit.id } } }),
);
const availability: Schemas["Availability"] = told(
  await client.GET("/api/v1/resources/{resource_id}/availability", {
    params: {
      path: { resource_id: found.id },
      query: {
        from: new Date().toISOString(),
        to: new Date(Date.now() + 7 * 24 * HOUR).toISOString(),
        minutes: 60,
      },
    },
  }),
);
const starts = Date.parse(availability.free.at(-1)!.ends_at) - 25 * HOUR;
const body: Schemas["NewBooking"] = {
  resource_id: found.id,
  starts_at: new Date(starts).toISOString(),
  ends_at: new Date(starts + HOUR).toISOString(),
  purpose: "金相",
};
const header = { "Idempotency-Key": "typescript" };
const made = told(await client.POST("/api/v1/bookings", { params: { header }, body }));
if (!("uid" in made)) throw new Error("one booking was asked for, and a group was made");
const taken: Schemas["Problem"] | undefined = (await client.POST("/api/v1/bookings", { body })).error;
const one = { params: { path: { id: made.id } } };
const read: Schemas["Booking"] = told(await client.GET("/api/v1/bookings/{id}", one));
const listed: Schemas["BookingPage"] = told(
  await client.GET("/api/v1/bookings", { params: { query: { resource_id: found.id } } }),
);
const gone: Schemas["Booking"] = told(
  await client.POST("/api/v1/bookings/{id}/cancel", { ...one, body: { reason: "moved" } }),
);
console.log(
  JSON.stringify({
    me: me.email,
    id: made.id,
    uid: read.uid,
    booked: made.status,
    taken: taken?.type,
    listed: listed.items.map((booking) => booking.id),
    gone: gone.status,
  }),
);
