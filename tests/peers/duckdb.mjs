// DuckDB, an engine that shares no line with ours: carries out statements one after another.
//
//   node duckdb.mjs '["CREATE TABLE …", "COPY (…) TO …"]'
//
// What it says is one JSON line: the seconds of each statement, and the most memory the process had, in KiB. It keeps
// everything in memory and fetches nothing.

import { DuckDBInstance } from "@duckdb/node-api";

const instance = await DuckDBInstance.create(":memory:", {
  autoinstall_known_extensions: "false",
  autoload_known_extensions: "false",
});
const connection = await instance.connect();
await connection.run("SET TimeZone = 'UTC'");
const seconds = [];
for (const statement of JSON.parse(process.argv[2])) {
  const began = process.hrtime.bigint();
  await connection.run(statement);
  seconds.push(Number(process.hrtime.bigint() - began) / 1e9);
}
console.log(JSON.stringify({ seconds, peakKib: process.resourceUsage().maxRSS }));
