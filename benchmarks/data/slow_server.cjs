// Answers GET /<name>/<ms> after so many milliseconds and keeps how long it really took, from the request's arrival to
// the answer's departure: the truth that a load generator's recordings are held against.
// node slow_server.cjs CHAIN KEY -> one line {"port": ...}; GET /truth tells; ends with its standard input.
const fs = require("node:fs");
const https = require("node:https");
const { performance } = require("node:perf_hooks");

const BODY = JSON.stringify({ value: [], filler: "x".repeat(3000) });
const took = new Map(); // path -> milliseconds of each answer

function percentile(sorted, percent) {
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)];
}

function truth() {
  const told = {};
  for (const [path, times] of took) {
    const sorted = Float64Array.from(times).sort();
    told[path] = { n: sorted.length, p50_ms: percentile(sorted, 50), p99_ms: percentile(sorted, 99) };
  }
  return JSON.stringify(told);
}

function answer(response, body) {
  response.writeHead(200, { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) });
  response.end(body);
}

const options = { cert: fs.readFileSync(process.argv[2]), key: fs.readFileSync(process.argv[3]), keepAliveTimeout: 600000 };
const server = https.createServer(options, (request, response) => {
  const arrived = performance.now();
  if (request.url === "/truth") return answer(response, truth());
  setTimeout(() => {
    if (!took.has(request.url)) took.set(request.url, []);
    took.get(request.url).push(performance.now() - arrived);
    answer(response, BODY);
  }, Number(request.url.split("/").pop()));
});
server.listen({ host: "127.0.0.1", port: 0, backlog: 4096 }, () => {
  console.log(JSON.stringify({ port: server.address().port, version: process.version }));
});
process.stdin.on("end", () => process.exit(0)).resume();
